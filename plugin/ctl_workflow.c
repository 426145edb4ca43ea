/*
 * ctl_workflow.c - scale-ctl workflow
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "ctl_blocked.h"
#include "ctl_graph.h"

static uint32_t total(const ctl_graph_t *g, ctl_state_t state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n; i++)
		n += ctl_stage_count(g->stage[i], state);
	return n;
}

static double arrival(const ctl_graph_t *g)
{
	double first = NAN;

	for (uint32_t i = 0; i < g->n; i++)
		first = fmin(first, g->stage[i]->submit); /* not a NAN */
	return first;
}

static json_t *nodes_json(const ctl_stage_t *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->task_count; i++)
		if (*s->tasks[i].node)
			json_array_append_new(list,
					json_string(s->tasks[i].node));
	return list;
}

static json_t *stage_json(const ctl_graph_t *g, uint32_t i)
{
	const ctl_stage_t *s = g->stage[i];
	json_t *after = json_array(), *json;

	for (size_t k = 0; k < s->parent_count; k++)
		json_array_append_new(after, json_integer(s->parent[k]));
	json = json_pack("{s:I, s:s, s:s, s:b, s:I, s:o, s:o, s:o, s:o, s:o}",
			 "job", (json_int_t) s->id, "task", s->task,
			 "state", ctl_state_name(ctl_graph_state(s)),
			 "critical", g->critical[i],
			 "primitives", (json_int_t) s->count,
			 "gflop", ctl_real(s->gflop),
			 "run_s", ctl_real(s->run_s),
			 "left_s", ctl_real(g->left[i]),
			 "nodes", nodes_json(s), "after", after);
	for (int state = 0; json && state < CTL_STATES; state++)
		json_object_set_new(json, ctl_state_name(state),
				    json_integer(ctl_stage_count(s, state)));
	return json;
}

static json_t *blocked_json(const ctl_graph_t *g, const ctl_blocked_t *b)
{
	if (!*b->reason)
		return json_null();
	return json_pack("{s:I, s:s, s:b}", "job",
			 (json_int_t) g->stage[b->stage]->id, "reason",
			 b->reason, "held", b->held);
}

static int print_json(const ctl_graph_t *g, const ctl_blocked_t *blocked)
{
	json_t *stages = json_array(), *counts = json_object();

	for (uint32_t i = 0; i < g->n; i++)
		json_array_append_new(stages, stage_json(g, i));
	for (int state = 0; state < CTL_STATES; state++)
		json_object_set_new(counts, ctl_state_name(state),
				    json_integer(total(g, state)));
	return scale_cli_print_json(
		json_pack("{s:s, s:I, s:o, s:o, s:{s:o, s:o, s:o}, s:o, "
			  "s:I, s:o}",
			  "workflow", g->stage[0]->workflow, "uid",
			  (json_int_t) g->stage[0]->uid, "arrival",
			  ctl_real(arrival(g)), "primitives", counts, "eta_s",
			  "median", ctl_real(g->eta), "low",
			  ctl_real(g->eta_low), "high", ctl_real(g->eta_high),
			  "blocked", blocked_json(g, blocked),
			  "overdue", (json_int_t) g->overdue,
			  "stages", stages),
		CTL_JSON);
}

static void print_blocked(const ctl_graph_t *g, const ctl_blocked_t *b)
{
	const ctl_stage_t *s = g->stage[b->stage];
	char name[SCALE_LOG_NAME];

	if (b->held)
		printf("no estimate of its end: %s (job %u) is held (%s)\n",
		       ctl_graph_name(s, name), s->id, b->reason);
	else
		printf("ends never: %s (job %u) cannot start (%s)\n",
		       ctl_graph_name(s, name), s->id, b->reason);
}

static void print_eta(const ctl_graph_t *g, const ctl_blocked_t *blocked)
{
	uint32_t open = total(g, CTL_PENDING) + total(g, CTL_RUNNING);
	char text[32], low[32], high[32];

	if (!open)
		printf("ended\n");
	else if (*blocked->reason)
		print_blocked(g, blocked);
	else if (!isfinite(g->eta))
		printf("no estimate of its end: a demand is not in the log\n");
	else if (g->eta_high > g->eta_low)
		printf("can end in %s (80 %%: %s to %s) where nodes are "
		       "free\n", ctl_duration(g->eta, text),
		       ctl_duration(g->eta_low, low),
		       ctl_duration(g->eta_high, high));
	else
		printf("can end in %s where nodes are free; demands were "
		       "given, not learned: no interval\n",
		       ctl_duration(g->eta, text));
	if (g->overdue)
		printf("late: %u run longer than expected, so it will take "
		       "longer than that\n", g->overdue);
}

