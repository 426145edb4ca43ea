/*
 * heap.c - event queue of the simulator
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "array.h"
#include "heap.h"

enum { BRANCHES = 4 };

/* No branch: nobody can guess which of two events is the first. */
static inline bool before(const sim_event_t *a, const sim_event_t *b)
{
	return (a->time < b->time) |
	       ((a->time == b->time) & (a->turn < b->turn));
}

int sim_heap_reserve(sim_heap_t *heap, size_t extra)
{
	return sim_array_reserve(&heap->item, &heap->room,
				 heap->count + extra);
}

int sim_heap_push(sim_heap_t *heap, double time, sim_event_kind_t kind,
		  uint32_t who, uint32_t epoch, uint32_t task)
{
	const sim_event_t event = {
		.time = time,
		.turn = (uint64_t) kind << SIM_EVENT_SEQ_BITS | heap->seq,
		.who = who,
		.epoch = epoch,
		.task = task,
	};
	size_t i;

	if (sim_heap_reserve(heap, 1))
		return -1;
	heap->seq++;
	for (i = heap->count++; i; i = (i - 1) / BRANCHES) {
		if (!before(&event, &heap->item[(i - 1) / BRANCHES]))
			break;
		heap->item[i] = heap->item[(i - 1) / BRANCHES];
	}
	heap->item[i] = event;
	return 0;
}

void sim_heap_pop(sim_heap_t *heap)
{
	sim_event_t *item = heap->item;
	size_t n = --heap->count, i = 0;
	sim_event_t last = item[n];

	for (size_t child = 1; child < n; child = BRANCHES * i + 1) {
		size_t end = child + BRANCHES < n ? child + BRANCHES : n;

		for (size_t k = child + 1; k < end; k++) {
			size_t better = before(&item[k], &item[child]);

			child ^= (child ^ k) & -better;
		}
		if (!before(&item[child], &last))
			break;
		item[i] = item[child];
		i = child;
	}
	item[i] = last;
}

void sim_heap_clear(sim_heap_t *heap)
{
	heap->count = 0;
	heap->seq = 0;
}

void sim_heap_free(sim_heap_t *heap)
{
	free(heap->item);
	*heap = (sim_heap_t) { 0 };
}

bool sim_heap_selfcheck(const sim_heap_t *heap)
{
	for (size_t i = 1; i < heap->count; i++)
		if (before(&heap->item[i], &heap->item[(i - 1) / BRANCHES]))
			return false;
	return true;
}
