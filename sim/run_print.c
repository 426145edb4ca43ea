/*
 * run_print.c - what 'scale-sim run' prints
 *
 * Everything but the object "timing" depends on configuration, seeds and
 * policy alone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>

#include "cmd_run.h"

static double decisions(const run_t *run)
{
	double sum = 0.0;

	for (uint64_t i = 0; i < run->args.runs; i++)
		sum += (double) run->metrics[i].decisions;
	return sum;
}

static const char *clock_name(const run_t *run)
{
	return run->config.clock == SIM_CLOCK_EVENT ? "event" : "paper";
}

static json_t *pack_features(const run_t *run)
{
	const scale_feature_sums_t *sums = &run->features;
	json_t *mean = json_array(), *variance = json_array();
	scale_feature_stats_t stats;

	scale_feature_stats(sums, &stats);
	for (size_t k = 0; sums->count > 1 && k < sums->d; k++) {
		json_array_append_new(mean,
				      json_real(scale_feature_mean(sums, k)));
		json_array_append_new(variance,
				      json_real(scale_feature_cov(sums, k, k)));
	}
	/* of a constant dimension kl is infinite, which JSON cannot say */
	return json_pack("{s:I, s:o?, s:o?, s:o?, s:o, s:o}",
			 "decisions", (json_int_t) sums->count,
			 "covariance", json_real(stats.covariance),
			 "correlation", json_real(stats.correlation),
			 "kl", json_real(stats.kl),
			 "mean", mean, "variance", variance);
}

static json_t *pack_runs(const run_t *run)
{
	json_t *list = json_array();

	for (uint64_t i = 0; i < run->args.runs; i++) {
		json_t *one = json_pack("{s:I}", "seed",
					(json_int_t) (run->args.seed + i));

		if (json_object_set_new(one, "metrics",
					sim_report_run(&run->metrics[i])) ||
		    json_array_append_new(list, one)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* A run without result deserves a word. */
static void warn(const run_t *run)
{
	for (uint64_t i = 0; i < run->args.runs; i++)
		if (run->metrics[i].tasks_finished ||
		    !run->metrics[i].tasks_unfinished)
			return;
	scale_cli_fail(0, "warning: no primitive finished in any run; does a "
		       "server hold them (mem_gb, need_mean, changes), and is "
		       "there time (drain, drain_limit)?");
}

static int print_json(const run_t *run)
{
	json_t *root = json_pack(
		"{s:s, s:s, s:s, s:I, s:f, s:o, s:o}",
		"policy", run->args.policy,
		"order", run->config.order,
		"clock", clock_name(run),
		"nodes", (json_int_t) run->config.nodes,
		"load", sim_config_load(&run->config),
		"summary", sim_report_summary(run->metrics, run->args.runs),
		"runs", pack_runs(run));

	if (root && run->args.features)
		json_object_set_new(root, "features", pack_features(run));
	if (root && run->args.timing && run->seconds > 0.0)
		json_object_set_new(root, "timing", json_pack(
			"{s:f, s:f}", "seconds", run->seconds,
			"decisions_per_second",
			decisions(run) / run->seconds));
	return scale_cli_print_json(root, SIM_JSON);
}

static void print_features(const run_t *run)
{
	scale_feature_stats_t stats;

	scale_feature_stats(&run->features, &stats);
	printf("%-40s %12.4f\n%-40s %12.4f\n%-40s %12.4f\n",
	       "covariance of features", stats.covariance,
	       "correlation of features", stats.correlation,
	       "features, divergence from N(0, 1)", stats.kl);
}

static int print_text(const run_t *run)
{
	const run_args_t *args = &run->args;

	printf("%s, order %s, %s clock, %lld servers, load %.3f, ",
	       args->policy, run->config.order,
	       clock_name(run), (long long) run->config.nodes,
	       sim_config_load(&run->config));
	if (args->runs == 1)
		printf("seed %llu\n", (unsigned long long) args->seed);
	else
		printf("seeds %llu to %llu: mean +- standard error\n",
		       (unsigned long long) args->seed,
		       (unsigned long long) (args->seed + args->runs - 1));
	sim_report_text(run->metrics, args->runs, stdout);
	if (args->features)
		print_features(run);
	if (args->timing && run->seconds > 0.0)
		printf("%-40s %12.0f\n", "decisions per second of wall clock",
		       decisions(run) / run->seconds);
	return scale_cli_flush();
}

int sim_run_print(const run_t *run)
{
	int status = run->args.json ? print_json(run) : print_text(run);

	warn(run);
	return status;
}
