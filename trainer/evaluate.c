/*
 * evaluate.c - greedy decisions on held-out episodes
 *
 * Algorithm 2: argmax over the servers that the mask allows; one that is
 * busy means waiting.  Episodes are independent and run on several threads;
 * their results are added in a fixed order.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../model/rng.h"
#include "../sim/episode.h"
#include "../sim/parallel.h"
#include "algorithm.h"
#include "env.h"
#include "evaluate.h"

typedef struct episode {
	double response; /* s, mean over primitives */
	double unfinished;
	scale_feature_sums_t features;
} episode_t;

typedef struct evaluation {
	const train_config_t *config;
	const scale_decider_t *decider;
	const scale_model_t *model; /* of a network that amends a rule */
	const train_eval_row_t *row;
	size_t episodes; /* of a row */
	episode_t *episode; /* [rows][episodes] */
} evaluation_t;

/* Room for the states of one simulation. */
typedef struct room {
	scale_scratch_t *scratch;
	uint8_t *allowed;
	float *psi;
	size_t ld;
} room_t;

static int room_init(room_t *room, const scale_decider_t *decider,
		     const sim_config_t *config, scale_err_t *err)
{
	size_t n = train_servers_max(config);

	room->scratch = scale_scratch_create(decider, n, err);
	if (!room->scratch)
		return -1;
	room->psi = scale_scratch_psi(room->scratch, &room->ld);
	room->allowed = malloc(n);
	if (room->allowed)
		return 0;
	scale_scratch_destroy(room->scratch);
	return scale_err_set(err, ENOMEM, "no memory for an evaluation");
}

static void room_fini(room_t *room)
{
	scale_scratch_destroy(room->scratch);
	free(room->allowed);
}

/* Decide once.  RET 0, or -1 */
static int act(const evaluation_t *ev, room_t *room, sim_t *sim,
	       episode_t *episode, scale_err_t *err)
{
	scale_decision_t decision;
	train_state_t state;
	sim_outcome_t outcome;
	ssize_t server = SIM_DEFER;

	train_observe(sim, ev->config->mask, room->psi, room->ld, room->allowed,
		      &state);
	if (state.choices) {
		if (scale_decide(ev->decider, room->scratch, state.phi,
				 state.psi, state.ld, state.n, state.allowed,
				 &decision))
			return scale_err_set(err, errno,
					     "the policy is not finite");
		server = decision.choice;
		scale_feature_sums_add(&episode->features, decision.feature);
	}
	return sim_act(sim, server, &outcome, err);
}

static void summarise_episode(const train_config_t *config, const sim_t *sim,
			      const sim_metrics_t *m, episode_t *episode)
{
	double count = (double) m->tasks_finished + m->tasks_unfinished;

	episode->response = count > 0.0 ? sim_unfinished_time(sim) / count :
					  NAN;
	if (train_algorithm_prior(config->algorithm) &&
	    config->es.objective == TRAIN_WORKFLOW)
		episode->response = m->workflow_response.mean;
	episode->unfinished = m->tasks_unfinished;
}

static int simulate(const evaluation_t *ev, room_t *room, sim_t *sim,
		    episode_t *episode, scale_err_t *err)
{
	sim_metrics_t metrics;
	sim_status_t status;

	while ((status = sim_next(sim, err)) == SIM_DECIDE)
		if (act(ev, room, sim, episode, err))
			return -1;
	if (status == SIM_FAILED || sim_metrics(sim, &metrics, err))
		return -1;
	summarise_episode(ev->config, sim, &metrics, episode);
	return 0;
}

/* By the policy itself, which has more to do than its network. */
static int play(const evaluation_t *ev, sim_t *sim, uint64_t seed,
		episode_t *episode, scale_err_t *err)
{
	scale_policy_t *policy = scale_policy_from_model(ev->model, err);
	const sim_player_t player = { .policy = policy,
				      .features = &episode->features };
	sim_metrics_t metrics;
	int rc = -1;

	if (policy && !sim_play(sim, &player, seed, NULL, err) &&
	    !sim_metrics(sim, &metrics, err)) {
		summarise_episode(ev->config, sim, &metrics, episode);
		rc = 0;
	}
	scale_policy_destroy(policy);
	return rc;
}

static void row_config(const train_config_t *config,
		       const train_eval_row_t *row, sim_config_t *sim)
{
	train_case_apply(row->c, &config->env, 0, 0, sim);
	sim->nodes = row->nodes;
	if (row->c->load.count)
		sim->load = row->load;
	sim->duration = config->eval.duration;
	sim->workflows = 0;
	sim->warmup = config->eval.warmup;
	sim->drain = true;
	sim->drain_limit = config->eval.drain_limit;
}

