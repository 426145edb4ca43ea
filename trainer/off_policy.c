/*
 * off_policy.c - an epoch of learning from a replay
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../sim/parallel.h"
#include "off_policy.h"
#include "stream.h"

static int stage_init(train_stage_t *stage, const train_world_t *world,
		      scale_err_t *err)
{
	const scale_dims_t *dims = &world->net->dims;

	stage->replay = train_replay_create(dims->servers,
					    world->config->replay.every, err);
	if (!stage->replay)
		return -1;
	return scale_feature_sums_init(&stage->features, dims->d_model, err);
}

int train_off_policy_init(train_off_policy_t *off, const train_world_t *world,
			  scale_err_t *err)
{
	const train_config_t *config = world->config;
	size_t n = world->net->dims.servers;

	*off = (train_off_policy_t){ .stages = config->envs };
	off->stage = calloc(off->stages, sizeof(*off->stage));
	off->grad = calloc(world->net->param_count, sizeof(*off->grad));
	if (!off->stage || !off->grad) {
		scale_err_set(err, ENOMEM, "no memory to train");
		goto fail;
	}
	for (size_t i = 0; i < off->stages; i++)
		if (stage_init(&off->stage[i], world, err))
			goto fail;
	off->replay = train_replay_create(n, config->replay.capacity, err);
	off->ws = off->replay ? scale_workspace_create(world->net, err) : NULL;
	if (off->ws &&
	    !train_draw_init(&off->draw, config->replay.minibatch, n, err))
		return 0;
fail:
	train_off_policy_fini(off);
	return -1;
}

void train_off_policy_fini(train_off_policy_t *off)
{
	for (size_t i = 0; off->stage && i < off->stages; i++) {
		train_replay_destroy(off->stage[i].replay);
		scale_feature_sums_fini(&off->stage[i].features);
	}
	free(off->stage);
	free(off->grad);
	train_replay_destroy(off->replay);
	train_draw_fini(&off->draw);
	scale_workspace_destroy(off->ws);
	*off = (train_off_policy_t){ 0 };
}

/* Every environment makes so many decisions. */
typedef struct turn {
	const train_world_t *world;
	const train_explorer_t *explorer;
	const scale_decider_t *decider;
	train_stage_t *stage;
	size_t decisions;
} turn_t;

/* The state after a step: of a cut episode its last, of an ended one none. */
static int finish(train_stage_t *stage, train_env_t *env, train_end_t end,
		  scale_err_t *err)
{
	const train_state_t *next = NULL;

	if (end != TRAIN_ENDED) {
		next = train_env_state(env, err);
		if (!next)
			return -1;
	}
	train_replay_end(stage->replay, next);
	if (end != TRAIN_GOES_ON)
		train_env_next_episode(env);
	return 0;
}

static int decide_once(const turn_t *turn, scale_scratch_t *scratch,
		       train_stage_t *stage, train_env_t *env,
		       scale_err_t *err)
{
	const train_explorer_t *explorer = turn->explorer;
	const train_state_t *state = train_env_state(env, err);
	scale_decision_t decision;
	train_step_t step;
	size_t action;

	if (!state)
		return -1;
	if (scale_decide(turn->decider, scratch, state->phi, state->psi,
			 state->ld, state->n, state->allowed, &decision))
		return scale_err_set(err, errno, "the policy is not finite");
	action = explorer->choose(explorer->self, &decision, state,
				  &stage->rng);
	if (action == state->n)
		return scale_err_set(err, EDOM, "the policy is not finite");
	scale_feature_sums_add(&stage->features, decision.feature);
	train_replay_begin(stage->replay, state);
	if (train_env_step(env, action, &step, err))
		return -1;
	train_replay_act(stage->replay, action, step.reward, step.discount);
	stage->reward += step.reward;
	return finish(stage, env, step.end, err);
}

