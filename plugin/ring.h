/*
 * ring.h - bounded queue from many threads to one, without locks
 *
 * Items are copied in and out.  A push never waits: it fails when the ring is
 * full.  After D. Vyukov's bounded queue: each cell carries the turn in which
 * it may be written or read next.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_RING_H
#define SCALE_RING_H

#include <stdbool.h>
#include <stddef.h>

typedef struct scale_ring scale_ring_t;

/* cells is a power of two, at least 2; size bytes each.
 * RET NULL with EINVAL or ENOMEM. */
scale_ring_t *scale_ring_create(size_t cells, size_t size);
void scale_ring_destroy(scale_ring_t *ring);

/* Any thread.  RET false when full. */
bool scale_ring_push(scale_ring_t *ring, const void *item);
/* One thread.  RET false when empty. */
bool scale_ring_pop(scale_ring_t *ring, void *item);

#endif
