/*
 * conf_value.c - one YAML node into one field: scalars and lists of numbers
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conf_impl.h"

static int read_bool(scale_yaml_t *r, const char *name, const yaml_node_t *node,
		     bool *out)
{
	const char *text =
		scale_yaml_scalar(r, name, node, true, "true or false");

	if (!text)
		return -1;
	if (strcmp(text, "true") && strcmp(text, "false"))
		return scale_yaml_fail(
			r, node->start_mark,
			"%s: must be true or false, not \"%.40s\"", name, text);
	*out = !strcmp(text, "true");
	return 0;
}

static int out_of_range(scale_yaml_t *r, const char *name,
			const yaml_node_t *node, const scale_conf_key_t *key,
			const char *text)
{
	return scale_yaml_fail(r, node->start_mark,
			       "%s: %.40s is not within %.15g to %.15g", name,
			       text, key->min, key->max);
}

static int read_int(scale_yaml_t *r, const scale_conf_key_t *key,
		    const char *name, const yaml_node_t *node, int64_t *out)
{
	const char *text = scale_yaml_scalar(r, name, node, true, "a whole number");
	char *end;
	intmax_t value;

	if (!text)
		return -1;
	errno = 0;
	value = strtoimax(text, &end, 10);
	if (end == text || *end || strspn(text, "+-0123456789") != strlen(text))
		return scale_yaml_fail(
			r, node->start_mark,
			"%s: must be a whole number, not \"%.40s\"", name,
			text);
	if (errno || value < key->min || value > key->max)
		return out_of_range(r, name, node, key, text);
	*out = value;
	return 0;
}

static int read_double(scale_yaml_t *r, const scale_conf_key_t *key,
		       const char *name, const yaml_node_t *node, double *out)
{
	const char *text = scale_yaml_scalar(r, name, node, true, "a number");
	char *end;
	double value;

	if (!text)
		return -1;
	value = strtod(text, &end);
	if (end == text || *end ||
	    strspn(text, "+-.0123456789eE") != strlen(text))
		return scale_yaml_fail(r, node->start_mark,
				       "%s: must be a number, not \"%.40s\"",
				       name, text);
	if (!isfinite(value) || value < key->min || value > key->max)
		return out_of_range(r, name, node, key, text);
	*out = value;
	return 0;
}

static int read_string(scale_yaml_t *r, const scale_conf_key_t *key,
		       const char *name, const yaml_node_t *node, char *out)
{
	const char *text = scale_yaml_scalar(r, name, node, false, "a text");

	if (!text)
		return -1;
	if (strlen(text) >= key->size)
		return scale_yaml_fail(r, node->start_mark,
				       "%s: is longer than %zu bytes", name,
				       key->size - 1);
	strcpy(out, text);
	return 0;
}

static int read_enum(scale_yaml_t *r, const scale_conf_key_t *key,
		     const char *name, const yaml_node_t *node, int *out)
{
	const char *text = scale_yaml_scalar(r, name, node, false, "a word");
	char list[SCALE_CONF_PATH] = "";

	if (!text)
		return -1;
	for (int i = 0; key->choices[i]; i++) {
		size_t used = strlen(list);

		if (!strcmp(key->choices[i], text)) {
			*out = i;
			return 0;
		}
		snprintf(list + used, sizeof(list) - used, "%s%s",
			 i ? ", " : "", key->choices[i]);
	}
	return scale_yaml_fail(r, node->start_mark,
			       "%s: must be one of %s; not \"%.40s\"", name,
			       list, text);
}

static int read_doubles(scale_yaml_t *r, const scale_conf_key_t *key,
			const char *name, const yaml_node_t *node,
			scale_conf_doubles_t *out)
{
	scale_conf_doubles_t list = { 0 };

	if (scale_yaml_check_seq(r, name, node, "\"[a, b, c]\"",
				 SCALE_CONF_NUMBERS))
		return -1;
	for (; list.count < scale_yaml_length(node); list.count++)
		if (read_double(r, key, name,
				scale_yaml_item(r, node, list.count),
				&list.value[list.count]))
			return -1;
	*out = list;
	return 0;
}

static int read_ints(scale_yaml_t *r, const scale_conf_key_t *key,
		     const char *name, const yaml_node_t *node,
		     scale_conf_ints_t *out)
{
	scale_conf_ints_t list = { 0 };
	int64_t value;

	if (scale_yaml_check_seq(r, name, node, "\"[a, b, c]\"",
				 SCALE_CONF_NUMBERS))
		return -1;
	for (; list.count < scale_yaml_length(node); list.count++) {
		if (read_int(r, key, name, scale_yaml_item(r, node, list.count),
			     &value))
			return -1;
		list.value[list.count] = value;
	}
	*out = list;
	return 0;
}

int scale_conf_value(scale_yaml_t *r, const scale_conf_key_t *key,
		     const char *name, const yaml_node_t *node, void *field)
{
	switch (key->type) {
	case SCALE_CONF_BOOL:
		return read_bool(r, name, node, field);
	case SCALE_CONF_INT:
		return read_int(r, key, name, node, field);
	case SCALE_CONF_DOUBLE:
		return read_double(r, key, name, node, field);
	case SCALE_CONF_STRING:
		return read_string(r, key, name, node, field);
	case SCALE_CONF_ENUM:
		return read_enum(r, key, name, node, field);
	case SCALE_CONF_DOUBLES:
		return read_doubles(r, key, name, node, field);
	case SCALE_CONF_INTS:
		return read_ints(r, key, name, node, field);
	case SCALE_CONF_LIST:
	case SCALE_CONF_TABLE:
		break;
	}
	return -1;
}
