/*
 * idmap.c - records found by a 32-bit id
 *
 * At most half of the slots are in use, so probes are short.  Removal moves
 * later entries of the run back instead of leaving marks.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>

#include "idmap.h"
#include "model/rng.h"

static size_t home(const scale_idmap_t *map, uint32_t id)
{
	return scale_hash64(id) & (map->size - 1);
}

/* The slot that holds id, or the free one where it would go. */
static size_t probe(const scale_idmap_t *map, uint32_t id)
{
	size_t i = home(map, id);

	while (map->slot[i].value && map->slot[i].id != id)
		i = (i + 1) & (map->size - 1);
	return i;
}

void *scale_idmap_get(const scale_idmap_t *map, uint32_t id)
{
	return map->size ? map->slot[probe(map, id)].value : NULL;
}

static int grow(scale_idmap_t *map)
{
	scale_idmap_t larger = { .size = map->size ? map->size * 2 : 64,
				 .count = map->count };

	larger.slot = calloc(larger.size, sizeof(*larger.slot));
	if (!larger.slot)
		return -1;
	for (size_t i = 0; i < map->size; i++)
		if (map->slot[i].value)
			larger.slot[probe(&larger, map->slot[i].id)] =
				map->slot[i];
	free(map->slot);
	*map = larger;
	return 0;
}

int scale_idmap_put(scale_idmap_t *map, uint32_t id, void *value)
{
	size_t i;

	if (2 * (map->count + 1) > map->size && grow(map))
		return -1;
	i = probe(map, id);
	map->count += !map->slot[i].value;
	map->slot[i].id = id;
	map->slot[i].value = value;
	return 0;
}

void scale_idmap_remove(scale_idmap_t *map, uint32_t id)
{
	size_t mask = map->size - 1, hole, i;

	if (!map->size)
		return;
	hole = probe(map, id);
	if (!map->slot[hole].value)
		return;
	for (i = (hole + 1) & mask; map->slot[i].value; i = (i + 1) & mask) {
		/* an entry may move back unless its home lies after the hole */
		if (((i - home(map, map->slot[i].id)) & mask) <
		    ((i - hole) & mask))
			continue;
		map->slot[hole] = map->slot[i];
		hole = i;
	}
	map->slot[hole].value = NULL;
	map->count--;
}

void scale_idmap_free(scale_idmap_t *map)
{
	free(map->slot);
	*map = (scale_idmap_t) { 0 };
}
