/*
 * dag.c - workflow graphs: order, hop counts, ranks
 *
 * Kahn's algorithm with a binary heap of the free nodes, so that the order
 * is one only: O((n + edges) log n).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dag.h"

/* Smallest index first. */
typedef struct heap {
	uint32_t *node;
	uint32_t count;
} heap_t;

static void heap_push(heap_t *h, uint32_t node)
{
	uint32_t i = h->count++;

	while (i > 0 && h->node[(i - 1) / 2] > node) {
		h->node[i] = h->node[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->node[i] = node;
}

static uint32_t heap_pop(heap_t *h)
{
	uint32_t top = h->node[0];
	uint32_t last = h->node[--h->count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < h->count) {
		if (child + 1 < h->count &&
		    h->node[child + 1] < h->node[child])
			child++;
		if (h->node[child] >= last)
			break;
		h->node[i] = h->node[child];
		i = child;
	}
	h->node[i] = last;
	return top;
}

/* Count the parents of each node, and look at every index on the way. */
static int count_parents(const scale_dag_t *dag, uint32_t *parents,
			 scale_err_t *err)
{
	for (uint32_t i = 0; i < dag->n; i++) {
		if (dag->first[i] > dag->first[i + 1])
			return scale_err_set(err, EINVAL,
					     "node %u: its children end before they begin",
					     i);
		for (uint32_t e = dag->first[i]; e < dag->first[i + 1]; e++) {
			if (dag->child[e] >= dag->n)
				return scale_err_set(err, EINVAL,
						     "node %u: child %u is not one of the %u nodes",
						     i, dag->child[e], dag->n);
			parents[dag->child[e]]++;
		}
	}
	return 0;
}

/*
 * Any node on a cycle.  Nodes that still wait for parents lie on a cycle or
 * behind one; each has a parent that waits too, so going back n times from
 * any of them ends on a cycle.
 * IN  waiting [n], not 0 for such nodes;  TMP parent [n]
 */
static uint32_t find_cycle(const scale_dag_t *dag, const uint32_t *waiting,
			   uint32_t *parent)
{
	uint32_t node = 0;

	for (uint32_t i = 0; i < dag->n; i++) {
		if (!waiting[i])
			continue;
		node = i;
		for (uint32_t e = dag->first[i]; e < dag->first[i + 1]; e++)
			parent[dag->child[e]] = i;
	}
	for (uint32_t i = 0; i < dag->n; i++)
		node = parent[node];
	return node;
}

/* Fill order [n] from free nodes.  RET how many could be ordered. */
static uint32_t sort_nodes(const scale_dag_t *dag, uint32_t *waiting,
			   heap_t *heap, uint32_t *order)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < dag->n; i++)
		if (!waiting[i])
			heap_push(heap, i);
	while (heap->count > 0) {
		uint32_t i = heap_pop(heap);

		order[count++] = i;
		for (uint32_t e = dag->first[i]; e < dag->first[i + 1]; e++)
			if (--waiting[dag->child[e]] == 0)
				heap_push(heap, dag->child[e]);
	}
	return count;
}

int scale_dag_order(const scale_dag_t *dag, uint32_t *order,
		    scale_err_t *err)
{
	size_t n = dag->n;
	uint32_t *block, *waiting, *sorted;
	heap_t heap = { NULL, 0 };
	int saved, rc = -1;

	if (n == 0)
		return 0;
	block = calloc(3 * n, sizeof(*block));
	if (!block)
		return scale_err_set(err, ENOMEM,
				     "no memory for a graph of %zu nodes", n);
	waiting = block;
	heap.node = block + n;
	sorted = block + 2 * n;
	if (count_parents(dag, waiting, err) < 0)
		goto out;
	if (sort_nodes(dag, waiting, &heap, sorted) < n) {
		scale_err_set(err, ELOOP, "node %u depends on itself (cycle)",
			      find_cycle(dag, waiting, heap.node));
		goto out;
	}
	memcpy(order, sorted, n * sizeof(*order));
	rc = 0;
out:
	saved = errno;
	free(block);
	errno = saved;
	return rc;
}

void scale_dag_hops(const scale_dag_t *dag, const uint32_t *order,
		    uint32_t *hops)
{
	for (uint32_t k = dag->n; k-- > 0;) {
		uint32_t i = order[k];

		hops[i] = 0;
		for (uint32_t e = dag->first[i]; e < dag->first[i + 1]; e++)
			if (hops[i] < hops[dag->child[e]] + 1)
				hops[i] = hops[dag->child[e]] + 1;
	}
}

void scale_dag_upward_rank(const scale_dag_t *dag, const uint32_t *order,
			   const double *time, const double *comm,
			   double *rank)
{
	for (uint32_t k = dag->n; k-- > 0;) {
		uint32_t i = order[k];
		double longest = 0.0;

		for (uint32_t e = dag->first[i]; e < dag->first[i + 1]; e++)
			if (longest < comm[i] + rank[dag->child[e]])
				longest = comm[i] + rank[dag->child[e]];
		rank[i] = time[i] + longest;
	}
}
