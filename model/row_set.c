/*
 * row_set.c - rows that stand for equal servers
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "row_set.h"

void scale_row_set_fini(scale_row_set_t *set)
{
	free(set->gflops);
	free(set->lead);
	free(set->busy);
	*set = (scale_row_set_t) { .room = 0 };
}

int scale_row_set_reserve(scale_row_set_t *set, size_t rows)
{
	scale_row_set_t fresh = { .room = rows };

	if (rows <= set->room)
		return 0;
	fresh.gflops = malloc(4 * rows * sizeof(*fresh.gflops));
	fresh.lead = malloc(3 * rows * sizeof(*fresh.lead));
	fresh.busy = malloc(rows);
	if (!fresh.gflops || !fresh.lead || !fresh.busy) {
		scale_row_set_fini(&fresh);
		errno = ENOMEM;
		return -1;
	}
	fresh.mem_gb = fresh.gflops + rows;
	fresh.free_at = fresh.mem_gb + rows;
	fresh.power_kw = fresh.free_at + rows;
	fresh.second = fresh.lead + rows;
	fresh.count = fresh.second + rows;
	scale_row_set_fini(set);
	*set = fresh;
	return 0;
}

void scale_row_set_begin(scale_row_set_t *set, const scale_cluster_t *c)
{
	set->view = *c;
	set->view.n = 0;
	set->view.gflops = set->gflops;
	set->view.mem_gb = set->mem_gb;
	set->view.free_at = set->free_at;
	set->view.power_kw = set->power_kw;
	set->view.busy = set->busy;
	set->view.index = NULL;
	set->view.rows = NULL;
}

uint32_t scale_row_set_add(scale_row_set_t *set, const scale_cluster_t *c,
			   uint32_t j, uint32_t second, uint32_t count)
{
	size_t row = set->view.n++;

	set->gflops[row] = c->gflops[j];
	set->mem_gb[row] = c->mem_gb[j];
	set->free_at[row] = c->free_at[j];
	set->power_kw[row] = c->power_kw[j];
	set->busy[row] = c->busy[j];
	set->lead[row] = j;
	set->second[row] = second;
	set->count[row] = count;
	return (uint32_t) row;
}

void scale_row_set_copy(scale_row_set_t *set, const scale_row_set_t *from)
{
	size_t n = set->view.n = from->view.n;

	memcpy(set->gflops, from->gflops, n * sizeof(*set->gflops));
	memcpy(set->mem_gb, from->mem_gb, n * sizeof(*set->mem_gb));
	memcpy(set->free_at, from->free_at, n * sizeof(*set->free_at));
	memcpy(set->power_kw, from->power_kw, n * sizeof(*set->power_kw));
	memcpy(set->busy, from->busy, n);
	memcpy(set->lead, from->lead, n * sizeof(*set->lead));
	memcpy(set->second, from->second, n * sizeof(*set->second));
	memcpy(set->count, from->count, n * sizeof(*set->count));
}

void scale_row_set_remove(scale_row_set_t *set, uint32_t row)
{
	size_t last = --set->view.n;

	set->gflops[row] = set->gflops[last];
	set->mem_gb[row] = set->mem_gb[last];
	set->free_at[row] = set->free_at[last];
	set->power_kw[row] = set->power_kw[last];
	set->busy[row] = set->busy[last];
	set->lead[row] = set->lead[last];
	set->second[row] = set->second[last];
	set->count[row] = set->count[last];
}

void scale_row_set_join(scale_row_set_t *set, uint32_t row, uint32_t j)
{
	set->count[row]++;
	if (j < set->lead[row]) {
		set->second[row] = set->lead[row];
		set->lead[row] = j;
	} else if (j < set->second[row]) {	/* _NONE is the largest */
		set->second[row] = j;
	}
}

void scale_row_set_leave(scale_row_set_t *set, uint32_t row, uint32_t j,
			 const uint32_t *of)
{
	uint32_t next;

	if (--set->count[row] == 0 || j > set->second[row])
		return;
	if (j == set->lead[row])
		set->lead[row] = set->second[row];
	set->second[row] = SCALE_ROW_NONE;
	if (set->count[row] == 1)
		return;
	next = set->lead[row] + 1;
	while (of[next] != row || next == j)
		next++;
	set->second[row] = next;
}
