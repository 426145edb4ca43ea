/*
 * groups.c - equal servers of a snapshot as one row each
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

void scale_groups_fini(scale_groups_t *groups)
{
	free(groups->gflops);
	free(groups->lead);
	free(groups->busy);
	scale_rows_fini(&groups->own);
	*groups = (scale_groups_t) { .room = 0 };
}

int scale_groups_reserve(scale_groups_t *groups, size_t n)
{
	scale_groups_t fresh = { .room = n };

	if (n <= groups->room)
		return 0;
	fresh.gflops = malloc(4 * n * sizeof(*fresh.gflops));
	fresh.lead = malloc(3 * n * sizeof(*fresh.lead));
	fresh.busy = malloc(n);
	if (!fresh.gflops || !fresh.lead || !fresh.busy ||
	    scale_rows_reserve(&fresh.own, n)) {
		scale_groups_fini(&fresh);
		errno = ENOMEM;
		return -1;
	}
	fresh.mem_gb = fresh.gflops + n;
	fresh.free_at = fresh.mem_gb + n;
	fresh.power_kw = fresh.free_at + n;
	fresh.second = fresh.lead + n;
	fresh.count = fresh.second + n;
	scale_groups_fini(groups);
	*groups = fresh;
	return 0;
}

/* A row like server j of c.  RET its number */
static uint32_t add_row(scale_groups_t *groups, const scale_cluster_t *c,
			size_t j, size_t second, size_t count)
{
	size_t row = groups->view.n++;

	groups->gflops[row] = c->gflops[j];
	groups->mem_gb[row] = c->mem_gb[j];
	groups->free_at[row] = c->free_at[j];
	groups->power_kw[row] = c->power_kw[j];
	groups->busy[row] = c->busy[j];
	groups->lead[row] = (uint32_t) j;
	groups->second[row] = second == SCALE_BITS_NONE ? SCALE_GROUPS_NONE :
							  (uint32_t) second;
	groups->count[row] = (uint32_t) count;
	return (uint32_t) row;
}

/* The members of a set, all alike, but for the parent. */
static void add_set(scale_groups_t *groups, const scale_cluster_t *c,
		    const scale_bits_t *set, size_t parent)
{
	size_t count = set->count, lead, second;

	if (count && parent != SCALE_BITS_NONE && scale_bits_has(set, parent))
		count--;
	if (!count)
		return;
	lead = scale_bits_next(set, 0);
	if (lead == parent)
		lead = scale_bits_next(set, lead + 1);
	second = scale_bits_next(set, lead + 1);
	if (second == parent && second != SCALE_BITS_NONE)
		second = scale_bits_next(set, second + 1);
	add_row(groups, c, lead, second, count);
}

static int gather_index(scale_groups_t *groups, const scale_cluster_t *c,
			size_t parent)
{
	if (scale_index_sort(c->index, c, NULL))
		return -1;
	for (size_t k = 0; k < c->index->kinds; k++) {
		const scale_kind_t *kind = &c->index->kind[k];

		add_set(groups, c, &kind->idle, parent);
		add_set(groups, c, &kind->overdue, parent);
		for (size_t i = 0; i < kind->busy_count; i++)
			if (kind->busy[i].server != parent)
				add_row(groups, c, kind->busy[i].server,
					SCALE_BITS_NONE, 1);
	}
	return 0;
}

/* One member fewer, of at least two: that one is alone from now on. */
static void take_out(scale_groups_t *groups, uint32_t row, uint32_t parent)
{
	uint32_t j;

	groups->count[row]--;
	if (parent > groups->second[row])
		return;
	if (parent == groups->lead[row])
		groups->lead[row] = groups->second[row];
	groups->second[row] = SCALE_GROUPS_NONE;
	if (groups->count[row] == 1)
		return;
	j = groups->lead[row] + 1;
	while (groups->of[j] != row || j == parent)
		j++;
	groups->second[row] = j;
}

/* The rows that are kept for c, or that a look at all its servers gives. */
static int gather_rows(scale_groups_t *groups, const scale_cluster_t *c)
{
	const scale_rows_t *rows = c->rows;
	size_t n;

	if (!rows) {
		if (scale_rows_gather(&groups->own, c))
			return 1;
		rows = &groups->own;
	}
	n = groups->view.n = rows->view.n;
	memcpy(groups->gflops, rows->gflops, n * sizeof(*rows->gflops));
	memcpy(groups->mem_gb, rows->mem_gb, n * sizeof(*rows->mem_gb));
	memcpy(groups->free_at, rows->free_at, n * sizeof(*rows->free_at));
	memcpy(groups->power_kw, rows->power_kw, n * sizeof(*rows->power_kw));
	memcpy(groups->busy, rows->busy, n);
	memcpy(groups->lead, rows->lead, n * sizeof(*rows->lead));
	memcpy(groups->second, rows->second, n * sizeof(*rows->second));
	memcpy(groups->count, rows->count, n * sizeof(*rows->count));
	groups->of = rows->of;
	return 0;
}

/* The row in which the parent is alone. */
static uint32_t parent_row(scale_groups_t *groups, const scale_cluster_t *c,
			   size_t parent)
{
	if (groups->of) {
		uint32_t row = groups->of[parent];

		if (groups->count[row] == 1)
			return row;
		take_out(groups, row, (uint32_t) parent);
	}
	return add_row(groups, c, parent, SCALE_BITS_NONE, 1);
}

int scale_groups_gather(scale_groups_t *groups, const scale_cluster_t *c,
			const scale_task_t *t)
{
	ssize_t at = t->parent_server;
	size_t parent = at >= 0 && (size_t) at < c->n ? (size_t) at :
							SCALE_BITS_NONE;
	int rc;

	groups->view = *c;
	groups->view.n = 0;
	groups->view.gflops = groups->gflops;
	groups->view.mem_gb = groups->mem_gb;
	groups->view.free_at = groups->free_at;
	groups->view.power_kw = groups->power_kw;
	groups->view.busy = groups->busy;
	groups->view.index = NULL;
	groups->view.rows = NULL;
	groups->task = *t;
	groups->of = NULL;
	rc = c->index ? gather_index(groups, c, parent) :
			gather_rows(groups, c);
	if (rc)
		return rc;
	if (parent != SCALE_BITS_NONE) {
		groups->task.parent_server = parent_row(groups, c, parent);
	} else if (at >= 0) {
		groups->task.parent_server = SCALE_PARENT_GONE;
	}
	return 0;
}
