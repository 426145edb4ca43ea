/*
 * weights.h - an order and a placement that were tuned together
 *
 * Both are sums of logarithms, so that units and sizes of clusters cancel.
 * Algorithm es of scale-train finds such numbers; docs/learning.md says how
 * good they are.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_WEIGHTS_H
#define SCALE_WEIGHTS_H

/*
 * Order: the primitive with the largest
 *	rank ln(upward rank) + work_left ln(work left in its workflow) +
 *	work ln(its own work) + hops ln(1 + hops) +
 *	left ln(unfinished primitives) + size ln(all of its workflow) +
 *	age (seconds that it has been ready)
 * The last has no bound and the others do, so nobody waits for ever; and as it
 * grows alike for all, no two change places by waiting.
 */
typedef struct scale_order_weights {
	double rank, work_left, work, hops, left, size, age;
} scale_order_weights_t;

/*
 * Placement: the server j with the least
 *	K (remaining_j + reserved_j) + P_j tau_j + transfer delta_j, where
 *	ln K = wait + nodes ln(N / 32) + left ln(unfinished primitives) +
 *	       successors ln(1 + successors)
 *	ln P_j = speed ln(C_j / C_max) + memory ln(M_j / M_max)
 */
typedef struct scale_place_weights {
	double wait, nodes, left, successors, speed, memory, transfer;
} scale_place_weights_t;

enum {
	SCALE_ORDER_WEIGHTS = sizeof(scale_order_weights_t) / sizeof(double),
	SCALE_PLACE_WEIGHTS = sizeof(scale_place_weights_t) / sizeof(double),
};

typedef struct scale_weights {
	scale_order_weights_t order;
	scale_place_weights_t place;
} scale_weights_t;

/* For the least mean response of a primitive, and of a workflow. */
extern const scale_weights_t scale_weights_primitive;
extern const scale_weights_t scale_weights_workflow;

#endif
