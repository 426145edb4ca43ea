/*
 * groups.c - equal servers of a snapshot as one row each
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "groups.h"

void scale_groups_fini(scale_groups_t *groups)
{
	scale_row_set_fini(&groups->set);
	scale_rows_fini(&groups->own);
}

int scale_groups_reserve(scale_groups_t *groups, size_t n)
{
	return scale_row_set_reserve(&groups->set, n) ||
	       scale_rows_reserve(&groups->own, n) ? -1 : 0;
}

/* Of a set, as rows name it. */
static uint32_t member(size_t j)
{
	return j == SCALE_BITS_NONE ? SCALE_ROW_NONE : (uint32_t) j;
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
	scale_row_set_add(&groups->set, c, (uint32_t) lead, member(second),
			  (uint32_t) count);
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
				scale_row_set_add(&groups->set, c,
						  kind->busy[i].server,
						  SCALE_ROW_NONE, 1);
	}
	return 0;
}

/* The rows that are kept for c, or that a look at all its servers gives. */
static int gather_rows(scale_groups_t *groups, const scale_cluster_t *c)
{
	const scale_rows_t *rows = c->rows;

	if (!rows) {
		if (scale_rows_gather(&groups->own, c))
			return 1;
		rows = &groups->own;
	}
	scale_row_set_copy(&groups->set, &rows->set);
	groups->of = rows->of;
	return 0;
}

/* The row in which the parent is alone. */
static uint32_t parent_row(scale_groups_t *groups, const scale_cluster_t *c,
			   size_t parent)
{
	if (groups->of) {
		uint32_t row = groups->of[parent];

		if (groups->set.count[row] == 1)
			return row;
		scale_row_set_leave(&groups->set, row, (uint32_t) parent,
				    groups->of);
	}
	return scale_row_set_add(&groups->set, c, (uint32_t) parent,
				 SCALE_ROW_NONE, 1);
}

int scale_groups_gather(scale_groups_t *groups, const scale_cluster_t *c,
			const scale_task_t *t)
{
	ssize_t at = t->parent_server;
	size_t parent = at >= 0 && (size_t) at < c->n ? (size_t) at :
							SCALE_BITS_NONE;
	int rc;

	scale_row_set_begin(&groups->set, c);
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
