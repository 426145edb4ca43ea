/*
 * es_case.c - what the candidates of a generation are compared on
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/rng.h"
#include "es_case.h"

/* config with lists of its own, and what set says over it. */
static int settle(const sim_config_t *config, const char *set,
		  sim_config_t *out, scale_err_t *err)
{
	char *text = scale_conf_print(sim_conf_table, config, err);
	int rc = -1;

	if (!text)
		return -1;
	if (!scale_conf_defaults(sim_conf_table, out, err)) {
		rc = scale_conf_parse(sim_conf_table, out, text, strlen(text),
				      "env", err) ||
		     scale_conf_parse(sim_conf_table, out, set, strlen(set),
				      "vary", err) ? -1 : 0;
		if (rc)
			scale_conf_free(sim_conf_table, out);
	}
	free(text);
	return rc;
}

static int draw(const train_config_t *config, scale_rng_t *rng,
		train_es_case_t *out, scale_err_t *err)
{
	const train_case_t *c = train_case(
		&config->cases,
		scale_rng_below(rng, train_case_count(&config->cases)));
	uint64_t nodes = scale_rng_below(rng, SCALE_CONF_NUMBERS * 1000);
	uint64_t load = scale_rng_below(rng, SCALE_CONF_NUMBERS * 1000);
	const train_vary_t *vary = config->vary.item;
	const char *set = "{}";
	sim_config_t env;

	train_case_apply(c, &config->env, nodes, load, &env);
	env.duration *= pow(32.0 / (double) env.nodes, 0.6);
	env.warmup = env.duration / 10.0;
	env.drain = true;
	if (config->vary.count && scale_rng_below(rng, 2))
		set = vary[scale_rng_below(rng, config->vary.count)].set;
	out->seed = scale_rng_u64(rng);
	return settle(&env, set, &out->config, err);
}

int train_es_cases_draw(const train_config_t *config, int64_t epoch,
			train_es_case_t *list, scale_err_t *err)
{
	scale_rng_t rng;

	scale_rng_seed(&rng, scale_hash_seed(config->seed, (uint64_t) epoch),
		       0x6361736573ULL /* "cases" */);
	for (size_t i = 0; i < (size_t) config->es.cases; i++)
		if (draw(config, &rng, &list[i], err)) {
			train_es_cases_free(list, i);
			return -1;
		}
	return 0;
}

void train_es_cases_free(train_es_case_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		scale_conf_free(sim_conf_table, &list[i].config);
}

int train_es_cases_check(const train_config_t *config, scale_err_t *err)
{
	const train_vary_t *vary = config->vary.item;

	for (size_t i = 0; i < config->vary.count; i++)
		for (size_t k = 0; k < train_case_count(&config->cases); k++) {
			sim_config_t env, all;
			int rc;

			train_case_apply(train_case(&config->cases, k),
					 &config->env, 0, 0, &env);
			if (settle(&env, vary[i].set, &all, err))
				return scale_err_prefix(err, "vary[%zu].set",
							i);
			rc = sim_config_check(&all, err) ||
			     sim_config_check_memory(&all, err);
			scale_conf_free(sim_conf_table, &all);
			if (rc)
				return scale_err_prefix(err, "vary[%zu].set",
							i);
		}
	return 0;
}

int train_es_play(const train_config_t *config, const train_es_case_t *c,
		  scale_policy_t *policy, double *value, scale_err_t *err)
{
	sim_t *sim = sim_create(&c->config, err);
	const sim_dist_t *response;
	sim_metrics_t m;
	int rc = -1;

	if (!sim)
		return -1;
	if (sim_episode(sim, policy, c->seed, err) ||
	    sim_metrics(sim, &m, err))
		goto out;
	response = config->es.objective == TRAIN_WORKFLOW ?
			   &m.workflow_response : &m.task_response;
	*value = log(response->mean) + config->es.tail * log(response->p99);
	rc = isfinite(*value) ? 0 :
		scale_err_set(err, EDOM,
			      "nothing ended in an episode of %lld servers; a longer env.duration may help",
			      (long long) c->config.nodes);
out:
	sim_destroy(sim);
	return rc;
}
