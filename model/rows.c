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
	free(rows->gflops);
	free(rows->lead);
	free(rows->of);
	free(rows->busy);
	free(rows->table);
	*rows = (scale_rows_t) { .room = 0 };
}

int scale_rows_reserve(scale_rows_t *rows, size_t n)
{
	scale_rows_t fresh = { .room = n };

	if (n <= rows->room)
		return 0;
	fresh.gflops = malloc(4 * ROOM * sizeof(*fresh.gflops));
	fresh.lead = malloc(3 * ROOM * sizeof(*fresh.lead));
	fresh.of = malloc(n * sizeof(*fresh.of));
	fresh.busy = malloc(ROOM);
	fresh.table = malloc(TABLE * sizeof(*fresh.table));
	if (!fresh.gflops || !fresh.lead || !fresh.of || !fresh.busy ||
	    !fresh.table) {
		scale_rows_fini(&fresh);
		errno = ENOMEM;
		return -1;
	}
	fresh.mem_gb = fresh.gflops + ROOM;
	fresh.free_at = fresh.mem_gb + ROOM;
	fresh.power_kw = fresh.free_at + ROOM;
	fresh.second = fresh.lead + ROOM;
	fresh.count = fresh.second + ROOM;
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
	return rows->gflops[row] == c->gflops[j] &&
	       rows->mem_gb[row] == c->mem_gb[j] &&
	       rows->power_kw[row] == c->power_kw[j] &&
	       rows->busy[row] == c->busy[j] &&
	       scale_remaining(&rows->view, row) == scale_remaining(c, j);
}

static void add_row(scale_rows_t *rows, const scale_cluster_t *c, uint32_t j)
{
	size_t row = rows->view.n++;

	rows->gflops[row] = c->gflops[j];
	rows->mem_gb[row] = c->mem_gb[j];
	rows->free_at[row] = c->free_at[j];
	rows->power_kw[row] = c->power_kw[j];
	rows->busy[row] = c->busy[j];
	rows->lead[row] = j;
	rows->second[row] = SCALE_ROWS_NONE;
	rows->count[row] = 1;
}

static void add_member(scale_rows_t *rows, uint32_t row, uint32_t j)
{
	rows->count[row]++;
	if (j < rows->lead[row]) {
		rows->second[row] = rows->lead[row];
		rows->lead[row] = j;
	} else if (j < rows->second[row]) {	/* _NONE is the largest */
		rows->second[row] = j;
	}
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
		add_member(rows, row, j);
		return;
	}
	rows->of[j] = (uint32_t) rows->view.n;
	add_row(rows, c, j);
	rows->table[slot] = (uint16_t) rows->view.n;
}

int scale_rows_gather(scale_rows_t *rows, const scale_cluster_t *c)
{
	rows->view = *c;
	rows->view.n = 0;
	rows->view.gflops = rows->gflops;
	rows->view.mem_gb = rows->mem_gb;
	rows->view.free_at = rows->free_at;
	rows->view.power_kw = rows->power_kw;
	rows->view.busy = rows->busy;
	rows->view.index = NULL;
	rows->view.rows = NULL;
	memset(rows->table, 0, TABLE * sizeof(*rows->table));
	for (size_t j = 0; j < c->n; j++) {
		join(rows, c, (uint32_t) j);
		if (rows->view.n > SCALE_ROWS_MOST ||
		    (rows->view.n > SAMPLE && rows->view.n > j / 2))
			return 1;
	}
	return 0;
}

static size_t slot_of(const scale_rows_t *rows, size_t row)
{
	size_t slot = home_of(&rows->view, row);

	while (rows->table[slot] != row + 1)
		slot = (slot + 1) % TABLE;
	return slot;
}

/* Nothing is in that slot any more. */
static void close_slot(scale_rows_t *rows, size_t hole)
{
	size_t slot = hole;

	while (rows->table[slot = (slot + 1) % TABLE]) {
		size_t home = home_of(&rows->view, rows->table[slot] - 1u);

		/* never before its home */
		if ((slot - home) % TABLE < (slot - hole) % TABLE)
			continue;
		rows->table[hole] = rows->table[slot];
		hole = slot;
	}
	rows->table[hole] = 0;
}

/* The first member of row at or after server j. */
static uint32_t member(const scale_rows_t *rows, uint32_t row, uint32_t j)
{
	while (rows->of[j] != row)
		j++;
	return j;
}

/* A row without members; the last one takes its place. */
static void drop_row(scale_rows_t *rows, uint32_t row)
{
	uint32_t last = (uint32_t) rows->view.n - 1, j;

	close_slot(rows, slot_of(rows, row));
	if (row != last) {
		rows->table[slot_of(rows, last)] = (uint16_t) (row + 1);
		rows->gflops[row] = rows->gflops[last];
		rows->mem_gb[row] = rows->mem_gb[last];
		rows->free_at[row] = rows->free_at[last];
		rows->power_kw[row] = rows->power_kw[last];
		rows->busy[row] = rows->busy[last];
		rows->lead[row] = rows->lead[last];
		rows->second[row] = rows->second[last];
		rows->count[row] = rows->count[last];
		j = rows->lead[last];
		for (uint32_t k = 0; k < rows->count[last]; k++) {
			j = member(rows, last, j);
			rows->of[j++] = row;
		}
	}
	rows->view.n--;
}

static void leave(scale_rows_t *rows, uint32_t j)
{
	uint32_t row = rows->of[j];

	rows->of[j] = SCALE_ROWS_NONE;
	if (--rows->count[row] == 0) {
		drop_row(rows, row);
		return;
	}
	if (j > rows->second[row])
		return;
	if (j == rows->lead[row])
		rows->lead[row] = rows->second[row];
	rows->second[row] = rows->count[row] == 1 ? SCALE_ROWS_NONE :
		member(rows, row, rows->lead[row] + 1);
}

int scale_rows_change(scale_rows_t *rows, const scale_cluster_t *c, size_t j)
{
	leave(rows, (uint32_t) j);
	join(rows, c, (uint32_t) j);
	return rows->view.n > SCALE_ROWS_MOST;
}

static bool row_is_right(const scale_rows_t *rows, const scale_cluster_t *c,
			 uint32_t row)
{
	uint32_t first = SCALE_ROWS_NONE, next = SCALE_ROWS_NONE, count = 0;

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
	return count && rows->count[row] == count &&
	       rows->lead[row] == first && rows->second[row] == next;
}

bool scale_rows_selfcheck(const scale_rows_t *rows, const scale_cluster_t *c)
{
	size_t slots = 0;

	for (uint32_t row = 0; row < rows->view.n; row++)
		if (!row_is_right(rows, c, row))
			return false;
	for (size_t j = 0; j < c->n; j++)
		if (rows->of[j] >= rows->view.n)
			return false;
	for (size_t slot = 0; slot < TABLE; slot++)
		slots += rows->table[slot] != 0;
	return slots == rows->view.n;
}
