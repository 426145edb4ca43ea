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

typedef struct scale_groups {
	scale_row_set_t set;
	scale_task_t task;	/* its parent_server is a row */
	const uint32_t *of;	/* [servers] row of each, but of the parent;
				   NULL with an index, which leaves them
				   unlooked at */

	/* private */
	scale_rows_t own;	/* of a cluster that keeps none */
} scale_groups_t;

/* Room for n servers; all zero is one without room.
 * RET 0, or -1 with ENOMEM: room as it was */
int scale_groups_reserve(scale_groups_t *groups, size_t n);
void scale_groups_fini(scale_groups_t *groups);

/*
 * Group the servers of c for t, for which there is room.  May allocate only
 * what scale_index_sort() does.
 * RET 0; 1 when groups would not pay; -1 with ENOMEM
 */
int scale_groups_gather(scale_groups_t *groups, const scale_cluster_t *c,
			const scale_task_t *t);

#endif
