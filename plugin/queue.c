/*
 * queue.c - first level: in which order ready primitives are decided
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "queue.h"

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int by_priority(const void *x, const void *y)
{
	const scale_entry_t *a = x, *b = y;
	int c = COMPARE(b->tier, a->tier);

	if (!c)
		c = COMPARE(b->priority, a->priority);
	return c ? c : COMPARE(a->job_id, b->job_id);
}

static int by_standing(const scale_entry_t *a, const scale_entry_t *b)
{
	int c = COMPARE(a->uid, b->uid);

	if (!c)
		c = COMPARE(a->account, b->account);
	if (!c)
		c = COMPARE(a->qos, b->qos);
	if (!c)
		c = COMPARE(a->nice, b->nice);
	if (!c)
		c = COMPARE(a->fixed, b->fixed);
	return c ? c : COMPARE((uintptr_t) a->partition,
			       (uintptr_t) b->partition);
}

static int by_order(const void *x, const void *y, void *arg)
{
	const scale_order_t *order = arg;
	const scale_entry_t *a = x, *b = y;
	int c = by_standing(a, b);

	if (!c)
		c = COMPARE(b->aged, a->aged);
	if (!c && a->aged)
		c = COMPARE(a->ready.since, b->ready.since);
	if (!c)
		c = scale_order_compare(order, &a->ready, &b->ready);
	return c ? c : COMPARE(a->job_id, b->job_id);
}

/* First member of e's standing in the list sorted by_order. */
static size_t group_start(const scale_entry_t *list, size_t n,
			  const scale_entry_t *e)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_standing(&list[mid], e) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void scale_queue_sort(scale_entry_t *entry, scale_entry_t *scratch, size_t n,
		      scale_order_t order)
{
	if (n < 2)
		return;
	memcpy(scratch, entry, n * sizeof(*entry));
	qsort(entry, n, sizeof(*entry), by_priority);
	qsort_r(scratch, n, sizeof(*scratch), by_order, &order);
	/*
	 * Each position now names a standing; it takes that group's next
	 * member.  The count of members taken is kept in the tier of the
	 * group's first entry once that entry has been copied out.
	 */
	for (size_t i = 0; i < n; i++) {
		size_t first = group_start(scratch, n, &entry[i]);
		uint32_t taken = scratch[first].job ? 0 : scratch[first].tier;

		entry[i] = scratch[first + taken];
		scratch[first].job = NULL;
		scratch[first].tier = taken + 1;
	}
}
