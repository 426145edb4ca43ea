/*
 * decide_bench.c - time of a decision and of a training update
 *
 * A decision is what the plugin pays: features, network, critic, argmax, for
 * one task over N servers, all distinct; one thread.  "Cold" evicts the
 * caches before each.  An update is forward, loss of eq. (5), backward,
 * clipping and Adam on minibatches of 256 states with N = 16.  Medians.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <argp.h>
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/decide.h"
#include "model/exit_code.h"
#include "model/feat.h"
#include "model/kernel.h"
#include "model/learn.h"
#include "model/rng.h"
#include "trainer/adam.h"

enum {
	RUNS = 101,
	COLD_RUNS = 15,
	RUN_US = 100,			/* short: seldom interrupted */
	EVICT_BYTES = 96 << 20,		/* above any L3 slice of today */
	BATCH = 256,
	BATCH_SERVERS = 16,
};

static const size_t sizes[] = { 16, 128, 1024, 10000, 100000 };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

typedef struct decision_row {
	size_t n;
	double hot_us, cold_us, features_us;
} decision_row_t;

typedef struct report {
	const char *isa;
	char cpu[128];
	decision_row_t row[SIZES];
	double update_per_sec;
} report_t;

static void *must(void *block)
{
	if (!block) {
		fprintf(stderr, "decide-bench: no memory\n");
		exit(SCALE_EXIT_FAILURE);
	}
	return block;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e6 * (double) t.tv_sec + 1e-3 * (double) t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static double median(double *x, size_t count)
{
	qsort(x, count, sizeof(*x), compare);
	return x[count / 2];
}

/* Servers of three tiers, half of them busy, no two alike. */
typedef struct cluster {
	scale_cluster_t view;
	double *gflops, *mem_gb, *free_at, *power_kw;
	uint8_t *busy;
} cluster_t;

static cluster_t cluster_create(size_t n)
{
	cluster_t c = {
		.gflops = must(calloc(n, sizeof(double))),
		.mem_gb = must(calloc(n, sizeof(double))),
		.free_at = must(calloc(n, sizeof(double))),
		.power_kw = must(calloc(n, sizeof(double))),
		.busy = must(calloc(n, 1)),
	};
	scale_rng_t rng;

	scale_rng_seed(&rng, 42, n);
	for (size_t j = 0; j < n; j++) {
		c.gflops[j] = 2.0 + 8.0 * scale_rng_uniform(&rng);
		c.mem_gb[j] = 16.0 * (double) (1 + scale_rng_below(&rng, 5));
		c.busy[j] = (uint8_t) scale_rng_below(&rng, 2);
		c.free_at[j] = 10.0 * scale_rng_uniform(&rng);
		c.power_kw[j] = c.busy[j] ? 0.2 : 0.1;
	}
	c.view = (scale_cluster_t) {
		.n = n,
		.gflops = c.gflops,
		.mem_gb = c.mem_gb,
		.free_at = c.free_at,
		.power_kw = c.power_kw,
		.busy = c.busy,
		.now = 1.0,
		.gflops_max = 10.0,
		.mem_max_gb = 80.0,
		.bandwidth_gb_s = 10.0,
		.latency_s = 0.01,
	};
	return c;
}

static void cluster_destroy(cluster_t *c)
{
	free(c->gflops);
	free(c->mem_gb);
	free(c->free_at);
	free(c->power_kw);
	free(c->busy);
}

static const scale_task_t task = {
	.gflop = 12.5,
	.mem_gb = 16.0,
	.out_gb = 0.5,
	.successors = 2,
	.workflow_done = 3,
	.workflow_size = 8,
	.parent_server = 1,
	.parent_out_gb = 0.5,
};

static void features(const cluster_t *c, scale_scratch_t *scratch, float *phi)
{
	size_t ld;
	float *psi = scale_scratch_psi(scratch, &ld);

	scale_features_task(&c->view, &task, phi);
	scale_features_servers(&c->view, &task, psi, ld);
}

static void decide(const scale_decider_t *dec, const cluster_t *c,
		   scale_scratch_t *scratch)
{
	scale_decision_t decision;
	float phi[SCALE_TASK_FEATURES];
	size_t ld;
	float *psi = scale_scratch_psi(scratch, &ld);

	features(c, scratch, phi);
	if (scale_decide(dec, scratch, phi, psi, ld, c->view.n, NULL,
			 &decision) < 0) {
		perror("decide-bench: scale_decide");
		exit(SCALE_EXIT_FAILURE);
	}
}

static void bench_decision(const scale_decider_t *dec, char *evict,
			   decision_row_t *row)
{
	cluster_t c = cluster_create(row->n);
	scale_scratch_t *scratch =
		must(scale_scratch_create(dec, row->n, NULL));
	float phi[SCALE_TASK_FEATURES];
	double t[RUNS];
	size_t repeat;

	decide(dec, &c, scratch);
	t[0] = now_us();
	decide(dec, &c, scratch);
	repeat = (size_t) (RUN_US / (now_us() - t[0])) + 1;
	for (int i = 0; i < RUNS; i++) {
		t[i] = now_us();
		for (size_t k = 0; k < repeat; k++)
			decide(dec, &c, scratch);
		t[i] = (now_us() - t[i]) / (double) repeat;
	}
	row->hot_us = median(t, RUNS);
	for (int i = 0; i < RUNS; i++) {
		t[i] = now_us();
		for (size_t k = 0; k < repeat; k++)
			features(&c, scratch, phi);
		t[i] = (now_us() - t[i]) / (double) repeat;
	}
	row->features_us = median(t, RUNS);
	for (int i = 0; i < COLD_RUNS; i++) {
		memset(evict, i, EVICT_BYTES);
		t[i] = now_us();
		decide(dec, &c, scratch);
		t[i] = now_us() - t[i];
	}
	row->cold_us = median(t, COLD_RUNS);
	scale_scratch_destroy(scratch);
	cluster_destroy(&c);
}

static float *normals(scale_rng_t *rng, size_t count)
{
	float *x = must(calloc(count, sizeof(*x)));

	for (size_t i = 0; i < count; i++)
		x[i] = (float) scale_rng_normal(rng);
	return x;
}

/* One update of net, as the trainer does it. */
static void update(scale_net_t *net, const scale_batch_t *batch,
		   const scale_targets_t *targets, scale_workspace_t *ws,
		   train_adam_t *adam, float *dparams)
{
	static const scale_loss_config_t config = { 0.2, 0.5, 0.01, 0.01,
						    0.001, 1.0, 1 };
	scale_err_t err = { "" };
	scale_loss_t loss;

	memset(dparams, 0, net->param_count * sizeof(*dparams));
	if (scale_loss_gradient(net, batch, targets, &config, ws, &loss,
				dparams, &err) < 0) {
		fprintf(stderr, "decide-bench: %s\n", err.text);
		exit(SCALE_EXIT_FAILURE);
	}
	train_clip_norm(dparams, net->param_count, 0.5);
	train_adam_update(adam, net->params, dparams, 3e-4, 0.9, 0.999, 1e-8);
}

static double bench_update(scale_net_t *net)
{
	static size_t first[BATCH + 1], action[BATCH];
	static float old[BATCH];
	scale_rng_t rng;
	scale_workspace_t *ws = must(scale_workspace_create(net, NULL));
	train_adam_t *adam = must(train_adam_create(net->param_count, NULL));
	float *dparams = must(calloc(net->param_count, sizeof(*dparams)));
	scale_batch_t batch = { .states = BATCH, .first = first };
	scale_targets_t targets = { .action = action, .old_log_prob = old };
	float *task_in, *server_in, *advantage, *ret;
	double t[RUNS];

	scale_rng_seed(&rng, 1, 0);
	for (size_t b = 0; b < BATCH; b++) {
		first[b + 1] = first[b] + BATCH_SERVERS;
		action[b] = scale_rng_below(&rng, BATCH_SERVERS);
		old[b] = -2.77f;	/* log(1/16) */
	}
	batch.task = task_in = normals(&rng, BATCH * 5);
	batch.server = server_in = normals(&rng, first[BATCH] * 5);
	targets.advantage = advantage = normals(&rng, BATCH);
	targets.ret = ret = normals(&rng, BATCH);
	for (int i = 0; i < RUNS; i++) {
		t[i] = now_us();
		update(net, &batch, &targets, ws, adam, dparams);
		t[i] = now_us() - t[i];
	}
	scale_workspace_destroy(ws);
	train_adam_destroy(adam);
	free(dparams);
	free(task_in);
	free(server_in);
	free(advantage);
	free(ret);
	return 1e6 * BATCH / median(t, RUNS);
}

static void read_cpu(char *cpu, size_t size)
{
	char line[256];
	FILE *file = fopen("/proc/cpuinfo", "r");

	snprintf(cpu, size, "unknown");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "model name", 10)) {
			snprintf(cpu, size, "%.100s", strchr(line, ':') + 2);
			cpu[strcspn(cpu, "\n")] = 0;
			break;
		}
	if (file)
		fclose(file);
}

