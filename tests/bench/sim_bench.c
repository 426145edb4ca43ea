/*
 * sim_bench.c - simulated primitives per second, time of a rule's decision
 *
 * A row is a cluster under fastest-idle: first level hop, configuration
 * base, all statistics with their quantiles, one thread.  "drawn" draws the
 * workflows while it runs, "given" has the same ones in memory; so has a
 * peer, whose mean response must be ours.  A curve is the time of one choice
 * over N, with the simulator's index of servers and without.  Processor
 * time, medians.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "model/exit_code.h"
#include "sim/cluster.h"
#include "sim/episode.h"
#include "sim/workload.h"

enum { RUNS = 5, STATES = 64, ASKS = 400 };

static const struct {
	int64_t nodes, workflows;
	bool peer;		/* not where it would take minutes */
} sizes[] = { { 16, 20000, true }, { 1024, 20000, true },
	      { 100000, 100000, false } };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static const char *const rules[] = { "fastest-idle", "best-fit", "random",
				     "round-robin", "eft", "k-eft" };
static const int64_t curve[] = { 16, 64, 256, 1024, 4096, 16384, 100000 };
enum {
	RULES = sizeof(rules) / sizeof(rules[0]),
	CURVE = sizeof(curve) / sizeof(curve[0]),
};

typedef struct args {
	const char *json, *peer;
} args_t;

/* All workflows of an episode, in memory of their own. */
typedef struct list {
	sim_arrival_t *item;
	size_t count;
} list_t;

