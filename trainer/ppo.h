/*
 * ppo.h - learning from an epoch's transitions, Algorithm 1 lines 18 to 31
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_PPO_H
#define TRAIN_PPO_H

#include "adam.h"
#include "buffer.h"

/* What an update works with besides parameters and moments. */
typedef struct train_ppo {
	scale_workspace_t *ws;
	train_minibatch_t minibatch;
	real_t *grad;		/* [param_count] */
	size_t *index;		/* [transitions] in shuffled order */
} train_ppo_t;

int train_ppo_init(train_ppo_t *ppo, const train_config_t *config,
		   const scale_net_t *net, scale_err_t *err);
void train_ppo_fini(train_ppo_t *ppo);

/* Means over the minibatches of an epoch. */
typedef struct train_ppo_stats {
	scale_loss_t loss;
	double grad_norm;	/* before clipping */
} train_ppo_stats_t;

/*
 * K passes over buffer in minibatches, in an order that depends on (seed,
 * epoch) alone.
 * RET 0; -1 with EDOM when loss or gradient are not finite, or ENOMEM; the
 * parameters are then those of some minibatch before
 */
int train_ppo_update(train_ppo_t *ppo, const train_config_t *config,
		     int64_t epoch, const train_buffer_t *buffer,
		     scale_net_t *net, train_adam_t *adam,
		     train_ppo_stats_t *stats, scale_err_t *err);

/* 1 - Var(R - V) / Var(R): how much of the returns the critic foresaw;
 * NAN when all returns are equal. */
double train_explained_variance(const train_buffer_t *buffer);

#endif
