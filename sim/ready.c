/*
 * ready.c - primitives that could start, in the order of the first level
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "array.h"
#include "cluster.h"
#include "ready.h"

static bool before(const sim_ready_t *ready, const sim_task_t *task,
		   uint32_t a, uint32_t b)
{
	return scale_order_compare(&ready->order, &task[a].key,
				   &task[b].key) < 0;
}

static void put(sim_ids_t *heap, sim_task_t *task, size_t pos, uint32_t id)
{
	heap->item[pos] = id;
	task[id].pos = (uint32_t) pos;
}

static void sift_up(const sim_ready_t *ready, sim_ids_t *heap,
		    sim_task_t *task, size_t i, uint32_t id)
{
	for (; i; i = (i - 1) / 2) {
		uint32_t up = heap->item[(i - 1) / 2];

		if (!before(ready, task, id, up))
			break;
		put(heap, task, i, up);
	}
	put(heap, task, i, id);
}

static void sift_down(const sim_ready_t *ready, sim_ids_t *heap,
		      sim_task_t *task, size_t i, uint32_t id)
{
	for (size_t child = 2 * i + 1; child < heap->count;
	     child = 2 * i + 1) {
		if (child + 1 < heap->count &&
		    before(ready, task, heap->item[child + 1],
			   heap->item[child]))
			child++;
		if (!before(ready, task, heap->item[child], id))
			break;
		put(heap, task, i, heap->item[child]);
		i = child;
	}
	put(heap, task, i, id);
}

void sim_ready_init(sim_ready_t *ready, const char *order)
{
	scale_order_parse(order, &ready->order, NULL);
	ready->order_info = scale_order_info(ready->order.kind);
}

void sim_ready_reset(sim_ready_t *ready)
{
	ready->deferred.count = 0;
	for (size_t c = 0; c <= SCALE_CONF_NUMBERS; c++)
		ready->heap[c].count = 0;
}

void sim_ready_free(sim_ready_t *ready)
{
	free(ready->deferred.item);
	for (size_t c = 0; c <= SCALE_CONF_NUMBERS; c++)
		free(ready->heap[c].item);
	*ready = (sim_ready_t) { 0 };
}

int sim_ready_add(sim_ready_t *ready, sim_task_t *task, uint32_t id)
{
	sim_ids_t *heap = &ready->heap[task[id].class];

	/* room for the deferred ones, so that their way back cannot fail */
	if (sim_array_reserve(&heap->item, &heap->room,
			      heap->count + ready->deferred.count + 1))
		return -1;
	sift_up(ready, heap, task, heap->count++, id);
	return 0;
}

void sim_ready_remove(sim_ready_t *ready, sim_task_t *task, uint32_t id)
{
	sim_ids_t *heap = &ready->heap[task[id].class];
	uint32_t last = heap->item[--heap->count];

	if (last != id)
		sift_down(ready, heap, task, 0, last);
}

/* Restore the order after the key of task[id] moved either way. */
static void move(sim_ready_t *ready, sim_task_t *task, uint32_t id)
{
	sim_ids_t *heap = &ready->heap[task[id].class];
	uint32_t pos = task[id].pos;

	if (pos == SIM_NO_INDEX)	/* deferred */
		return;
	sift_up(ready, heap, task, pos, id);
	if (task[id].pos == pos)
		sift_down(ready, heap, task, pos, id);
}

void sim_ready_refresh(sim_ready_t *ready, sim_pool_t *pool, uint32_t slot,
		       bool ended)
{
	const scale_order_info_t *info = ready->order_info;
	sim_task_t *task = sim_pool_tasks(pool, slot);
	uint32_t first = (uint32_t) (task - pool->task);

	if (!(ended ? info->moves_at_end : info->moves_at_start))
		return;
	/* one after the other: the heap is in order but for this one */
	for (uint32_t i = 0; i < pool->flow[slot].n; i++) {
		if (task[i].state != SIM_TASK_READY)
			continue;
		sim_pool_refresh(pool, &task[i]);
		move(ready, pool->task, first + i);
	}
}

int sim_ready_defer(sim_ready_t *ready, sim_task_t *task, uint32_t id)
{
	sim_ids_t *aside = &ready->deferred;

	if (sim_array_reserve(&aside->item, &aside->room, aside->count + 1))
		return -1;
	sim_ready_remove(ready, task, id);
	task[id].pos = SIM_NO_INDEX;
	aside->item[aside->count++] = id;
	return 0;
}

void sim_ready_release(sim_ready_t *ready, sim_task_t *task)
{
	for (size_t i = 0; i < ready->deferred.count; i++) {
		uint32_t id = ready->deferred.item[i];
		sim_ids_t *heap = &ready->heap[task[id].class];

		sift_up(ready, heap, task, heap->count++, id);
	}
	ready->deferred.count = 0;
}

uint32_t sim_ready_first(const sim_ready_t *ready, const sim_task_t *task,
			 int top)
{
	uint32_t best = SIM_NO_INDEX;

	for (int c = 0; c <= top; c++) {
		const sim_ids_t *heap = &ready->heap[c];

		if (!heap->count)
			continue;
		if (best == SIM_NO_INDEX ||
		    before(ready, task, heap->item[0], best))
			best = heap->item[0];
	}
	return best;
}

bool sim_ready_selfcheck(const sim_ready_t *ready, const sim_task_t *task)
{
	for (size_t c = 0; c <= SCALE_CONF_NUMBERS; c++) {
		const sim_ids_t *heap = &ready->heap[c];

		for (size_t i = 0; i < heap->count; i++) {
			uint32_t id = heap->item[i];

			if (task[id].pos != i || task[id].class != c ||
			    task[id].state != SIM_TASK_READY)
				return false;
			if (i && before(ready, task, id,
					heap->item[(i - 1) / 2]))
				return false;
		}
	}
	return true;
}
