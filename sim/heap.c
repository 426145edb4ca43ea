/*
 * heap.c - event queue of the simulator
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "array.h"
#include "heap.h"

static bool before(const sim_event_t *a, const sim_event_t *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->seq < b->seq;
}

int sim_heap_reserve(sim_heap_t *heap, size_t extra)
{
	return sim_array_reserve(&heap->item, &heap->room,
				 heap->count + extra);
}

int sim_heap_push(sim_heap_t *heap, sim_event_t event)
{
	size_t i;

	if (sim_heap_reserve(heap, 1))
		return -1;
	event.seq = heap->seq++;
	for (i = heap->count++; i; i = (i - 1) / 2) {
		if (!before(&event, &heap->item[(i - 1) / 2]))
			break;
		heap->item[i] = heap->item[(i - 1) / 2];
	}
	heap->item[i] = event;
	return 0;
}

const sim_event_t *sim_heap_top(const sim_heap_t *heap)
{
	return heap->count ? heap->item : NULL;
}

void sim_heap_pop(sim_heap_t *heap)
{
	sim_event_t *item = heap->item;
	size_t n = --heap->count, i = 0;

	for (size_t child = 1; child < n; child = 2 * i + 1) {
		if (child + 1 < n && before(&item[child + 1], &item[child]))
			child++;
		if (!before(&item[child], &item[n]))
			break;
		item[i] = item[child];
		i = child;
	}
	item[i] = item[n];
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
		if (before(&heap->item[i], &heap->item[(i - 1) / 2]))
			return false;
	return true;
}
