/*
 * sac.c - soft actor-critic for discrete actions: twin critics, temperature
 *
 * soft_actor.h has the actor's loss.  The critics are networks of their own,
 * as large as the policy, whose Q are those of dueling.h; they and their
 * targets live in the checkpoint alone.  The policy's own critic head is zero
 * and stays so: its gradient is zero.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/dueling.h"
#include "../model/layout.h"
#include "../model/soft_actor.h"
#include "off_policy.h"
#include "rollout.h"
#include "stream.h"

enum { TWINS = 2 };

typedef struct sac {
	train_off_policy_t off;
	train_adam_t *adam;		/* of the policy */
	scale_net_t *critic[TWINS], *target[TWINS];
	train_adam_t *critic_adam[TWINS];
	real_t log_alpha;		/* log of the temperature */
	train_adam_t *alpha_adam;
	real_t *log_prob, *q, *q_other;	/* [T] */
	real_t *y;			/* [B] */
} sac_t;

static void destroy(void *self)
{
	sac_t *sac = self;
	int saved = errno;

	if (!sac)
		return;
	train_off_policy_fini(&sac->off);
	for (int i = 0; i < TWINS; i++) {
		scale_net_destroy(sac->critic[i]);
		scale_net_destroy(sac->target[i]);
		train_adam_destroy(sac->critic_adam[i]);
	}
	train_adam_destroy(sac->adam);
	train_adam_destroy(sac->alpha_adam);
	free(sac->log_prob);
	free(sac->y);
	free(sac);
	errno = saved;
}

static int create_twin(sac_t *sac, int i, const train_world_t *world,
		       scale_err_t *err)
{
	uint64_t seed = scale_hash_seed(world->config->seed,
					TRAIN_STREAM_TWIN);

	sac->critic[i] = scale_net_copy(world->net, err);
	if (!sac->critic[i])
		return -1;
	scale_net_init(sac->critic[i], scale_hash_seed(seed, i));
	sac->target[i] = scale_net_copy(sac->critic[i], err);
	sac->critic_adam[i] = train_adam_create(world->net->param_count, err);
	return sac->target[i] && sac->critic_adam[i] ? 0 : -1;
}

static int create_arrays(sac_t *sac, const train_world_t *world,
			 scale_err_t *err)
{
	size_t states = world->config->replay.minibatch;
	size_t servers = states * world->net->dims.servers;

	sac->log_prob = calloc(3 * servers, sizeof(*sac->log_prob));
	sac->y = calloc(states, sizeof(*sac->y));
	if (!sac->log_prob || !sac->y)
		return scale_err_set(err, ENOMEM, "no memory to train");
	sac->q = sac->log_prob + servers;
	sac->q_other = sac->q + servers;
	return 0;
}

static void clear_critic_head(scale_net_t *net)
{
	for (size_t row = scale_critic_row(net, 0); row < net->tensor_count;
	     row++)
		memset(net->params + net->tensor[row].offset, 0,
		       net->tensor[row].count * sizeof(real_t));
}

static void *create(const train_world_t *world, scale_err_t *err)
{
	sac_t *sac = calloc(1, sizeof(*sac));

	if (!sac) {
		scale_err_set(err, ENOMEM, "no memory to train");
		return NULL;
	}
	for (int i = 0; i < TWINS; i++)
		if (create_twin(sac, i, world, err))
			goto fail;
	sac->adam = train_adam_create(world->net->param_count, err);
	sac->alpha_adam = sac->adam ? train_adam_create(1, err) : NULL;
	if (!sac->alpha_adam || create_arrays(sac, world, err) ||
	    train_off_policy_init(&sac->off, world, err))
		goto fail;
	sac->log_alpha = (real_t) log(world->config->sac.temperature);
	clear_critic_head(world->net);
	return sac;
fail:
	destroy(sac);
	return NULL;
}

static size_t choose(const void *self, const scale_decision_t *decision,
		     const train_state_t *state, scale_rng_t *rng)
{
	double log_prob;

	return train_sample(decision->logit, state->allowed, state->n, rng,
			    &log_prob);
}

/* The smaller Q of two networks, for each server of batch, into sac->q. */
static int find_q(sac_t *sac, scale_net_t *const net[TWINS],
		  const scale_batch_t *batch, scale_err_t *err)
{
	size_t servers = batch->first[batch->states];

	if (scale_forward(net[0], batch, sac->off.ws, err))
		return -1;
	scale_dueling(batch, sac->off.ws, sac->q);
	if (scale_forward(net[1], batch, sac->off.ws, err))
		return -1;
	scale_dueling(batch, sac->off.ws, sac->q_other);
	for (size_t j = 0; j < servers; j++)
		if (sac->q_other[j] < sac->q[j])
			sac->q[j] = sac->q_other[j];
	return 0;
}