static int piece(void *arg, size_t i, scale_err_t *err)
{
	evaluation_t *ev = arg;
	episode_t *episode = &ev->episode[i];
	uint64_t seed =
		scale_hash_seed(ev->config->eval.seed, i % ev->episodes);
	sim_config_t config;
	room_t room = { 0 };
	sim_t *sim;
	int rc = -1;

	row_config(ev->config, &ev->row[i / ev->episodes], &config);
	sim = sim_create(&config, err);
	if (!sim)
		return -1;
	if (scale_feature_sums_init(&episode->features,
				    scale_decider_dims(ev->decider)->d_model,
				    err))
		goto out;
	if (ev->model) {
		rc = play(ev, sim, seed, episode, err);
	} else if (!room_init(&room, ev->decider, &config, err)) {
		rc = sim_reset(sim, seed, err);
		if (!rc)
			rc = simulate(ev, &room, sim, episode, err);
		room_fini(&room);
	}
out:
	sim_destroy(sim);
	return rc;
}

/* The rows: every element of nodes and load of every case.  RET how many;
 * row may be NULL to count only. */
static size_t list_rows(const train_config_t *config, train_eval_row_t *row)
{
	const scale_conf_list_t *cases = &config->eval.cases;
	size_t count = 0;

	for (size_t i = 0; i < train_case_count(cases); i++) {
		const train_case_t *c = train_case(cases, i);
		size_t sizes = c->nodes.count ? c->nodes.count : 1;
		size_t loads = c->load.count ? c->load.count : 1;

		for (size_t k = 0; k < sizes * loads; k++, count++) {
			sim_config_t sim;

			if (!row)
				continue;
			train_case_apply(c, &config->env, k / loads, k % loads,
					 &sim);
			row[count] = (train_eval_row_t){
				.c = c,
				.nodes = sim.nodes,
				.load = sim_config_load(&sim),
			};
		}
	}
	return count;
}

static void summarise(train_eval_row_t *row, const episode_t *episode, size_t n)
{
	double sum = 0.0, square = 0.0;

	for (size_t i = 0; i < n; i++) {
		sum += episode[i].response;
		row->unfinished += episode[i].unfinished;
	}
	row->response = sum / n;
	for (size_t i = 0; i < n; i++)
		square += pow(episode[i].response - row->response, 2.0);
	row->deviation = n > 1 ? sqrt(square / (n - 1)) : 0.0;
}

static int collect(const evaluation_t *ev, train_eval_t *eval, scale_err_t *err)
{
	double log_sum = 0.0;

	if (scale_feature_sums_init(&eval->features,
				    scale_decider_dims(ev->decider)->d_model,
				    err))
		return -1;
	for (size_t i = 0; i < eval->rows * ev->episodes; i++)
		scale_feature_sums_merge(&eval->features,
					 &ev->episode[i].features);
	for (size_t r = 0; r < eval->rows; r++) {
		summarise(&eval->row[r], ev->episode + r * ev->episodes,
			  ev->episodes);
		log_sum += log(eval->row[r].response);
	}
	eval->response = exp(log_sum / eval->rows);
	return 0;
}

static scale_model_t *model_around(const scale_net_t *net, scale_err_t *err)
{
	scale_net_t *copy = scale_net_copy(net, err);
	scale_model_t *model = copy ? scale_model_create(copy, err) : NULL;

	if (!model)
		scale_net_destroy(copy);
	return model;
}

int train_evaluate(const train_config_t *config, const scale_net_t *net,
		   size_t threads, train_eval_t *eval, scale_err_t *err)
{
	evaluation_t ev = { .config = config,
			    .episodes = config->eval.episodes };
	scale_decider_t *decider = scale_decider_create(net, err);
	scale_model_t *model = NULL;
	size_t n = 0;
	int rc = -1;

	*eval = (train_eval_t){ 0 };
	if (!decider)
		return -1;
	if (net->dims.prior) {
		model = model_around(net, err);
		if (!model)
			goto done;
	}
	eval->rows = list_rows(config, NULL);
	eval->row = calloc(eval->rows, sizeof(*eval->row));
	n = eval->rows * ev.episodes;
	ev.episode = calloc(n, sizeof(*ev.episode));
	if (!eval->row || !ev.episode) {
		scale_err_set(err, ENOMEM, "no memory for an evaluation");
		n = 0;
		goto done;
	}
	list_rows(config, eval->row);
	ev.decider = decider;
	ev.model = model;
	ev.row = eval->row;
	rc = sim_parallel(n, threads, piece, &ev, err);
	if (!rc)
		rc = collect(&ev, eval, err);
done:
	for (size_t i = 0; i < n; i++)
		scale_feature_sums_fini(&ev.episode[i].features);
	free(ev.episode);
	if (rc)
		train_eval_fini(eval);
	scale_model_destroy(model);
	scale_decider_destroy(decider);
	return rc;
}

void train_eval_fini(train_eval_t *eval)
{
	free(eval->row);
	scale_feature_sums_fini(&eval->features);
	*eval = (train_eval_t){ 0 };
}
