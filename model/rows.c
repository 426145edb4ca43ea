/*
 * rows.c - equal servers of a snapshot as one row each, kept as they change
 *
 * The table has linear probing without tombstones: what a removed row leaves
 * open is closed by those behind it (Knuth, vol. 3, 6.4, algorithm R).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum {
	TABLE = 4 * SCALE_ROWS_MOST,	/* power of two */
	SAMPLE = 64,		/* rows after which they must be the fewer */
	ROOM = SCALE_ROWS_MOST + 1,	/* rows, until there are too many */
};

void scale_rows_fini(scale_rows_t *rows)
{
	scale_row_set_fini(&rows->set);
	free(rows->of);
	free(rows->table);
	*rows = (scale_rows_t) { .room = 0 };
}

int scale_rows_reserve(scale_rows_t *rows, size_t n)
{
	scale_rows_t fresh = { .room = n };

	if (n <= rows->room)
		return 0;
	fresh.of = malloc(n * sizeof(*fresh.of));
	fresh.table = malloc(TABLE * sizeof(*fresh.table));
	if (!fresh.of || !fresh.table ||
	    scale_row_set_reserve(&fresh.set, ROOM)) {
		scale_rows_fini(&fresh);
		errno = ENOMEM;
		return -1;
	}
	scale_rows_fini(rows);
	*rows = fresh;
	return 0;
}

static uint64_t mix(uint64_t hash, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	hash = (hash ^ bits) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static size_t home_of(const scale_cluster_t *c, size_t j)
{
	uint64_t hash = mix(c->busy[j], c->gflops[j]);

	hash = mix(mix(hash, c->mem_gb[j]), c->power_kw[j]);
	return mix(hash, scale_remaining(c, j)) % TABLE;
}

static bool is_like(const scale_rows_t *rows, uint32_t row,
		    const scale_cluster_t *c, size_t j)
{
	const scale_row_set_t *set = &rows->set;

	return set->gflops[row] == c->gflops[j] &&
	       set->mem_gb[row] == c->mem_gb[j] &&
	       set->power_kw[row] == c->power_kw[j] &&
	       set->busy[row] == c->busy[j] &&
	       scale_remaining(&set->view, row) == scale_remaining(c, j);
}

/* Server j, which is in no row, gets into its own. */
static void join(scale_rows_t *rows, const scale_cluster_t *c, uint32_t j)
{
	size_t slot = home_of(c, j);

	for (; rows->table[slot]; slot = (slot + 1) % TABLE) {
		uint32_t row = rows->table[slot] - 1u;

		if (!is_like(rows, row, c, j))
			continue;
		rows->of[j] = row;
		scale_row_set_join(&rows->set, row, j);
		return;
	}
	rows->of[j] = scale_row_set_add(&rows->set, c, j, SCALE_ROW_NONE, 1);
	rows->table[slot] = (uint16_t) (rows->of[j] + 1);
}

int scale_rows_gather(scale_rows_t *rows, const scale_cluster_t *c)
{
	scale_row_set_begin(&rows->set, c);
	memset(rows->table, 0, TABLE * sizeof(*rows->table));
	for (size_t j = 0; j < c->n; j++) {
		size_t n;

		join(rows, c, (uint32_t) j);
		n = rows->set.view.n;
		if (n > SCALE_ROWS_MOST || (n > SAMPLE && n > j / 2))
			return 1;
	}
	return 0;
}

static size_t slot_of(const scale_rows_t *rows, size_t row)
{
	size_t slot = home_of(&rows->set.view, row);

	while (rows->table[slot] != row + 1)
		slot = (slot + 1) % TABLE;
	return slot;
}

/* Nothing is in that slot any more. */
static void close_slot(scale_rows_t *rows, size_t hole)
{
	size_t slot = hole;

	while (rows->table[slot = (slot + 1) % TABLE]) {
		size_t home = home_of(&rows->set.view, rows->table[slot] - 1u);

		/* never before its home */
		if ((slot - home) % TABLE < (slot - hole) % TABLE)
			continue;
		rows->table[hole] = rows->table[slot];
		hole = slot;
	}
	rows->table[hole] = 0;
}

/* A row without members; the last one takes its place. */
static void drop_row(scale_rows_t *rows, uint32_t row)
{
	const scale_row_set_t *set = &rows->set;
	uint32_t last = (uint32_t) set->view.n - 1;

	close_slot(rows, slot_of(rows, row));
	if (row != last) {
		uint32_t j = set->lead[last], left = set->count[last];

		rows->table[slot_of(rows, last)] = (uint16_t) (row + 1);
		for (; left; j++) {
			if (rows->of[j] != last)
				continue;
			rows->of[j] = row;
			left--;
		}
	}
	scale_row_set_remove(&rows->set, row);
}

static void leave(scale_rows_t *rows, uint32_t j)
{
	uint32_t row = rows->of[j];

	scale_row_set_leave(&rows->set, row, j, rows->of);
	if (!rows->set.count[row])
		drop_row(rows, row);
}

int scale_rows_change(scale_rows_t *rows, const scale_cluster_t *c, size_t j)
{
	leave(rows, (uint32_t) j);
	join(rows, c, (uint32_t) j);
	return rows->set.view.n > SCALE_ROWS_MOST;
}

static bool row_is_right(const scale_rows_t *rows, const scale_cluster_t *c,
			 uint32_t row)
{
	const scale_row_set_t *set = &rows->set;
	uint32_t first = SCALE_ROW_NONE, next = SCALE_ROW_NONE, count = 0;

	for (uint32_t j = 0; j < c->n; j++) {
		if (is_like(rows, row, c, j) != (rows->of[j] == row))
			return false;
		if (rows->of[j] != row)
			continue;
		if (count == 0)
			first = j;
		else if (count == 1)
			next = j;
		count++;
	}
	return count && set->count[row] == count &&
	       set->lead[row] == first && set->second[row] == next;
}

bool scale_rows_selfcheck(const scale_rows_t *rows, const scale_cluster_t *c)
{
	size_t slots = 0;

	for (uint32_t row = 0; row < rows->set.view.n; row++)
		if (!row_is_right(rows, c, row))
			return false;
	for (size_t j = 0; j < c->n; j++)
		if (rows->of[j] >= rows->set.view.n)
			return false;
	for (size_t slot = 0; slot < TABLE; slot++)
		slots += rows->table[slot] != 0;
	return slots == rows->set.view.n;
}
