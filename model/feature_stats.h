/*
 * feature_stats.h - distribution of the attention feature f
 *
 * What SRR acts on, section 4.3: covariance between dimensions, and the
 * divergence of each from the standard normal.  The correlation stands
 * beside the covariance, because a feature that shrinks has small
 * covariances however dependent its dimensions are.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_FEATURE_STATS_H
#define SCALE_FEATURE_STATS_H

#include <stddef.h>

#include "err.h"

/* Sums over states; two can be added. */
typedef struct scale_feature_sums {
	size_t d;
	size_t count;		/* states */
	double *sum;		/* [d] of f */
	double *product;	/* [d][d] of f f^T, after sum in one block */
} scale_feature_sums_t;

int scale_feature_sums_init(scale_feature_sums_t *sums, size_t d,
			    scale_err_t *err);
void scale_feature_sums_fini(scale_feature_sums_t *sums);
void scale_feature_sums_clear(scale_feature_sums_t *sums);
void scale_feature_sums_add(scale_feature_sums_t *sums, const float *f);
void scale_feature_sums_merge(scale_feature_sums_t *sums,
			      const scale_feature_sums_t *other);

typedef struct scale_feature_stats {
	double covariance;	/* mean |C_ij|, i != j, with 1/(B-1) */
	double correlation;	/* mean |C_ij| / (s_i s_j), i != j; a constant
				   dimension counts as 0 */
	double kl;		/* L_d of section 4.3; a constant dimension
				   makes it infinite */
} scale_feature_stats_t;

/* NAN throughout with fewer than two states. */
void scale_feature_stats(const scale_feature_sums_t *sums,
			 scale_feature_stats_t *stats);

/* Mean of dimension k, and C_kl. */
double scale_feature_mean(const scale_feature_sums_t *sums, size_t k);
double scale_feature_cov(const scale_feature_sums_t *sums, size_t k,
			 size_t l);

#endif
