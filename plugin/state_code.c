/*
 * state_code.c - what the plugin remembers across restarts: encoding
 *
 * One line "scale-state VERSION LENGTH SHA256", then LENGTH bytes of JSON,
 * whose records are arrays in the order of docs/state-format.md.  Decoding
 * fills a state of its own and hands it over only when all of it is right.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/file.h"
#include "model/stream.h"
#include "state_file.h"
#include "text.h"

enum { HEAD_MAX = 128 };

void scale_state_free(scale_state_t *state)
{
	int saved = errno;

	if (!state)
		return;
	free(state->stage);
	free(state->run);
	free(state->edge);
	free(state->entry);
	*state = (scale_state_t) { 0 };
	errno = saved;
}

/* ------------------------------------------------------------- encoding */

static json_t *name_json(const char *text)
{
	char safe[SCALE_HISTORY_NAME];

	scale_text_copy(safe, sizeof(safe), text);
	return json_string(safe);
}

static json_t *estimate_json(const scale_estimate_t *e)
{
	return json_pack("[I, f, f]", (json_int_t) e->count, e->mean,
			 e->spread);
}

static json_t *stage_json(const void *record)
{
	const scale_state_stage_t *s = record;

	return json_pack("[I, I, I, I, I, I, f, f, f, o, o, b, I]",
			 (json_int_t) s->id, (json_int_t) s->uid,
			 (json_int_t) s->count, (json_int_t) s->task_first,
			 (json_int_t) s->task_step,
			 (json_int_t) s->hops_given, s->submitted, s->gflop,
			 s->out_gb, name_json(s->workflow),
			 name_json(s->task), s->weak, (json_int_t) s->label);
}

static json_t *run_json(const void *record)
{
	const scale_state_run_t *r = record;

	return json_pack("[I, I, b, f, f, o]", (json_int_t) r->id,
			 (json_int_t) r->task, r->done, r->started, r->ended,
			 name_json(r->node));
}

static json_t *edge_json(const void *record)
{
	const scale_state_edge_t *e = record;

	return json_pack("[I, I, I]", (json_int_t) e->child,
			 (json_int_t) e->parent, (json_int_t) e->task);
}

static json_t *entry_json(const void *record)
{
	const scale_history_entry_t *e = record;

	return json_pack("[I, o, o, o]", (json_int_t) e->uid,
			 name_json(e->name), estimate_json(&e->gflop),
			 estimate_json(&e->out_gb));
}

