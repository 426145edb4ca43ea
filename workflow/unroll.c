/*
 * unroll.c - a graph with cycles into one without
 *
 * Tarjan's strongly connected components, without recursion.  An arc to a
 * node that the search is still inside of closes a cycle; without those arcs
 * the graph has none.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unroll.h"
#include "workflow.h"

typedef struct search {
	const wf_digraph_t *g;
	uint32_t *first;	/* [n + 1] arcs by from, into by_from */
	uint32_t *by_from;	/* [arcs] */
	uint32_t *next;		/* [n] arc to follow next */
	uint32_t *number;	/* [n] order of discovery, from 1; 0: unseen */
	uint32_t *low;		/* [n] lowest number in reach */
	uint32_t *path;		/* [n] nodes that the search is inside of */
	uint32_t *stack;	/* [n] nodes without a component yet */
	uint32_t *part;		/* [n] component, from 1; 0: none yet */
	uint32_t *size;		/* [n + 1] nodes of a component */
	bool *inside;		/* [n] on path */
	bool *back;		/* [arcs] closes a cycle */
	bool *loop;		/* [n] arc to itself */
	uint32_t depth, waiting, numbers, parts;
} search_t;

static int search_create(search_t *s, const wf_digraph_t *g)
{
	size_t n = (size_t) g->n + 1, arcs = g->arcs + 1;

	*s = (search_t){ .g = g,
			 .first = calloc(n + 1, sizeof(uint32_t)),
			 .by_from = calloc(arcs, sizeof(uint32_t)),
			 .next = calloc(n, sizeof(uint32_t)),
			 .number = calloc(n, sizeof(uint32_t)),
			 .low = calloc(n, sizeof(uint32_t)),
			 .path = calloc(n, sizeof(uint32_t)),
			 .stack = calloc(n, sizeof(uint32_t)),
			 .part = calloc(n, sizeof(uint32_t)),
			 .size = calloc(n + 1, sizeof(uint32_t)),
			 .inside = calloc(n, sizeof(bool)),
			 .back = calloc(arcs, sizeof(bool)),
			 .loop = calloc(n, sizeof(bool)) };
	return s->first && s->by_from && s->next && s->number && s->low &&
			       s->path && s->stack && s->part && s->size &&
			       s->inside && s->back && s->loop ?
		       0 :
		       -1;
}

static void search_destroy(search_t *s)
{
	free(s->first);
	free(s->by_from);
	free(s->next);
	free(s->number);
	free(s->low);
	free(s->path);
	free(s->stack);
	free(s->part);
	free(s->size);
	free(s->inside);
	free(s->back);
	free(s->loop);
}

static void sort_arcs(search_t *s)
{
	const wf_digraph_t *g = s->g;

	for (size_t e = 0; e < g->arcs; e++)
		s->first[g->arc[e].from + 1]++;
	for (uint32_t i = 0; i < g->n; i++)
		s->first[i + 1] += s->first[i];
	memcpy(s->next, s->first, g->n * sizeof(*s->next));
	for (size_t e = 0; e < g->arcs; e++)
		s->by_from[s->next[g->arc[e].from]++] = e;
	memcpy(s->next, s->first, g->n * sizeof(*s->next));
}

static void enter(search_t *s, uint32_t node)
{
	s->number[node] = s->low[node] = ++s->numbers;
	s->inside[node] = true;
	s->path[s->depth++] = node;
	s->stack[s->waiting++] = node;
}

/* node is done: make a component of what only it leads back to. */
static void leave(search_t *s, uint32_t node)
{
	uint32_t member;

	s->depth--;
	s->inside[node] = false;
	if (s->depth && s->low[node] < s->low[s->path[s->depth - 1]])
		s->low[s->path[s->depth - 1]] = s->low[node];
	if (s->low[node] != s->number[node])
		return;
	s->parts++;
	do {
		member = s->stack[--s->waiting];
		s->part[member] = s->parts;
		s->size[s->parts]++;
	} while (member != node);
}

static void follow(search_t *s, uint32_t node, uint32_t arc)
{
	uint32_t to = s->g->arc[arc].to;

	if (!s->number[to]) {
		enter(s, to);
		return;
	}
	if (s->inside[to]) {
		s->back[arc] = true;
		s->loop[node] |= to == node;
	}
	if (!s->part[to] && s->number[to] < s->low[node])
		s->low[node] = s->number[to];
}

static void search_all(search_t *s)
{
	sort_arcs(s);
	for (uint32_t i = 0; i < s->g->n; i++) {
		if (s->number[s->g->start[i]])
			continue;
		enter(s, s->g->start[i]);
		while (s->depth) {
			uint32_t node = s->path[s->depth - 1];

			if (s->next[node] < s->first[node + 1])
				follow(s, node, s->by_from[s->next[node]++]);
			else
				leave(s, node);
		}
	}
}

static bool on_cycle(const search_t *s, uint32_t node)
{
	return s->loop[node] || s->size[s->part[node]] > 1;
}

