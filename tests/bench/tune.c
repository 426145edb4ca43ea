/*
 * tune.c - find the numbers of model/weights.c
 *
 * CMA-ES from numbers found by hand and first trials, on cases drawn anew for each
 * generation: sizes, loads, clusters, workflows, arrivals, errors of demand
 * and failures.  All candidates of a generation see the same cases.  A
 * candidate's value is the mean over the cases of ln(T / T_ref) +
 * 0.1 ln(Q / Q_ref), with mean T and 99th percentile Q of the response of a
 * primitive or of a workflow, and those of hop+k-eft:8 on the same case.  The
 * same command prints the same numbers at any --threads.
 * The seeds are 5,000,000 and up: no grid of etc/eval has them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/exit_code.h"
#include "model/policy_rule.h"
#include "sim/dynamics.h"
#include "sim/episode.h"
#include "sim/parallel.h"
#include "sim/workload.h"
#include "tune_cma.h"

enum { CASES = 32, FIRST_SEED = 5000000 };

#define TAIL 0.1

typedef struct tune_case {
	const char *base;
	char text[200];			/* keys of the simulator, YAML */
	uint64_t seed;
} tune_case_t;

typedef struct tune {
	bool workflow;			/* the objective */
	size_t threads;
	scale_rng_t rng;		/* draws cases */
	tune_case_t item[CASES];
	double x[CMA_CANDIDATES][CMA_DIMS];
	/* ln T of each candidate, and last of the reference */
	double log_t[CMA_CANDIDATES + 1][CASES];
} tune_t;

_Static_assert(sizeof(scale_weights_t) == CMA_DIMS * sizeof(double),
	       "each weight is a dimension");

static scale_weights_t weights_of(const double x[CMA_DIMS])
{
	scale_weights_t w;

	memcpy(&w, x, sizeof(w));
	return w;
}

static double uniform(tune_t *tune, double low, double high)
{
	return low + (high - low) * scale_rng_uniform(&tune->rng);
}

static const char *any(tune_t *tune, const char *const *list, size_t n)
{
	return list[scale_rng_below(&tune->rng, n)];
}

/* What is not plain about a case; about half of them are. */
static const char *draw_special(tune_t *tune)
{
	static const char *const list[] = {
		"topology: chain", "topology: fan", "topology: edges",
		"topology: plan-act", "topology: map-reduce",
		"topology: debate", "topology: rerank",
		"mix: [2, 5, 1]", "mix: [1, 1, 1]", "mix: [6, 1, 1]",
		"arrivals: bursty", "arrivals: diurnal",
		"demand: unknown", "demand: noisy\ndemand_sigma: 0.5",
		"demand: noisy\ndemand_sigma: 1", "mtbf: 500\nmttr: 50",
		"tasks_min: 1\ntasks_max: 3", "tasks_min: 12\ntasks_max: 18",
	};

	if (scale_rng_below(&tune->rng, 2))
		return "";
	return any(tune, list, sizeof(list) / sizeof(list[0]));
}

/* Small clusters longer than large ones, so that each costs the same. */
static void draw_case(tune_t *tune, tune_case_t *out, uint64_t seed)
{
	static const char *const base[] = { "paper", "base", "wide" };
	static const int sizes[] = { 8, 12, 16, 24, 32, 48, 64, 128 };
	static const int seconds[] = { 240, 200, 200, 150, 120, 90, 70, 45 };
	size_t size = scale_rng_below(&tune->rng, 8);
	double load = 0.3 + 0.6 * sqrt(uniform(tune, 0.0, 1.0));

	out->base = any(tune, base, 3);
	out->seed = seed;
	snprintf(out->text, sizeof(out->text), "clock: event\nnodes: %d\n"
		 "load: %.3f\nduration: %d\nwarmup: %g\n%s\n", sizes[size],
		 load, seconds[size], seconds[size] / 10.0,
		 draw_special(tune));
}

/* A mean alone is least where few wait very long. */
static double objective(const sim_dist_t *response)
{
	return log(response->mean) + TAIL * log(response->p99);
}

