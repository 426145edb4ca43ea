/*
 * yaml_doc.c - YAML text into a document, or an error that says where
 *
 * Two passes over the text: the events refuse what a configuration has no
 * use for (anchors, aliases, tags, deep nesting, a second document), then
 * libyaml makes the document.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "yaml_doc.h"

enum { MAX_DEPTH = 8 }; /* of maps and sequences */

/* "NAME:LINE:COLUMN: sentence" */
int scale_yaml_fail(scale_yaml_t *r, yaml_mark_t mark, const char *fmt, ...)
{
	char text[SCALE_ERR_TEXT / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!r->marks)
		return scale_err_set(r->err, EINVAL, "%s: %s", r->name, text);
	return scale_err_set(r->err, EINVAL, "%s:%zu:%zu: %s", r->name,
			     mark.line + 1, mark.column + 1, text);
}

static int syntax_error(scale_yaml_t *r, const yaml_parser_t *parser,
			const char *text)
{
	yaml_mark_t mark = parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return scale_err_set(r->err, ENOMEM, "%s: no memory to read",
				     r->name);
	if (parser->error == YAML_READER_ERROR) {
		/* only an offset is known; make it a line */
		mark = (yaml_mark_t){ 0 };
		for (size_t i = 0; i < parser->problem_offset; i++) {
			mark.column = text[i] == '\n' ? 0 : mark.column + 1;
			mark.line += text[i] == '\n';
		}
	}
	return scale_yaml_fail(r, mark, "not valid YAML: %s%s%s",
			       parser->context ? parser->context : "",
			       parser->context ? ", " : "",
			       parser->problem ? parser->problem :
						 "unknown problem");
}

/* First pass: refuse what has no place in a configuration. */
static int check_event(scale_yaml_t *r, const yaml_event_t *event, int *depth,
		       int *documents)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++*documents > 1)
			return scale_yaml_fail(
				r, event->start_mark,
				"a second document begins here; a configuration is one");
		break;
	case YAML_ALIAS_EVENT:
		return scale_yaml_fail(
			r, event->start_mark,
			"aliases (*%.40s) are not supported; write the value out",
			(const char *) event->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		++*depth;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		++*depth;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		--*depth;
		break;
	default:
		break;
	}
	if (anchor)
		return scale_yaml_fail(
			r, event->start_mark,
			"anchors (&%.40s) are not supported; write the value out",
			(const char *) anchor);
	if (tag)
		return scale_yaml_fail(
			r, event->start_mark,
			"tags (%.40s) are not supported; remove it",
			(const char *) tag);
	if (*depth > MAX_DEPTH)
		return scale_yaml_fail(r, event->start_mark,
				       "nested deeper than %d levels",
				       MAX_DEPTH);
	return 0;
}

static int check_events(scale_yaml_t *r, const char *text, size_t size)
{
	yaml_parser_t parser;
	yaml_event_t event;
	int depth = 0, documents = 0, rc = -1;
	bool end = false;

	if (!yaml_parser_initialize(&parser))
		return scale_err_set(r->err, ENOMEM, "%s: no memory to read",
				     r->name);
	yaml_parser_set_input_string(&parser, (const yaml_char_t *) text, size);
	while (!end) {
		if (!yaml_parser_parse(&parser, &event)) {
			syntax_error(r, &parser, text);
			goto done;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		rc = check_event(r, &event, &depth, &documents);
		yaml_event_delete(&event);
		if (rc)
			goto done;
	}
	rc = 0;
done:
	yaml_parser_delete(&parser);
	return rc;
}

int scale_yaml_load(scale_yaml_t *r, const char *text, size_t size)
{
	yaml_parser_t parser;
	int rc = -1;

	if (size > SCALE_YAML_SIZE)
		return scale_err_set(r->err, EFBIG, "%s: larger than %d bytes",
				     r->name, SCALE_YAML_SIZE);
	if (check_events(r, text, size))
		return -1;
	if (!yaml_parser_initialize(&parser))
		return scale_err_set(r->err, ENOMEM, "%s: no memory to read",
				     r->name);
	yaml_parser_set_input_string(&parser, (const yaml_char_t *) text, size);
	if (yaml_parser_load(&parser, &r->doc))
		rc = 0;
	else
		syntax_error(r, &parser, text);
	yaml_parser_delete(&parser);
	return rc;
}

const char *scale_yaml_kind(const yaml_node_t *node)
{
	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	if (node->type == YAML_MAPPING_NODE)
		return "a map";
	return "a text";
}

const char *scale_yaml_scalar(scale_yaml_t *r, const char *name,
			      const yaml_node_t *node, bool plain,
			      const char *want)
{
	const char *text;
	bool bare;

	if (node->type != YAML_SCALAR_NODE) {
		scale_yaml_fail(r, node->start_mark, "%s: must be %s, not %s",
				name, want, scale_yaml_kind(node));
		return NULL;
	}
	text = (const char *) node->data.scalar.value;
	bare = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (bare && !*text) {
		scale_yaml_fail(r, node->start_mark,
				"%s: has no value; must be %s", name, want);
		return NULL;
	}
	if (plain && !bare) {
		scale_yaml_fail(r, node->start_mark,
				"%s: must be %s, without quotes", name, want);
		return NULL;
	}
	if (strlen(text) != node->data.scalar.length) {
		scale_yaml_fail(r, node->start_mark, "%s: holds a NUL byte",
				name);
		return NULL;
	}
	return text;
}

yaml_node_t *scale_yaml_item(scale_yaml_t *r, const yaml_node_t *seq, size_t i)
{
	return yaml_document_get_node(&r->doc,
				      seq->data.sequence.items.start[i]);
}

size_t scale_yaml_length(const yaml_node_t *seq)
{
	return seq->data.sequence.items.top - seq->data.sequence.items.start;
}

int scale_yaml_check_seq(scale_yaml_t *r, const char *name,
			 const yaml_node_t *node, const char *want, size_t most)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return scale_yaml_fail(r, node->start_mark,
				       "%s: must be a list, %s, not %s", name,
				       want, scale_yaml_kind(node));
	if (scale_yaml_length(node) > most)
		return scale_yaml_fail(r, node->start_mark,
				       "%s: has %zu items, more than %zu", name,
				       scale_yaml_length(node), most);
	return 0;
}