static void print_table(const report_t *r)
{
	printf("%s, %s vectors, %s\n", r->cpu, r->isa,
	       openblas_get_config());
	printf("%8s %12s %12s %12s\n", "servers", "hot us", "cold us",
	       "features us");
	for (size_t i = 0; i < SIZES; i++)
		printf("%8zu %12.2f %12.2f %12.2f\n", r->row[i].n,
		       r->row[i].hot_us, r->row[i].cold_us,
		       r->row[i].features_us);
	printf("update, %d states of %d servers: %.0f transitions/s\n", BATCH,
	       BATCH_SERVERS, r->update_per_sec);
}

static void print_json(const report_t *r)
{
	printf("{\"cpu\": \"%s\", \"isa\": \"%s\", \"blas\": \"%s\", "
	       "\"decisions\": [", r->cpu, r->isa, openblas_get_config());
	for (size_t i = 0; i < SIZES; i++)
		printf("%s{\"servers\": %zu, \"hot_us\": %.3f, \"cold_us\": "
		       "%.3f, \"features_us\": %.3f}", i ? ", " : "",
		       r->row[i].n, r->row[i].hot_us, r->row[i].cold_us,
		       r->row[i].features_us);
	printf("], \"update_transitions_per_s\": %.0f}\n", r->update_per_sec);
}

