/*
 * groups.c - equal servers of a snapshot as one row each
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

enum {
	TABLE = 4 * SCALE_GROUPS_MOST,	/* power of two */
	SAMPLE = 64,		/* rows after which they must be the fewer */
};

void scale_groups_fini(scale_groups_t *groups)
{
	free(groups->gflops);
	free(groups->lead);
	free(groups->busy);
	free(groups->table);
	*groups = (scale_groups_t) { .room = 0 };
}

int scale_groups_reserve(scale_groups_t *groups, size_t n)
{
	scale_groups_t fresh = { .room = n };

	if (n <= groups->room)
		return 0;
	fresh.gflops = malloc(4 * n * sizeof(*fresh.gflops));
	fresh.lead = malloc(4 * n * sizeof(*fresh.lead));
	fresh.busy = malloc(n);
	fresh.table = malloc(TABLE * sizeof(*fresh.table));
	if (!fresh.gflops || !fresh.lead || !fresh.busy || !fresh.table) {
		scale_groups_fini(&fresh);
		errno = ENOMEM;
		return -1;
	}
	fresh.mem_gb = fresh.gflops + n;
	fresh.free_at = fresh.mem_gb + n;
	fresh.power_kw = fresh.free_at + n;
	fresh.second = fresh.lead + n;
	fresh.count = fresh.second + n;
	fresh.row_of = fresh.count + n;
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
	if (scale_index_sort(c->index, c))
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

static uint64_t mix(uint64_t hash, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	hash = (hash ^ bits) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static size_t hash_server(const scale_cluster_t *c, size_t j)
{
	uint64_t hash = mix(c->busy[j], c->gflops[j]);

	hash = mix(mix(hash, c->mem_gb[j]), c->power_kw[j]);
	return mix(hash, scale_remaining(c, j)) % TABLE;
}

static bool is_like(const scale_groups_t *groups, uint32_t row,
		    const scale_cluster_t *c, size_t j)
{
	return groups->gflops[row] == c->gflops[j] &&
	       groups->mem_gb[row] == c->mem_gb[j] &&
	       groups->power_kw[row] == c->power_kw[j] &&
	       groups->busy[row] == c->busy[j] &&
	       scale_remaining(&groups->view, row) == scale_remaining(c, j);
}

/* The row of server j, one more member; servers come in order. */
static uint32_t join_row(scale_groups_t *groups, const scale_cluster_t *c,
			 size_t j)
{
	size_t slot = hash_server(c, j);
	uint32_t row;

	for (; groups->table[slot]; slot = (slot + 1) % TABLE) {
		row = groups->table[slot] - 1u;
		if (!is_like(groups, row, c, j))
			continue;
		if (groups->second[row] == SCALE_GROUPS_NONE)
			groups->second[row] = (uint32_t) j;
		groups->count[row]++;
		return row;
	}
	row = add_row(groups, c, j, SCALE_BITS_NONE, 1);
	groups->table[slot] = (uint16_t) (row + 1);
	return row;
}

static int gather_all(scale_groups_t *groups, const scale_cluster_t *c,
		      size_t parent)
{
	memset(groups->table, 0, TABLE * sizeof(*groups->table));
	for (size_t j = 0; j < c->n; j++) {
		if (j == parent)
			continue;
		groups->row_of[j] = join_row(groups, c, j);
		if (groups->view.n > SCALE_GROUPS_MOST ||
		    (groups->view.n > SAMPLE && groups->view.n > j / 2))
			return 1;
	}
	groups->of = groups->row_of;
	return 0;
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
	groups->task = *t;
	groups->of = NULL;
	rc = c->index ? gather_index(groups, c, parent) :
			gather_all(groups, c, parent);
	if (rc)
		return rc;
	if (parent != SCALE_BITS_NONE) {
		uint32_t row = add_row(groups, c, parent, SCALE_BITS_NONE, 1);

		groups->task.parent_server = row;
		groups->row_of[parent] = row;
	} else if (at >= 0) {
		groups->task.parent_server = SCALE_PARENT_GONE;
	}
	return 0;
}
