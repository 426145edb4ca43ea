/*
 * trace_load.c - read a trace and run it again
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/file.h"
#include "array.h"
#include "trace_impl.h"

/* Larger than any trace that fits the memory of its writer. */
#define TRACE_LIMIT ((size_t) 8 << 30)

typedef struct reader {
	const char *path;
	size_t line;		/* from 1 */
	sim_trace_file_t *file;
	size_t room;
	scale_err_t *err;
} reader_t;

static int bad_line(const reader_t *r, const char *why)
{
	return scale_err_set(r->err, EINVAL, "%s:%zu: %s", r->path, r->line,
			     why);
}

static int read_head(reader_t *r, json_t *line)
{
	sim_trace_head_t *head = &r->file->head;
	const char *policy, *yaml;
	json_int_t version, seed;

	if (json_unpack(line, "{s:I, s:I, s:s, s:s}", "scale_trace", &version,
			"seed", &seed, "policy", &policy, "config", &yaml))
		return bad_line(r, "not the header of a trace; was it written by scale-sim run --trace?");
	if (version != SIM_TRACE_VERSION)
		return bad_line(r, "a trace of another version");
	if (seed < 0 || strlen(policy) >= sizeof(head->policy))
		return bad_line(r, "seed or policy out of range");
	head->seed = (uint64_t) seed;
	strcpy(head->policy, policy);
	if (scale_conf_defaults(sim_conf_table, &head->config, r->err) ||
	    scale_conf_parse(sim_conf_table, &head->config, yaml,
			     strlen(yaml), "config", r->err) ||
	    sim_config_check(&head->config, r->err))
		return scale_err_prefix(r->err, "%s:%zu", r->path, r->line);
	return 0;
}

static int find(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* Optional members, each a whole number that fits its field. */
static int read_numbers(reader_t *r, json_t *line, sim_note_t *note)
{
	json_int_t workflow = 0, task = 0, tasks = 0, server = 0, tier = 0;
	json_int_t choice = 0;
	const char *effect = sim_trace_effects[0];
	int found;

	if (json_unpack(line, "{s?I, s?I, s?I, s?I, s?I, s?I, s?s}",
			"workflow", &workflow, "task", &task, "tasks", &tasks,
			"server", &server, "tier", &tier, "choice", &choice,
			"effect", &effect))
		return bad_line(r, "a member of the wrong type");
	found = find(sim_trace_effects, SIM_INVALID + 1, effect);
	if (workflow < 0 || task < 0 || tasks < 0 || server < 0 || tier < 0 ||
	    task > INT32_MAX || tasks > INT32_MAX || server > INT32_MAX ||
	    tier >= (json_int_t) r->file->head.config.mix.count ||
	    choice < SIM_DEFER || choice > INT32_MAX || found < 0)
		return bad_line(r, "a value out of range");
	note->workflow = (uint64_t) workflow;
	note->index = (uint32_t) (note->kind == SIM_NOTE_ARRIVE ? tasks :
								  task);
	note->server = (uint32_t) server;
	note->tier = (uint32_t) tier;
	note->choice = (ssize_t) choice;
	note->effect = (sim_effect_t) found;
	return 0;
}

static int read_note(reader_t *r, json_t *line)
{
	sim_trace_file_t *file = r->file;
	sim_note_t note = { 0 };
	const char *event;
	int kind;

	if (file->complete)
		return bad_line(r, "a line after the end");
	if (json_unpack(line, "{s:s}", "event", &event))
		return bad_line(r, "no event");
	if (!strcmp(event, "end")) {
		file->complete = true;
		return 0;
	}
	kind = find(sim_trace_kinds, SIM_NOTE_COUNT, event);
	if (kind < 0)
		return bad_line(r, "an unknown event");
	note.kind = (sim_note_kind_t) kind;
	if (json_unpack(line, "{s:F}", "t", &note.time) ||
	    !isfinite(note.time) || note.time < 0.0)
		return bad_line(r, "no time t in seconds");
	if (read_numbers(r, line, &note))
		return -1;
	if (sim_array_reserve(&file->note, &r->room, file->notes + 1))
		return scale_err_set(r->err, ENOMEM,
				     "no memory for the trace");
	file->note[file->notes++] = note;
	return 0;
}

static int read_line(reader_t *r, const char *text, size_t size)
{
	json_error_t why;
	json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	int rc;

	if (!line)
		return scale_err_set(r->err, EINVAL, "%s:%zu:%d: %s", r->path,
				     r->line, why.column, why.text);
	rc = r->line == 1 ? read_head(r, line) : read_note(r, line);
	json_decref(line);
	return rc;
}

static int read_lines(reader_t *r)
{
	const char *at = r->file->text, *end = at + r->file->size;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t) (end - at));
		size_t size = (size_t) ((stop ? stop : end) - at);

		r->line++;
		if (!stop)
			return bad_line(r, "the last line has no end; the trace is cut off");
		if (read_line(r, at, size))
			return -1;
		at += size + 1;
	}
	r->line += !r->line;
	return r->file->size ? 0 : bad_line(r, "empty");
}