static void give_up(const scale_err_t *err)
{
	fprintf(stderr, "sim-bench: %s\n", err->text);
	exit(SCALE_EXIT_FAILURE);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static sim_config_t configure(int64_t nodes, int64_t workflows)
{
	scale_err_t err = { "" };
	sim_config_t config;

	if (sim_config_named(&config, "base", &err))
		give_up(&err);
	config.nodes = nodes;
	config.workflows = workflows;
	config.duration = 0.0;
	return config;
}

static void *copy(const void *from, size_t size)
{
	return memcpy(bench_must(malloc(size)), from, size);
}

/* As sim_episode() would draw them with this seed. */
static list_t draw(const sim_config_t *config, uint64_t seed)
{
	list_t list = { bench_must(calloc((size_t) config->workflows,
					  sizeof(*list.item))), 0 };
	double number[5][64];
	uint32_t first[65], parent[128];
	sim_workload_t load;
	double at;

	sim_workload_init(&load, config, NULL);
	sim_source_reset(&load.source, seed);
	while (sim_source_arrival(&load.source, &at)) {
		sim_workflow_spec_t s = {
			.gflop = number[0], .mem_gb = number[1],
			.out_gb = number[2], .guess = number[3],
			.lag = number[4], .parent_first = first,
			.parent = parent,
		};
		size_t size;

		sim_source_make(&load.source, &s);
		size = s.n * sizeof(double);
		s.gflop = copy(s.gflop, size);
		s.mem_gb = copy(s.mem_gb, size);
		s.out_gb = copy(s.out_gb, size);
		s.lag = copy(s.lag, size);
		s.guess = NULL;
		s.parent = copy(parent, first[s.n] * sizeof(*parent) + 1);
		s.parent_first = copy(first, (s.n + 1) * sizeof(*first));
		list.item[list.count++] = (sim_arrival_t) { at, s };
	}
	return list;
}

static void list_fini(list_t *list)
{
	for (size_t i = 0; i < list->count; i++) {
		sim_workflow_spec_t *s = &list->item[i].flow;

		free(s->gflop);
		free(s->mem_gb);
		free(s->out_gb);
		free(s->lag);
		free(s->parent);
		free(s->parent_first);
	}
	free(list->item);
}

/* RET primitives per second; OUT m */
static double measure(sim_t *sim, sim_metrics_t *m)
{
	scale_err_t err = { "" };
	scale_policy_t *policy = scale_policy_create("fastest-idle", &err);
	double t[RUNS];

	if (!sim || !policy)
		give_up(&err);
	/* the first one finds memory */
	for (int i = -1; i < RUNS; i++) {
		double start = seconds();

		if (sim_episode(sim, policy, 1, &err) ||
		    sim_metrics(sim, m, &err))
			give_up(&err);
		t[i < 0 ? 0 : i] = seconds() - start;
	}
	scale_policy_destroy(policy);
	sim_destroy(sim);
	return (double) m->tasks_finished / bench_median(t, RUNS);
}

/* Servers and workflows for a peer.  RET 0 or -1 */
static int export(const sim_config_t *config, const list_t *list, FILE *out)
{
	uint32_t count[SCALE_CONF_NUMBERS];

	sim_cluster_shares(config, count);
	fprintf(out, "%lld\n", (long long) config->nodes);
	for (size_t k = 0; k < config->mix.count; k++)
		for (uint32_t i = 0; i < count[k]; i++)
			fprintf(out, "%.17g %.17g\n", config->gflops.value[k],
				config->mem_gb.value[k]);
	fprintf(out, "%zu\n", list->count);
	for (size_t w = 0; w < list->count; w++) {
		const sim_workflow_spec_t *s = &list->item[w].flow;

		fprintf(out, "%.17g %u\n", list->item[w].at, s->n);
		for (uint32_t i = 0; i < s->n; i++) {
			uint32_t e = s->parent_first[i];

			fprintf(out, "%.17g %.17g %u", s->gflop[i],
				s->mem_gb[i], s->parent_first[i + 1] - e);
			for (; e < s->parent_first[i + 1]; e++)
				fprintf(out, " %u", s->parent[e]);
			fputc('\n', out);
		}
	}
	return fclose(out);
}

/* The same workflows on the peer, added to row; nothing without one. */
static void run_peer(const char *program, const sim_config_t *config,
		     const list_t *list, double mean, json_t *row)
{
	char path[] = "/tmp/scale-bench-XXXXXX", command[4096];
	int fd = mkstemp(path);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	double theirs;
	json_t *peer;

	if (!out || export(config, list, out)) {
		perror(path);
		exit(SCALE_EXIT_FAILURE);
	}
	snprintf(command, sizeof(command), "%s %s", program, path);
	peer = bench_peer(command);
	unlink(path);
	if (!peer)
		return;
	theirs = json_number_value(json_object_get(peer, "mean_response"));
	if (fabs(theirs - mean) > 1e-6 * mean) {
		fprintf(stderr, "sim-bench: mean response %.12g s, the peer's %.12g s\n",
			mean, theirs);
		exit(SCALE_EXIT_FAILURE);
	}
	json_object_set(row, "peer", json_object_get(peer, "name"));
	json_object_set_new(row, "peer_per_sec", json_real(
		json_number_value(json_object_get(peer, "primitives")) /
		json_number_value(json_object_get(peer, "seconds"))));
	json_decref(peer);
}

static json_t *bench_size(const char *peer, int64_t nodes, int64_t workflows)
{
	sim_config_t config = configure(nodes, workflows);
	list_t list = draw(&config, 1);
	const sim_arrivals_t arrivals = { list.item, list.count };
	scale_err_t err = { "" };
	sim_metrics_t m;
	double drawn = measure(sim_create(&config, &err), &m);
	double given = measure(sim_create_replay(&config, &arrivals, &err),
			       &m);
	json_t *row = json_pack("{s:I, s:I, s:f, s:f, s:f}", "nodes",
				(json_int_t) nodes, "primitives",
				(json_int_t) m.tasks_finished,
				"drawn_per_sec", drawn, "given_per_sec", given,
				"mean_response", m.task_response.mean);

	printf("%8lld %12llu %14.0f %14.0f %10.4f", (long long) nodes,
	       (unsigned long long) m.tasks_finished, drawn, given,
	       m.task_response.mean);
	if (peer)
		run_peer(peer, &config, &list, m.task_response.mean,
			 row);
	if (json_object_get(row, "peer_per_sec")) {
		double theirs = json_number_value(
			json_object_get(row, "peer_per_sec"));

		printf(" %14.0f %6.1f %6.1f", theirs, drawn / theirs,
		       given / theirs);
	}
	putchar('\n');
	fflush(stdout);
	list_fini(&list);
	scale_conf_free(sim_conf_table, &config);
	return row;
}

/* ns of one choice.  The stream starts over each time, so that nothing is
 * left of the one before. */
static double time_choice(scale_policy_t *policy, const scale_cluster_t *c,
			  const scale_task_t *t, int asks)
{
	scale_err_t err = { "" };
	scale_choice_t choice;
	double start = seconds();

	for (int i = 0; i < asks; i++) {
		scale_policy_reset(policy, 1);
		if (scale_policy_choose(policy, c, t, &choice, &err))
			give_up(&err);
	}
	return 1e9 * (seconds() - start) / asks;
}

static scale_policy_t *make_rule(const char *rule, int64_t nodes)
{
	scale_err_t err = { "" };
	scale_policy_t *policy = scale_policy_create(rule, &err);

	if (!policy || scale_policy_reserve(policy, (size_t) nodes, &err))
		give_up(&err);
	return policy;
}

/* A rule amid an episode of fastest-idle at load 0.8, the median of STATES
 * decisions. */
static json_t *bench_rule(const char *rule, int64_t nodes)
{
	sim_config_t config = configure(nodes, 0);
	scale_err_t err = { "" };
	scale_policy_t *policy = make_rule(rule, nodes);
	scale_policy_t *driver = make_rule("fastest-idle", nodes);
	double index[STATES], scan[STATES];
	sim_t *sim;

	config.load = 0.8;
	config.duration = 1e6;
	sim = sim_create(&config, &err);
	if (!sim || sim_reset(sim, 1, &err))
		give_up(&err);
	for (int64_t k = 0, s = 0; s < STATES; k++) {
		scale_choice_t choice;
		scale_cluster_t c;

		if (sim_next(sim, &err) != SIM_DECIDE)
			give_up(&err);
		c = *sim_cluster(sim);
		/* the cluster fills first */
		if (k > 4 * nodes && k % 16 == 0) {
			index[s] = time_choice(policy, &c, sim_task(sim),
					       ASKS);
			c.index = NULL;
			scan[s++] = time_choice(policy, &c, sim_task(sim),
						nodes > 4096 ? 4 : 64);
		}
		if (scale_policy_choose(driver, sim_cluster(sim),
					sim_task(sim), &choice, &err) ||
		    sim_act(sim, choice.server, NULL, &err))
			give_up(&err);
	}
	sim_destroy(sim);
	scale_policy_destroy(policy);
	scale_policy_destroy(driver);
	scale_conf_free(sim_conf_table, &config);
	return json_pack("{s:s, s:I, s:f, s:f}", "rule", rule, "nodes",
			 (json_int_t) nodes, "index_ns",
			 bench_median(index, STATES), "scan_ns",
			 bench_median(scan, STATES));
}

static json_t *bench_curves(void)
{
	json_t *rows = json_array();

	printf("\none choice, ns\n%-14s %8s %10s %12s\n", "rule", "servers",
	       "by index", "by a scan");
	for (size_t r = 0; r < RULES; r++)
		for (size_t i = 0; i < CURVE; i++) {
			json_t *row = bench_rule(rules[r], curve[i]);

			printf("%-14s %8lld %10.0f %12.0f\n", rules[r],
			       (long long) curve[i],
			       json_number_value(json_object_get(row,
								 "index_ns")),
			       json_number_value(json_object_get(row,
								 "scan_ns")));
			fflush(stdout);
			json_array_append_new(rows, row);
		}
	return rows;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	args_t *args = state->input;

	switch (key) {
	case 'j':
		args->json = arg;
		return 0;
	case 'p':
		args->peer = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', "FILE", 0, "keep the figures as JSON", 0 },
		{ "peer", 'p', "COMMAND", 0,
		  "simulate the same on another simulator", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse, NULL, NULL, NULL,
					  NULL, NULL };
	args_t args = { NULL, NULL };
	json_t *root = json_object(), *rows = json_array();

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	json_object_set_new(root, "machine", bench_machine());
	printf("primitives per second\n%8s %12s %14s %14s %10s %14s %s\n",
	       "servers", "primitives", "drawn", "given", "mean, s",
	       args.peer ? "peer, given" : "", args.peer ? "ratios" : "");
	for (size_t i = 0; i < SIZES; i++)
		json_array_append_new(rows, bench_size(
			sizes[i].peer ? args.peer : NULL, sizes[i].nodes,
			sizes[i].workflows));
	json_object_set_new(root, "rows", rows);
	json_object_set_new(root, "curves", bench_curves());
	if (args.json && json_dump_file(root, args.json, JSON_INDENT(2))) {
		perror(args.json);
		return SCALE_EXIT_FAILURE;
	}
	json_decref(root);
	return SCALE_EXIT_OK;
}
