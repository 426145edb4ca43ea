/*
 * heft.c - static schedules of a graph: HEFT and CPOP
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "heft.h"

#define END UINT32_MAX		/* of a server's list */

typedef struct build {
	const sim_problem_t *p;
	sim_slot_t *slot;
	double *mean;		/* [n] execution time over the servers */
	double *up, *down;	/* [n] ranks, s */
	uint32_t *missing;	/* [n] parents that are not scheduled */
	uint32_t *order;	/* [n] */
	uint32_t *next;		/* [n] on the same server, by start */
	uint32_t *head;		/* [servers] first of it, or END */
	uint32_t *fixed;	/* [n] server of the critical path, or END */
	double *path_end;	/* [servers] of the critical paths there, s */
	double *ready;		/* [n][servers] when all input is there, s */
} build_t;

static void build_fini(build_t *b)
{
	free(b->mean);
	free(b->missing);
	free(b->head);
	free(b->path_end);
	free(b->ready);
}

static void find_ranks(build_t *b)
{
	const sim_problem_t *p = b->p;

	for (uint32_t i = 0; i < p->dag.n; i++) {
		const double *cost = p->cost + (size_t) i * p->servers;
		double sum = 0.0, count = 0.0;

		for (uint32_t j = 0; j < p->servers; j++) {
			bool can = isfinite(cost[j]);

			sum += can ? cost[j] : 0.0;
			count += can;
		}
		b->mean[i] = count > 0.0 ? sum / count : 0.0;
	}
	for (uint32_t i = p->dag.n; i-- > 0;) {
		b->up[i] = 0.0;
		for (uint32_t e = p->dag.first[i]; e < p->dag.first[i + 1]; e++)
			b->up[i] = fmax(b->up[i], p->comm[e] +
						  b->up[p->dag.child[e]]);
		b->up[i] += b->mean[i];
	}
	for (uint32_t i = 0; i < p->dag.n; i++)
		for (uint32_t e = p->dag.first[i]; e < p->dag.first[i + 1];
		     e++) {
			uint32_t child = p->dag.child[e];

			b->missing[child]++;
			b->down[child] = fmax(b->down[child], b->down[i] +
					      b->mean[i] + p->comm[e]);
		}
}

static int build_init(build_t *b, const sim_problem_t *p, sim_slot_t *slot,
		      scale_err_t *err)
{
	size_t n = p->dag.n, m = p->servers;

	*b = (build_t) { .p = p, .slot = slot };
	b->mean = calloc(3 * n + 1, sizeof(*b->mean));
	b->missing = calloc(4 * n + 1, sizeof(*b->missing));
	b->head = malloc((m + 1) * sizeof(*b->head));
	b->path_end = malloc((m + 1) * sizeof(*b->path_end));
	b->ready = malloc((n * m + 1) * sizeof(*b->ready));
	if (!b->mean || !b->missing || !b->head || !b->path_end ||
	    !b->ready) {
		build_fini(b);
		return scale_err_set(err, ENOMEM, "no memory for a schedule");
	}
	b->up = b->mean + n;
	b->down = b->up + n;
	b->order = b->missing + n;
	b->next = b->order + n;
	b->fixed = b->next + n;
	for (size_t i = 0; i < n; i++) {
		b->fixed[i] = END;
		for (size_t j = 0; j < m; j++)
			b->ready[i * m + j] = fmax(p->release[i],
						   p->free_at[j]);
	}
	for (size_t j = 0; j < m; j++) {
		b->head[j] = END;
		b->path_end[j] = p->free_at[j];
	}
	find_ranks(b);
	return 0;
}

/* The earliest gap of a server that takes node i.  RET its start, s; OUT
 * *after: behind which it stands in the list, or END for the front */
static double find_gap(const build_t *b, uint32_t i, uint32_t j,
		       uint32_t *after)
{
	size_t at = (size_t) i * b->p->servers + j;
	double start = b->ready[at], cost = b->p->cost[at];

	*after = END;
	for (uint32_t k = b->head[j]; k != END; k = b->next[k]) {
		if (start + cost <= b->slot[k].start)
			break;
		start = fmax(start, b->slot[k].end);
		*after = k;
	}
	return start;
}

static void insert(build_t *b, uint32_t i, uint32_t j, uint32_t after)
{
	uint32_t *link = after == END ? &b->head[j] : &b->next[after];

	b->next[i] = *link;
	*link = i;
}

