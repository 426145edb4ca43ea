/*
 * ctl_explain.c - scale-ctl explain: one primitive's story
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "ctl_graph.h"
#include "ctl_jobs.h"
#include "ctl_reasons.h"

typedef struct story {
	const ctl_jobs_t *jobs;
	const ctl_stage_t *stage;
	const ctl_task_t *task;		/* NULL: nothing but "seen" */
	uint32_t index;			/* of the task, SCALE_LOG_NO_TASK: it is
					   no array's, or all of one */
	char why[2 * SCALE_ERR_TEXT];	/* it waits, or "" */
	bool array;			/* as a whole */
} story_t;

static void when(double t, char text[32])
{
	time_t seconds = (time_t) t;
	struct tm tm;

	if (!isfinite(t) || !localtime_r(&seconds, &tm) ||
	    !strftime(text, 32, "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(text, "-");
}

static ctl_state_t state_of(const story_t *s)
{
	if (s->array)
		return ctl_graph_state(s->stage);
	return s->task ? ctl_task_state(s->task) : CTL_PENDING;
}

/* Append "what" and a separator where something is there already. */
static void add_why(story_t *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add_why(story_t *s, const char *fmt, ...)
{
	size_t used = strlen(s->why);
	va_list ap;

	if (used)
		used += (size_t) snprintf(s->why + used,
					  sizeof(s->why) - used, "; ");
	if (used >= sizeof(s->why) - 1)
		return;
	va_start(ap, fmt);
	vsnprintf(s->why + used, sizeof(s->why) - used, fmt, ap);
	va_end(ap);
}

/* Slurm's own reason, where slurmctld answers: held, limits, a dependency
 * that can never be met. */
static void ask_slurm(story_t *s)
{
	ctl_reasons_t reasons;

	ctl_reasons_ask(s->stage->id, s->index, &reasons);
	for (size_t i = 0; i < reasons.kinds; i++)
		if (s->array)
			add_why(s, "Slurm says %s (%zu of its tasks)",
				reasons.text[i], reasons.count[i]);
		else
			add_why(s, "Slurm says %s", reasons.text[i]);
}

static void add_decision(story_t *s, const json_t *decision)
{
	if (*ctl_text(decision, "reason"))
		add_why(s, "%s", ctl_text(decision, "reason"));
	else if (!strcmp(ctl_text(decision, "outcome"), "wait"))
		add_why(s, "its node %s is busy", ctl_text(decision, "node"));
	else
		add_why(s, "stock scheduling has not started it");
}

static void find_why(story_t *s)
{
	const ctl_stage_t *stage = s->stage;

	if (!ctl_stage_count(stage, CTL_PENDING) ||
	    (!s->array && state_of(s) != CTL_PENDING))
		return;
	for (size_t i = 0; i < stage->parent_count; i++) {
		const ctl_stage_t *p = ctl_jobs_stage(s->jobs,
						      stage->parent[i]);
		uint32_t open = p ? ctl_stage_count(p, CTL_PENDING) +
				    ctl_stage_count(p, CTL_RUNNING) : 0;
		uint32_t failed = p ? ctl_stage_count(p, CTL_FAILED) : 0;

		if (open)
			add_why(s, "it depends on job %u%s%s, which has %u "
				"of %u primitives to go", p->id,
				*p->task ? " " : "", p->task, open, p->count);
		if (failed)
			add_why(s, "%u of %u primitives of job %u%s%s failed",
				failed, p->count, p->id, *p->task ? " " : "",
				p->task);
	}
	if (!*s->why && s->task && s->task->last)
		add_decision(s, s->task->last);
	ask_slurm(s);
	if (!*s->why)
		add_why(s, "no decision yet: it is not ready, or held");
}

/* The candidate of that name in a decision, or NULL. */
static const json_t *candidate(const json_t *decision, const char *node)
{
	const json_t *list = json_object_get(decision, "candidates");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (!strcmp(ctl_text(json_array_get(list, i), "node"), node))
			return json_array_get(list, i);
	return NULL;
}

static void compare(FILE *out, const char *what, double mine, double other)
{
	char text[32];
	double d = other - mine;

	if (isfinite(d) && fabs(d) > 1e-6)
		fprintf(out, ", %s %s %s", what,
			ctl_duration(fabs(d), text), d > 0 ? "more" : "less");
}

/* One sentence, allocated; NULL where there is no runner-up. */
static char *why_not(const json_t *decision)
{
	const char *runner = ctl_text(decision, "runner_up");
	const json_t *a = candidate(decision, ctl_text(decision, "node"));
	const json_t *b = candidate(decision, runner);
	char *text = NULL;
	size_t size;
	double lead;
	FILE *out;

	if (!*runner || !(out = open_memstream(&text, &size)))
		return NULL;
	lead = ctl_number(decision, "score") -
	       ctl_number(decision, "runner_up_score");
	if (lead > 0.0)
		fprintf(out, "not %s: its score is %.4g lower", runner, lead);
	else
		fprintf(out, "not %s: its score is the same", runner);
	compare(out, "running takes", ctl_number(a, "run_s"),
		ctl_number(b, "run_s"));
	compare(out, "the transfer", ctl_number(a, "transfer_s"),
		ctl_number(b, "transfer_s"));
	compare(out, "the wait for it", ctl_number(a, "wait_s"),
		ctl_number(b, "wait_s"));
	fclose(out);
	return text;
}

static void print_candidates(const json_t *decision)
{
	const json_t *list = json_object_get(decision, "candidates");
	const char *node = ctl_text(decision, "node");
	char run[32], transfer[32], wait[32];

	if (!json_array_size(list))
		return;
	printf("  %-16s %10s %10s %10s %10s %9s\n", "node", "score",
	       "run time", "transfer", "free in", "memory");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		double left = ctl_number(c, "wait_s");
		bool busy = json_is_true(json_object_get(c, "busy"));

		printf("%c %-16s %10.4g %10s %10s %10s %6.4g GB\n",
		       strcmp(ctl_text(c, "node"), node) ? ' ' : '*',
		       ctl_text(c, "node"), ctl_number(c, "score"),
		       ctl_duration(ctl_number(c, "run_s"), run),
		       ctl_duration(ctl_number(c, "transfer_s"), transfer),
		       busy && left <= 0.0 ? "overdue"
					   : ctl_duration(left, wait),
		       ctl_number(c, "mem_gb"));
	}
	printf("  (%zu of %lld nodes that Slurm allows)\n",
	       json_array_size(list), ctl_integer(decision, "allowed"));
}

static void print_decision(const ctl_task_t *task)
{
	const json_t *d = task->last;
	char text[32], *sentence;

	if (!d)
		return;
	when(ctl_number(d, "time"), text);
	printf("decided    %s in %.4g us by %s, mode %s, hops %lld: %s%s%s\n",
	       text, ctl_number(d, "us"), ctl_text(d, "policy"),
	       ctl_text(d, "mode"), ctl_integer(d, "hops"),
	       ctl_text(d, "outcome"), *ctl_text(d, "node") ? " " : "",
	       ctl_text(d, "node"));
	if (task->decisions > 1)
		printf("           decision %zu, %zu of them to wait\n",
		       task->decisions, task->waits);
	print_candidates(d);
	sentence = why_not(d);
	if (sentence)
		printf("           %s\n", sentence);
	free(sentence);
}

static void print_parents(const story_t *s)
{
	for (size_t i = 0; i < s->stage->parent_count; i++) {
		uint32_t id = s->stage->parent[i];
		const ctl_stage_t *p = ctl_jobs_stage(s->jobs, id);

		printf("%-11sjob %u", i ? "" : "after", id);
		if (p)
			printf(" %s: %u of %u done", p->task,
			       ctl_stage_count(p, CTL_DONE), p->count);
		if (p && p->task_count == 1 && *p->tasks[0].node)
			printf(", on %s", p->tasks[0].node);
		putchar('\n');
	}
}

static void print_run(const story_t *s)
{
	const ctl_task_t *t = s->task;
	char text[32], span[32];

	if (t && isfinite(t->start)) {
		when(t->start, text);
		printf("started    %s on %s, %s after it was ready\n", text,
		       t->node, ctl_duration(t->start - t->ready, span));
	}
	if (t && isfinite(t->end)) {
		when(t->end, text);
		printf("ended      %s, %s after %s\n", text, t->state,
		       ctl_duration(t->elapsed, span));
	}
	if (*s->why)
		printf("waits      %s\n", s->why);
	if (s->array)
		printf("tasks      scale-ctl explain %u_%u tells of one\n",
		       s->stage->id, s->stage->task_count ?
		       s->stage->tasks[0].index : 0);
}

static int print_text(const story_t *s)
{
	const ctl_stage_t *stage = s->stage;
	char index[48] = "";

	if (s->array)
		snprintf(index, sizeof(index), " (%u primitives, %u done)",
			 stage->count, ctl_stage_count(stage, CTL_DONE));
	if (s->index != SCALE_LOG_NO_TASK)
		snprintf(index, sizeof(index), "_%u", s->index);
	printf("job        %u%s%s%s of workflow %s, user %u: %s\n", stage->id,
	       index, *stage->task ? " " : "", stage->task, stage->workflow,
	       stage->uid, ctl_state_name(state_of(s)));
	if (isfinite(stage->gflop))
		printf("demand     %.4g GFLOP (%s), output %.4g GB\n",
		       stage->gflop, stage->source, stage->out_gb);
	print_parents(s);
	if (s->task)
		print_decision(s->task);
	print_run(s);
	return scale_cli_flush();
}

static json_t *parents_json(const story_t *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->stage->parent_count; i++) {
		uint32_t id = s->stage->parent[i];
		const ctl_stage_t *p = ctl_jobs_stage(s->jobs, id);

		json_array_append_new(list, json_pack("{s:I, s:I, s:I}",
			"job", (json_int_t) id, "primitives",
			(json_int_t) (p ? p->count : 0), "done",
			(json_int_t) (p ? ctl_stage_count(p, CTL_DONE) : 0)));
	}
	return list;
}

static void set_task(json_t *json, const ctl_task_t *t)
{
	char *sentence = t->last ? why_not(t->last) : NULL;

	json_object_set_new(json, "decisions",
			    json_integer((json_int_t) t->decisions));
	json_object_set_new(json, "waits",
			    json_integer((json_int_t) t->waits));
	if (t->last)
		json_object_set(json, "decision", t->last);
	if (sentence)
		json_object_set_new(json, "why_not_runner_up",
				    json_string(sentence));
	json_object_set_new(json, "ready", ctl_real(t->ready));
	json_object_set_new(json, "start", ctl_real(t->start));
	json_object_set_new(json, "end", ctl_real(t->end));
	if (*t->node)
		json_object_set_new(json, "node", json_string(t->node));
	if (*t->state)
		json_object_set_new(json, "slurm_state",
				    json_string(t->state));
	free(sentence);
}

static int print_json(const story_t *s)
{
	const ctl_stage_t *stage = s->stage;
	json_t *json = json_pack(
		"{s:I, s:I, s:s, s:s, s:s, s:o, s:o, s:s, s:o}",
		"job", (json_int_t) stage->id, "uid", (json_int_t) stage->uid,
		"workflow", stage->workflow, "task", stage->task,
		"state", ctl_state_name(state_of(s)),
		"gflop", ctl_real(stage->gflop),
		"out_gb", ctl_real(stage->out_gb), "source", stage->source,
		"after", parents_json(s));

	if (json && s->index != SCALE_LOG_NO_TASK)
		json_object_set_new(json, "index", json_integer(s->index));
	if (json && s->array)
		json_object_set_new(json, "primitives",
				    json_integer(stage->count));
	if (json)
		json_object_set_new(json, "submit", ctl_real(stage->submit));
	if (json && s->task)
		set_task(json, s->task);
	if (json && *s->why)
		json_object_set_new(json, "why_it_waits",
				    json_string(s->why));
	return scale_cli_print_json(json, CTL_JSON);
}

int ctl_explain(const ctl_t *ctl)
{
	scale_err_t err = { "" };
	ctl_jobs_t *jobs = ctl_jobs_read(ctl->log, ctl->arg, &err);
	story_t story = { .jobs = jobs };
	ctl_stage_t *stage;
	int rc;

	if (!jobs)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	story.task = ctl_jobs_find(jobs, ctl->arg, &stage);
	story.stage = stage;
	if (!stage || (!story.task && strchr(ctl->arg, '_') &&
		       stage->count == 1)) {
		rc = scale_cli_fail(
			SCALE_EXIT_FAILURE,
			"%s: the decision log %s "
			"does not know job %s: it is not a workflow's, "
			"or too old",
			ctl->arg, ctl->log, ctl->arg);
	} else {
		const char *mark = strchr(ctl->arg, '_');

		story.array = !story.task && stage->count > 1 &&
			      (!mark || mark[1] == '[');
		story.index = SCALE_LOG_NO_TASK;
		if (story.task)
			story.index = story.task->index;
		else if (mark && !story.array)
			story.index = (uint32_t) strtoul(mark + 1, NULL, 10);
		find_why(&story);
		rc = ctl->json ? print_json(&story) : print_text(&story);
	}
	ctl_jobs_destroy(jobs);
	return rc;
}