static int take_turn(void *arg, size_t i, scale_err_t *err)
{
	const turn_t *turn = arg;
	train_stage_t *stage = &turn->stage[i];
	scale_scratch_t *scratch = scale_scratch_create(
		turn->decider, turn->world->net->dims.servers, err);
	int rc = scratch ? 0 : -1;

	train_replay_clear(stage->replay);
	for (size_t k = 0; !rc && k < turn->decisions; k++)
		rc = decide_once(turn, scratch, stage, turn->world->env[i],
				 err);
	scale_scratch_destroy(scratch);
	return rc;
}

static int collect(train_off_policy_t *off, const train_world_t *world,
		   const train_explorer_t *explorer, size_t decisions,
		   scale_err_t *err)
{
	scale_decider_t *decider = scale_decider_create(world->net, err);
	turn_t turn = { world, explorer, decider, off->stage, decisions };
	int rc;

	if (!decider)
		return -1;
	rc = sim_parallel(off->stages, world->threads, take_turn, &turn, err);
	scale_decider_destroy(decider);
	for (size_t i = 0; !rc && i < off->stages; i++)
		train_replay_append(off->replay, off->stage[i].replay);
	return rc;
}

static int learn(train_off_policy_t *off, const train_world_t *world,
		 int64_t epoch, const train_explorer_t *explorer,
		 scale_rng_t *rng, train_off_policy_stats_t *sum,
		 scale_err_t *err)
{
	const train_config_t *config = world->config;

	if (off->replay->count < (uint64_t) config->replay.start)
		return 0;
	for (int64_t k = 0; k < config->replay.updates; k++) {
		train_replay_draw(off->replay, rng, &off->draw);
		if (explorer->update(explorer->self, world, epoch, sum, err))
			return -1;
		sum->updates++;
	}
	return 0;
}

static void begin(train_off_policy_t *off, const train_config_t *config,
		  int64_t epoch, scale_rng_t *rng)
{
	scale_rng_seed(rng, scale_hash_seed(config->seed, TRAIN_STREAM_REPLAY),
		       epoch);
	for (size_t i = 0; i < off->stages; i++) {
		scale_rng_seed(&off->stage[i].rng,
			       scale_hash_seed(config->seed,
					       TRAIN_STREAM_ACTION),
			       scale_hash_seed(epoch, i));
		scale_feature_sums_clear(&off->stage[i].features);
		off->stage[i].reward = 0.0;
	}
}

static void fill_row(train_off_policy_t *off, const train_config_t *config,
		     const train_off_policy_stats_t *sum,
		     train_progress_t *row)
{
	double n = (double) sum->updates;	/* 0: all become NAN */

	row->reward = 0.0;
	for (size_t i = 0; i < off->stages; i++)
		row->reward += off->stage[i].reward;
	row->reward /= (double) (config->envs * config->steps);
	for (size_t i = 1; i < off->stages; i++)
		scale_feature_sums_merge(&off->stage[0].features,
					 &off->stage[i].features);
	train_progress_features(row, &off->stage[0].features);
	row->loss_value = sum->loss_value / n;
	row->loss = sum->loss_actor / n;
	row->entropy = sum->entropy / n;
	row->q = sum->q / n;
	row->grad_norm = sum->grad_norm / n;
}

int train_off_policy_epoch(train_off_policy_t *off, const train_world_t *world,
			   int64_t epoch, const train_explorer_t *explorer,
			   train_progress_t *row, scale_err_t *err)
{
	const train_config_t *config = world->config;
	train_off_policy_stats_t sum = { 0 };
	int64_t done = 0, now;
	scale_rng_t rng;

	begin(off, config, epoch, &rng);
	for (; done < config->steps; done += now) {
		now = config->steps - done;
		if (now > config->replay.every)
			now = config->replay.every;
		if (collect(off, world, explorer, now, err) ||
		    learn(off, world, epoch, explorer, &rng, &sum, err))
			return -1;
	}
	fill_row(off, config, &sum, row);
	return 0;
}
