/*
 * cycle_bench.c - what the plugin's own cycle costs under slurmctld's locks
 *
 * 1,000 ready jobs of one node go through the plugin's cycle (survey, order,
 * features, decision under the shipped model, bookkeeping) on a double of
 * slurmctld (slurmctld_double.h).  A stretch is one call, as the agent makes
 * it with the locks held.  Where no node is idle any more, all jobs end.
 * Placements are counted in the processor's time, locks by the clock.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "model/exit_code.h"
#include "plugin/cycle.h"
#include "slurmctld_double.h"

enum { JOBS = 1000, RUNS = 5, MOST_STRETCHES = 100000 };

typedef enum { IDLE, EQUAL_ENDS, OWN_ENDS } others_t;

/* Who has the nodes when the jobs come: nobody, or half of them others, whose
 * jobs end at 32 moments or each at its own. */
static const struct {
	const char *name;
	others_t others;
} cases[] = {
	{ "idle", IDLE },
	{ "32 ends", EQUAL_ENDS },
	{ "own ends", OWN_ENDS },
};
static const int sizes[] = { 100, 1000, 10000 };
enum {
	CASES = sizeof(cases) / sizeof(cases[0]),
	SIZES = sizeof(sizes) / sizeof(sizes[0]),
};

typedef struct args {
	const char *json, *model, *policy, *only;
	int nodes;			/* 0: all sizes */
	int runs;
} args_t;

typedef struct bench {
	char dir[64];
	scale_brain_t *brain;
	scale_cycle_t cycle;
} bench_t;

typedef struct run {
	double own_us, select_us, filter_us;	/* CPU for each placement */
	double stretch[MOST_STRETCHES];		/* us, locks held */
	size_t stretches;
} run_t;

static void give_up(const char *what)
{
	fprintf(stderr, "cycle-bench: %s\n", what);
	exit(SCALE_EXIT_FAILURE);
}

static void say(const char *text)
{
	fprintf(stderr, "cycle-bench: %s\n", text);
}

static void write_conf(const char *path, const args_t *args,
		       const char *dir)
{
	FILE *file = fopen(path, "w");

	if (!file)
		give_up(strerror(errno));
	fprintf(file, "policy: %s\nnodes:\n"
		"  - {feature: small, gflops: 5}\n"
		"  - {feature: medium, gflops: 10}\n"
		"  - {feature: large, gflops: 20}\n"
		"time_scale: 1\n"
		"guard: {size_factor: 1000, drift: 0, budget_us: 0}\n"
		"log: {file: %s/decisions.log}\nstatus: %s/status.json\n",
		args->policy, dir, dir);
	fchmod(fileno(file), 0600);
	fclose(file);
}

static void start(bench_t *bench, const args_t *args)
{
	log_options_t quiet = LOG_OPTS_INITIALIZER;
	scale_brain_source_t source = { .model = args->model,
					.owner = getuid() };
	char yaml[96], log[96];
	scale_err_t err = { "" };

	strcpy(bench->dir, "/tmp/cycle-bench-XXXXXX");
	if (!mkdtemp(bench->dir))
		give_up(strerror(errno));
	snprintf(yaml, sizeof(yaml), "%s/scale.yaml", bench->dir);
	snprintf(log, sizeof(log), "%s/slurmctld.log", bench->dir);
	quiet.stderr_level = LOG_LEVEL_QUIET;
	quiet.logfile_level = LOG_LEVEL_INFO;
	log_init("slurmctld", quiet, SYSLOG_FACILITY_DAEMON, log);
	write_conf(yaml, args, bench->dir);
	source.conf = yaml;
	bench->brain = scale_brain_load(&source, &err);
	if (!bench->brain)
		give_up(err.text);
	bench->cycle.history = bench_must(scale_history_create(1000, &err));
	bench->cycle.journal = bench_must(scale_journal_create(bench->dir, say,
							       &err));
	scale_journal_open(bench->cycle.journal, &bench->brain->site, log);
	if (scale_table_init(&bench->cycle.table, &err))
		give_up(err.text);
}

static void finish(bench_t *bench)
{
	char command[96];

	scale_journal_destroy(bench->cycle.journal);
	scale_history_destroy(bench->cycle.history);
	scale_cycle_free(&bench->cycle);
	scale_brain_destroy(bench->brain);
	snprintf(command, sizeof(command), "rm -r %s", bench->dir);
	if (system(command))
		give_up("temporary files are left");
}