typedef struct options {
	int json;
	const char *isa;
} options_t;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	options_t *options = state->input;

	switch (key) {
	case 'j':
		options->json = 1;
		return 0;
	case 'i':
		options->isa = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option keys[] = {
		{ "json", 'j', NULL, 0, "Print JSON instead of a table", 0 },
		{ "isa", 'i', "NAME", 0, "Decide with these instructions: "
		  "avx512f, avx2 or portable (default: the best)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = keys,
		.parser = parse,
		.doc = "Time of a decision and of a training update.",
	};
	options_t options = { .isa = scale_decide_isa() };
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = must(scale_net_create(&dims, NULL));
	char *evict = must(malloc(EVICT_BYTES));
	scale_decider_t *dec;
	scale_err_t err = { "" };
	report_t report = { 0 };

	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	openblas_set_num_threads(1);
	scale_net_init(net, 42);
	dec = scale_decider_create_isa(net, options.isa, &err);
	if (!dec) {
		fprintf(stderr, "decide-bench: %s\n", err.text);
		return SCALE_EXIT_USAGE;
	}
	report.isa = options.isa;
	read_cpu(report.cpu, sizeof(report.cpu));
	for (size_t i = 0; i < SIZES; i++) {
		report.row[i].n = sizes[i];
		bench_decision(dec, evict, &report.row[i]);
	}
	report.update_per_sec = bench_update(net);
	if (options.json)
		print_json(&report);
	else
		print_table(&report);
	scale_decider_destroy(dec);
	scale_net_destroy(net);
	free(evict);
	return SCALE_EXIT_OK;
}
