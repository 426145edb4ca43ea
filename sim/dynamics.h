/*
 * dynamics.h - what events and assignments do to the state
 *
 * Private to the simulator.  sim.c moves the clock; dynamics.c changes the
 * state at the times it is given.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_DYNAMICS_H
#define SIM_DYNAMICS_H

#include "check.h"
#include "cluster.h"
#include "heap.h"
#include "metrics.h"
#include "pool.h"
#include "ready.h"
#include "replay.h"
#include "workload.h"

struct sim {
	sim_config_t config;
	union {
		sim_workload_t random;
		sim_replay_t replay;
	} from;
	sim_source_t *source;	/* the one of from */
	sim_instances_t *instances;	/* of random, or NULL */
	sim_cluster_t cluster;
	sim_pool_t pool;
	sim_ready_t ready;
	sim_heap_t events;
	sim_measure_t measure;
	sim_check_t *check;	/* NULL: no checks */
	double fastest[SCALE_CONF_NUMBERS + 1];	/* GFLOPS of the fastest
				   configured server for each memory class */
	double slow;		/* mean of 1 / C_j, s per GFLOP */
	double now;		/* s */
	uint64_t step;		/* paper clock: now is step * dt */
	double last_arrival;	/* s */
	bool arriving;		/* more workflows will come */
	size_t changes_left;	/* rows of config.changes */
	size_t running;		/* primitives */
	size_t lagging;		/* those whose lag is not over */
	uint64_t refusals;	/* in a row, see sim.c */
	bool due;		/* a decision on task current */
	bool over, broken;
	uint32_t current;
	scale_task_t task;
	scale_ready_t key;	/* of it */
	sim_observe_f observe;
	void *observer;
};

/* Load the first events: arrival, changes, failures.  RET 0 or -1. */
int sim_begin(sim_t *sim, scale_err_t *err);

/* Whether an event is about a run or a life of a server that has ended. */
static inline bool sim_is_stale(const sim_t *sim, const sim_event_t *event)
{
	const sim_server_t *server = sim->cluster.server;

	switch (sim_event_kind(event)) {
	case SIM_EVENT_FINISH:
		return server[event->who].run != event->epoch;
	case SIM_EVENT_FAIL:
	case SIM_EVENT_REPAIR:
		return server[event->who].life != event->epoch;
	default:
		return false;
	}
}

/* The next event that still holds, or NULL; drops those that do not. */
static inline const sim_event_t *sim_pending(sim_t *sim)
{
	const sim_event_t *top;

	while ((top = sim_heap_top(&sim->events)) && sim_is_stale(sim, top))
		sim_heap_pop(&sim->events);
	return top;
}

/* Take the next event off the queue and let it happen at its own time.
 * RET 0; -1 with ENOMEM or EPROTO */
int sim_happen(sim_t *sim, scale_err_t *err);

/* Start the current primitive on the server at position pos, now; it must be
 * idle and large enough.  RET 0; -1 with ENOMEM or EPROTO */
int sim_assign(sim_t *sim, size_t pos, sim_outcome_t *out, scale_err_t *err);

/* Fill sim->task and sim->key from primitive id. */
void sim_describe(sim_t *sim, uint32_t id);

/* Tell the observer, if there is one; the note is not made up for nobody. */
#define SIM_TELL(sim, ...)						\
	do {								\
		if ((sim)->observe) {					\
			const sim_note_t note_ = __VA_ARGS__;		\
									\
			(sim)->observe((sim)->observer, &note_);	\
		}							\
	} while (0)

#endif
