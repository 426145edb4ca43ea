/*
 * problem.h - a small cluster and the workflows that come to it, in full
 *
 * Small enough to look at, to change at random and to keep in a file: what
 * 'scale-sim adversary' searches and 'scale-sim run --problem' runs.  A plain
 * value, copied by assignment.  All but servers and workflows is as in the
 * configuration "base" under the event clock.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_PROBLEM_H
#define SIM_PROBLEM_H

#include "../model/rng.h"
#include "sim.h"

enum {
	SIM_PROBLEM_VERSION = 1,
	SIM_PROBLEM_SERVERS = 8,
	SIM_PROBLEM_FLOWS = 6,
	SIM_PROBLEM_TASKS = 12,		/* of one workflow */
};

typedef struct sim_problem_flow {
	double at;			/* arrival, s */
	uint32_t n;			/* primitives */
	double gflop[SIM_PROBLEM_TASKS];
	double mem_gb[SIM_PROBLEM_TASKS];
	double out_gb[SIM_PROBLEM_TASKS];
	uint32_t parents[SIM_PROBLEM_TASKS];	/* bit p: predecessor p, below
						   the primitive's index */
} sim_problem_flow_t;

typedef struct sim_problem {
	uint32_t servers, flows;
	double gflops[SIM_PROBLEM_SERVERS];
	double mem_gb[SIM_PROBLEM_SERVERS];
	sim_problem_flow_t flow[SIM_PROBLEM_FLOWS];	/* by arrival */
} sim_problem_t;

/* Numbers in range, arrivals in order, and a server for each primitive.
 * RET 0, or -1 with EINVAL */
int sim_problem_check(const sim_problem_t *problem, scale_err_t *err);

/* A sound one at random: 2 to 8 servers, 1 to 6 workflows. */
void sim_problem_draw(sim_problem_t *problem, scale_rng_t *rng);
/* Change one thing at random: work, memory, output, an edge, a primitive, an
 * arrival, a server.  It stays sound. */
void sim_problem_perturb(sim_problem_t *problem, scale_rng_t *rng);

/* Read and write JSON; man scale-sim, PROBLEMS.
 * RET 0; -1 with EINVAL (err names FILE and place), ENOMEM, or the errno of
 * the call that failed */
int sim_problem_read(sim_problem_t *problem, const char *path,
		     scale_err_t *err);
int sim_problem_write(const sim_problem_t *problem, const char *path,
		      scale_err_t *err);

/* As the simulator takes it. */
typedef struct sim_problem_world {
	sim_config_t config;
	sim_arrivals_t list;		/* items live below */
	sim_arrival_t item[SIM_PROBLEM_FLOWS];
	double lag[SIM_PROBLEM_TASKS];	/* zeros */
	uint32_t first[SIM_PROBLEM_FLOWS][SIM_PROBLEM_TASKS + 1];
	uint32_t parent[SIM_PROBLEM_FLOWS]
		       [SIM_PROBLEM_TASKS * SIM_PROBLEM_TASKS];
} sim_problem_world_t;

/* world borrows from problem, and points into itself: never copy it.
 * RET 0, or -1 with ENOMEM; config is then to be freed no more */
int sim_problem_world(const sim_problem_t *problem,
		      sim_problem_world_t *world, scale_err_t *err);
void sim_problem_world_free(sim_problem_world_t *world);

#endif
