/*
 * sim_help.h - small episodes for the tests of the simulator
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_SIM_HELP_H
#define TEST_SIM_HELP_H

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/workload.h"
#include "tests/test_run.h"

/* Constant sizes: every primitive is 10 GFLOP, 4 GB, 0.5 GB out; one tier of
 * two servers with 4 GFLOPS and 16 GB; one workflow of one primitive. */
#define PLAIN "nodes=2", "mix=[1]", "gflops=[4]", "mem_gb=[16]", \
	"idle_w=[50]", "busy_w=[100]", "gflop_sd=0", "need_mean=4", \
	"need_sd=0", "out_sd=0", "duration=0", "workflows=1", \
	"tasks_min=1", "tasks_max=1", "check=true"

/* base with the assignments of a list that ends with NULL. */
static inline void help_config(sim_config_t *config, const char *const *set)
{
	scale_err_t err = { "" };

	ck_assert_int_eq(sim_config_named(config, "base", &err), 0);
	for (; *set; set++)
		ck_assert_msg(!scale_conf_set(sim_conf_table, config, *set,
					      &err), "%s", err.text);
}

#define HELP_CONFIG(config, ...) \
	help_config(config, (const char *const[]) { __VA_ARGS__, NULL })

static inline sim_t *help_start(const sim_config_t *config, uint64_t seed)
{
	scale_err_t err = { "" };
	sim_t *sim = sim_create(config, &err);

	ck_assert_msg(sim != NULL, "%s", err.text);
	ck_assert_int_eq(sim_reset(sim, seed, &err), 0);
	return sim;
}

static inline sim_status_t help_next(sim_t *sim)
{
	scale_err_t err = { "" };
	sim_status_t status = sim_next(sim, &err);

	ck_assert_msg(status != SIM_FAILED, "%s", err.text);
	return status;
}

static inline sim_outcome_t help_act(sim_t *sim, ssize_t server)
{
	scale_err_t err = { "" };
	sim_outcome_t out;

	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_msg(!sim_act(sim, server, &out, &err), "%s", err.text);
	return out;
}

static inline sim_metrics_t help_metrics(sim_t *sim)
{
	sim_metrics_t m;

	ck_assert_int_eq(sim_metrics(sim, &m, NULL), 0);
	return m;
}

/* The fastest idle server that fits, lowest index; SIM_DEFER if none. */
static inline ssize_t help_fastest(const sim_t *sim)
{
	const scale_cluster_t *c = sim_cluster(sim);
	ssize_t best = SIM_DEFER;

	for (size_t j = 0; j < c->n; j++)
		if (!c->busy[j] && scale_fits(c, sim_task(sim), j) &&
		    (best < 0 || c->gflops[j] > c->gflops[best]))
			best = (ssize_t) j;
	return best;
}

static inline void help_finish(sim_t *sim)
{
	while (help_next(sim) == SIM_DECIDE)
		help_act(sim, help_fastest(sim));
}

/* One workflow in arrays of its own. */
enum { HELP_TASKS = 32, HELP_EDGES = 4 * HELP_TASKS };
typedef struct help_flow {
	sim_workflow_spec_t spec;
	double arrival;
	double gflop[HELP_TASKS], mem_gb[HELP_TASKS], out_gb[HELP_TASKS];
	double lag[HELP_TASKS], guess[HELP_TASKS];
	uint32_t parent_first[HELP_TASKS + 1], parent[HELP_EDGES];
} help_flow_t;

/* Draw up to room workflows of an episode.  RET how many there are. */
static inline size_t help_draw(const sim_config_t *config,
			       const sim_instances_t *instances, uint64_t seed,
			       help_flow_t *flow, size_t room)
{
	sim_workload_t load;
	size_t n = 0;

	sim_workload_init(&load, config, instances);
	sim_source_reset(&load.source, seed);
	for (; n < room && sim_source_arrival(&load.source, &flow[n].arrival);
	     n++) {
		help_flow_t *f = &flow[n];

		f->spec = (sim_workflow_spec_t) {
			.gflop = f->gflop,
			.mem_gb = f->mem_gb,
			.out_gb = f->out_gb,
			.lag = f->lag,
			.guess = f->guess,
			.parent_first = f->parent_first,
			.parent = f->parent,
		};
		sim_source_make(&load.source, &f->spec);
	}
	return n;
}

static inline size_t help_workload(const sim_config_t *config, uint64_t seed,
				   help_flow_t *flow, size_t room)
{
	return help_draw(config, NULL, seed, flow, room);
}

/* A seed whose only workflow has exactly these parents: "0 0" is a root with
 * two children, "0 01" a diamond's end; one word for each node but 0. */
static inline uint64_t help_seed(const sim_config_t *config,
				 const char *parents)
{
	for (uint64_t seed = 0; seed < 100000; seed++) {
		help_flow_t f;
		char text[64] = "";

		ck_assert_uint_eq(help_workload(config, seed, &f, 1), 1);
		for (uint32_t i = 1; i < f.spec.n; i++) {
			for (uint32_t e = f.parent_first[i];
			     e < f.parent_first[i + 1]; e++)
				sprintf(text + strlen(text), "%u",
					f.parent[e]);
			strcat(text, i + 1 < f.spec.n ? " " : "");
		}
		if (!strcmp(text, parents))
			return seed;
	}
	ck_abort_msg("no seed draws the graph %s", parents);
	return 0;
}

#endif
