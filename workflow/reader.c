/*
 * reader.c - workflow files: which kind, and JSON with errors that say where
 *
 * jansson tells line and column of what is no JSON.  Of values it keeps no
 * position; where a name is concerned, the text is searched for it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "reader_impl.h"

int wf_json_fail(wf_json_t *r, const char *path, const char *fmt, ...)
{
	char text[SCALE_ERR_TEXT / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return scale_err_set(r->err, EINVAL, "%s: %s%s%s", r->wf->file, path,
			     *path ? ": " : "", text);
}

/* The end of "text" in quotes at p, or NULL. */
static const char *skip_string(const char *p, const char *text)
{
	size_t length = strlen(text);

	if (*p != '"' || strncmp(p + 1, text, length) || p[length + 1] != '"')
		return NULL;
	return p + length + 2;
}

wf_pos_t wf_json_find(const wf_json_t *r, const char *text)
{
	const char *start = r->text;
	size_t line = 1;

	for (const char *p = r->text; *p; p++) {
		if (*p == '\n') {
			line++;
			start = p + 1;
		}
		if (skip_string(p, text))
			return (wf_pos_t){ line, p - start + 1 };
	}
	return (wf_pos_t){ 0 };
}

/* Move the cursor behind the next "key": "label".  Once that fails, the file
 * uses escapes and positions stay unknown: looking on could take long. */
static wf_pos_t next_member(wf_json_t *r, const char *key, const char *label)
{
	const char *p = r->at;

	for (; p && *p; p++) {
		const char *q;

		if (*p == '\n') {
			r->line++;
			r->line_start = p + 1;
		}
		q = skip_string(p, key);
		if (!q)
			continue;
		q += strspn(q, " \t");
		if (*q++ != ':')
			continue;
		q += strspn(q, " \t");
		if (!skip_string(q, label))
			continue;
		r->at = q;
		return (wf_pos_t){ r->line, q - r->line_start + 1 };
	}
	r->at = NULL;
	return (wf_pos_t){ 0 };
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a text";
	default:
		return "a number";
	}
}

int wf_json_get(wf_json_t *r, json_t *object, const char *path,
		const char *key, json_type type, bool required, json_t **out)
{
	json_t *value = json_object_get(object, key);

	*out = NULL;
	if (!value && required)
		return wf_json_fail(r, path, "\"%s\" is missing", key);
	if (!value)
		return 0;
	if (json_typeof(value) != type)
		return wf_json_fail(r, path, "\"%s\" must be %s", key,
				    type_name(type));
	*out = value;
	return 0;
}

int wf_json_number(wf_json_t *r, json_t *object, const char *path,
		   const char *key, double max, double dflt, double *out)
{
	json_t *value = json_object_get(object, key);

	*out = dflt;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_number(value))
		return wf_json_fail(r, path, "\"%s\" must be a number", key);
	*out = json_number_value(value);
	if (!isfinite(*out) || *out < 0.0 || *out > max)
		return wf_json_fail(r, path, "\"%s\": %g is not within 0 to %g",
				    key, *out, max);
	return 0;
}

int wf_json_item(wf_json_t *r, json_t *list, const char *path, size_t i,
		 const char **out)
{
	json_t *value = json_array_get(list, i);

	if (!json_is_string(value))
		return wf_json_fail(r, path, "item %zu must be a text", i);
	*out = json_string_value(value);
	return 0;
}

wf_task_t *wf_json_task(wf_json_t *r, json_t *used, const char *key,
			const char *label)
{
	char name[WF_NAME_SIZE], copy[WF_NAME_SIZE];
	wf_task_t *task = wf_add_task(r->wf, next_member(r, key, label),
				      r->err);

	if (!task)
		return NULL;
	wf_name_fit(label, name);
	strcpy(copy, name);
	for (int i = 2; json_object_get(used, name); i++)
		snprintf(name, sizeof(name), "%.52s-%d", copy, i);
	task->id = strdup(name);
	if (strcmp(name, label))
		task->label = strdup(label);
	if (!task->id || (strcmp(name, label) && !task->label) ||
	    json_object_set_new(used, name, json_true())) {
		scale_err_set(r->err, ENOMEM, "%s: no memory", r->wf->file);
		return NULL;
	}
	return task;
}

static int unknown_kind(wf_json_t *r)
{
	return wf_json_fail(r, "",
			    "not a workflow: neither ours (\"tasks\"), nor WfFormat (\"schemaVersion\" and \"workflow\"), nor a LangGraph graph (\"nodes\" and \"edges\")");
}

static int read_json(wf_json_t *r, size_t size)
{
	json_error_t where;
	json_t *root = json_loadb(r->text, size, JSON_REJECT_DUPLICATES,
				  &where);
	int rc;

	if (!root)
		return scale_err_set(r->err, EINVAL,
				     "%s:%d:%d: not valid JSON: %s",
				     r->wf->file, where.line, where.column,
				     where.text);
	if (!json_is_object(root))
		rc = unknown_kind(r);
	else if (json_object_get(root, "schemaVersion") ||
		 json_object_get(root, "workflow"))
		rc = wf_wfformat_read(r, root);
	else if (json_object_get(root, "nodes"))
		rc = wf_langgraph_read(r, root);
	else
		rc = unknown_kind(r);
	json_decref(root);
	return rc;
}

/* An object of JSON, not a map of YAML in braces. */
static bool is_json(const char *text)
{
	static const char space[] = " \t\r\n";

	text += strspn(text, space);
	if (*text++ != '{')
		return false;
	text += strspn(text, space);
	return *text == '"' || *text == '}';
}

/* Our own keys, written as JSON: YAML reads that. */
static bool is_own_json(const char *text, size_t size)
{
	json_t *root = json_loadb(text, size, 0, NULL);
	bool own = json_is_array(json_object_get(root, "tasks"));

	json_decref(root);
	return own;
}

/* Commands for tasks that have none. */
static int fill_commands(wf_t *wf, const char *command, scale_err_t *err)
{
	for (size_t i = 0; i < wf->count; i++) {
		wf_task_t *task = &wf->task[i];

		if (task->command || task->script)
			continue;
		if (!command)
			return wf_fail(wf, task->pos, err, EINVAL,
				       "task \"%s\" has neither command nor script; add one, or give all such tasks a --command",
				       task->id);
		task->command = strdup(command);
		if (!task->command)
			return scale_err_set(err, ENOMEM, "no memory");
	}
	return 0;
}

wf_t *wf_read_text(const char *text, size_t size, const char *path,
		   const wf_read_t *how, scale_err_t *err)
{
	wf_t *wf = wf_create(path, err);
	wf_json_t r = { wf, text, how, err, text, text, 1 };
	int rc;

	if (!wf)
		return NULL;
	if (is_json(text) && !is_own_json(text, size))
		rc = read_json(&r, size);
	else
		rc = wf_yaml_read(wf, text, size, err);
	if (!rc)
		rc = fill_commands(wf, how->command, err);
	if (rc) {
		wf_destroy(wf);
		return NULL;
	}
	return wf;
}

wf_t *wf_read_file(const char *path, const wf_read_t *how, scale_err_t *err)
{
	char *text;
	size_t size;
	wf_t *wf;

	if (scale_file_read(path, WF_FILE_MAX, &text, &size, err))
		return NULL;
	wf = wf_read_text(text, size, path, how, err);
	free(text);
	return wf;
}
