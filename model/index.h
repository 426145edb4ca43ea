/*
 * index.h - the servers of a snapshot, sorted for who must not look at all
 *
 * Equal servers (same C_j and M_j, same power when idle and when busy) are
 * one kind.  The index knows the idle ones of each kind in order of their
 * positions, and the busy ones by when they get free.  Who changes the
 * snapshot tells it; a snapshot without one is as good, and slower.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_INDEX_H
#define SCALE_INDEX_H

#include "bits.h"
#include "feat.h"

typedef struct scale_busy {
	double free_at;			/* s */
	double held;			/* s on top, scale_index_hold() */
	uint32_t server;		/* position */
} scale_busy_t;

typedef struct scale_kind {
	double gflops, mem_gb;		/* C_j, M_j */
	size_t present;			/* servers; 0: none now */
	scale_bits_t idle;		/* positions */
	/* The rest once scale_index_sort() was called. */
	scale_bits_t overdue;		/* busy, free_at is not after now */
	scale_busy_t *busy;		/* [busy_count] binary heap, the rest of
					   the busy ones: least remaining time
					   and held first */
	size_t busy_count;
} scale_kind_t;

enum { SCALE_INDEX_KINDS = 32 };	/* at most */

typedef struct scale_index {
	scale_kind_t kind[SCALE_INDEX_KINDS];
	size_t kinds;
	size_t room;			/* servers */
	uint8_t *kind_of;		/* [room] by position */
	uint32_t *place;		/* [room] in the heap of its kind */
	bool sorted;			/* overdue and busy are kept */
	double now;			/* as of then they are, s */
	const void *holder;		/* whose holds there are, or NULL */
	uint32_t *held;			/* [held_count] positions */
	size_t held_count;
} scale_index_t;

/* An index of no server yet, for so many kinds (two may be equal) of these
 * C_j and M_j. */
void scale_index_init(scale_index_t *ix, size_t kinds, const double *gflops,
		      const double *mem_gb);
void scale_index_fini(scale_index_t *ix);

/* Make room for n servers; where that is more than before, all servers are
 * forgotten.  RET 0, or -1 with ENOMEM: as it was */
int scale_index_reserve(scale_index_t *ix, size_t n);

/* Forget all servers. */
void scale_index_clear(scale_index_t *ix);

/* An idle server of that kind at position j < room, where none was. */
void scale_index_join(scale_index_t *ix, size_t j, size_t kind);
/* The idle server at position j leaves. */
void scale_index_leave(scale_index_t *ix, size_t j);
/* The server at position from, idle or busy, is at position to from now on,
 * where none is. */
void scale_index_move(scale_index_t *ix, size_t from, size_t to);

/* An idle server becomes busy until free_at, or a busy one idle. */
void scale_index_start(scale_index_t *ix, size_t j, double free_at);
void scale_index_stop(scale_index_t *ix, size_t j);

/*
 * Idle servers that have mem_gb: how many, the first at or after position
 * from (SCALE_BITS_NONE: there is none), and the one that rank others
 * precede (rank < scale_index_count()).
 */
size_t scale_index_count(const scale_index_t *ix, double mem_gb);
size_t scale_index_next(const scale_index_t *ix, double mem_gb, size_t from);
size_t scale_index_nth(const scale_index_t *ix, double mem_gb, size_t rank);

/*
 * Sort the busy servers of c, whose index this is, into overdue and busy as
 * of c->now, which must not go back before scale_index_clear().  The first
 * call looks at all of them, others cost what has become overdue.  Lets go of
 * what was held at another time, or by anybody but who asks.
 * IN  by: any address that is its own, or NULL
 * RET 0, or -1 with ENOMEM
 */
int scale_index_sort(scale_index_t *ix, const scale_cluster_t *c,
		     const void *by);

/*
 * For holder, who sorted last: the busy server at position j, free at
 * free_at, is thought to be so many seconds later, no fewer than before.
 * So it is found where it belongs instead of being looked at each time.  All
 * is let go when time passes, and when a server stops or moves.
 */
void scale_index_hold(scale_index_t *ix, size_t j, double free_at,
		      double seconds);
/* Nothing is held any more. */
void scale_index_let_go(scale_index_t *ix);

/* True where it says of c what c says, in good order. */
bool scale_index_selfcheck(const scale_index_t *ix, const scale_cluster_t *c);

#endif
