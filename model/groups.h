/*
 * groups.h - equal servers of a snapshot as one row each
 *
 * A decision over rows weighed by how many servers each stands for is exact
 * (decide.h), so that it costs what there are distinct states, not N.  With
 * an index (index.h) it is told what is equal: the idle servers of a kind,
 * and its overdue ones; other busy servers are rows of their own.  Without
 * one, states are found in a hash table (rows.h), each server costs a look
 * unless the snapshot keeps its rows, and groups are only made when they are
 * few.  The server of the predecessor, whose
 * delay differs, is always alone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_GROUPS_H
#define SCALE_GROUPS_H

#include "index.h"
#include "rows.h"

enum {
	SCALE_GROUPS_FEW = 64,		/* servers: not worth it */
};

#define SCALE_GROUPS_NONE SCALE_ROWS_NONE

typedef struct scale_groups {
	/* Row g as if it were a server of a cluster: to features and masks. */
	scale_cluster_t view;
	scale_task_t task;	/* its parent_server is a row */
	uint32_t *lead;		/* [view.n] lowest member of the row */
	uint32_t *second;	/* [view.n] the next one, or _NONE */
	uint32_t *count;	/* [view.n] members */
	const uint32_t *of;	/* [servers] row of each, but of the parent;
				   NULL with an index, which leaves them
				   unlooked at */

	/* private */
	size_t room;		/* servers */
	double *gflops, *mem_gb, *free_at, *power_kw;
	uint8_t *busy;
	scale_rows_t own;	/* of a cluster that keeps none */
} scale_groups_t;

/* Room for n servers; all zero is one without room.
 * RET 0, or -1 with ENOMEM: as it was */
int scale_groups_reserve(scale_groups_t *groups, size_t n);
void scale_groups_fini(scale_groups_t *groups);

/*
 * Group the servers of c for t; 1 <= c->n <= room.  May allocate only what
 * scale_index_sort() does.
 * RET 0; 1 when groups would not pay; -1 with ENOMEM
 */
int scale_groups_gather(scale_groups_t *groups, const scale_cluster_t *c,
			const scale_task_t *t);

#endif
