/*
 * order.h - first level: which ready primitive is decided next
 *
 * Deterministic total orders, shared by simulator and plugin.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ORDER_H
#define SCALE_ORDER_H

#include <stdint.h>

/* What an order may know of a ready primitive. */
typedef struct scale_ready {
	double arrival;			/* a_k of its workflow, s */
	double upward_rank;		/* s, dag.h */
	double work_left;		/* GFLOP of its workflow not yet finished */
	uint64_t workflow;		/* number in order of arrival */
	uint32_t hops;			/* dag.h */
	uint32_t index;			/* within its workflow */
} scale_ready_t;

typedef enum {
	SCALE_ORDER_HOP,	/* longest hop count first: the paper's */
	SCALE_ORDER_FIFO,	/* earliest workflow first */
	SCALE_ORDER_RANK,	/* largest upward rank first */
	SCALE_ORDER_SRPT,	/* least remaining work of the workflow first */
	SCALE_ORDER_COUNT
} scale_order_t;

/* "hop", "fifo", "rank", "srpt". */
const char *scale_order_name(scale_order_t order);
/* One line for --help. */
const char *scale_order_summary(scale_order_t order);
/* RET the order of that name, or -1. */
int scale_order_find(const char *name);

/* Negative where a goes before b.  Ties: workflow arrival, workflow number,
 * index; so zero only for the same primitive. */
int scale_order_compare(scale_order_t order, const scale_ready_t *a,
			const scale_ready_t *b);

#endif