/* y = r + gamma V(s'), V of the policy and the target networks. */
static int find_targets(sac_t *sac, const scale_net_t *policy,
			scale_err_t *err)
{
	const train_draw_t *draw = &sac->off.draw;
	const scale_batch_t *next = &draw->batch[TRAIN_NEXT];

	if (scale_forward(policy, next, sac->off.ws, err))
		return -1;
	memcpy(sac->log_prob, scale_workspace_log_probs(sac->off.ws),
	       next->first[next->states] * sizeof(*sac->log_prob));
	if (find_q(sac, sac->target, next, err))
		return -1;
	scale_soft_value(next, sac->log_prob, sac->q, exp(sac->log_alpha),
			 sac->y);
	for (size_t b = 0; b < draw->states; b++)
		sac->y[b] = draw->reward[b] + draw->discount[b] * sac->y[b];
	return 0;
}

static void clear_gradient(sac_t *sac, const scale_net_t *net)
{
	memset(sac->off.grad, 0, net->param_count * sizeof(*sac->off.grad));
}

static int update_critic(sac_t *sac, int i, const train_world_t *world,
			 int64_t epoch, train_off_policy_stats_t *sum,
			 scale_err_t *err)
{
	train_off_policy_t *off = &sac->off;
	scale_q_loss_t loss;
	double norm;

	clear_gradient(sac, world->net);
	if (scale_q_gradient(sac->critic[i], &off->draw.batch[TRAIN_NOW],
			     off->draw.action, sac->y, off->ws, &loss,
			     off->grad, err) ||
	    train_adam_step(sac->critic_adam[i], sac->critic[i], off->grad,
			    world->config, epoch, &norm, err))
		return -1;
	sum->loss_value += loss.loss / TWINS;
	sum->q += loss.q / TWINS;
	return 0;
}

/* The temperature's loss is log alpha (H - target): it falls while the
 * entropy is above its target, a share of what is possible. */
static void update_temperature(sac_t *sac, const train_config_t *config,
			       double entropy, double most)
{
	real_t grad = (real_t) (entropy - config->sac.entropy * most);

	train_adam_update(sac->alpha_adam, &sac->log_alpha, &grad,
			  config->sac.temperature_rate, config->optim.beta1,
			  config->optim.beta2, config->optim.eps);
}

static int update_actor(sac_t *sac, const train_world_t *world, int64_t epoch,
			train_off_policy_stats_t *sum, scale_err_t *err)
{
	const scale_batch_t *now = &sac->off.draw.batch[TRAIN_NOW];
	scale_actor_loss_t loss;
	double norm;

	clear_gradient(sac, world->net);
	if (find_q(sac, sac->critic, now, err) ||
	    scale_soft_actor_gradient(world->net, now, sac->q,
				      exp(sac->log_alpha), sac->off.ws, &loss,
				      sac->off.grad, err) ||
	    train_adam_step(sac->adam, world->net, sac->off.grad,
			    world->config, epoch, &norm, err))
		return -1;
	update_temperature(sac, world->config, loss.entropy,
			   scale_soft_most_entropy(now));
	sum->loss_actor += loss.loss;
	sum->entropy += loss.entropy;
	sum->grad_norm += norm;
	return 0;
}

/* target += tau (critic - target) */
static void follow(scale_net_t *target, const scale_net_t *critic, double tau)
{
	for (size_t i = 0; i < target->param_count; i++)
		target->params[i] += (real_t) (tau * (critic->params[i] -
						      target->params[i]));
}

static int update(void *self, const train_world_t *world, int64_t epoch,
		  train_off_policy_stats_t *sum, scale_err_t *err)
{
	sac_t *sac = self;

	if (find_targets(sac, world->net, err))
		return -1;
	for (int i = 0; i < TWINS; i++)
		if (update_critic(sac, i, world, epoch, sum, err))
			return -1;
	if (update_actor(sac, world, epoch, sum, err))
		return -1;
	for (int i = 0; i < TWINS; i++)
		follow(sac->target[i], sac->critic[i],
		       world->config->sac.tau);
	return 0;
}

static int epoch(void *self, const train_world_t *world, int64_t number,
		 train_progress_t *row, scale_err_t *err)
{
	sac_t *sac = self;
	const train_explorer_t explorer = { choose, update, sac };

	if (train_off_policy_epoch(&sac->off, world, number, &explorer, row,
				   err))
		return -1;
	row->temperature = exp(sac->log_alpha);
	return 0;
}

static int parts(void *self, train_part_f part, void *arg)
{
	sac_t *sac = self;
	size_t bytes = sac->critic[0]->param_count * sizeof(real_t);

	for (int i = 0; i < TWINS; i++)
		if (part(arg, sac->critic[i]->params, bytes) ||
		    part(arg, sac->target[i]->params, bytes) ||
		    train_adam_parts(sac->critic_adam[i], part, arg))
			return -1;
	if (train_adam_parts(sac->adam, part, arg) ||
	    train_adam_parts(sac->alpha_adam, part, arg) ||
	    part(arg, &sac->log_alpha, sizeof(sac->log_alpha)))
		return -1;
	return train_replay_parts(sac->off.replay, part, arg);
}

const train_method_t train_method_sac = { create, destroy, epoch, parts };