/* An episode of a case; weights NULL: of the reference.  RET 0 or -1 */
static int play(const tune_case_t *item, bool workflow,
		const scale_weights_t *weights, double *log_t,
		scale_err_t *err)
{
	scale_policy_t *policy = scale_policy_create(
		weights ? "mean-primitive" : "k-eft:8", err);
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim = NULL;
	int rc = -1;

	if (!policy || sim_config_named(&config, item->base, err))
		goto out;
	if (!scale_conf_parse(sim_conf_table, &config, item->text,
			      strlen(item->text), "case", err) &&
	    !scale_conf_set(sim_conf_table, &config, weights ?
			    "order=mean-primitive" : "order=hop", err))
		sim = sim_create(&config, err);
	scale_conf_free(sim_conf_table, &config);
	if (!sim)
		goto out;
	if (weights) {
		policy->weights = &weights->place;
		sim->ready.order.weights = &weights->order;
	}
	if (sim_episode(sim, policy, item->seed, err) ||
	    sim_metrics(sim, &m, err))
		goto out;
	*log_t = objective(workflow ? &m.workflow_response :
				      &m.task_response);
	rc = 0;
out:
	sim_destroy(sim);
	scale_policy_destroy(policy);
	return rc;
}

/* Piece i: case i % CASES of candidate i / CASES. */
static int piece(void *arg, size_t i, scale_err_t *err)
{
	tune_t *tune = arg;
	size_t who = i / CASES, which = i % CASES;
	scale_weights_t w;

	if (who < CMA_CANDIDATES)
		w = weights_of(tune->x[who]);
	return play(&tune->item[which], tune->workflow,
		    who < CMA_CANDIDATES ? &w : NULL,
		    &tune->log_t[who][which], err);
}

static void values(const tune_t *tune, double value[CMA_CANDIDATES])
{
	for (size_t who = 0; who < CMA_CANDIDATES; who++) {
		value[who] = 0.0;
		for (size_t k = 0; k < CASES; k++)
			value[who] += (tune->log_t[who][k] -
				       tune->log_t[CMA_CANDIDATES][k]) /
				      CASES;
	}
}

/* Mean of the candidates, which lie around the centre in pairs. */
static void print(const cma_t *cma, const double *value, const double *mean)
{
	double sum = 0.0;

	for (int c = 0; c < CMA_CANDIDATES; c++)
		sum += value[c] / CMA_CANDIDATES;
	printf("%u,%.2f,%.3f", cma->generation, 100.0 * (exp(sum) - 1.0),
	       cma->sigma);
	for (int i = 0; i < CMA_DIMS; i++)
		printf(",%.3f", mean[i]);
	printf("\n");
	fflush(stdout);
}

static int run(tune_t *tune, cma_t *cma, unsigned generations,
	       scale_err_t *err)
{
	double value[CMA_CANDIDATES], mean[CMA_DIMS];
	uint64_t seed = FIRST_SEED;

	memcpy(mean, cma->mean, sizeof(mean));
	printf("generation,percent,sigma,rank,work_left,work,hops,left,size,age,"
	       "wait,nodes,left,successors,speed,memory,transfer\n");
	while (cma->generation < generations) {
		for (size_t k = 0; k < CASES; k++)
			draw_case(tune, &tune->item[k], seed++);
		cma_sample(cma, tune->x);
		if (sim_parallel((CMA_CANDIDATES + 1) * CASES, tune->threads,
				 piece, tune, err))
			return -1;
		values(tune, value);
		cma_update(cma, value);
		/* the cases are noise: what counts is the mean of late means */
		for (int i = 0; i < CMA_DIMS; i++)
			mean[i] += (cma->mean[i] - mean[i]) *
				   fmax(0.05, 1.0 / cma->generation);
		print(cma, value, mean);
	}
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: tune primitive|workflow GENERATIONS [SEED [THREADS]]\n"
		"Prints CSV; the last line holds the numbers for model/weights.c.\n");
	return SCALE_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const double start[2][CMA_DIMS] = {
		{ 0.0, -0.3, -0.2, 2.3, 0.0, 0.1, 0.1,
		  2.5, 0.4, -0.4, -0.7, 0.0, 0.4, 0.4 },
		{ 0.8, -0.8, 0.0, 0.2, -0.9, 0.1, 0.1,
		  2.4, 0.5, 0.3, -0.4, -0.5, 0.6, 0.6 },
	};
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	tune_t tune = { .threads = 1 };
	scale_err_t err = { "" };
	cma_t cma;

	if (argc < 3 || argc > 5 || (strcmp(argv[1], "primitive") &&
				     strcmp(argv[1], "workflow")))
		return usage();
	tune.workflow = !strcmp(argv[1], "workflow");
	if (argc > 4)
		tune.threads = strtoul(argv[4], NULL, 10);
	scale_rng_seed(&tune.rng, seed, 0x63617365 /* "case" */);
	cma_init(&cma, 0.15, seed);
	memcpy(cma.mean, start[tune.workflow], sizeof(cma.mean));
	if (run(&tune, &cma, (unsigned) strtoul(argv[2], NULL, 10), &err)) {
		fprintf(stderr, "tune: %s\n", err.text);
		return SCALE_EXIT_FAILURE;
	}
	return 0;
}
