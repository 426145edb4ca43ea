/*
 * ring.c - bounded queue from many threads to one, without locks
 *
 * Invariant: cell i holds turn t when the writer of position t may fill it,
 * and t + 1 when the reader of position t may empty it.  Positions grow
 * without end; i = position mod cells.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

struct scale_ring {
	size_t mask;			/* cells - 1 */
	size_t size;			/* of an item */
	atomic_size_t *turn;		/* [cells] */
	unsigned char *item;		/* [cells][size] */
	size_t tail;			/* the reader's */
	/* apart from what the reader writes */
	_Alignas(64) atomic_size_t head;
};

scale_ring_t *scale_ring_create(size_t cells, size_t size)
{
	scale_ring_t *ring;

	if (cells < 2 || (cells & (cells - 1)) || !size ||
	    cells > SIZE_MAX / 2 / size) {
		errno = EINVAL;
		return NULL;
	}
	ring = aligned_alloc(64, sizeof(*ring));
	if (!ring)
		return NULL;
	memset(ring, 0, sizeof(*ring));
	ring->mask = cells - 1;
	ring->size = size;
	ring->turn = calloc(cells, sizeof(*ring->turn));
	ring->item = calloc(cells, size);
	if (!ring->turn || !ring->item) {
		scale_ring_destroy(ring);
		return NULL;
	}
	for (size_t i = 0; i < cells; i++)
		atomic_init(&ring->turn[i], i);
	atomic_init(&ring->head, 0);
	return ring;
}

void scale_ring_destroy(scale_ring_t *ring)
{
	int saved = errno;

	if (!ring)
		return;
	free(ring->turn);
	free(ring->item);
	free(ring);
	errno = saved;
}

bool scale_ring_push(scale_ring_t *ring, const void *item)
{
	size_t pos = atomic_load_explicit(&ring->head, memory_order_relaxed);

	for (;;) {
		atomic_size_t *turn = &ring->turn[pos & ring->mask];
		size_t at = atomic_load_explicit(turn, memory_order_acquire);

		if (at == pos) {
			if (!atomic_compare_exchange_weak_explicit(
				    &ring->head, &pos, pos + 1,
				    memory_order_relaxed, memory_order_relaxed))
				continue;
			memcpy(ring->item + (pos & ring->mask) * ring->size,
			       item, ring->size);
			atomic_store_explicit(turn, pos + 1,
					      memory_order_release);
			return true;
		}
		if ((intptr_t) (at - pos) < 0)
			return false;	/* a round behind: not yet read */
		pos = atomic_load_explicit(&ring->head, memory_order_relaxed);
	}
}

bool scale_ring_pop(scale_ring_t *ring, void *item)
{
	size_t pos = ring->tail;
	atomic_size_t *turn = &ring->turn[pos & ring->mask];

	if (atomic_load_explicit(turn, memory_order_acquire) != pos + 1)
		return false;
	memcpy(item, ring->item + (pos & ring->mask) * ring->size, ring->size);
	atomic_store_explicit(turn, pos + ring->mask + 1,
			      memory_order_release);
	ring->tail = pos + 1;
	return true;
}
