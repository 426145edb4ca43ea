/*
 * dqn.c - deep Q-network: dueling, epsilon-greedy, replay, target network
 *
 * Mnih and others, "Human-level control through deep reinforcement
 * learning", 2015; dueling.h.  The logits of the policy are its advantages,
 * so that the largest of them is the largest Q.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/dueling.h"
#include "off_policy.h"

typedef struct dqn {
	train_off_policy_t off;
	train_adam_t *adam;
	scale_net_t *target;
	uint64_t updates;	/* ever */
	double epsilon;		/* of the present epoch */
	real_t *q;		/* [T] of the target, after a step */
	real_t *y;		/* [B] */
} dqn_t;

static void destroy(void *self)
{
	dqn_t *dqn = self;
	int saved = errno;

	if (!dqn)
		return;
	train_off_policy_fini(&dqn->off);
	train_adam_destroy(dqn->adam);
	scale_net_destroy(dqn->target);
	free(dqn->q);
	free(dqn->y);
	free(dqn);
	errno = saved;
}

static void *create(const train_world_t *world, scale_err_t *err)
{
	size_t states = world->config->replay.minibatch;
	dqn_t *dqn = calloc(1, sizeof(*dqn));

	if (!dqn) {
		scale_err_set(err, ENOMEM, "no memory to train");
		return NULL;
	}
	dqn->q = calloc(states * world->net->dims.servers, sizeof(*dqn->q));
	dqn->y = calloc(states, sizeof(*dqn->y));
	if (!dqn->q || !dqn->y) {
		scale_err_set(err, ENOMEM, "no memory to train");
		goto fail;
	}
	dqn->adam = train_adam_create(world->net->param_count, err);
	dqn->target = dqn->adam ? scale_net_copy(world->net, err) : NULL;
	if (dqn->target && !train_off_policy_init(&dqn->off, world, err))
		return dqn;
fail:
	destroy(dqn);
	return NULL;
}

/* The i-th server that is allowed. */
static size_t nth_allowed(const train_state_t *state, size_t i)
{
	size_t j = 0;

	while (!state->allowed[j] || i-- > 0)
		j++;
	return j;
}

/* With probability epsilon any allowed server, else the best. */
static size_t choose(const void *self, const scale_decision_t *decision,
		     const train_state_t *state, scale_rng_t *rng)
{
	const dqn_t *dqn = self;
	bool explore = scale_rng_uniform(rng) < dqn->epsilon;

	if (!state->choices)
		return state->n;
	return explore ? nth_allowed(state,
				     scale_rng_below(rng, state->choices)) :
			 (size_t) decision->choice;
}

/* y = r + gamma max_j Q'(s', j), Q' of the target network. */
static int find_targets(dqn_t *dqn, scale_err_t *err)
{
	const train_draw_t *draw = &dqn->off.draw;
	const scale_batch_t *next = &draw->batch[TRAIN_NEXT];

	if (scale_forward(dqn->target, next, dqn->off.ws, err))
		return -1;
	scale_dueling(next, dqn->off.ws, dqn->q);
	scale_dueling_best(next, dqn->q, dqn->y);
	for (size_t b = 0; b < draw->states; b++)
		dqn->y[b] = draw->reward[b] + draw->discount[b] * dqn->y[b];
	return 0;
}

static int update(void *self, const train_world_t *world, int64_t epoch,
		  train_off_policy_stats_t *sum, scale_err_t *err)
{
	dqn_t *dqn = self;
	train_off_policy_t *off = &dqn->off;
	scale_net_t *net = world->net;
	size_t bytes = net->param_count * sizeof(real_t);
	scale_q_loss_t loss;
	double norm;

	memset(off->grad, 0, bytes);
	if (find_targets(dqn, err) ||
	    scale_q_gradient(net, &off->draw.batch[TRAIN_NOW],
			     off->draw.action, dqn->y, off->ws, &loss,
			     off->grad, err) ||
	    train_adam_step(dqn->adam, net, off->grad, world->config, epoch,
			    &norm, err))
		return -1;
	if (++dqn->updates % world->config->dqn.target_every == 0)
		memcpy(dqn->target->params, net->params, bytes);
	sum->loss_value += loss.loss;
	sum->loss_actor += loss.loss;
	sum->q += loss.q;
	sum->grad_norm += norm;
	return 0;
}

static int epoch(void *self, const train_world_t *world, int64_t number,
		 train_progress_t *row, scale_err_t *err)
{
	dqn_t *dqn = self;
	const train_explorer_t explorer = { choose, update, dqn };

	dqn->epsilon = train_epsilon(world->config, number);
	row->epsilon = dqn->epsilon;
	if (train_off_policy_epoch(&dqn->off, world, number, &explorer, row,
				   err))
		return -1;
	row->entropy = NAN;
	return 0;
}

static int parts(void *self, train_part_f part, void *arg)
{
	dqn_t *dqn = self;

	if (train_adam_parts(dqn->adam, part, arg) ||
	    part(arg, dqn->target->params,
		 dqn->target->param_count * sizeof(real_t)) ||
	    part(arg, &dqn->updates, sizeof(dqn->updates)))
		return -1;
	return train_replay_parts(dqn->off.replay, part, arg);
}

const train_method_t train_method_dqn = { create, destroy, epoch, parts };
