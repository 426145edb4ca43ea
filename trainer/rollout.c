/*
 * rollout.c - collecting an epoch's transitions, Algorithm 1 lines 5 to 17
 *
 * Decisions go one by one through scale_decide(), which is faster at these
 * sizes than batches through scale_forward(); the two agree to rounding, so
 * that the ratio of PPO starts at 1.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>

#include "../sim/parallel.h"
#include "gae.h"
#include "rollout.h"
#include "stream.h"

typedef struct rollout {
	const train_config_t *config;
	int64_t epoch;
	const scale_decider_t *decider;
	size_t servers; /* most that any environment has */
	train_env_t *const *env;
	train_buffer_t *buffer;
} rollout_t;

size_t train_sample(const float *logit, const uint8_t *allowed, size_t n,
		    scale_rng_t *rng, double *log_prob)
{
	double most = -INFINITY, sum = 0.0, left;
	size_t chosen = n;

	for (size_t j = 0; j < n; j++) {
		if (!allowed[j])
			continue;
		if (!isfinite(logit[j]))
			return n;
		if (logit[j] > most)
			most = logit[j];
		chosen = j;
	}
	if (chosen == n)
		return n;
	for (size_t j = 0; j < n; j++)
		if (allowed[j])
			sum += exp(logit[j] - most);
	left = scale_rng_uniform(rng) * sum;
	for (size_t j = 0; j < n; j++) {
		if (!allowed[j])
			continue;
		chosen = j; /* the last one, should rounding leave some */
		left -= exp(logit[j] - most);
		if (left < 0.0)
			break;
	}
	*log_prob = logit[chosen] - most - log(sum);
	return chosen;
}

static int decide(const rollout_t *r, scale_scratch_t *scratch,
		  const train_state_t *state, scale_decision_t *out,
		  scale_err_t *err)
{
	if (!scale_decide(r->decider, scratch, state->phi, state->psi,
			  state->ld, state->n, state->allowed, out))
		return 0;
	if (errno == EDOM)
		return scale_err_set(err, EDOM, "the policy is not finite");
	return scale_err_set(err, errno, "no decision over %zu servers",
			     state->n);
}

/* V of the state after transition t, if it is not the next one's V. */
static int bootstrap(const rollout_t *r, scale_scratch_t *scratch,
		     train_env_t *env, train_track_t *track, size_t t,
		     scale_err_t *err)
{
	const train_state_t *state = train_env_state(env, err);
	scale_decision_t decision;

	if (!state || decide(r, scratch, state, &decision, err))
		return -1;
	track->next_value[t] = (real_t) decision.value;
	return 0;
}

/* One decision of one environment. */
static int transition(const rollout_t *r, scale_scratch_t *scratch,
		      train_env_t *env, train_track_t *track, scale_rng_t *rng,
		      scale_err_t *err)
{
	const train_state_t *state = train_env_state(env, err);
	size_t t = track->count, action;
	scale_decision_t decision;
	train_step_t step;
	double log_prob;

	if (!state || decide(r, scratch, state, &decision, err))
		return -1;
	if (t && !track->last[t - 1])
		track->next_value[t - 1] = (real_t) decision.value;
	action = train_sample(decision.logit, state->allowed, state->n, rng,
			      &log_prob);
	if (action == state->n)
		return scale_err_set(err, EDOM, "the policy is not finite");
	if (train_track_add(track, state, r->buffer->d, decision.feature,
			    action, log_prob, decision.value, err) ||
	    train_env_step(env, action, &step, err))
		return -1;
	track->reward[t] = (real_t) step.reward;
	track->discount[t] = (real_t) step.discount;
	track->last[t] = step.end != TRAIN_GOES_ON;
	track->next_value[t] = 0;
	if (step.end == TRAIN_CUT && bootstrap(r, scratch, env, track, t, err))
		return -1;
	if (step.end != TRAIN_GOES_ON)
		train_env_next_episode(env);
	return 0;
}

static int collect(void *arg, size_t i, scale_err_t *err)
{
	const rollout_t *r = arg;
	const train_config_t *config = r->config;
	train_track_t *track = &r->buffer->track[i];
	scale_scratch_t *scratch =
		scale_scratch_create(r->decider, r->servers, err);
	scale_rng_t rng;
	size_t n = r->buffer->steps;
	int rc = -1;

	if (!scratch)
		return -1;
	scale_rng_seed(&rng, scale_hash_seed(config->seed, TRAIN_STREAM_ACTION),
		       scale_hash_seed(r->epoch, i));
	while (track->count < n)
		if (transition(r, scratch, r->env[i], track, &rng, err))
			goto done;
	if (!track->last[n - 1] &&
	    bootstrap(r, scratch, r->env[i], track, n - 1, err))
		goto done;
	train_gae(n, track->reward, track->value, track->next_value,
		  track->discount, track->last, config->ppo.lambda,
		  track->advantage, track->ret);
	rc = 0;
done:
	scale_scratch_destroy(scratch);
	return rc;
}

static size_t most_servers(const train_config_t *config)
{
	size_t most = 1;

	for (size_t i = 0; i < train_case_count(&config->cases); i++) {
		const train_case_t *c = train_case(&config->cases, i);
		size_t k = 0;

		do {
			sim_config_t env;
			size_t n;

			train_case_apply(c, &config->env, k, 0, &env);
			n = train_servers_max(&env);
			most = n > most ? n : most;
		} while (++k < c->nodes.count);
	}
	return most;
}

int train_rollout(const train_config_t *config, int64_t epoch,
		  const scale_net_t *net, train_env_t *const *env,
		  train_buffer_t *buffer, size_t threads, scale_err_t *err)
{
	scale_decider_t *decider = scale_decider_create(net, err);
	rollout_t r = { config, epoch, decider, most_servers(config),
			env,	buffer };
	int rc;

	if (!decider)
		return -1;
	train_buffer_clear(buffer);
	rc = sim_parallel(buffer->tracks, threads, collect, &r, err);
	scale_decider_destroy(decider);
	return rc;
}
