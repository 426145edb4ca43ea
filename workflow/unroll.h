/*
 * unroll.h - a graph with cycles into one without: every node of a cycle
 * becomes as many copies as it may be visited
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_UNROLL_H
#define WF_UNROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/err.h"

typedef struct wf_arc {
	uint32_t from, to;
} wf_arc_t;

typedef struct wf_digraph {
	uint32_t n;
	const wf_arc_t *arc;	/* [arcs] */
	size_t arcs;
	const uint32_t *start;	/* [n] in which order to look at nodes: those
				   that begin the graph first */
	const bool *end;	/* [n] the graph may end after this node */
} wf_digraph_t;

typedef struct wf_copy {
	uint32_t node;
	uint32_t visit;		/* from 1 */
	uint32_t cycle;		/* number of its cycle, from 1; 0: on none */
} wf_copy_t;

typedef struct wf_unrolled {
	wf_copy_t *copy;	/* [copies] by node, then visit */
	size_t copies;
	wf_arc_t *arc;		/* [arcs] between copies, by to, then from */
	size_t arcs;
	uint32_t cycles;	/* how many */
} wf_unrolled_t;

/*
 * An arc that closes a cycle leads to the next visit; what follows a cycle
 * follows its last visit.  A visit from which the cycle could not be left any
 * more is dropped.  At most max_visits >= 1 of each node of a cycle.
 * RET 0, *out to be freed by wf_unrolled_free(); -1 with EFBIG (more copies
 * or arcs than a workflow may have) or ENOMEM
 */
int wf_unroll(const wf_digraph_t *g, uint32_t max_visits, wf_unrolled_t *out,
	      scale_err_t *err);
void wf_unrolled_free(wf_unrolled_t *u);

#endif
