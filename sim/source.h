/*
 * source.h - where the workflows of an episode come from
 *
 * One interface: drawn at random (workload.h) or given in memory (replay.h).
 * Private to the simulator.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_SOURCE_H
#define SIM_SOURCE_H

#include "sim.h"

/* First member of each implementation, which sets all but the counters. */
typedef struct sim_source {
	const sim_config_t *config;	/* borrowed; its limits hold for all */
	size_t tasks_max, edges_max;	/* of one workflow */
	uint64_t arrived;		/* arrivals so far */
	uint64_t made;			/* workflows so far */
	/* Start over. */
	void (*reset)(struct sim_source *source, uint64_t seed);
	/* Time of the next arrival, not before the last; false: no more. */
	bool (*next)(struct sim_source *source, double *at);
	/* Fill the arrays of spec with the next workflow. */
	void (*make)(struct sim_source *source, sim_workflow_spec_t *spec);
} sim_source_t;

static inline void sim_source_reset(sim_source_t *source, uint64_t seed)
{
	source->arrived = source->made = 0;
	source->reset(source, seed);
}

/* Time of the next arrival, s.  RET false when arrivals are over: there are
 * no more, their number is reached, or the time is not before duration. */
static inline bool sim_source_arrival(sim_source_t *source, double *at)
{
	const sim_config_t *c = source->config;
	double t;

	if ((c->workflows && source->arrived >= (uint64_t) c->workflows) ||
	    !source->next(source, &t) ||
	    (c->duration > 0.0 && t >= c->duration))
		return false;
	source->arrived++;
	*at = t;
	return true;
}

/* The next workflow, into arrays of the caller for tasks_max primitives and
 * edges_max edges.  RET its number, from 0. */
static inline uint64_t sim_source_make(sim_source_t *source,
				       sim_workflow_spec_t *spec)
{
	source->make(source, spec);
	return source->made++;
}

#endif