/* The children learn when its output is where. */
static void deliver(build_t *b, uint32_t i)
{
	const sim_problem_t *p = b->p;

	for (uint32_t e = p->dag.first[i]; e < p->dag.first[i + 1]; e++) {
		double *ready = b->ready + (size_t) p->dag.child[e] *
					   p->servers;

		b->missing[p->dag.child[e]]--;
		for (uint32_t j = 0; j < p->servers; j++)
			ready[j] = fmax(ready[j], b->slot[i].end +
					(j == b->slot[i].server ? 0.0 :
					 p->comm[e]));
	}
}

/* To the server where it ends first, or to the one that is fixed. */
static void place(build_t *b, uint32_t i)
{
	const double *cost = b->p->cost + (size_t) i * b->p->servers;
	sim_slot_t best = { SIM_NOWHERE, INFINITY, INFINITY };
	uint32_t best_after = END, after;

	for (uint32_t j = 0; j < b->p->servers; j++) {
		double start;

		if (!isfinite(cost[j]) ||
		    (b->fixed[i] != END && j != b->fixed[i]))
			continue;
		start = find_gap(b, i, j, &after);
		if (start + cost[j] >= best.end)
			continue;
		best = (sim_slot_t) { j, start, start + cost[j] };
		best_after = after;
	}
	b->slot[i] = best;
	if (best.server != SIM_NOWHERE)
		insert(b, i, best.server, best_after);
	deliver(b, i);
}

static int by_up(const void *x, const void *y, void *arg)
{
	uint32_t a = *(const uint32_t *) x, c = *(const uint32_t *) y;
	const double *up = arg;

	if (up[a] != up[c])
		return up[a] < up[c] ? 1 : -1;
	return (a > c) - (a < c);
}

int sim_heft(const sim_problem_t *p, sim_slot_t *slot, scale_err_t *err)
{
	build_t b;

	if (build_init(&b, p, slot, err))
		return -1;
	for (uint32_t i = 0; i < p->dag.n; i++)
		b.order[i] = i;
	qsort_r(b.order, p->dag.n, sizeof(*b.order), by_up, b.up);
	for (uint32_t i = 0; i < p->dag.n; i++)
		place(&b, b.order[i]);
	build_fini(&b);
	return 0;
}

static double priority(const build_t *b, uint32_t i)
{
	return b->up[i] + b->down[i];
}

/* From the entry of largest priority on by children of largest priority. */
static uint32_t find_path(const build_t *b, uint32_t first, uint32_t last,
			  uint32_t *path)
{
	const scale_dag_t *dag = &b->p->dag;
	uint32_t at = first, length = 0;

	for (uint32_t i = first + 1; i < last; i++)
		if (!b->missing[i] && priority(b, i) > priority(b, at))
			at = i;
	for (;;) {
		path[length++] = at;
		if (dag->first[at] == dag->first[at + 1])
			return length;
		uint32_t best = dag->child[dag->first[at]];

		for (uint32_t e = dag->first[at]; e < dag->first[at + 1]; e++)
			if (priority(b, dag->child[e]) > priority(b, best))
				best = dag->child[e];
		at = best;
	}
}

/* Nodes first .. last - 1 are one graph: its critical path goes to the server
 * on which it ends first if nothing but paths ran there, if one can run all of
 * it. */
static void fix_path(build_t *b, uint32_t first, uint32_t last)
{
	const sim_problem_t *p = b->p;
	uint32_t *path = b->order;
	uint32_t length = find_path(b, first, last, path), best = END;
	double shortest = INFINITY;

	for (uint32_t j = 0; j < p->servers; j++) {
		double sum = b->path_end[j];

		for (uint32_t k = 0; k < length; k++)
			sum += p->cost[(size_t) path[k] * p->servers + j];
		if (sum < shortest) {
			shortest = sum;
			best = j;
		}
	}
	for (uint32_t k = 0; k < length; k++)
		b->fixed[path[k]] = best;
	if (best != END)
		b->path_end[best] = shortest;
}

static void fix_paths(build_t *b)
{
	const uint32_t *group = b->p->group;
	uint32_t n = b->p->dag.n;

	for (uint32_t first = 0, i = 1; i <= n; i++) {
		if (i < n && group[i] == group[first])
			continue;
		fix_path(b, first, i);
		first = i;
	}
}

int sim_cpop(const sim_problem_t *p, sim_slot_t *slot, scale_err_t *err)
{
	uint32_t n = p->dag.n;
	build_t b;

	if (build_init(&b, p, slot, err))
		return -1;
	if (n)
		fix_paths(&b);
	for (uint32_t done = 0; done < n; done++) {
		uint32_t best = END;

		for (uint32_t i = 0; i < n; i++)
			if (!b.missing[i] && (best == END ||
					      priority(&b, i) >
					      priority(&b, best)))
				best = i;
		b.missing[best] = END;	/* never again */
		place(&b, best);
	}
	build_fini(&b);
	return 0;
}
