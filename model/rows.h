/*
 * rows.h - equal servers of a snapshot as one row each, kept as they change
 *
 * Servers of one state (C_j, M_j, power, busy or not, remaining time) are a
 * row, found through a hash table.  Gathering looks at every server, a change
 * at the server that changed; both give the same rows, but for their order.
 * Rows hold for one clock: a snapshot whose now moved is gathered anew.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ROWS_H
#define SCALE_ROWS_H

#include "row_set.h"

enum { SCALE_ROWS_MOST = 1024 };	/* more are no gain */

typedef struct scale_rows {
	scale_row_set_t set;	/* of at most SCALE_ROWS_MOST; one more when
				   they no longer pay */
	uint32_t *of;		/* [servers] row of each */

	/* private */
	size_t room;		/* servers */
	uint16_t *table;	/* hash of a state to row + 1 */
} scale_rows_t;

/* Room for n servers; all zero is one without room.
 * RET 0, or -1 with ENOMEM: as it was */
int scale_rows_reserve(scale_rows_t *rows, size_t n);
void scale_rows_fini(scale_rows_t *rows);

/* The rows of c; 1 <= c->n <= room.  Allocates nothing.
 * RET 0; 1 when they would not pay: there are none then */
int scale_rows_gather(scale_rows_t *rows, const scale_cluster_t *c);

/* Server j of c, which was gathered, is not what it was; now is the same.
 * RET 0; 1 when rows no longer pay: there are none then */
int scale_rows_change(scale_rows_t *rows, const scale_cluster_t *c, size_t j);

/* True where they are what gathering c anew would give, in any order. */
bool scale_rows_selfcheck(const scale_rows_t *rows, const scale_cluster_t *c);

#endif
