/*
 * index.c - the servers of a snapshot, sorted for who must not look at all
 *
 * Nobody may ever ask for the busy ones by time: their heaps are built at the
 * first question and kept from then on.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "index.h"

void scale_index_init(scale_index_t *ix, size_t kinds, const double *gflops,
		      const double *mem_gb)
{
	*ix = (scale_index_t) { .kinds = kinds };
	for (size_t k = 0; k < kinds; k++) {
		ix->kind[k].gflops = gflops[k];
		ix->kind[k].mem_gb = mem_gb[k];
	}
}

static void free_servers(scale_index_t *ix)
{
	for (size_t k = 0; k < ix->kinds; k++) {
		scale_kind_t *kind = &ix->kind[k];

		scale_bits_fini(&kind->idle);
		scale_bits_fini(&kind->overdue);
		free(kind->busy);
		kind->busy = NULL;
		kind->present = kind->busy_count = 0;
	}
	free(ix->kind_of);
	free(ix->place);
	free(ix->held);
	ix->kind_of = NULL;
	ix->place = NULL;
	ix->held = NULL;
	ix->held_count = 0;
	ix->holder = NULL;
	ix->room = 0;
	ix->sorted = false;
}

void scale_index_fini(scale_index_t *ix)
{
	free_servers(ix);
	*ix = (scale_index_t) { .kinds = 0 };
}

int scale_index_reserve(scale_index_t *ix, size_t n)
{
	scale_index_t fresh = *ix;
	bool failed;

	if (n <= ix->room)
		return 0;
	for (size_t k = 0; k < ix->kinds; k++)
		fresh.kind[k] = (scale_kind_t) {
			.gflops = ix->kind[k].gflops,
			.mem_gb = ix->kind[k].mem_gb,
		};
	fresh.room = n;
	fresh.sorted = false;
	fresh.held = NULL;
	fresh.held_count = 0;
	fresh.holder = NULL;
	fresh.kind_of = malloc(n * sizeof(*fresh.kind_of));
	fresh.place = malloc(n * sizeof(*fresh.place));
	failed = !fresh.kind_of || !fresh.place;
	for (size_t k = 0; k < ix->kinds && !failed; k++)
		failed = scale_bits_init(&fresh.kind[k].idle, n) < 0;
	free_servers(failed ? &fresh : ix);
	if (failed) {
		errno = ENOMEM;
		return -1;
	}
	*ix = fresh;
	return 0;
}

void scale_index_clear(scale_index_t *ix)
{
	for (size_t k = 0; k < ix->kinds; k++) {
		scale_kind_t *kind = &ix->kind[k];

		kind->present = kind->busy_count = 0;
		scale_bits_clear(&kind->idle);
		scale_bits_clear(&kind->overdue);
	}
	ix->sorted = false;
	ix->held_count = 0;
	ix->holder = NULL;
}

/* scale_remaining() and what is held, as rules add it up. */
static double wait_for(const scale_index_t *ix, const scale_busy_t *busy)
{
	double left = busy->free_at - ix->now;

	return (left > 0.0 ? left : 0.0) + busy->held;
}

/* By the wait, as it is rounded; of those that nobody holds, by free_at then,
 * so that their order stays as time passes. */
static bool before(const scale_index_t *ix, const scale_busy_t *a,
		   const scale_busy_t *b)
{
	double x, y;

	if (a->held == 0.0 && b->held == 0.0)
		return a->free_at < b->free_at;
	x = wait_for(ix, a);
	y = wait_for(ix, b);
	return x != y ? x < y : a->free_at < b->free_at;
}

/* Where several get free at once the heap may hold them in any order. */
static void put(scale_index_t *ix, scale_kind_t *kind, size_t i,
		scale_busy_t busy)
{
	kind->busy[i] = busy;
	ix->place[busy.server] = (uint32_t) i;
}

static void sift_up(scale_index_t *ix, scale_kind_t *kind, size_t i,
		    scale_busy_t busy)
{
	for (; i; i = (i - 1) / 2) {
		if (!before(ix, &busy, &kind->busy[(i - 1) / 2]))
			break;
		put(ix, kind, i, kind->busy[(i - 1) / 2]);
	}
	put(ix, kind, i, busy);
}

