/*
 * env.h - the simulator as a learner sees it
 *
 * A state is the network's input for one decision.  Decisions that leave
 * nothing to choose (the mask allows one server, or none) are made here and
 * never seen: their rewards and discounts count for the decision before.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_ENV_H
#define TRAIN_ENV_H

#include "../model/decide.h"
#include "train_config.h"

/* One decision that is due. */
typedef struct train_state {
	float phi[SCALE_TASK_FEATURES];
	float *psi;			/* [S][ld] in the scratch */
	size_t ld, n;
	uint8_t *allowed;		/* [n], 1 where the mask allows */
	size_t choices;			/* servers that are allowed */
	size_t first;			/* the lowest of them */
} train_state_t;

/*
 * Fill state from the decision that is due in sim.
 * IN  psi [S][ld] and allowed [>= n], which state then points to
 */
void train_observe(const sim_t *sim, scale_mask_t mask, float *psi, size_t ld,
		   uint8_t *allowed, train_state_t *state);

/* Most servers that a simulation of config can have. */
size_t train_servers_max(const sim_config_t *config);

typedef struct train_env train_env_t;

/* The environment number index; config is borrowed. */
train_env_t *train_env_create(const train_config_t *config, size_t index,
			      scale_err_t *err);
void train_env_destroy(train_env_t *env);

/*
 * The decision that is due, at the beginning of an episode if need be; the
 * arrays are the env's, valid until train_env_step().
 * RET NULL when the simulator failed
 */
const train_state_t *train_env_state(train_env_t *env, scale_err_t *err);

typedef enum {
	TRAIN_GOES_ON,
	TRAIN_CUT,		/* the episode's time is over; the state that
				   is due now is its last, for bootstrapping */
	TRAIN_ENDED,		/* nothing can come any more */
} train_end_t;

typedef struct train_step {
	double reward;
	double discount;	/* gamma of this transition */
	train_end_t end;	/* then train_env_next_episode() is due */
} train_step_t;

/* Take an action, an allowed server.  RET 0, or -1 */
int train_env_step(train_env_t *env, size_t action, train_step_t *step,
		   scale_err_t *err);

/* Leave the episode; the next state begins another. */
void train_env_next_episode(train_env_t *env);

/*
 * What makes an environment whole again: the number of its episode and the
 * actions taken in it.  The simulator does the rest, being deterministic.
 */
uint64_t train_env_episode(const train_env_t *env);
const uint32_t *train_env_actions(const train_env_t *env, size_t *count);
int train_env_replay(train_env_t *env, uint64_t episode,
		     const uint32_t *actions, size_t count, scale_err_t *err);

#endif
