/*
 * off_policy.h - an epoch of learning from a replay
 *
 * Every replay.every decisions of each environment, with the policy as it
 * then is, their transitions go to the replay in the order of the
 * environments, and replay.updates minibatches are drawn from it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_OFF_POLICY_H
#define TRAIN_OFF_POLICY_H

#include "adam.h"
#include "../model/feature_stats.h"
#include "method.h"
#include "replay.h"

/* What one environment collects with; written by one thread. */
typedef struct train_stage {
	train_replay_t *replay;		/* its transitions of one turn */
	scale_rng_t rng;		/* of its exploration, in an epoch */
	scale_feature_sums_t features;	/* of the epoch */
	double reward;			/* sum of the epoch */
} train_stage_t;

typedef struct train_off_policy {
	train_replay_t *replay;
	size_t stages;
	train_stage_t *stage;		/* [config->envs] */
	train_draw_t draw;		/* minibatch of an update */
	scale_workspace_t *ws;
	real_t *grad;			/* [param_count] */
} train_off_policy_t;

int train_off_policy_init(train_off_policy_t *off, const train_world_t *world,
			  scale_err_t *err);
void train_off_policy_fini(train_off_policy_t *off);

/* Means over an epoch's updates; NAN in an epoch without one. */
typedef struct train_off_policy_stats {
	size_t updates;
	double loss_value;		/* of the critics */
	double q;
	double loss_actor, entropy;	/* SAC alone */
	double grad_norm;		/* of the policy */
} train_off_policy_stats_t;

typedef struct train_explorer {
	/* Choose with what net says of state.
	 * RET an allowed server; state->n when the numbers are not finite */
	size_t (*choose)(const void *self, const scale_decision_t *decision,
			 const train_state_t *state, scale_rng_t *rng);
	/* Learn from off->draw and add to sum.  RET 0, or -1 */
	int (*update)(void *self, const train_world_t *world, int64_t epoch,
		      train_off_policy_stats_t *sum, scale_err_t *err);
	void *self;
} train_explorer_t;

/* OUT stats; row gets reward, losses, q and the features of the states */
int train_off_policy_epoch(train_off_policy_t *off, const train_world_t *world,
			   int64_t epoch, const train_explorer_t *explorer,
			   train_progress_t *row, scale_err_t *err);

#endif
