/*
 * source.h - where the workflows of an episode come from
 *
 * One interface: drawn at random (workload.h) or given in memory (replay.h).
 * Private to the simulator.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_SOURCE_H
#define SIM_SOURCE_H

#include "../model/rng.h"
#include "sim.h"

/* What is known of the work of a primitive before it has run.  Memory, output
 * and graph are always known. */
typedef enum {
	SIM_DEMAND_KNOWN,
	SIM_DEMAND_NOISY,	/* work x exp(sigma N(0, 1)): the median of the
				   factor is 1, too much is as likely as too
				   little */
	SIM_DEMAND_UNKNOWN,	/* the mean of its class */
} sim_demand_t;

extern const char *const sim_demand_names[];	/* ends with NULL */

/* First member of each implementation, which sets all but the counters. */
typedef struct sim_source {
	const sim_config_t *config;	/* borrowed; its limits hold for all */
	size_t tasks_max, edges_max;	/* of one workflow */
	uint64_t arrived;		/* arrivals so far */
	uint64_t made;			/* workflows so far */
	scale_rng_t noise;		/* of the estimates */
	/* Start over. */
	void (*reset)(struct sim_source *source, uint64_t seed);
	/* Time of the next arrival, not before the last; false: no more. */
	bool (*next)(struct sim_source *source, double *at);
	/* Fill the arrays of spec with the next workflow; guess is the mean of
	 * its class for each primitive, what one knows who knows nothing. */
	void (*make)(struct sim_source *source, sim_workflow_spec_t *spec);
} sim_source_t;

/* Begin an episode. */
void sim_source_reset(sim_source_t *source, uint64_t seed);

/* Time of the next arrival, s.  RET false when arrivals are over: there are
 * no more, their number is reached, or the time is not before duration. */
bool sim_source_arrival(sim_source_t *source, double *at);

/* The next workflow, into arrays of the caller for tasks_max primitives and
 * edges_max edges; guess is what config.demand says.  RET its number, from 0 */
uint64_t sim_source_make(sim_source_t *source, sim_workflow_spec_t *spec);

#endif