static void fill(others_t others, int nodes)
{
	time_t now = time(NULL);

	double_reset();
	for (int i = 0; others != IDLE && i < nodes; i += 2)
		double_occupy(i, now + 600 +
			      (others == EQUAL_ENDS ? i / 2 % 32 : i / 2));
	for (uint32_t i = 0; i < JOBS; i++)
		double_submit(i / 10, 100.0 * (1 + i % 7));
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Place all jobs once. */
static void replay(bench_t *bench, run_t *run)
{
	scale_cycle_why_t why = { .changed = true };
	double all = 0.0;

	double_counts = (double_counts_t) { 0 };
	run->stretches = 0;
	while (double_counts.started < JOBS) {
		scale_cycle_did_t did;
		double us = bench_now_us(), cpu = bench_cpu_us();
		bool more = scale_cycle_run(&bench->cycle, bench->brain,
					    now_s(), &why, &did);

		us = bench_now_us() - us;
		all += bench_cpu_us() - cpu;
		if (run->stretches == MOST_STRETCHES)
			give_up("jobs are left");
		run->stretch[run->stretches++] = us;
		why.changed = !more;
		if (!more && !did.started)
			double_end_all();
	}
	run->own_us = (all - double_counts.select_us -
		       double_counts.filter_us) / JOBS;
	run->select_us = double_counts.select_us / JOBS;
	run->filter_us = double_counts.filter_us / JOBS;
}

static json_t *bench_case(const args_t *args, int nodes, size_t which)
{
	static run_t run;
	double own[RUNS], select[RUNS], filter[RUNS], p50[RUNS], most[RUNS];

	for (int i = 0; i < args->runs; i++) {
		bench_t bench = { .brain = NULL };

		fill(cases[which].others, nodes);
		start(&bench, args);
		replay(&bench, &run);
		finish(&bench);
		own[i] = run.own_us;
		select[i] = run.select_us;
		filter[i] = run.filter_us;
		p50[i] = bench_median(run.stretch, run.stretches);
		most[i] = run.stretch[run.stretches - 1];
	}
	return json_pack("{s:i, s:s, s:f, s:f, s:f, s:f, s:f}",
			 "nodes", nodes, "case", cases[which].name,
			 "own_us", bench_median(own, args->runs),
			 "filter_us", bench_median(filter, args->runs),
			 "select_us", bench_median(select, args->runs),
			 "lock_median_us", bench_median(p50, args->runs),
			 "lock_longest_us", bench_median(most, args->runs));
}

static double number(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

static void print(const json_t *row)
{
	printf("%6.0f  %-10s %8.1f %8.1f %8.1f %10.0f %10.0f\n",
	       number(row, "nodes"),
	       json_string_value(json_object_get(row, "case")),
	       number(row, "own_us"), number(row, "filter_us"),
	       number(row, "select_us"), number(row, "lock_median_us"),
	       number(row, "lock_longest_us"));
	fflush(stdout);
}

static void bench_size(const args_t *args, int nodes, json_t *rows)
{
	double_create(nodes);
	for (size_t k = 0; k < CASES; k++) {
		json_t *row;

		if (args->only && strcmp(args->only, cases[k].name))
			continue;
		row = bench_case(args, nodes, k);
		print(row);
		json_array_append_new(rows, row);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	args_t *args = state->input;

	if (key == 'j')
		args->json = arg;
	else if (key == 'm')
		args->model = arg;
	else if (key == 'p')
		args->policy = arg;
	else if (key == 'n')
		args->nodes = atoi(arg);
	else if (key == 'c')
		args->only = arg;
	else if (key == '1')
		args->runs = 1;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', "FILE", 0, "keep the figures as JSON", 0 },
		{ "model", 'm', "FILE", 0, "the model that decides", 0 },
		{ "policy", 'p', "NAME", 0, "a rule in its place", 0 },
		{ "nodes", 'n', "N", 0, "this size alone", 0 },
		{ "case", 'c', "NAME", 0, "this case alone", 0 },
		{ "once", '1', NULL, 0, "one run in place of five", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse, NULL, NULL, NULL,
					  NULL, NULL };
	args_t args = { .policy = "model", .runs = RUNS };
	json_t *root = json_object(), *rows = json_array();

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	json_object_set_new(root, "machine", bench_machine());
	printf("plugin's cycle, %d ready jobs: us of a placement, us with the "
	       "locks held\n%6s  %-10s %8s %8s %8s %10s %10s\n", JOBS, "nodes",
	       "", "own", "filter", "select", "median", "longest");
	for (size_t i = 0; i < SIZES; i++)
		if (!args.nodes || args.nodes == sizes[i])
			bench_size(&args, sizes[i], rows);
	json_object_set_new(root, "rows", rows);
	if (args.json && json_dump_file(root, args.json, JSON_INDENT(2))) {
		perror(args.json);
		return SCALE_EXIT_FAILURE;
	}
	json_decref(root);
	return SCALE_EXIT_OK;
}