/* Up to three nodes, then how many more. */
static void print_nodes(const ctl_stage_t *s)
{
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < s->task_count; i++) {
		if (!*s->tasks[i].node)
			continue;
		if (shown < 3)
			printf("%s%s", shown++ ? "," : "", s->tasks[i].node);
		else
			more++;
	}
	if (more)
		printf("+%zu", more);
	if (!shown)
		putchar('-');
}

static void print_stage(const ctl_graph_t *g, uint32_t i)
{
	const ctl_stage_t *s = g->stage[i];
	char name[SCALE_LOG_NAME], run[32];

	printf("%c %*s%-*s %8u %4u/%-4u %-8s %9s  ",
	       g->critical[i] ? '*' : ' ', (int) g->depth[i], "",
	       20 - (int) (g->depth[i] < 20 ? g->depth[i] : 20),
	       ctl_graph_name(s, name), s->id, ctl_stage_count(s, CTL_DONE),
	       s->count, ctl_state_name(ctl_graph_state(s)),
	       ctl_duration(s->run_s, run));
	print_nodes(s);
	for (size_t k = 0; k < s->parent_count; k++)
		printf("%s%u", k ? "," : "  after ", s->parent[k]);
	putchar('\n');
}

static int print_text(const ctl_graph_t *g, const ctl_blocked_t *blocked)
{
	printf("workflow %s of user %u: %u done, %u running, %u pending, "
	       "%u failed\n", g->stage[0]->workflow, g->stage[0]->uid,
	       total(g, CTL_DONE), total(g, CTL_RUNNING),
	       total(g, CTL_PENDING), total(g, CTL_FAILED));
	print_eta(g, blocked);
	printf("  %-20s %8s %9s %-8s %9s  nodes\n", "primitive", "job",
	       "done", "state", "run time");
	for (uint32_t i = 0; i < g->n; i++)
		print_stage(g, i);
	return scale_cli_flush();
}

static int show(const ctl_t *ctl, ctl_graph_t *g)
{
	ctl_blocked_t blocked = { 0 };

	if (!ctl->dot && !ctl->svg) {
		ctl_blocked_find(g, &blocked);
		if (*blocked.reason)
			g->eta = g->eta_low = g->eta_high = NAN;
		return ctl->json ? print_json(g, &blocked)
				 : print_text(g, &blocked);
	}
	if (ctl->dot)
		ctl_graph_dot(g, stdout);
	else
		ctl_graph_svg(g, stdout);
	return scale_cli_flush();
}

/* By its name, else by the id of one of its jobs. */
static ctl_graph_t *find(const ctl_jobs_t *jobs, const ctl_t *ctl,
			 scale_err_t *err)
{
	ctl_stage_t *stage = NULL;
	ctl_graph_t *graph;
	struct timespec ts;
	double now;

	clock_gettime(CLOCK_REALTIME, &ts);
	now = (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
	graph = ctl_graph_create(jobs, ctl->arg, ctl->user, now, err);
	if (graph || errno != ENOENT)
		return graph;
	ctl_jobs_find(jobs, ctl->arg, &stage);
	if (!stage || (ctl->user >= 0 && stage->uid != (uint32_t) ctl->user)) {
		errno = ENOENT;
		return NULL;
	}
	return ctl_graph_create(jobs, stage->workflow, (long) stage->uid, now,
				err);
}

int ctl_workflow(const ctl_t *ctl)
{
	scale_err_t err = { "" };
	ctl_jobs_t *jobs = ctl_jobs_read(ctl->log, "", &err);
	ctl_graph_t *graph;
	int rc;

	if (!jobs)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	graph = find(jobs, ctl, &err);
	if (!graph)
		rc = scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	else
		rc = show(ctl, graph);
	ctl_graph_destroy(graph);
	ctl_jobs_destroy(jobs);
	return rc;
}
