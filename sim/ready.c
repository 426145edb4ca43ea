/*
 * ready.c - primitives that could start, in the order of the first level
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "array.h"
#include "cluster.h"
#include "ready.h"

static bool before(const sim_entry_t *a, const sim_entry_t *b)
{
	if (a->key.first != b->key.first)
		return a->key.first < b->key.first;
	if (a->workflow != b->workflow)
		return a->workflow < b->workflow;
	if (a->key.second != b->key.second)
		return a->key.second < b->key.second;
	return a->id < b->id;
}

/* Field by field: what is written so is slow to copy at once. */
static void fill_entry(const sim_ready_t *ready, const sim_pool_t *pool,
		       uint32_t id, sim_entry_t *entry)
{
	scale_ready_t key;

	sim_pool_key(pool, id, &key);
	entry->key = scale_order_key(&ready->order, &key);
	entry->workflow = key.workflow;
	entry->id = id;
}

static void put(sim_entries_t *heap, sim_pool_t *pool, size_t pos,
		const sim_entry_t *entry)
{
	heap->item[pos] = *entry;
	pool->task[entry->id].pos = (uint32_t) pos;
}

/* The entry at i finds its place further up. */
static void sift_up(sim_entries_t *heap, sim_pool_t *pool, size_t i)
{
	sim_entry_t *item = heap->item, entry;

	if (!i || !before(&item[i], &item[(i - 1) / 2])) {
		pool->task[item[i].id].pos = (uint32_t) i;
		return;
	}
	entry = item[i];
	do {
		put(heap, pool, i, &item[(i - 1) / 2]);
		i = (i - 1) / 2;
	} while (i && before(&entry, &item[(i - 1) / 2]));
	put(heap, pool, i, &entry);
}

/* The entry at i finds its place further down. */
static void sift_down(sim_entries_t *heap, sim_pool_t *pool, size_t i)
{
	sim_entry_t *item = heap->item, entry = item[i];

	for (size_t child = 2 * i + 1; child < heap->count;
	     child = 2 * i + 1) {
		if (child + 1 < heap->count &&
		    before(&item[child + 1], &item[child]))
			child++;
		if (!before(&item[child], &entry))
			break;
		put(heap, pool, i, &item[child]);
		i = child;
	}
	put(heap, pool, i, &entry);
}

void sim_ready_order(sim_ready_t *ready, const char *order,
		     const scale_order_weights_t *weights)
{
	scale_order_parse(order, &ready->order, NULL);
	scale_order_settle(&ready->order, weights);
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

int sim_ready_add(sim_ready_t *ready, sim_pool_t *pool, uint32_t id)
{
	sim_entries_t *heap = &ready->heap[pool->task[id].class];

	/* room for the deferred ones, so that their way back cannot fail */
	if (sim_array_reserve(&heap->item, &heap->room,
			      heap->count + ready->deferred.count + 1))
		return -1;
	fill_entry(ready, pool, id, &heap->item[heap->count]);
	sift_up(heap, pool, heap->count++);
	return 0;
}

void sim_ready_remove(sim_ready_t *ready, sim_pool_t *pool, uint32_t id)
{
	sim_entries_t *heap = &ready->heap[pool->task[id].class];

	if (!--heap->count)
		return;
	heap->item[0] = heap->item[heap->count];
	sift_down(heap, pool, 0);
}

/* Restore the order after the key of a primitive moved either way. */
static void move(sim_ready_t *ready, sim_pool_t *pool, uint32_t id)
{
	sim_entries_t *heap = &ready->heap[pool->task[id].class];
	uint32_t pos = pool->task[id].pos;

	if (pos == SIM_NO_INDEX)	/* deferred */
		return;
	fill_entry(ready, pool, id, &heap->item[pos]);
	sift_up(heap, pool, pos);
	if (pool->task[id].pos == pos)
		sift_down(heap, pool, pos);
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
	for (uint32_t i = 0; i < pool->flow[slot].n; i++)
		if (task[i].state == SIM_TASK_READY)
			move(ready, pool, first + i);
}

int sim_ready_defer(sim_ready_t *ready, sim_pool_t *pool, uint32_t id)
{
	sim_entries_t *aside = &ready->deferred;

	if (sim_array_reserve(&aside->item, &aside->room, aside->count + 1))
		return -1;
	aside->item[aside->count++] = ready->heap[pool->task[id].class].item[0];
	sim_ready_remove(ready, pool, id);
	pool->task[id].pos = SIM_NO_INDEX;
	return 0;
}

void sim_ready_release(sim_ready_t *ready, sim_pool_t *pool)
{
	bool moves = ready->order_info->moves_at_end ||
		     ready->order_info->moves_at_start;

	for (size_t i = 0; i < ready->deferred.count; i++) {
		uint32_t id = ready->deferred.item[i].id;
		sim_entries_t *heap = &ready->heap[pool->task[id].class];
		sim_entry_t *last = &heap->item[heap->count];

		if (moves)
			fill_entry(ready, pool, id, last);
		else
			*last = ready->deferred.item[i];
		sift_up(heap, pool, heap->count++);
	}
	ready->deferred.count = 0;
}

uint32_t sim_ready_first(const sim_ready_t *ready, int top)
{
	const sim_entry_t *best = NULL;

	for (int c = 0; c <= top; c++) {
		const sim_entries_t *heap = &ready->heap[c];

		if (heap->count && (!best || before(heap->item, best)))
			best = heap->item;
	}
	return best ? best->id : SIM_NO_INDEX;
}

static bool is_sound(const sim_ready_t *ready, const sim_pool_t *pool,
		     size_t class, size_t i)
{
	const sim_entry_t *item = ready->heap[class].item;
	const sim_task_t *task = &pool->task[item[i].id];
	sim_entry_t fresh;

	fill_entry(ready, pool, item[i].id, &fresh);
	return task->pos == i && task->class == class &&
	       task->state == SIM_TASK_READY && !before(&fresh, &item[i]) &&
	       !before(&item[i], &fresh) &&
	       !(i && before(&item[i], &item[(i - 1) / 2]));
}

bool sim_ready_selfcheck(const sim_ready_t *ready, const sim_pool_t *pool)
{
	for (size_t c = 0; c <= SCALE_CONF_NUMBERS; c++)
		for (size_t i = 0; i < ready->heap[c].count; i++)
			if (!is_sound(ready, pool, c, i))
				return false;
	return true;
}
