/*
 * heap.h - event queue of the simulator
 *
 * A heap of four branches: half as deep as a binary one, and the four lie
 * together.  Events leave in order of (time, kind, sequence), so that equal
 * times never depend on what was queued before.
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

enum { SIM_EVENT_SEQ_BITS = 60 };	/* 30 years of a billion a second */

typedef struct sim_event {
	double time;		/* s */
	uint64_t turn;		/* kind, then sequence: one number to compare */
	uint32_t who;
	uint32_t epoch;		/* of the server when queued: stale if changed */
	uint32_t task;		/* of a FINISH, for who looks ahead */
} sim_event_t;

typedef struct sim_heap {
	sim_event_t *item;	/* [room] */
	size_t count, room;
	uint64_t seq;		/* of the next event */
} sim_heap_t;

/* Room for extra more events.  RET 0, or -1 with ENOMEM. */
int sim_heap_reserve(sim_heap_t *heap, size_t extra);
/* RET 0, or -1 with ENOMEM, which cannot happen within what was reserved. */
int sim_heap_push(sim_heap_t *heap, double time, sim_event_kind_t kind,
		  uint32_t who, uint32_t epoch, uint32_t task);
static inline sim_event_kind_t sim_event_kind(const sim_event_t *event)
{
	return (sim_event_kind_t) (event->turn >> SIM_EVENT_SEQ_BITS);
}

/* The next event, or NULL. */
static inline const sim_event_t *sim_heap_top(const sim_heap_t *heap)
{
	return heap->count ? heap->item : NULL;
}

/* Drop the top of a heap that is not empty. */
void sim_heap_pop(sim_heap_t *heap);
void sim_heap_clear(sim_heap_t *heap);	/* keeps the room */
void sim_heap_free(sim_heap_t *heap);
/* True when every parent comes before its children. */
bool sim_heap_selfcheck(const sim_heap_t *heap);

#endif