int sim_trace_load(sim_trace_file_t *file, const char *path,
		   scale_err_t *err)
{
	reader_t r = { .path = path, .file = file, .err = err };

	*file = (sim_trace_file_t) { 0 };
	if (scale_file_read(path, TRACE_LIMIT, &file->text, &file->size, err))
		return -1;
	if (read_lines(&r)) {
		sim_trace_free(file);
		return -1;
	}
	return 0;
}

void sim_trace_free(sim_trace_file_t *file)
{
	int saved = errno;

	scale_conf_free(sim_conf_table, &file->head.config);
	free(file->note);
	free(file->text);
	*file = (sim_trace_file_t) { 0 };
	errno = saved;
}

/* Run with the recorded choices; ends early where they no longer fit. */
static int run_again(sim_t *sim, const sim_trace_file_t *file,
		     scale_err_t *err)
{
	sim_outcome_t outcome;
	sim_status_t status;
	size_t i = 0;

	if (sim_reset(sim, file->head.seed, err))
		return -1;
	while ((status = sim_next(sim, err)) == SIM_DECIDE) {
		while (i < file->notes &&
		       file->note[i].kind != SIM_NOTE_DECIDE)
			i++;
		if (i == file->notes ||
		    file->note[i].choice >= (ssize_t) sim_cluster(sim)->n)
			return 0;
		if (sim_act(sim, file->note[i++].choice, &outcome, err))
			return -1;
	}
	return status == SIM_DONE ? 0 : -1;
}

/* Part of a trace for a message. */
typedef struct excerpt {
	const char *text;
	int size;
} excerpt_t;

static bool stands_at(const char *what, const char *text, size_t size,
		      size_t at)
{
	size_t length = strlen(what);

	return length <= size && at <= size - length &&
	       !memcmp(text + at, what, length);
}

static size_t end_of_line(const char *text, size_t size, size_t at)
{
	while (at < size && text[at] != '\n' &&
	       !stands_at("\\n", text, size, at))
		at++;
	return at;
}

/* The line of text [size] that holds position at.  The header has a whole
 * configuration in it: the line of that, with the key under a comment. */
static excerpt_t excerpt(const char *text, size_t size, size_t at)
{
	size_t from = at, to = end_of_line(text, size, at);

	while (from > 0 && text[from - 1] != '\n' &&
	       !(from > 1 && stands_at("\\n", text, size, from - 2)) &&
	       !(from > 9 && stands_at("config\":\"", text, size, from - 9)))
		from--;
	if (from < size && text[from] == '#' && to < size && text[to] != '\n')
		to = end_of_line(text, size, to + 2);
	return (excerpt_t) { text + from, (int) (to - from) };
}

/* RET 0, or -1 with EPROTO and the first line that differs */
static int compare(const sim_trace_file_t *file, const char *text,
		   size_t size, const char *path, scale_err_t *err)
{
	size_t at = 0, line = 1;
	size_t both = size < file->size ? size : file->size;
	excerpt_t old, new;

	while (at < both && text[at] == file->text[at])
		line += text[at++] == '\n';
	if (at == size && at == file->size)
		return 0;
	old = excerpt(file->text, file->size, at);
	new = excerpt(text, size, at);
	return scale_err_set(err, EPROTO,
			     "%s:%zu: the trace has '%.*s', the replay '%.*s'",
			     path, line, old.size, old.text, new.size,
			     new.text);
}

int sim_trace_replay(const sim_trace_file_t *file, const char *path,
		     scale_err_t *err)
{
	sim_trace_t *trace = sim_trace_create(&file->head, err);
	sim_t *sim = sim_create(&file->head.config, err);
	sim_metrics_t metrics;
	const char *text;
	size_t size;
	int saved, rc = -1;

	if (!trace || !sim)
		goto out;
	sim_observe(sim, sim_trace_note, trace);
	if (run_again(sim, file, err) || sim_metrics(sim, &metrics, err) ||
	    sim_trace_finish(trace, &metrics, &text, &size, err))
		goto out;
	rc = compare(file, text, size, path, err);
out:
	saved = errno;
	sim_destroy(sim);
	sim_trace_destroy(trace);
	errno = saved;
	return rc;
}
