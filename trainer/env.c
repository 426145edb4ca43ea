/*
 * env.c - the simulator as a learner sees it
 *
 * Episode k of environment i takes its case, size, load and seed from a hash
 * of (seed, i, k).  The simulator itself has no end: the episode is cut at
 * the first decision past env.duration, so that there always is a state to
 * bootstrap from.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/rng.h"
#include "env.h"
#include "stream.h"

#define NO_END 1e12 /* s, duration for the simulator */

struct train_env {
	const train_config_t *config;
	uint64_t seed; /* of this environment */
	uint64_t episode; /* number of the present one, or the next */
	sim_t *sim; /* NULL between episodes */
	double response_scale; /* reward per second of response */
	size_t room; /* servers that psi and allowed hold */
	float *psi;
	uint8_t *allowed;
	train_state_t state;
	uint32_t *action; /* taken in this episode */
	size_t actions, action_room;
};

void train_observe(const sim_t *sim, scale_mask_t mask, float *psi, size_t ld,
		   uint8_t *allowed, train_state_t *state)
{
	const scale_cluster_t *cluster = sim_cluster(sim);
	const scale_task_t *task = sim_task(sim);

	scale_features_task(cluster, task, state->phi);
	scale_features_servers(cluster, task, psi, ld);
	state->psi = psi;
	state->ld = ld;
	state->n = cluster->n;
	state->allowed = allowed;
	state->choices = 0;
	for (size_t j = cluster->n; j-- > 0;) {
		allowed[j] = mask == SCALE_MASK_NONE ||
			     (scale_fits(cluster, task, j) &&
			      !(mask == SCALE_MASK_IDLE && cluster->busy[j]));
		if (!allowed[j])
			continue;
		state->choices++;
		state->first = j;
	}
}

size_t train_servers_max(const sim_config_t *config)
{
	const sim_change_t *change = config->changes.item;
	size_t most = config->nodes;

	for (size_t i = 0; i < config->changes.count; i++)
		if (change[i].what == SIM_CHANGE_ADD)
			most += change[i].count;
	return most;
}

train_env_t *train_env_create(const train_config_t *config, size_t index,
			      scale_err_t *err)
{
	train_env_t *env = calloc(1, sizeof(*env));

	if (!env) {
		scale_err_set(err, ENOMEM, "no memory for an environment");
		return NULL;
	}
	env->config = config;
	env->seed = scale_hash_seed(
		scale_hash_seed(config->seed, TRAIN_STREAM_EPISODE), index);
	return env;
}

void train_env_destroy(train_env_t *env)
{
	int saved = errno;

	if (env) {
		sim_destroy(env->sim);
		free(env->psi);
		free(env->allowed);
		free(env->action);
	}
	free(env);
	errno = saved;
}

/* Room for n servers. */
static int reserve(train_env_t *env, size_t n, scale_err_t *err)
{
	if (n <= env->room)
		return 0;
	free(env->psi);
	free(env->allowed);
	env->room = 0;
	n = (n + 15) / 16 * 16; /* whole vectors in each row of psi */
	env->psi = aligned_alloc(64,
				 n * SCALE_SERVER_FEATURES * sizeof(*env->psi));
	env->allowed = malloc(n);
	if (!env->psi || !env->allowed)
		return scale_err_set(err, ENOMEM,
				     "no memory for states of %zu servers", n);
	env->room = n;
	return 0;
}

static int begin(train_env_t *env, scale_err_t *err)
{
	const scale_conf_list_t *cases = &env->config->cases;
	sim_config_t config;
	uint64_t seed = scale_hash_seed(env->seed, env->episode);
	uint64_t pick[3];
	scale_rng_t rng;

	scale_rng_seed(&rng, seed, TRAIN_STREAM_CASE);
	for (int i = 0; i < 3; i++)
		pick[i] = scale_rng_u64(&rng) >> 11;
	train_case_apply(train_case(cases, pick[0] % train_case_count(cases)),
			 &env->config->env, pick[1], pick[2], &config);
	config.duration = NO_END;
	config.workflows = 0;
	config.warmup = 0.0;
	if (reserve(env, train_servers_max(&config), err))
		return -1;
	env->response_scale = env->config->reward_scale * 16.0 / config.nodes;
	env->actions = 0;
	env->sim = sim_create(&config, err);
	return env->sim ? sim_reset(env->sim, seed, err) : -1;
}

/* The one possible answer to a state that offers no choice. */
static ssize_t forced(const train_state_t *state)
{
	return state->choices ? (ssize_t) state->first : SIM_DEFER;
}

