/*
 * annotation.c - what users say about a primitive in --comment
 *
 * Both forms end in set_name(), set_number() and set_hops(), which hold the
 * limits.  Names come back in log lines, so they are kept to characters that
 * cannot forge one.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "annotation.h"

typedef enum {
	KEY_WF,
	KEY_TASK,
	KEY_GFLOP,
	KEY_OUT_GB,
	KEY_HOPS,
	KEY_PARENTS,
	KEY_UNKNOWN,
} key_id_t;

static const char *const key_names[] = {
	[KEY_WF] = "wf",	 [KEY_TASK] = "task", [KEY_GFLOP] = "gflop",
	[KEY_OUT_GB] = "out_gb", [KEY_HOPS] = "hops",
	[KEY_PARENTS] = "parents",
};

static key_id_t key_find(const char *name, size_t size)
{
	for (int i = 0; i < KEY_UNKNOWN; i++)
		if (strlen(key_names[i]) == size &&
		    !memcmp(key_names[i], name, size))
			return (key_id_t) i;
	return KEY_UNKNOWN;
}

static int bad(scale_err_t *err, key_id_t key, const char *why)
{
	return scale_err_set(err, EINVAL, "%s: %s", key_names[key], why);
}

static bool is_text(key_id_t key)
{
	return key == KEY_WF || key == KEY_TASK || key == KEY_PARENTS;
}

static int set_name(scale_annotation_t *out, key_id_t key, const char *text,
		    size_t size, scale_err_t *err)
{
	char *name = key == KEY_WF ? out->wf
		   : key == KEY_TASK ? out->task : out->parents;
	size_t room = key == KEY_PARENTS ? sizeof(out->parents)
					 : SCALE_NAME_SIZE;

	if (!size || size >= room)
		return bad(err, key, key == KEY_PARENTS
				     ? "needs 1 to 511 characters"
				     : "needs 1 to 63 characters");
	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char) text[i]) &&
		    !strchr("._:@/+-", text[i]))
			return bad(err, key,
				   "may hold letters, digits and ._:@/+- only");
	memcpy(name, text, size);
	name[size] = '\0';
	return 0;
}

static int set_number(scale_annotation_t *out, key_id_t key, double value,
		      scale_err_t *err)
{
	if (key == KEY_GFLOP) {
		if (!isfinite(value) || value <= 0.0 ||
		    value > SCALE_GFLOP_MAX)
			return bad(err, key, "must be above 0 and at most 1e15");
		out->gflop = value;
		return 0;
	}
	if (!isfinite(value) || value < 0.0 || value > SCALE_OUT_GB_MAX)
		return bad(err, key, "must be within 0 and 1e9");
	out->out_gb = value;
	return 0;
}

static int set_hops(scale_annotation_t *out, double value, scale_err_t *err)
{
	if (!(value >= 0.0 && value <= SCALE_HOPS_MAX) || value != floor(value))
		return bad(err, KEY_HOPS, "must be a whole number up to 1e6");
	out->hops = (int64_t) value;
	return 0;
}

/* Decimal numbers only: no hexadecimal, no "inf", no spaces. */
static int read_number(const char *text, size_t size, double *value)
{
	char copy[40], *end;

	if (!size || size >= sizeof(copy) ||
	    strspn(text, "0123456789.eE+-") < size)
		return -1;
	memcpy(copy, text, size);
	copy[size] = '\0';
	*value = strtod(copy, &end);
	return *end ? -1 : 0;
}

/* The index-th of "a|b|c", or the last. */
static const char *pick(const char *text, size_t *size, uint32_t index)
{
	const char *end = text + *size, *bar;

	while ((bar = memchr(text, '|', end - text)) && index--)
		text = bar + 1;
	*size = (bar ? bar : end) - text;
	return text;
}

static int set_text(scale_annotation_t *out, key_id_t key, const char *text,
		    size_t size, uint32_t index, scale_err_t *err)
{
	double value;

	if (is_text(key))
		return set_name(out, key, text, size, err);
	if (key != KEY_HOPS)
		text = pick(text, &size, index);
	if (read_number(text, size, &value))
		return bad(err, key, "not a decimal number");
	if (key == KEY_HOPS)
		return set_hops(out, value, err);
	return set_number(out, key, value, err);
}

/* key=value,key=value up to the first space or the end. */
static int parse_list(const char *text, uint32_t index,
		      scale_annotation_t *out, scale_err_t *err)
{
	const char *end = text + strcspn(text, " \t\r\n");
	unsigned int seen = 0;
	int rc = 0;

	while (text < end) {
		size_t size = strcspn(text, ", \t\r\n");
		const char *equal = memchr(text, '=', size);
		key_id_t key = key_find(text, equal ? (size_t) (equal - text)
						    : size);
		scale_err_t *first = rc ? NULL : err;

		if (key == KEY_UNKNOWN)
			;
		else if (seen & 1u << key)
			rc = bad(first, key, "given twice");
		else if (!equal)
			rc = bad(first, key, "has no value");
		else if (set_text(out, key, equal + 1,
				  size - (equal + 1 - text), index, first))
			rc = -1;
		if (key != KEY_UNKNOWN)
			seen |= 1u << key;
		text += size + (text + size < end);
	}
	return rc;
}

static int set_json(scale_annotation_t *out, key_id_t key,
		    const json_t *value, uint32_t index, scale_err_t *err)
{
	if (is_text(key)) {
		if (!json_is_string(value))
			return bad(err, key, "must be a string");
		return set_name(out, key, json_string_value(value),
				json_string_length(value), err);
	}
	if (key != KEY_HOPS && json_is_array(value)) {
		size_t count = json_array_size(value);

		if (!count)
			return bad(err, key, "is an empty list");
		value = json_array_get(value, index < count ? index
							    : count - 1);
	}
	if (!json_is_number(value))
		return bad(err, key, "must be a number");
	if (key == KEY_HOPS)
		return set_hops(out, json_number_value(value), err);
	return set_number(out, key, json_number_value(value), err);
}

/* Text that is not JSON, or JSON without our key, belongs to others. */
static int parse_json(const char *text, uint32_t index,
		      scale_annotation_t *out, scale_err_t *err)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_t *object = json_object_get(root, "scale");
	int rc = 0;

	if (!object)
		goto done;
	out->present = true;
	if (!json_is_object(object)) {
		rc = scale_err_set(err, EINVAL, "\"scale\" is not an object");
		goto done;
	}
	for (int i = 0; i < KEY_UNKNOWN; i++) {
		json_t *value = json_object_get(object, key_names[i]);

		if (value && set_json(out, (key_id_t) i, value, index,
				      rc ? NULL : err))
			rc = -1;
	}
done:
	json_decref(root);
	return rc;
}

int scale_annotation_parse(const char *text, uint32_t index,
			   scale_annotation_t *out, scale_err_t *err)
{
	int rc = 0;

	*out = (scale_annotation_t) { .gflop = -1.0, .out_gb = -1.0,
				      .hops = -1 };
	if (!text)
		return 0;
	if (strnlen(text, SCALE_ANNOTATION_MAX) == SCALE_ANNOTATION_MAX)
		return scale_err_set(err, E2BIG, "longer than %d bytes",
				     SCALE_ANNOTATION_MAX - 1);
	text += strspn(text, " \t\r\n");
	if (!strncmp(text, "scale:", 6)) {
		out->present = true;
		rc = parse_list(text + 6, index, out, err);
	} else if (*text == '{') {
		rc = parse_json(text, index, out, err);
	}
	if (rc)
		errno = EINVAL;
	return rc;
}
