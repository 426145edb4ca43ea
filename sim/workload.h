/*
 * workload.h - which workflows arrive, and when
 *
 * SPEC section 2: Poisson arrivals, random DAGs, demands.  One random stream
 * per purpose: the i-th workflow depends on configuration and seed alone,
 * and a change of, say, the memory distribution leaves arrivals, shapes and
 * sizes as they were.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_WORKLOAD_H
#define SIM_WORKLOAD_H

#include "../model/rng.h"
#include "sim.h"

/* Streams under the seed of an episode. */
typedef enum {
	SIM_STREAM_ARRIVAL,
	SIM_STREAM_SHAPE,	/* number of primitives and edges */
	SIM_STREAM_WORK,
	SIM_STREAM_MEMORY,
	SIM_STREAM_OUTPUT,
	SIM_STREAM_FAILURE,	/* one sub-stream for each server */
	SIM_STREAM_POLICY,	/* seeds the policy in scale-sim */
	SIM_STREAM_WORKLOADS = SIM_STREAM_FAILURE,
} sim_stream_t;

typedef struct sim_workload {
	const sim_config_t *config;	/* borrowed */
	double rate;			/* arrivals per second */
	double last;			/* time of the latest arrival drawn, s */
	uint64_t drawn;			/* arrivals drawn so far */
	uint64_t made;			/* workflows drawn so far */
	scale_rng_t rng[SIM_STREAM_WORKLOADS];
} sim_workload_t;

/* A workflow in arrays of the caller, sized for config.tasks_max primitives
 * and sim_workload_edges_max() edges. */
typedef struct sim_workflow_spec {
	uint32_t n;			/* primitives */
	double *gflop, *mem_gb, *out_gb;	/* [n] c, m, d */
	uint32_t *parent_first;		/* [n + 1] */
	uint32_t *parent;		/* [parent_first[n]] ascending; always
					   below the child's index */
} sim_workflow_spec_t;

size_t sim_workload_edges_max(const sim_config_t *config);

/* Arrivals per second of the whole cluster. */
double sim_workload_rate(const sim_config_t *config);

/* Start over.  config is borrowed until the next reset. */
void sim_workload_reset(sim_workload_t *load, const sim_config_t *config,
			uint64_t seed);

/* Draw the time of the next arrival, s.  RET false when arrivals are over:
 * the number of workflows is reached, or the time is not before duration. */
bool sim_workload_arrival(sim_workload_t *load, double *at);

/* Draw the next workflow into spec. */
void sim_workload_make(sim_workload_t *load, sim_workflow_spec_t *spec);

#endif
