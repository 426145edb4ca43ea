/*
 * log_record.c - one record as one line of JSON
 *
 * jansson writes.  A member whose value could not be allocated makes the
 * whole line fail: no line is ever incomplete.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "log_record.h"
#include "text.h"

enum {
	LONGEST = SCALE_LOG_TEXT,	/* of all strings in a record */
	FLAGS = JSON_COMPACT | JSON_REAL_PRECISION(15),
};

static const char *const type_name[SCALE_RECORD_TYPES] = {
	[SCALE_RECORD_SEEN] = "seen",
	[SCALE_RECORD_DECISION] = "decision",
	[SCALE_RECORD_START] = "start",
	[SCALE_RECORD_END] = "end",
	[SCALE_RECORD_FALLBACK] = "fallback",
};

static const char *const outcome_name[SCALE_OUTCOMES] = {
	[SCALE_OUTCOME_PLACED] = "placed",
	[SCALE_OUTCOME_WAIT] = "wait",
	[SCALE_OUTCOME_REFUSED] = "refused",
	[SCALE_OUTCOME_SHADOW] = "shadow",
};

const char *scale_record_name(scale_record_type_t type)
{
	return type < SCALE_RECORD_TYPES ? type_name[type] : "?";
}

const char *scale_outcome_name(scale_outcome_t outcome)
{
	return outcome < SCALE_OUTCOMES ? outcome_name[outcome] : "?";
}

static void put(json_t *to, const char *key, json_t *value, bool *ok)
{
	if (json_object_set_new(to, key, value))
		*ok = false;
}

static void put_text(json_t *to, const char *key, const char *text, bool *ok)
{
	char safe[LONGEST];

	scale_text_copy(safe, sizeof(safe), text);
	put(to, key, json_string(safe), ok);
}

static void put_real(json_t *to, const char *key, double x, bool *ok)
{
	put(to, key, isfinite(x) ? json_real(x) : json_null(), ok);
}

static void put_count(json_t *to, const char *key, uint32_t n, bool *ok)
{
	put(to, key, json_integer(n), ok);
}

static void put_job(json_t *to, const scale_log_job_t *job, bool *ok)
{
	if (!job->job_id)
		return;
	put_count(to, "job", job->job_id, ok);
	if (job->array_job)
		put_count(to, "array", job->array_job, ok);
	if (job->array_job && job->array_task != SCALE_LOG_NO_TASK)
		put_count(to, "index", job->array_task, ok);
	put_count(to, "uid", job->uid, ok);
	put_text(to, "wf", job->workflow, ok);
	put_text(to, "task", job->task, ok);
}

static void put_seen(json_t *to, const scale_log_seen_t *seen, bool *ok)
{
	json_t *parents = json_array();

	put_real(to, "submit", seen->submit, ok);
	put_count(to, "count", seen->count, ok);
	put_real(to, "gflop", seen->gflop, ok);
	put_real(to, "out_gb", seen->out_gb, ok);
	put_real(to, "mem_gb", seen->mem_gb, ok);
	put_real(to, "run_s", seen->run_s, ok);
	put_real(to, "spread", seen->spread, ok);
	put_text(to, "source", seen->source, ok);
	for (uint32_t i = 0; i < seen->parent_count && i < SCALE_LOG_PARENTS;
	     i++)
		if (json_array_append_new(parents,
					  json_integer(seen->parent[i])))
			*ok = false;
	put(to, "parents", parents, ok);
}

static json_t *candidate_json(const scale_candidate_t *c, bool *ok)
{
	json_t *json = json_object();

	put_text(json, "node", c->node, ok);
	put_real(json, "score", c->score, ok);
	put_real(json, "run_s", c->run_s, ok);
	put_real(json, "transfer_s", c->transfer_s, ok);
	put_real(json, "wait_s", c->wait_s, ok);
	if (c->busy)
		put(json, "busy", json_true(), ok);
	put_real(json, "mem_gb", c->mem_gb, ok);
	return json;
}

static void put_decision(json_t *to, const scale_log_decision_t *d, bool *ok)
{
	json_t *candidates = json_array();

	put_text(to, "mode", d->mode, ok);
	put_text(to, "policy", d->policy, ok);
	put_text(to, "outcome", scale_outcome_name(d->outcome), ok);
	if (*d->reason)
		put_text(to, "reason", d->reason, ok);
	put_count(to, "hops", d->hops, ok);
	put_real(to, "us", d->us, ok);
	if (*d->node) {
		put_text(to, "node", d->node, ok);
		put_real(to, "score", d->score, ok);
	}
	if (*d->runner_up) {
		put_text(to, "runner_up", d->runner_up, ok);
		put_real(to, "runner_up_score", d->runner_up_score, ok);
	}
	put_count(to, "allowed", d->candidate_total, ok);
	for (uint32_t i = 0; i < d->candidate_count &&
	     i < SCALE_LOG_CANDIDATES; i++)
		if (json_array_append_new(candidates,
				candidate_json(&d->candidate[i], ok)))
			*ok = false;
	put(to, "candidates", candidates, ok);
}

static void put_start(json_t *to, const scale_log_start_t *start, bool *ok)
{
	put_text(to, "node", start->node, ok);
	put_real(to, "ready", start->ready, ok);
	put_real(to, "room", start->room, ok);
}

static void put_end(json_t *to, const scale_log_end_t *end, bool *ok)
{
	if (*end->node)
		put_text(to, "node", end->node, ok);
	put_text(to, "state", end->state, ok);
	put_real(to, "elapsed_s", end->elapsed_s, ok);
}

static void put_fallback(json_t *to, const scale_log_fallback_t *f, bool *ok)
{
	put_text(to, "cause", f->cause, ok);
	put_text(to, "policy", f->policy, ok);
	put_text(to, "reason", f->reason, ok);
}

static void put_body(json_t *to, const scale_record_t *record, bool *ok)
{
	switch (record->type) {
	case SCALE_RECORD_SEEN:
		put_seen(to, &record->seen, ok);
		break;
	case SCALE_RECORD_DECISION:
		put_decision(to, &record->decision, ok);
		break;
	case SCALE_RECORD_START:
		put_start(to, &record->start, ok);
		break;
	case SCALE_RECORD_END:
		put_end(to, &record->end, ok);
		break;
	case SCALE_RECORD_FALLBACK:
		put_fallback(to, &record->fallback, ok);
		break;
	case SCALE_RECORD_TYPES:
		*ok = false;
		break;
	}
}

char *scale_record_json(const scale_record_t *record, size_t *size)
{
	json_t *json;
	char *text = NULL;
	bool ok = true;
	size_t n;

	if (record->type >= SCALE_RECORD_TYPES) {
		errno = EINVAL;
		return NULL;
	}
	json = json_object();
	put_count(json, "v", SCALE_LOG_VERSION, &ok);
	put_text(json, "type", type_name[record->type], &ok);
	put_real(json, "time", record->time, &ok);
	put_job(json, &record->job, &ok);
	put_body(json, record, &ok);
	n = ok ? json_dumpb(json, NULL, 0, FLAGS) : 0;
	if (n > 0)
		text = malloc(n + 1);
	if (text) {
		json_dumpb(json, text, n, FLAGS);
		text[n] = '\n';
		*size = n + 1;
	} else {
		errno = ENOMEM;
	}
	json_decref(json);
	return text;
}
