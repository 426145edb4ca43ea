/*
 * order.c - first level: which ready primitive is decided next
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stddef.h>
#include <string.h>

#include "order.h"

static const struct {
	const char *name;
	const char *summary;
} orders[SCALE_ORDER_COUNT] = {
	[SCALE_ORDER_HOP] = { "hop",
		"longest hop count to the end of its workflow (the paper's)" },
	[SCALE_ORDER_FIFO] = { "fifo", "earliest workflow first" },
	[SCALE_ORDER_RANK] = { "rank",
		"largest upward rank, in seconds (HEFT)" },
	[SCALE_ORDER_SRPT] = { "srpt",
		"least remaining work of its workflow first" },
};

const char *scale_order_name(scale_order_t order)
{
	return orders[order].name;
}

const char *scale_order_summary(scale_order_t order)
{
	return orders[order].summary;
}

int scale_order_find(const char *name)
{
	for (int i = 0; i < SCALE_ORDER_COUNT; i++)
		if (!strcmp(name, orders[i].name))
			return i;
	return -1;
}

/* Negative where a is smaller. */
static int ascending(double a, double b)
{
	return (a > b) - (a < b);
}

static int by_key(scale_order_t order, const scale_ready_t *a,
		  const scale_ready_t *b)
{
	switch (order) {
	case SCALE_ORDER_HOP:
		return ascending(b->hops, a->hops);
	case SCALE_ORDER_RANK:
		return ascending(b->upward_rank, a->upward_rank);
	case SCALE_ORDER_SRPT:
		return ascending(a->work_left, b->work_left);
	case SCALE_ORDER_FIFO:	/* the ties below are the order */
	case SCALE_ORDER_COUNT:
		break;
	}
	return 0;
}

int scale_order_compare(scale_order_t order, const scale_ready_t *a,
			const scale_ready_t *b)
{
	int c = by_key(order, a, b);

	if (c == 0)
		c = ascending(a->arrival, b->arrival);
	if (c == 0)	/* whole numbers: doubles would merge large ones */
		c = (a->workflow > b->workflow) - (a->workflow < b->workflow);
	if (c == 0)
		c = (a->index > b->index) - (a->index < b->index);
	return c;
}
