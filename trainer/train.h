/*
 * train.h - a training run in memory, epoch by epoch
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include <stdbool.h>

#include "evaluate.h"
#include "method.h"

typedef struct train {
	const train_config_t *config;	/* borrowed */
	size_t threads;			/* changes speed, never results */
	int64_t epoch;			/* finished ones */
	double wall_s;			/* spent so far */
	scale_net_t *net;
	size_t envs;
	train_env_t **env;		/* [envs] */
	const train_method_t *method;
	void *learner;			/* what the method keeps */
	double best_response;		/* s, INFINITY before an evaluation */
	int64_t best_epoch;
	bool evaluated;			/* eval is of this epoch */
	bool improved;			/* and the best so far */
	train_eval_t eval;
} train_t;

/* At epoch 0, parameters initialised.  RET NULL with EINVAL or ENOMEM */
train_t *train_create(const train_config_t *config, size_t threads,
		      scale_err_t *err);
void train_destroy(train_t *train);

/* Evaluate the untrained network.  OUT row, of epoch 0 */
int train_epoch_zero(train_t *train, train_progress_t *row, scale_err_t *err);

/*
 * The next epoch: collecting, learning, and, every eval.every epochs and after
 * the last, an evaluation.
 * OUT row, all but wall_s and sps
 * RET 0; -1 with errno, and train is then good for nothing but destruction
 */
int train_epoch(train_t *train, train_progress_t *row, scale_err_t *err);

#endif
