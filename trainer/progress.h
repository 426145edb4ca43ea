/*
 * progress.h - one row of progress.csv and progress.jsonl for each epoch
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_PROGRESS_H
#define TRAIN_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "../model/feature_stats.h"

/* NAN where there is no value: an empty cell, null in JSON. */
typedef struct train_progress {
	int64_t epoch;
	int64_t env_steps;	/* decisions so far */
	double wall_s;		/* of training so far; with sps the only
				   columns that differ between equal runs */
	double sps;		/* decisions per second in this epoch */
	double lr;		/* learning rate */
	double loss;		/* eq. (5) and its terms, unweighted; means
				   over the epoch's minibatches; dqn: of Q;
				   sac: of the actor, and of Q loss_value */
	double loss_clip, loss_value, entropy;
	double srr_decorr, srr_kl;
	double srr_weight;	/* w */
	double approx_kl, clip_fraction;
	double grad_norm;	/* before clipping */
	double explained_variance;
	double feature_cov, feature_corr, feature_kl;	/* of the states seen */
	double q;		/* dqn, sac: mean Q of the minibatches */
	double epsilon;		/* dqn: share of random decisions */
	double temperature;	/* sac: alpha */
	double reward;		/* mean of the epoch's decisions */
	double response;	/* s, of the held-out evaluation */
} train_progress_t;

/* A row without a value, of an epoch. */
train_progress_t train_progress_empty(int64_t epoch);

/* Set the columns of the features. */
void train_progress_features(train_progress_t *row,
			     const scale_feature_sums_t *sums);

/* Name of the i-th column, or NULL past the last. */
const char *train_progress_column(size_t i);

/* Lines with their line ends, allocated.  RET NULL with ENOMEM */
char *train_progress_header(scale_err_t *err);
char *train_progress_csv(const train_progress_t *row, scale_err_t *err);
char *train_progress_json(const train_progress_t *row, scale_err_t *err);

#endif
