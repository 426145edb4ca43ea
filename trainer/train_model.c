/*
 * train_model.c - what a run has learned, as a model file
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model/file.h"
#include "../model/model_file.h"
#include "algorithm.h"
#include "train_model.h"

int train_config_hash(const train_config_t *config, char hex[65],
		      scale_err_t *err)
{
	char *text = scale_conf_print(train_conf_table, config, err);

	if (!text)
		return -1;
	scale_sha256_hex(text, strlen(text), hex);
	free(text);
	return 0;
}

static int set_text(scale_model_t *model, const char *key, scale_err_t *err,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int set_text(scale_model_t *model, const char *key, scale_err_t *err,
		    const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return scale_model_set_meta(model, key, text, err);
}

/* Takes value, which may be NULL after a lack of memory. */
static int set_json(scale_model_t *model, const char *key, json_t *value,
		    scale_err_t *err)
{
	char *text = value ? json_dumps(value,
					JSON_COMPACT | JSON_REAL_PRECISION(6)) :
			     NULL;
	int rc;

	json_decref(value);
	if (!text)
		return scale_err_set(err, ENOMEM, "no memory for metadata");
	rc = scale_model_set_meta(model, key, text, err);
	free(text);
	return rc;
}

static json_t *reals(const scale_conf_doubles_t *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_real(list->value[i]));
	return array;
}

/* Clusters trained on: [{"name":, "nodes": [16, 32], "load": [..], ...}] */
static json_t *training_cases(const train_config_t *config)
{
	json_t *array = json_array();

	for (size_t i = 0; i < train_case_count(&config->cases); i++) {
		const train_case_t *c = train_case(&config->cases, i);
		json_t *object = json_object(), *nodes = json_array();
		sim_config_t sim;
		size_t k = 0;

		train_case_apply(c, &config->env, 0, 0, &sim);
		do {
			json_array_append_new(
				nodes, json_integer(c->nodes.count ?
							    c->nodes.value[k] :
							    sim.nodes));
		} while (++k < c->nodes.count);
		json_object_set_new(object, "name", json_string(c->name));
		json_object_set_new(object, "nodes", nodes);
		json_object_set_new(object, "mix", reals(&sim.mix));
		json_object_set_new(object, "gflops", reals(&sim.gflops));
		json_object_set_new(object, "mem_gb", reals(&sim.mem_gb));
		if (c->load.count)
			json_object_set_new(object, "load", reals(&c->load));
		else
			json_object_set_new(
				object, "load",
				json_pack("[f]", sim_config_load(&sim)));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *evaluation(const train_t *train)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < train->eval.rows; i++) {
		const train_eval_row_t *row = &train->eval.row[i];

		json_array_append_new(
			rows, json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}",
					"case", row->c->name, "nodes",
					(json_int_t) row->nodes, "load",
					number(row->load), "response_s",
					number(row->response), "deviation_s",
					number(row->deviation), "unfinished",
					number(row->unfinished)));
	}
	return json_pack("{s:o, s:I, s:I, s:o}", "response_s",
			 number(train->eval.response), "episodes",
			 (json_int_t) train->config->eval.episodes, "seed",
			 (json_int_t) train->config->eval.seed, "rows", rows);
}

/* Mean and variance of each dimension of f and their covariances. */
static int set_features(scale_model_t *model, const scale_feature_sums_t *sums,
			scale_err_t *err)
{
	json_t *mean = json_array(), *variance = json_array();
	scale_feature_stats_t stats;

	for (size_t k = 0; k < sums->d; k++) {
		json_array_append_new(mean,
				      json_real(scale_feature_mean(sums, k)));
		json_array_append_new(variance,
				      json_real(scale_feature_cov(sums, k, k)));
	}
	scale_feature_stats(sums, &stats);
	if (set_json(model, "feature_mean", mean, err) ||
	    set_json(model, "feature_variance", variance, err))
		return -1;
	return set_text(model, "feature_covariance", err, "%.6g",
			stats.covariance) ||
	       set_text(model, "feature_correlation", err, "%.6g",
			stats.correlation);
}

static int set_created(scale_model_t *model, time_t created, scale_err_t *err)
{
	char text[32];
	struct tm tm;

	if (!gmtime_r(&created, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return scale_err_set(err, EINVAL, "no date for a model file");
	return scale_model_set_meta(model, "created", text, err);
}

static int set_provenance(scale_model_t *model, const train_t *train,
			  const char *program, time_t created, scale_err_t *err)
{
	const train_config_t *config = train->config;
	char hash[65];

	if (train_config_hash(config, hash, err) ||
	    set_created(model, created, err) ||
	    set_text(model, "program", err, "%s", program) ||
	    set_text(model, "config_sha256", err, "%s", hash) ||
	    set_text(model, "algorithm", err, "%s",
		     train_algorithm_names[config->algorithm]) ||
	    set_text(model, "seed", err, "%lld", (long long) config->seed) ||
	    set_text(model, "epoch", err, "%lld", (long long) train->epoch) ||
	    set_text(model, "mask", err, "%s", scale_mask_name(config->mask)) ||
	    set_text(model, "clock", err, "%s",
		     config->env.clock == SIM_CLOCK_PAPER ? "paper" :
							    "event") ||
	    set_text(model, "order", err, "%s",
		     train_algorithm_prior(config->algorithm) ?
			     config->env.order :
			     scale_order_in_force(config->env.order, NULL)) ||
	    set_text(model, "time_scale", err, "%.17g", config->time_scale) ||
	    set_json(model, "trained_on", training_cases(config), err))
		return -1;
	if (!train->evaluated)
		return 0;
	if (set_json(model, "evaluation", evaluation(train), err))
		return -1;
	return train->eval.features.count > 1 ?
		       set_features(model, &train->eval.features, err) :
		       0;
}

scale_model_t *train_model_create(const train_t *train, const char *program,
				  time_t created, scale_err_t *err)
{
	scale_net_t *net = scale_net_copy(train->net, err);
	scale_model_t *model = net ? scale_model_create(net, err) : NULL;

	if (!model) {
		scale_net_destroy(net);
		return NULL;
	}
	if (!set_provenance(model, train, program, created, err))
		return model;
	scale_model_destroy(model);
	return NULL;
}