static void sift_down(scale_index_t *ix, scale_kind_t *kind, size_t i,
		      scale_busy_t busy)
{
	for (size_t child = 2 * i + 1; child < kind->busy_count;
	     child = 2 * i + 1) {
		if (child + 1 < kind->busy_count &&
		    before(ix, &kind->busy[child + 1], &kind->busy[child]))
			child++;
		if (!before(ix, &kind->busy[child], &busy))
			break;
		put(ix, kind, i, kind->busy[child]);
		i = child;
	}
	put(ix, kind, i, busy);
}

static void heap_add(scale_index_t *ix, size_t j, double free_at, double held)
{
	scale_kind_t *kind = &ix->kind[ix->kind_of[j]];

	sift_up(ix, kind, kind->busy_count++,
		(scale_busy_t) { free_at, held, (uint32_t) j });
}

static void heap_remove(scale_index_t *ix, scale_kind_t *kind, size_t i)
{
	scale_busy_t last = kind->busy[--kind->busy_count];

	if (i == kind->busy_count)
		return;
	if (i && before(ix, &last, &kind->busy[(i - 1) / 2]))
		sift_up(ix, kind, i, last);
	else
		sift_down(ix, kind, i, last);
}

void scale_index_join(scale_index_t *ix, size_t j, size_t kind)
{
	ix->kind_of[j] = (uint8_t) kind;
	ix->kind[kind].present++;
	scale_bits_add(&ix->kind[kind].idle, j);
}

void scale_index_leave(scale_index_t *ix, size_t j)
{
	scale_kind_t *kind = &ix->kind[ix->kind_of[j]];

	kind->present--;
	scale_bits_remove(&kind->idle, j);
}

static void move_member(scale_bits_t *bits, size_t from, size_t to)
{
	scale_bits_remove(bits, from);
	scale_bits_add(bits, to);
}

void scale_index_move(scale_index_t *ix, size_t from, size_t to)
{
	scale_kind_t *kind = &ix->kind[ix->kind_of[from]];

	scale_index_let_go(ix);
	ix->kind_of[to] = ix->kind_of[from];
	if (scale_bits_has(&kind->idle, from)) {
		move_member(&kind->idle, from, to);
	} else if (ix->sorted && scale_bits_has(&kind->overdue, from)) {
		move_member(&kind->overdue, from, to);
	} else if (ix->sorted) {
		ix->place[to] = ix->place[from];
		kind->busy[ix->place[to]].server = (uint32_t) to;
	}
}

void scale_index_start(scale_index_t *ix, size_t j, double free_at)
{
	scale_bits_remove(&ix->kind[ix->kind_of[j]].idle, j);
	if (ix->sorted)
		heap_add(ix, j, free_at, 0.0);
}

void scale_index_stop(scale_index_t *ix, size_t j)
{
	scale_kind_t *kind = &ix->kind[ix->kind_of[j]];

	scale_bits_add(&kind->idle, j);
	if (!ix->sorted)
		return;
	scale_index_let_go(ix);
	if (scale_bits_has(&kind->overdue, j))
		scale_bits_remove(&kind->overdue, j);
	else
		heap_remove(ix, kind, ix->place[j]);
}

size_t scale_index_count(const scale_index_t *ix, double mem_gb)
{
	size_t count = 0;

	for (size_t k = 0; k < ix->kinds; k++)
		if (ix->kind[k].mem_gb >= mem_gb)
			count += ix->kind[k].idle.count;
	return count;
}

size_t scale_index_next(const scale_index_t *ix, double mem_gb, size_t from)
{
	size_t first = SCALE_BITS_NONE;

	for (size_t k = 0; k < ix->kinds; k++) {
		size_t j;

		if (ix->kind[k].mem_gb < mem_gb)
			continue;
		j = scale_bits_next(&ix->kind[k].idle, from);
		first = j < first ? j : first;
	}
	return first;
}

size_t scale_index_nth(const scale_index_t *ix, double mem_gb, size_t rank)
{
	const scale_bits_t *set[SCALE_INDEX_KINDS];
	size_t sets = 0;

	for (size_t k = 0; k < ix->kinds; k++)
		if (ix->kind[k].mem_gb >= mem_gb)
			set[sets++] = &ix->kind[k].idle;
	return scale_bits_nth(set, sets, rank);
}

