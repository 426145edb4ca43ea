/*
 * conf_diff.c - the first key in which two records differ
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdint.h>
#include <string.h>

#include "conf_impl.h"

static bool doubles_equal(const scale_conf_doubles_t *a,
			  const scale_conf_doubles_t *b)
{
	return a->count == b->count &&
	       !memcmp(a->value, b->value, a->count * sizeof(*a->value));
}

static bool ints_equal(const scale_conf_ints_t *a, const scale_conf_ints_t *b)
{
	return a->count == b->count &&
	       !memcmp(a->value, b->value, a->count * sizeof(*a->value));
}

static bool lists_equal(const scale_conf_key_t *key, const scale_conf_list_t *a,
			const scale_conf_list_t *b)
{
	char name[SCALE_CONF_PATH];

	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (scale_conf_differ(
			    key->sub, (const char *) a->item + i * key->size,
			    (const char *) b->item + i * key->size, name))
			return false;
	return true;
}

static bool equal(const scale_conf_key_t *key, const void *a, const void *b)
{
	switch (key->type) {
	case SCALE_CONF_STRING:
		return !strcmp(a, b);
	case SCALE_CONF_DOUBLES:
		return doubles_equal(a, b);
	case SCALE_CONF_INTS:
		return ints_equal(a, b);
	case SCALE_CONF_LIST:
		return lists_equal(key, a, b);
	default:
		return !memcmp(a, b, scale_conf_field_size(key));
	}
}

bool scale_conf_differ(const scale_conf_key_t *table, const void *a,
		       const void *b, char name[SCALE_CONF_PATH])
{
	for (const scale_conf_key_t *key = table; key->name; key++) {
		const void *fa = (const char *) a + key->offset;
		const void *fb = (const char *) b + key->offset;
		char inner[SCALE_CONF_PATH];

		if (key->type == SCALE_CONF_TABLE) {
			if (!scale_conf_differ(key->sub, fa, fb, inner))
				continue;
			snprintf(name, SCALE_CONF_PATH, "%.100s.%.100s",
				 key->name, inner);
			return true;
		}
		if (equal(key, fa, fb))
			continue;
		snprintf(name, SCALE_CONF_PATH, "%s", key->name);
		return true;
	}
	return false;
}
