/*
 * ready.h - primitives that could start, in the order of the first level
 *
 * One heap for each memory class (cluster.h): the first primitive that the
 * idle servers could hold is the best of a few tops, however many others
 * wait for larger servers.  The deferred ones are kept aside until something
 * happens.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_READY_H
#define SIM_READY_H

#include "pool.h"

/* A primitive, and where it stands in the order; arrivals are numbered in
 * order, and indices follow ids. */
typedef struct sim_entry {
	scale_order_key_t key;
	uint64_t workflow;	/* number */
	uint32_t id;		/* pool.h */
} sim_entry_t;

typedef struct sim_entries {
	sim_entry_t *item;
	size_t count, room;
} sim_entries_t;

typedef struct sim_ready {
	scale_order_t order;
	const scale_order_info_t *order_info;
	sim_entries_t heap[SCALE_CONF_NUMBERS + 1];	/* the last: fits
							   nowhere */
	sim_entries_t deferred;
} sim_ready_t;

/* While none is ready.  order: a sound text, and the weights for it where it
 * is that of a model, order.h; borrowed, or NULL */
void sim_ready_order(sim_ready_t *ready, const char *order,
		     const scale_order_weights_t *weights);
void sim_ready_reset(sim_ready_t *ready);
void sim_ready_free(sim_ready_t *ready);

/* Add primitive id.  RET 0, or -1 with ENOMEM. */
int sim_ready_add(sim_ready_t *ready, sim_pool_t *pool, uint32_t id);
/* Take it out; it must be the first of its heap. */
void sim_ready_remove(sim_ready_t *ready, sim_pool_t *pool, uint32_t id);
/* A primitive of the workflow in slot has ended, or else started or was
 * killed: where the order looks at that, its ready ones find their places. */
void sim_ready_refresh(sim_ready_t *ready, sim_pool_t *pool, uint32_t slot,
		       bool ended);
/* Move it, the first of its heap, to the deferred.  RET 0, or -1 with ENOMEM. */
int sim_ready_defer(sim_ready_t *ready, sim_pool_t *pool, uint32_t id);
/* All deferred ones back into their heaps, where room was kept. */
void sim_ready_release(sim_ready_t *ready, sim_pool_t *pool);

/* The first of classes 0 .. top, or SIM_NO_INDEX. */
uint32_t sim_ready_first(const sim_ready_t *ready, int top);
/* True when heaps, keys and positions are in order. */
bool sim_ready_selfcheck(const sim_ready_t *ready, const sim_pool_t *pool);

#endif
