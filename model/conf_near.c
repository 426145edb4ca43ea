/*
 * conf_near.c - the known key nearest to a misspelled one
 *
 * Levenshtein distance.  A key whose last part is right but which stands in
 * the wrong map counts as one edit away.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "conf_impl.h"

enum { LONGEST = 64 }; /* longer names get no suggestion */

typedef struct nearest {
	const char *want;
	char *best; /* [SCALE_CONF_PATH] */
	size_t distance; /* of best; only a nearer one replaces it */
} nearest_t;

static size_t min3(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Edits from a to b; LONGEST when either is too long. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	size_t row[LONGEST + 1];

	if (la >= LONGEST || lb >= LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static void consider(nearest_t *near, const char *name)
{
	size_t whole = edit_distance(near->want, name);
	size_t part = edit_distance(last_part(near->want), last_part(name)) + 1;
	size_t distance = part < whole ? part : whole;

	if (distance < near->distance) {
		near->distance = distance;
		strcpy(near->best, name);
	}
}

static void walk(nearest_t *near, const scale_conf_key_t *table,
		 const char *prefix)
{
	char name[SCALE_CONF_PATH];

	for (const scale_conf_key_t *key = table; key->name; key++) {
		size_t used = strlen(prefix);

		if (used + strlen(key->name) + 2 > sizeof(name))
			continue;
		memcpy(name, prefix, used);
		strcpy(name + used, key->name);
		consider(near, name);
		if (key->type == SCALE_CONF_TABLE) {
			strcat(name, ".");
			walk(near, key->sub, name);
		}
		/* the maps that hold it */
		for (char *dot = name + used; (dot = strchr(dot, '.')); dot++) {
			*dot = '\0';
			consider(near, name);
			*dot = '.';
		}
	}
}

bool scale_conf_nearest(const scale_conf_key_t *table, const char *name,
			char best[SCALE_CONF_PATH])
{
	size_t limit = 2 + strlen(name) / 4;
	nearest_t near = { name, best, limit };

	walk(&near, table, "");
	return near.distance < limit;
}
