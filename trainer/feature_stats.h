/*
 * feature_stats.h - distribution of the attention feature f
 *
 * What SRR acts on, section 4.3: covariance between dimensions, and the
 * divergence of each from the standard normal.  The correlation stands
 * beside the covariance, because a feature that shrinks has small
 * covariances however dependent its dimensions are.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_FEATURE_STATS_H
#define TRAIN_FEATURE_STATS_H

#include <stddef.h>

#include "../model/err.h"

/* Sums over states; two can be added. */
typedef struct train_feature_sums {
	size_t d;
	size_t count;		/* states */
	double *sum;		/* [d] of f */
	double *product;	/* [d][d] of f f^T, after sum in one block */
} train_feature_sums_t;

int train_feature_sums_init(train_feature_sums_t *sums, size_t d,
			    scale_err_t *err);
void train_feature_sums_fini(train_feature_sums_t *sums);
void train_feature_sums_clear(train_feature_sums_t *sums);
void train_feature_sums_add(train_feature_sums_t *sums, const float *f);
void train_feature_sums_merge(train_feature_sums_t *sums,
			      const train_feature_sums_t *other);

typedef struct train_feature_stats {
	double covariance;	/* mean |C_ij|, i != j, with 1/(B-1) */
	double correlation;	/* mean |C_ij| / (s_i s_j), i != j; a constant
				   dimension counts as 0 */
	double kl;		/* L_d of section 4.3; a constant dimension
				   makes it infinite */
} train_feature_stats_t;

/* NAN throughout with fewer than two states. */
void train_feature_stats(const train_feature_sums_t *sums,
			 train_feature_stats_t *stats);

/* Mean of dimension k, and C_kl. */
double train_feature_mean(const train_feature_sums_t *sums, size_t k);
double train_feature_cov(const train_feature_sums_t *sums, size_t k,
			 size_t l);

#endif