/*
 * True when node can be visited again over one arc that closes a cycle: then
 * its visits are in order by themselves.
 * TMP seen [2 n]: reached without and with such an arc; todo [2 n]
 */
static bool comes_back(const search_t *s, uint32_t node, bool *seen,
		       uint32_t *todo)
{
	size_t n = s->g->n, count = 0;

	memset(seen, 0, 2 * n * sizeof(*seen));
	todo[count++] = node;
	seen[node] = true;
	while (count && !seen[n + node]) {
		size_t at = todo[--count], from = at % n;

		for (uint32_t k = s->first[from]; k < s->first[from + 1]; k++) {
			uint32_t arc = s->by_from[k];
			size_t to = s->g->arc[arc].to;

			if (s->back[arc] && at >= n)
				continue;
			if (s->back[arc] || at >= n)
				to += n;
			if (s->part[to % n] != s->part[node] || seen[to])
				continue;
			seen[to] = true;
			todo[count++] = to;
		}
	}
	return seen[n + node];
}

/* Copies */

typedef struct maker {
	const search_t *s;
	uint32_t visits;	/* of a node on a cycle */
	uint32_t *first;	/* [n + 1] first copy of a node */
	wf_unrolled_t *out;
	size_t room;		/* arcs */
} maker_t;

static uint32_t last_visit(const maker_t *m, uint32_t node)
{
	return m->first[node + 1] - m->first[node];
}

static int add_arc(maker_t *m, uint32_t from, uint32_t to)
{
	wf_unrolled_t *out = m->out;

	if (out->arcs == WF_MAX_NEEDS) {
		errno = EFBIG;
		return -1;
	}
	if (out->arcs == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		wf_arc_t *more = reallocarray(out->arc, room, sizeof(*more));

		if (!more)
			return -1;
		out->arc = more;
		m->room = room;
	}
	out->arc[out->arcs++] = (wf_arc_t){ from, to };
	return 0;
}

static int copy_arc(maker_t *m, size_t e)
{
	const wf_arc_t *arc = &m->s->g->arc[e];
	uint32_t from = m->first[arc->from], to = m->first[arc->to];

	if (m->s->part[arc->from] != m->s->part[arc->to])
		return add_arc(m, from + last_visit(m, arc->from) - 1, to);
	for (uint32_t v = 0; v < m->visits; v++) {
		uint32_t at = v + m->s->back[e];

		if (at < m->visits && add_arc(m, from + v, to + at))
			return -1;
	}
	return 0;
}

/* Visits of node in their order, where nothing else puts them into it. */
static int order_visits(maker_t *m, uint32_t node, bool *seen, uint32_t *todo)
{
	if (last_visit(m, node) < 2 || comes_back(m->s, node, seen, todo))
		return 0;
	for (uint32_t v = 1; v < m->visits; v++)
		if (add_arc(m, m->first[node] + v - 1, m->first[node] + v))
			return -1;
	return 0;
}

static int make_arcs(maker_t *m)
{
	size_t n = m->s->g->n;
	bool *seen = calloc(2 * n + 1, sizeof(*seen));
	uint32_t *todo = calloc(2 * n + 1, sizeof(*todo));
	int rc = seen && todo ? 0 : -1;

	for (uint32_t i = 0; i < n && !rc; i++)
		rc = order_visits(m, i, seen, todo);
	for (size_t e = 0; e < m->s->g->arcs && !rc; e++)
		rc = copy_arc(m, e);
	free(seen);
	free(todo);
	return rc;
}

static int make_copies(maker_t *m)
{
	const search_t *s = m->s;
	wf_unrolled_t *out = m->out;
	size_t total = 0;

	for (uint32_t i = 0; i < s->g->n; i++) {
		m->first[i] = total;
		total += on_cycle(s, i) ? m->visits : 1;
		if (total > WF_MAX_TASKS) {
			errno = EFBIG;
			return -1;
		}
	}
	m->first[s->g->n] = total;
	out->copy = calloc(total + 1, sizeof(*out->copy));
	if (!out->copy)
		return -1;
	out->copies = total;
	for (uint32_t i = 0; i < s->g->n; i++)
		for (uint32_t v = 0; v < last_visit(m, i); v++)
			out->copy[m->first[i] + v] = (wf_copy_t){
				i, v + 1, on_cycle(s, i) ? s->part[i] : 0
			};
	return make_arcs(m);
}

/* OUT exits [n]: a cycle can be left after this node; left [parts + 1]: the
 * cycle can be left at all */
static void find_exits(const search_t *s, bool *exits, bool *left)
{
	const wf_digraph_t *g = s->g;

	memcpy(exits, g->end, g->n * sizeof(*exits));
	for (size_t e = 0; e < g->arcs; e++)
		if (s->part[g->arc[e].from] != s->part[g->arc[e].to])
			exits[g->arc[e].from] = true;
	for (uint32_t i = 0; i < g->n; i++)
		left[s->part[i]] |= exits[i];
}