/* The busy ones, for the first time. */
static int sort_all(scale_index_t *ix, const scale_cluster_t *c)
{
	for (size_t k = 0; k < ix->kinds; k++) {
		scale_kind_t *kind = &ix->kind[k];

		if (!kind->busy)
			kind->busy = malloc(ix->room * sizeof(*kind->busy));
		if (!kind->busy || (!kind->overdue.levels &&
				    scale_bits_init(&kind->overdue,
						    ix->room))) {
			errno = ENOMEM;
			return -1;
		}
	}
	if (!ix->held)
		ix->held = malloc(ix->room * sizeof(*ix->held));
	if (!ix->held) {
		errno = ENOMEM;
		return -1;
	}
	ix->sorted = true;
	for (size_t j = 0; j < c->n; j++)
		if (c->busy[j])
			heap_add(ix, j, c->free_at[j], 0.0);
	return 0;
}

/* One after the other: the heap is in order but for this one. */
void scale_index_let_go(scale_index_t *ix)
{
	while (ix->held_count) {
		size_t j = ix->held[--ix->held_count];
		scale_kind_t *kind = &ix->kind[ix->kind_of[j]];
		scale_busy_t busy = kind->busy[ix->place[j]];

		busy.held = 0.0;
		sift_up(ix, kind, ix->place[j], busy);
	}
	ix->holder = NULL;
}

void scale_index_hold(scale_index_t *ix, size_t j, double free_at,
		      double seconds)
{
	scale_kind_t *kind = &ix->kind[ix->kind_of[j]];
	scale_busy_t busy;

	if (scale_bits_has(&kind->overdue, j)) {
		scale_bits_remove(&kind->overdue, j);
		heap_add(ix, j, free_at, seconds);
		ix->held[ix->held_count++] = (uint32_t) j;
		return;
	}
	busy = kind->busy[ix->place[j]];
	if (busy.held == 0.0)
		ix->held[ix->held_count++] = (uint32_t) j;
	busy.held = seconds;
	sift_down(ix, kind, ix->place[j], busy);
}

int scale_index_sort(scale_index_t *ix, const scale_cluster_t *c,
		     const void *by)
{
	if (ix->now != c->now || ix->holder != by)
		scale_index_let_go(ix);
	ix->now = c->now;
	if (!ix->sorted && sort_all(ix, c))
		return -1;
	for (size_t k = 0; k < ix->kinds; k++) {
		scale_kind_t *kind = &ix->kind[k];

		/* what is held and overdue comes after any other overdue */
		while (kind->busy_count && kind->busy[0].held == 0.0 &&
		       kind->busy[0].free_at <= c->now) {
			scale_bits_add(&kind->overdue, kind->busy[0].server);
			heap_remove(ix, kind, 0);
		}
	}
	return 0;
}

static bool busy_is_sound(const scale_index_t *ix, const scale_cluster_t *c,
			  size_t j)
{
	const scale_kind_t *kind = &ix->kind[ix->kind_of[j]];
	size_t i = ix->place[j];

	if (!ix->sorted)
		return true;
	if (scale_bits_has(&kind->overdue, j))
		return !(c->free_at[j] > c->now);
	return i < kind->busy_count && kind->busy[i].server == j &&
	       kind->busy[i].free_at == c->free_at[j] &&
	       !(i && before(ix, &kind->busy[i],
			     &kind->busy[(i - 1) / 2]));
}

bool scale_index_selfcheck(const scale_index_t *ix, const scale_cluster_t *c)
{
	size_t present = 0, idle = 0, members = 0;

	for (size_t k = 0; k < ix->kinds; k++) {
		present += ix->kind[k].present;
		members += ix->kind[k].idle.count;
	}
	for (size_t j = 0; j < c->n; j++) {
		const scale_kind_t *kind = &ix->kind[ix->kind_of[j]];

		if (kind->gflops != c->gflops[j] ||
		    kind->mem_gb != c->mem_gb[j] ||
		    scale_bits_has(&kind->idle, j) == (bool) c->busy[j] ||
		    (c->busy[j] && !busy_is_sound(ix, c, j)))
			return false;
		idle += !c->busy[j];
	}
	return present == c->n && members == idle;
}
