/*
 * row_set.h - rows that stand for equal servers
 *
 * The table under rows.h, which finds who is equal and follows changes, and
 * groups.h, which sets the predecessor's server apart for one decision.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ROW_SET_H
#define SCALE_ROW_SET_H

#include "feat.h"

#define SCALE_ROW_NONE UINT32_MAX

typedef struct scale_row_set {
	/* Row r as if it were a server of a cluster: to features and masks. */
	scale_cluster_t view;
	uint32_t *lead;		/* [view.n] lowest member of the row */
	uint32_t *second;	/* [view.n] the next one, or _NONE */
	uint32_t *count;	/* [view.n] members */

	/* private */
	size_t room;		/* rows */
	double *gflops, *mem_gb, *free_at, *power_kw;
	uint8_t *busy;
} scale_row_set_t;

/* Room for so many rows; all zero is one without room, and what it held is
 * gone.  RET 0, or -1 with ENOMEM: as it was */
int scale_row_set_reserve(scale_row_set_t *set, size_t rows);
void scale_row_set_fini(scale_row_set_t *set);

/* No rows yet, of servers of c. */
void scale_row_set_begin(scale_row_set_t *set, const scale_cluster_t *c);
/* One like server j of c, its lowest member.  RET its number */
uint32_t scale_row_set_add(scale_row_set_t *set, const scale_cluster_t *c,
			   uint32_t j, uint32_t second, uint32_t count);
/* The rows of from, for which there is room; view is that of its own. */
void scale_row_set_copy(scale_row_set_t *set, const scale_row_set_t *from);
/* Drop a row; the last one takes its place and number. */
void scale_row_set_remove(scale_row_set_t *set, uint32_t row);

/* Server j becomes a member. */
void scale_row_set_join(scale_row_set_t *set, uint32_t row, uint32_t j);
/* Server j is a member no longer; without any, row is to be removed.
 * IN  of: row of each server; what it says of j does not matter */
void scale_row_set_leave(scale_row_set_t *set, uint32_t row, uint32_t j,
			 const uint32_t *of);

#endif