/* Keep all from which a kept copy is reached.  Arcs are sorted by to.
 * TMP todo [copies], first [copies + 1] */
static void keep_ancestors(const wf_unrolled_t *out, bool *keep,
			   uint32_t *todo, uint32_t *first)
{
	size_t count = 0;

	memset(first, 0, (out->copies + 1) * sizeof(*first));
	for (size_t e = 0; e < out->arcs; e++)
		first[out->arc[e].to + 1]++;
	for (size_t c = 0; c < out->copies; c++) {
		first[c + 1] += first[c];
		if (keep[c])
			todo[count++] = c;
	}
	while (count) {
		uint32_t c = todo[--count];

		for (uint32_t e = first[c]; e < first[c + 1]; e++) {
			uint32_t from = out->arc[e].from;

			if (keep[from])
				continue;
			keep[from] = true;
			todo[count++] = from;
		}
	}
}

/* OUT keep [copies]: visits from which the cycle can still be left, and all
 * of a cycle that is never left */
static void mark_kept(const maker_t *m, bool *keep, bool *exits, bool *left)
{
	const search_t *s = m->s;

	find_exits(s, exits, left);
	for (size_t c = 0; c < m->out->copies; c++) {
		const wf_copy_t *copy = &m->out->copy[c];

		keep[c] = !copy->cycle || exits[copy->node] ||
			  !left[s->part[copy->node]];
	}
}

static int compare_arc(const void *a, const void *b)
{
	const wf_arc_t *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

/* Drop what is not kept and what stands twice, number anew. */
static void compact(wf_unrolled_t *out, const bool *keep, uint32_t *renumber)
{
	size_t copies = 0, arcs = 0;

	for (size_t c = 0; c < out->copies; c++) {
		renumber[c] = copies;
		if (keep[c])
			out->copy[copies++] = out->copy[c];
	}
	out->copies = copies;
	for (size_t e = 0; e < out->arcs; e++) {
		wf_arc_t arc = out->arc[e];

		if (!keep[arc.from] || !keep[arc.to])
			continue;
		arc = (wf_arc_t){ renumber[arc.from], renumber[arc.to] };
		if (!arcs || compare_arc(&arc, &out->arc[arcs - 1]))
			out->arc[arcs++] = arc;
	}
	out->arcs = arcs;
}

/* Components on cycles get numbers 1, 2, ... by their first copy. */
static void number_cycles(wf_unrolled_t *out, uint32_t *number)
{
	for (size_t c = 0; c < out->copies; c++) {
		uint32_t *cycle = &out->copy[c].cycle;

		if (!*cycle)
			continue;
		if (!number[*cycle])
			number[*cycle] = ++out->cycles;
		*cycle = number[*cycle];
	}
}

static int prune(maker_t *m)
{
	size_t n = (size_t) m->s->g->n + 1, copies = m->out->copies + 1;
	bool *keep = calloc(copies, sizeof(*keep));
	bool *exits = calloc(n, sizeof(*exits));
	bool *left = calloc(n, sizeof(*left));
	uint32_t *todo = calloc(copies, sizeof(*todo));
	uint32_t *number = calloc(copies + n, sizeof(*number));
	int rc = -1;

	if (keep && exits && left && todo && number) {
		if (m->out->arcs)
			qsort(m->out->arc, m->out->arcs, sizeof(*m->out->arc),
			      compare_arc);
		mark_kept(m, keep, exits, left);
		keep_ancestors(m->out, keep, todo, number);
		compact(m->out, keep, todo);
		memset(number, 0, n * sizeof(*number));
		number_cycles(m->out, number);
		rc = 0;
	}
	free(keep);
	free(exits);
	free(left);
	free(todo);
	free(number);
	return rc;
}

void wf_unrolled_free(wf_unrolled_t *u)
{
	free(u->copy);
	free(u->arc);
	*u = (wf_unrolled_t){ 0 };
}

int wf_unroll(const wf_digraph_t *g, uint32_t max_visits, wf_unrolled_t *out,
	      scale_err_t *err)
{
	search_t s;
	maker_t m = { .s = &s, .visits = max_visits, .out = out };
	int rc = -1;

	*out = (wf_unrolled_t){ 0 };
	errno = ENOMEM;
	m.first = calloc((size_t) g->n + 2, sizeof(*m.first));
	if (!search_create(&s, g) && m.first) {
		search_all(&s);
		if (!make_copies(&m))
			rc = prune(&m);
	}
	if (rc && errno == EFBIG)
		scale_err_set(err, EFBIG,
			      "with %u visits it has more than %d tasks or %d dependencies; choose fewer with --max-visits",
			      max_visits, WF_MAX_TASKS, WF_MAX_NEEDS);
	else if (rc)
		scale_err_set(err, ENOMEM, "no memory to unroll cycles");
	free(m.first);
	search_destroy(&s);
	if (rc)
		wf_unrolled_free(out);
	return rc;
}