/* NULL where a record could not be made: no memory, or not finite. */
static json_t *list_json(const void *record, size_t count, size_t size,
			 json_t *(*make)(const void *record))
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < count; i++)
		if (json_array_append_new(list,
			    make((const char *) record + i * size))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

static json_t *state_json(const scale_state_t *state)
{
	return json_pack("{s:f, s:o, s:o, s:o, s:o, s:o}",
		"saved", state->saved,
		"stages", list_json(state->stage, state->stage_count,
				    sizeof(*state->stage), stage_json),
		"runs", list_json(state->run, state->run_count,
				  sizeof(*state->run), run_json),
		"edges", list_json(state->edge, state->edge_count,
				   sizeof(*state->edge), edge_json),
		"history", list_json(state->entry, state->entry_count,
				     sizeof(*state->entry), entry_json),
		"ratio", estimate_json(&state->ratio));
}

int scale_state_encode(const scale_state_t *state, char **text, size_t *size,
		       scale_err_t *err)
{
	json_t *json = state_json(state);
	char *body = NULL, sum[65];
	size_t n;

	if (!json)
		return scale_err_set(err, EDOM, "state: out of memory, or a "
				     "number in it is not finite");
	body = scale_stream_json(json, JSON_COMPACT |
				       JSON_REAL_PRECISION(17));
	json_decref(json);
	if (!body)
		return scale_err_set(err, ENOMEM, "out of memory");
	n = strlen(body);
	scale_sha256_hex(body, n, sum);
	*text = NULL;
	if (asprintf(text, "scale-state %d %zu %s\n%s\n", SCALE_STATE_VERSION,
		     n, sum, body) < 0) {
		free(body);
		return scale_err_set(err, ENOMEM, "out of memory");
	}
	*size = strlen(*text);
	free(body);
	return 0;
}

/* ------------------------------------------------------------- decoding */

/* Place in the file for an error, and the error. */
typedef struct reader {
	const char *name;		/* of the file */
	const char *list;
	size_t i;
	scale_err_t *err;
} reader_t;

static int wrong(const reader_t *r)
{
	return scale_err_set(r->err, EBADMSG, "%s: %s, record %zu: not as the "
			     "format says", r->name, r->list, r->i + 1);
}

static bool get_u32(const json_t *list, size_t i, uint32_t *out)
{
	const json_t *value = json_array_get(list, i);
	json_int_t x = json_integer_value(value);

	*out = (uint32_t) x;
	return json_is_integer(value) && x >= 0 && x <= UINT32_MAX;
}

static bool get_real(const json_t *list, size_t i, double *out)
{
	const json_t *value = json_array_get(list, i);

	*out = json_number_value(value);
	return json_is_number(value) && isfinite(*out);
}

static bool get_name(const json_t *list, size_t i, char *out, size_t size)
{
	const char *text = json_string_value(json_array_get(list, i));

	if (!text || strlen(text) >= size)
		return false;
	scale_text_copy(out, size, text);
	return true;
}

static bool get_estimate(const json_t *value, scale_estimate_t *e)
{
	json_int_t count = json_integer_value(json_array_get(value, 0));

	e->count = (uint64_t) count;
	return json_array_size(value) == 3 && count >= 0 &&
	       json_is_integer(json_array_get(value, 0)) &&
	       get_real(value, 1, &e->mean) &&
	       get_real(value, 2, &e->spread) && e->spread >= 0.0 &&
	       (count == 0 || e->spread > 0.0);
}

/* What version 1 did not have. */
static bool get_label(const json_t *a, scale_state_stage_t *s)
{
	if (json_array_size(a) == 11)
		return true;
	s->weak = json_is_true(json_array_get(a, 11));
	return json_array_size(a) == 13 &&
	       json_is_boolean(json_array_get(a, 11)) &&
	       get_u32(a, 12, &s->label);
}

static bool get_stage(const json_t *a, void *record)
{
	scale_state_stage_t *s = record;

	return get_label(a, s) && get_u32(a, 0, &s->id) &&
	       get_u32(a, 1, &s->uid) && get_u32(a, 2, &s->count) &&
	       get_u32(a, 3, &s->task_first) && get_u32(a, 4, &s->task_step) &&
	       get_u32(a, 5, &s->hops_given) && get_real(a, 6, &s->submitted) &&
	       get_real(a, 7, &s->gflop) && get_real(a, 8, &s->out_gb) &&
	       get_name(a, 9, s->workflow, sizeof(s->workflow)) &&
	       get_name(a, 10, s->task, sizeof(s->task)) && s->id &&
	       s->count && s->gflop >= 0.0 && s->out_gb >= 0.0;
}

static bool get_run(const json_t *a, void *record)
{
	scale_state_run_t *r = record;

	r->done = json_is_true(json_array_get(a, 2));
	return json_array_size(a) == 6 && get_u32(a, 0, &r->id) &&
	       get_u32(a, 1, &r->task) &&
	       json_is_boolean(json_array_get(a, 2)) &&
	       get_real(a, 3, &r->started) && get_real(a, 4, &r->ended) &&
	       get_name(a, 5, r->node, sizeof(r->node)) && r->id;
}

static bool get_edge(const json_t *a, void *record)
{
	scale_state_edge_t *e = record;

	return json_array_size(a) == 3 && get_u32(a, 0, &e->child) &&
	       get_u32(a, 1, &e->parent) && get_u32(a, 2, &e->task) &&
	       e->child != e->parent;
}

static bool get_entry(const json_t *a, void *record)
{
	scale_history_entry_t *e = record;

	return json_array_size(a) == 4 && get_u32(a, 0, &e->uid) &&
	       get_name(a, 1, e->name, sizeof(e->name)) &&
	       get_estimate(json_array_get(a, 2), &e->gflop) &&
	       get_estimate(json_array_get(a, 3), &e->out_gb);
}

/* RET [*count] records of size bytes, allocated, or NULL. */
static void *get_list(const json_t *json, const char *key, size_t most,
		      size_t size, bool (*get)(const json_t *, void *),
		      size_t *count, reader_t *r)
{
	const json_t *list = json_object_get(json, key);
	size_t n = json_array_size(list);
	char *record;

	r->list = key;
	r->i = 0;
	if (!json_is_array(list) || n > most) {
		wrong(r);
		return NULL;
	}
	record = calloc(n ? n : 1, size);
	if (!record) {
		scale_err_set(r->err, ENOMEM, "%s: out of memory", r->name);
		return NULL;
	}
	for (; r->i < n; r->i++) {
		if (!get(json_array_get(list, r->i), record + r->i * size)) {
			wrong(r);
			free(record);
			return NULL;
		}
	}
	*count = n;
	return record;
}

static int get_lists(const json_t *json, scale_state_t *s, reader_t *r)
{
	s->stage = get_list(json, "stages", SCALE_STATE_STAGES_MAX,
			    sizeof(*s->stage), get_stage, &s->stage_count, r);
	if (!s->stage)
		return -1;
	s->run = get_list(json, "runs", SCALE_STATE_EDGES_MAX,
			  sizeof(*s->run), get_run, &s->run_count, r);
	if (!s->run)
		return -1;
	s->edge = get_list(json, "edges", SCALE_STATE_EDGES_MAX,
			   sizeof(*s->edge), get_edge, &s->edge_count, r);
	if (!s->edge)
		return -1;
	s->entry = get_list(json, "history", SCALE_HISTORY_KEYS_MAX,
			    sizeof(*s->entry), get_entry, &s->entry_count, r);
	return s->entry ? 0 : -1;
}

static int get_state(const json_t *json, scale_state_t *s, reader_t *r)
{
	const json_t *saved = json_object_get(json, "saved");

	if (get_lists(json, s, r) < 0)
		return -1;
	r->list = "saved or ratio";
	r->i = 0;
	if (!json_is_number(saved) ||
	    !get_estimate(json_object_get(json, "ratio"), &s->ratio))
		return wrong(r);
	s->saved = json_number_value(saved);
	return 0;
}

/* Check the first line.  OUT *body, *body_size; RET 0 or -1. */
static int check_head(const char *text, size_t size, const char *name,
		      const char **body, size_t *body_size, scale_err_t *err)
{
	const char *newline = memchr(text, '\n',
				     size < HEAD_MAX ? size : HEAD_MAX);
	char head[HEAD_MAX + 1] = "", want[65] = "", have[65];
	int version = -1, used = 0;
	size_t rest;

	if (newline)
		memcpy(head, text, (size_t) (newline - text));
	if (sscanf(head, "scale-state %d%n", &version, &used) != 1)
		return scale_err_set(err, EBADMSG,
				     "%s: not a state file of scale", name);
	if (version < 1 || version > SCALE_STATE_VERSION)
		return scale_err_set(err, EPROTONOSUPPORT,
				     "%s: format version %d, this program "
				     "knows 1 to %d", name, version,
				     SCALE_STATE_VERSION);
	if (sscanf(head + used, " %zu %64[0-9a-f]", body_size, want) != 2)
		return scale_err_set(err, EBADMSG,
				     "%s: the first line is damaged", name);
	*body = newline + 1;
	rest = size - (size_t) (*body - text);	/* with a newline at its end */
	if (!rest || rest - 1 != *body_size || text[size - 1] != '\n')
		return scale_err_set(err, EBADMSG, "%s: truncated or longer "
			"than its first line says: %zu bytes", name, size);
	scale_sha256_hex(*body, *body_size, have);
	if (strcmp(want, have))
		return scale_err_set(err, EBADMSG, "%s: damaged: the checksum "
				     "differs", name);
	return 0;
}

int scale_state_decode(const char *text, size_t size, const char *name,
		       scale_state_t *state, scale_err_t *err)
{
	reader_t reader = { .name = name, .err = err };
	scale_state_t fresh = { 0 };
	json_error_t fault;
	const char *body = NULL;
	size_t body_size = 0;
	json_t *json;
	int rc;

	if (check_head(text, size, name, &body, &body_size, err) < 0)
		return -1;
	json = json_loadb(body, body_size, JSON_REJECT_DUPLICATES, &fault);
	if (!json)
		return scale_err_set(err, EBADMSG, "%s: byte %d: %s", name,
				     fault.position, fault.text);
	rc = get_state(json, &fresh, &reader);
	json_decref(json);
	if (rc < 0) {
		scale_state_free(&fresh);
		return -1;
	}
	*state = fresh;
	return 0;
}