/*
 * Go to the next decision with a choice, deciding the others.
 * ACC step: rewards and discounts of those decisions (NULL: not wanted)
 * RET SIM_DECIDE, SIM_DONE or SIM_FAILED
 */
static sim_status_t advance(train_env_t *env, train_step_t *step,
			    scale_err_t *err)
{
	for (;;) {
		sim_status_t status = sim_next(env->sim, err);
		sim_outcome_t outcome;

		if (status != SIM_DECIDE)
			return status;
		train_observe(env->sim, env->config->mask, env->psi, env->room,
			      env->allowed, &env->state);
		if (env->state.choices > 1 ||
		    sim_now(env->sim) >= env->config->env.duration)
			return SIM_DECIDE;
		if (sim_act(env->sim, forced(&env->state), &outcome, err))
			return SIM_FAILED;
		if (!step || outcome.effect != SIM_ASSIGNED)
			continue;
		step->reward += step->discount * outcome.reward;
		step->discount *= env->config->ppo.gamma;
	}
}

const train_state_t *train_env_state(train_env_t *env, scale_err_t *err)
{
	if (env->sim)
		return &env->state;
	if (begin(env, err))
		return NULL;
	switch (advance(env, NULL, err)) {
	case SIM_DECIDE:
		return &env->state;
	case SIM_DONE:
		scale_err_set(err, EINVAL,
			      "an episode ended before its first decision");
		break;
	case SIM_FAILED:
		break;
	}
	return NULL;
}

static int remember(train_env_t *env, size_t action, scale_err_t *err)
{
	if (env->actions == env->action_room) {
		size_t room = env->action_room ? 2 * env->action_room : 1024;
		uint32_t *more =
			realloc(env->action, room * sizeof(*env->action));

		if (!more)
			return scale_err_set(err, ENOMEM,
					     "no memory for an episode");
		env->action = more;
		env->action_room = room;
	}
	env->action[env->actions++] = action;
	return 0;
}

int train_env_step(train_env_t *env, size_t action, train_step_t *step,
		   scale_err_t *err)
{
	const train_config_t *config = env->config;
	double before = sim_unfinished_time(env->sim);
	double since = sim_now(env->sim);
	sim_outcome_t outcome;
	sim_status_t status;

	if (remember(env, action, err) ||
	    sim_act(env->sim, action, &outcome, err))
		return -1;
	step->reward = outcome.reward;
	step->discount = config->ppo.gamma;
	status = advance(env, step, err);
	if (status == SIM_FAILED)
		return -1;
	if (config->reward == TRAIN_REWARD_RESPONSE)
		step->reward = (before - sim_unfinished_time(env->sim)) *
			       env->response_scale;
	if (config->ppo.horizon > 0.0)
		step->discount =
			exp(-(sim_now(env->sim) - since) / config->ppo.horizon);
	step->end = status == SIM_DONE			      ? TRAIN_ENDED :
		    sim_now(env->sim) >= config->env.duration ? TRAIN_CUT :
								TRAIN_GOES_ON;
	return 0;
}

void train_env_next_episode(train_env_t *env)
{
	sim_destroy(env->sim);
	env->sim = NULL;
	env->actions = 0;
	env->episode++;
}

uint64_t train_env_episode(const train_env_t *env)
{
	return env->episode;
}

const uint32_t *train_env_actions(const train_env_t *env, size_t *count)
{
	*count = env->actions;
	return env->action;
}

int train_env_replay(train_env_t *env, uint64_t episode,
		     const uint32_t *actions, size_t count, scale_err_t *err)
{
	train_step_t step;

	sim_destroy(env->sim);
	env->sim = NULL;
	env->actions = 0;
	env->episode = episode;
	if (!count)
		return 0;
	for (size_t t = 0; t < count; t++) {
		const train_state_t *state = train_env_state(env, err);

		if (!state)
			return -1;
		if (actions[t] >= state->n || !state->allowed[actions[t]])
			return scale_err_set(
				err, EINVAL,
				"episode %llu cannot be replayed: action %zu is not possible",
				(unsigned long long) episode, t);
		if (train_env_step(env, actions[t], &step, err))
			return -1;
		if (step.end != TRAIN_GOES_ON)
			return scale_err_set(
				err, EINVAL,
				"episode %llu cannot be replayed: it ends after %zu of %zu actions",
				(unsigned long long) episode, t + 1, count);
	}
	return 0;
}
