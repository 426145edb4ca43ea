/*
 * workload.h - random workflows: which arrive, and when
 *
 * SPEC section 2: arrivals, random DAGs, demands.  One random stream
 * per purpose: the i-th workflow depends on configuration and seed alone,
 * and a change of, say, the memory distribution leaves arrivals, shapes and
 * sizes as they were.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_WORKLOAD_H
#define SIM_WORKLOAD_H

#include "../model/rng.h"
#include "instances.h"
#include "pace.h"
#include "source.h"
#include "topology.h"

/* Streams under the seed of an episode.  The number names the stream: new
 * ones go to the end. */
typedef enum {
	SIM_STREAM_ARRIVAL,
	SIM_STREAM_SHAPE,	/* number of primitives and edges */
	SIM_STREAM_WORK,
	SIM_STREAM_MEMORY,
	SIM_STREAM_OUTPUT,
	SIM_STREAM_FAILURE,	/* one sub-stream for each server */
	SIM_STREAM_POLICY,	/* seeds the policy in scale-sim */
	SIM_STREAM_TOPOLOGY,	/* which one of a mixture */
	SIM_STREAM_PACE,	/* bursts, thinning */
	SIM_STREAM_ESTIMATE,	/* errors of what is known of the work */
	SIM_STREAM_INSTANCE,	/* which one of those recorded */
	SIM_STREAM_COUNT
} sim_stream_t;

typedef struct sim_workload {
	sim_source_t source;
	sim_pace_t pace;
	double share[SIM_TOPOLOGY_SHAPES];
	double gflop;			/* mean work of a plain primitive */
	const sim_instances_t *instances;
	scale_rng_t rng[SIM_STREAM_COUNT];	/* of its own purposes */
} sim_workload_t;

/* Arrivals per second of the whole cluster, mean over time. */
double sim_workload_rate(const sim_config_t *config);

/* config and instances are borrowed; instances may be NULL where config does
 * not ask for them.  Use it as a source from here on. */
void sim_workload_init(sim_workload_t *load, const sim_config_t *config,
		       const sim_instances_t *instances);

#endif
