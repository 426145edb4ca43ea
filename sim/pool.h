/*
 * pool.h - workflows that have arrived and are not finished yet
 *
 * Slots are reused: memory follows the number of workflows in the system,
 * not of those that ever were.  Primitive i of slot w has the id
 * w * tasks_max + i.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_POOL_H
#define SIM_POOL_H

#include "source.h"

typedef enum {
	SIM_TASK_WAITING,	/* predecessors are not finished */
	SIM_TASK_READY,
	SIM_TASK_RUNNING,
	SIM_TASK_DONE,
} sim_task_state_t;

/* What every event touches; small, since a large cluster runs many. */
typedef struct sim_task {
	double gflop, mem_gb, out_gb;	/* c, m, d */
	double guess;		/* c as it is estimated; the only one that
				   keys, features and free_at know */
	double since;		/* it is READY, RUNNING or DONE, s */
	double wait;		/* READY before its latest start, s */
	uint32_t slot;		/* of its workflow */
	uint32_t missing;	/* unfinished predecessors */
	uint32_t server;	/* uid where it runs or ran */
	uint32_t parent;	/* index of the predecessor that finished
				   first, or SIM_NO_INDEX */
	uint32_t pos;		/* in its heap of the ready set; SIM_NO_INDEX
				   while it is deferred */
	uint8_t class;		/* memory class, cluster.h */
	uint8_t state;		/* sim_task_state_t */
} sim_task_t;

/* What is asked once, or by some orders alone. */
typedef struct sim_trait {
	double upward_rank;	/* s */
	double lag;		/* from the last predecessor until ready, s */
	uint32_t hops;
} sim_trait_t;

typedef struct sim_flow {
	double arrival;		/* s */
	double work;		/* GFLOP of all its primitives, estimated */
	double work_left;	/* GFLOP of unfinished primitives, estimated */
	double attained;	/* server-seconds of finished ones */
	double longest;		/* largest upward rank, s */
	double critical_path;	/* s, on the fastest feasible servers */
	uint64_t number;	/* in order of arrival, from 0 */
	uint32_t n;		/* primitives; 0: the slot is free */
	uint32_t done;		/* finished ones */
	uint32_t running;
	uint32_t next_free;	/* slot, while free */
	bool measured;		/* arrived after the warm-up */
} sim_flow_t;

typedef struct sim_pool {
	size_t tasks_max, edges_max;	/* of one workflow */
	size_t slots;		/* in use or free */
	size_t room;		/* slots allocated */
	size_t live;		/* workflows in the system */
	uint32_t free_slot;	/* first of a list, or SIM_NO_INDEX */
	sim_flow_t *flow;	/* [room] */
	sim_task_t *task;	/* [room][tasks_max] */
	sim_trait_t *trait;	/* [room][tasks_max] */
	size_t graph_size;
	uint32_t *graph;	/* [room][graph_size] the edges of a workflow:
				   parent_first [tasks_max + 1], child_first
				   likewise, parent [edges_max], child */
	double *draw;		/* [5][tasks_max] demands, lags and estimates
				   as drawn */
	double *time, *comm, *rank;	/* [tasks_max] scratch for dag.h */
	uint32_t *order, *hops;	/* [tasks_max] */
} sim_pool_t;

/* RET 0, or -1 with ENOMEM; then sim_pool_fini() still has to follow. */
int sim_pool_init(sim_pool_t *pool, const sim_source_t *source);
void sim_pool_fini(sim_pool_t *pool);
void sim_pool_reset(sim_pool_t *pool);

/*
 * Take the next workflow into a slot: edges, demands, hop counts and ranks;
 * all primitives WAITING.  Memory classes, critical path and measured
 * are left to the caller.
 * IN  slow  mean of 1 / C_j over the configured servers, s per GFLOP
 * OUT *slot
 * RET 0, or -1 with ENOMEM
 */
int sim_pool_take(sim_pool_t *pool, sim_source_t *source, double arrival,
		  double slow, uint32_t *slot);
void sim_pool_give_back(sim_pool_t *pool, uint32_t slot);

/* What the first level may know of primitive id now. */
void sim_pool_key(const sim_pool_t *pool, uint32_t id, scale_ready_t *key);

/* The index of primitive id within its workflow. */
static inline uint32_t sim_pool_index(const sim_pool_t *pool, uint32_t id)
{
	return id - pool->task[id].slot * (uint32_t) pool->tasks_max;
}

/* One of the four parts of the edges of a workflow, see graph. */
static inline uint32_t *sim_pool_graph(const sim_pool_t *pool, uint32_t slot,
				       int part)
{
	size_t firsts = (size_t) (part < 2 ? part : 2) * (pool->tasks_max + 1);

	return pool->graph + slot * pool->graph_size + firsts +
	       (part > 2 ? pool->edges_max : 0);
}

static inline sim_task_t *sim_pool_tasks(const sim_pool_t *pool,
					 uint32_t slot)
{
	return pool->task + slot * pool->tasks_max;
}

static inline const uint32_t *sim_pool_parents(const sim_pool_t *pool,
					       uint32_t slot, uint32_t index,
					       size_t *count)
{
	const uint32_t *first = sim_pool_graph(pool, slot, 0) + index;

	*count = first[1] - first[0];
	return sim_pool_graph(pool, slot, 2) + first[0];
}

static inline const uint32_t *sim_pool_children(const sim_pool_t *pool,
						uint32_t slot, uint32_t index,
						size_t *count)
{
	const uint32_t *first = sim_pool_graph(pool, slot, 1) + index;

	*count = first[1] - first[0];
	return sim_pool_graph(pool, slot, 3) + first[0];
}

#endif
