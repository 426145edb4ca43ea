/*
 * conf_print.c - a record as commented YAML
 *
 * Reads back to the same values: numbers in the fewest digits that do, all
 * strings in double quotes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf_impl.h"
#include "stream.h"

static void print_table(FILE *out, const scale_conf_key_t *table,
			const char *record, int indent, bool comments);

void scale_conf_quote(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *p = (const unsigned char *) text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			fprintf(out, "\\x%02x", *p);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

static void print_double(FILE *out, double x)
{
	char text[32];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	fputs(text, out);
}

static void print_doubles(FILE *out, const scale_conf_doubles_t *list)
{
	for (size_t i = 0; i < list->count; i++) {
		fputs(i ? ", " : "[", out);
		print_double(out, list->value[i]);
	}
	fputs(list->count ? "]" : "[]", out);
}

static void print_ints(FILE *out, const scale_conf_ints_t *list)
{
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%lld", i ? ", " : "[", list->value[i]);
	fputs(list->count ? "]" : "[]", out);
}

static void print_list(FILE *out, const scale_conf_key_t *key,
		       const scale_conf_list_t *list, int indent)
{
	const char *item = list->item;

	fputs(list->count ? "\n" : " []\n", out);
	for (size_t i = 0; i < list->count; i++) {
		fprintf(out, "%*s-\n", indent, "");
		print_table(out, key->sub, item + i * key->size, indent + 2,
			    false);
	}
}

/* The value after "key:", with its line end. */
static void print_value(FILE *out, const scale_conf_key_t *key,
			const void *field, int indent)
{
	if (key->type == SCALE_CONF_LIST) {
		print_list(out, key, field, indent + 2);
		return;
	}
	fputc(' ', out);
	switch (key->type) {
	case SCALE_CONF_BOOL:
		fputs(*(const bool *) field ? "true" : "false", out);
		break;
	case SCALE_CONF_INT:
		fprintf(out, "%" PRId64, *(const int64_t *) field);
		break;
	case SCALE_CONF_DOUBLE:
		print_double(out, *(const double *) field);
		break;
	case SCALE_CONF_STRING:
		scale_conf_quote(out, field);
		break;
	case SCALE_CONF_ENUM:
		fputs(key->choices[*(const int *) field], out);
		break;
	case SCALE_CONF_DOUBLES:
		print_doubles(out, field);
		break;
	case SCALE_CONF_INTS:
		print_ints(out, field);
		break;
	case SCALE_CONF_LIST:
	case SCALE_CONF_TABLE:
		break;
	}
	fputc('\n', out);
}

/* "# help; a, b or c; default x" */
static void print_comment(FILE *out, const scale_conf_key_t *key, int indent)
{
	fprintf(out, "%*s# %s", indent, "", key->help);
	if (key->type == SCALE_CONF_ENUM)
		for (size_t i = 0; key->choices[i]; i++)
			fprintf(out, "%s%s", i ? " | " : ": ", key->choices[i]);
	if (key->dflt && key->type != SCALE_CONF_TABLE)
		fprintf(out, "; default %s", *key->dflt ? key->dflt : "\"\"");
	fputc('\n', out);
}

/*
 * Open the maps of name that were not open for previous.
 * RET the depth of name's last part
 */
static int print_maps(FILE *out, const char *name, const char *previous,
		      int indent, bool comments)
{
	const char *part = name, *dot;
	bool open = previous != NULL;
	int depth = 0;

	for (; (dot = strchr(part, '.')); part = dot + 1, depth++) {
		size_t upto = dot + 1 - name;

		open = open && !strncmp(name, previous, upto);
		if (open)
			continue;
		if (comments && !depth && previous)
			fputc('\n', out);
		fprintf(out, "%*s%.*s:\n", indent + 2 * depth, "",
			(int) (dot - part), part);
	}
	return depth;
}

static void print_table(FILE *out, const scale_conf_key_t *table,
			const char *record, int indent, bool comments)
{
	const char *previous = NULL;

	for (const scale_conf_key_t *key = table; key->name; key++) {
		const char *last = strrchr(key->name, '.');
		int in = indent + 2 * print_maps(out, key->name, previous,
						 indent, comments);

		if (key->type == SCALE_CONF_TABLE && comments && previous)
			fputc('\n', out);
		if (comments)
			print_comment(out, key, in);
		fprintf(out, "%*s%s:", in, "", last ? last + 1 : key->name);
		if (key->type == SCALE_CONF_TABLE) {
			fputc('\n', out);
			print_table(out, key->sub, record + key->offset, in + 2,
				    comments);
		} else {
			print_value(out, key, record + key->offset, in);
		}
		previous = key->name;
	}
}

char *scale_conf_print(const scale_conf_key_t *table, const void *record,
		       scale_err_t *err)
{
	scale_stream_t stream;
	FILE *out = scale_stream_open(&stream);

	if (!out)
		goto nomem;
	print_table(out, table, record, 0, true);
	if (scale_stream_close(&stream, out) < 0)
		goto nomem;
	return stream.text;
nomem:
	scale_err_set(err, ENOMEM, "no memory to print the configuration");
	return NULL;
}
