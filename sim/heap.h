/*
 * heap.h - event queue of the simulator
 *
 * A binary heap.  Events leave in order of (time, kind, sequence), so that
 * equal times never depend on what was queued before.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happens; at equal times the first kind here comes first: work that
 * ends in the instant of a failure has ended. */
typedef enum {
	SIM_EVENT_FINISH,	/* a primitive ends on server who */
	SIM_EVENT_CHANGE,	/* row who of config.changes */
	SIM_EVENT_FAIL,		/* server who fails */
	SIM_EVENT_REPAIR,	/* server who comes back */
	SIM_EVENT_READY,	/* the lag of primitive who is over */
	SIM_EVENT_ARRIVE,	/* the next workflow */
} sim_event_kind_t;

typedef struct sim_event {
	double time;		/* s */
	uint64_t seq;		/* set by sim_heap_push() */
	uint64_t epoch;		/* of the server when queued: stale if changed */
	uint32_t kind;		/* sim_event_kind_t */
	uint32_t who;
} sim_event_t;

typedef struct sim_heap {
	sim_event_t *item;	/* [room] */
	size_t count, room;
	uint64_t seq;		/* of the next event */
} sim_heap_t;

/* Room for extra more events.  RET 0, or -1 with ENOMEM. */
int sim_heap_reserve(sim_heap_t *heap, size_t extra);
/* RET 0, or -1 with ENOMEM, which cannot happen within what was reserved. */
int sim_heap_push(sim_heap_t *heap, sim_event_t event);
/* The next event, or NULL. */
const sim_event_t *sim_heap_top(const sim_heap_t *heap);
/* Drop the top of a heap that is not empty. */
void sim_heap_pop(sim_heap_t *heap);
void sim_heap_clear(sim_heap_t *heap);	/* keeps the room */
void sim_heap_free(sim_heap_t *heap);
/* True when every parent comes before its children. */
bool sim_heap_selfcheck(const sim_heap_t *heap);

#endif
