/*
 * ctl_report.c - scale-ctl report: the site's own workflows in arms
 *
 * A workflow belongs to the arm of who placed it and of the mode: "model" (or
 * the rule) where a decision of ours did, "stock" where decisions were only
 * logged.  Workflows with primitives of two arms, as when the mode changed
 * meanwhile, are counted and left out.  Responses run from the arrival of the
 * workflow.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "ctl_report.h"

/* One workflow on its way through the stages. */
typedef struct flow {
	double arrival, last;
	size_t primitives, ended, placed, logged;
	const char *policy;		/* of what was placed */
	const char *mode;		/* of its decisions */
	bool modes;			/* there were several */
	double response, wait;		/* sums; response of end times alone */
	double idle;			/* s in which nothing of it ran; NAN */
	size_t waits, same, compared;
} flow_t;

static bool ended(const ctl_task_t *t)
{
	return !strcmp(t->state, "COMPLETED") && isfinite(t->end);
}

static void add_arm(flow_t *f, const ctl_task_t *t)
{
	if (!t->decisions)
		return;
	f->modes |= f->mode && strcmp(f->mode, t->mode);
	f->mode = t->mode;
	if (t->placed) {
		f->placed++;
		f->policy = t->policy;
	} else if (*t->wanted) {
		f->logged++;
	}
}

static void add_task(flow_t *f, const ctl_task_t *t)
{
	add_arm(f, t);
	if (*t->wanted && *t->node) {
		f->compared++;
		f->same += !strcmp(t->wanted, t->node);
	}
	if (isfinite(t->start) && isfinite(t->ready)) {
		f->wait += fmax(t->start - t->ready, 0.0);
		f->waits++;
	}
	if (ended(t)) {
		f->ended++;
		f->response += t->end;
		f->last = fmax(f->last, t->end);
	}
}

static void cover(ctl_report_t *r, const ctl_stage_t *s)
{
	for (size_t i = 0; i < s->task_count; i++) {
		if (!isfinite(s->tasks[i].start))
			continue;
		r->started++;
		r->decided += s->tasks[i].decisions > 0;
	}
}

static void add_stage(flow_t *f, const ctl_stage_t *s)
{
	f->arrival = fmin(f->arrival, s->submit);	/* not a NAN */
	f->primitives += s->count;
	for (size_t i = 0; i < s->task_count; i++)
		add_task(f, &s->tasks[i]);
}

typedef struct span {
	double from, to;
} span_t;

static int by_start(const void *a, const void *b)
{
	const span_t *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* How long from the arrival to the end of the last span there is none; spans
 * are sorted here. */
static double idle_time(span_t *span, size_t n, double arrival)
{
	double busy_until = arrival, idle = 0.0;

	qsort(span, n, sizeof(*span), by_start);
	for (size_t i = 0; i < n; i++) {
		idle += fmax(span[i].from - busy_until, 0.0);
		busy_until = fmax(busy_until, span[i].to);
	}
	return idle;
}

/* When its primitives ran.  RET how many; 0 where not all is known. */
static size_t gather(ctl_stage_t *const *stage, size_t count, span_t *span)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < stage[i]->task_count; k++) {
			const ctl_task_t *t = &stage[i]->tasks[k];

			if (!ended(t) || !isfinite(t->start))
				return 0;
			span[n++] = (span_t) { t->start, t->end };
		}
	return n;
}

/* RET 0, or -1 without memory. */
static int find_idle(flow_t *f, ctl_stage_t *const *stage, size_t count)
{
	span_t *span;
	size_t n = 0;

	f->idle = NAN;
	for (size_t i = 0; i < count; i++)
		n += stage[i]->task_count;
	if (n < f->primitives || !isfinite(f->arrival))
		return 0;
	span = calloc(n + 1, sizeof(*span));
	if (!span)
		return -1;
	n = gather(stage, count, span);
	if (n)
		f->idle = idle_time(span, n, f->arrival);
	free(span);
	return 0;
}

/* Stages of one name and user side by side make a workflow. */
static int collect(ctl_report_t *r, flow_t *flow, const ctl_jobs_t *jobs)
{
	size_t next;

	for (size_t i = 0; i < jobs->count; i = next) {
		flow_t *f = &flow[r->flows++];

		next = ctl_jobs_next(jobs, i);
		*f = (flow_t) { .arrival = INFINITY };
		for (size_t k = i; k < next; k++) {
			add_stage(f, jobs->stage[k]);
			cover(r, jobs->stage[k]);
		}
		if (find_idle(f, jobs->stage + i, next - i) < 0)
			return -1;
	}
	return 0;
}

static ctl_arm_t *arm_of(ctl_report_t *r, const char *name, const char *mode)
{
	ctl_arm_t *arm;

	for (size_t i = 0; i < r->arms; i++)
		if (!strcmp(r->arm[i].name, name) &&
		    !strcmp(r->arm[i].mode, mode))
			return &r->arm[i];
	if (r->arms == CTL_ARMS_MAX)
		return NULL;
	arm = &r->arm[r->arms++];
	snprintf(arm->name, sizeof(arm->name), "%s", name);
	snprintf(arm->mode, sizeof(arm->mode), "%s", mode);
	arm->stock = !strcmp(name, "stock");
	for (int m = 0; m < CTL_MEASURES; m++) {
		arm->cluster[m] = calloc(r->flows + 1,
					 sizeof(*arm->cluster[m]));
		if (!arm->cluster[m])
			return NULL;
	}
	return arm;
}

static void add_flow(ctl_arm_t *arm, const flow_t *f)
{
	size_t i = arm->flows++;
	double n = (double) f->ended;
	bool whole = f->ended == f->primitives;

	if (isfinite(f->arrival)) {
		arm->cluster[CTL_PRIMITIVE_RESPONSE][i] = (sim_ratio_t) {
			f->response - n * f->arrival, n };
		if (whole)
			arm->cluster[CTL_WORKFLOW_RESPONSE][i] =
				(sim_ratio_t) { f->last - f->arrival, 1.0 };
	}
	if (whole && isfinite(f->idle))
		arm->cluster[CTL_WORKFLOW_WAIT][i] =
			(sim_ratio_t) { f->idle, 1.0 };
	arm->cluster[CTL_PRIMITIVE_WAIT][i] = (sim_ratio_t) {
		f->wait, (double) f->waits };
	arm->cluster[CTL_AGREEMENT][i] = (sim_ratio_t) {
		(double) f->same, (double) f->compared };
}

static int by_placer(const void *a, const void *b)
{
	const ctl_arm_t *x = a, *y = b;
	int c = y->stock - x->stock;

	if (!c)
		c = strcmp(x->name, y->name);
	return c ? c : strcmp(x->mode, y->mode);
}

static int distribute(ctl_report_t *r, const flow_t *flow)
{
	for (size_t i = 0; i < r->flows; i++) {
		const flow_t *f = &flow[i];
		ctl_arm_t *arm;

		if (f->ended < f->primitives)
			r->open++;
		if ((f->placed && f->logged) || f->modes) {
			r->mixed++;
			continue;
		}
		if (!f->placed && !f->logged)
			continue;	/* nothing of it was decided */
		arm = arm_of(r, f->placed ? f->policy : "stock", f->mode);
		if (!arm)
			return -1;
		add_flow(arm, f);
	}
	qsort(r->arm, r->arms, sizeof(*r->arm), by_placer);
	for (size_t i = 0; i < r->arms; i++)
		for (int m = 0; m < CTL_MEASURES; m++)
			r->arm[i].result[m] =
				sim_bootstrap_mean(r->arm[i].cluster[m], 1,
						   r->arm[i].flows);
	return 0;
}

const ctl_arm_t *ctl_report_stock(const ctl_report_t *r, const ctl_arm_t *arm)
{
	const ctl_arm_t *best = NULL;

	for (size_t i = 0; i < r->arms && !arm->stock; i++) {
		const ctl_arm_t *other = &r->arm[i];

		if (!other->stock)
			continue;
		if (!strcmp(other->mode, arm->mode))
			return other;
		if (!best || other->flows > best->flows)
			best = other;
	}
	return best;
}

sim_interval_t ctl_report_difference(const ctl_arm_t *a, const ctl_arm_t *b,
				     ctl_measure_t m)
{
	return sim_bootstrap_difference(a->cluster[m], a->flows,
					b->cluster[m], b->flows);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static double percentile(const double *sorted, size_t n, double share)
{
	size_t i = (size_t) ceil(share * (double) n);

	return n ? sorted[i ? i - 1 : 0] : NAN;
}

static void latencies(ctl_report_t *r, const ctl_jobs_t *jobs)
{
	if (jobs->us_count)
		qsort(jobs->us, jobs->us_count, sizeof(*jobs->us), compare);
	r->p50_us = percentile(jobs->us, jobs->us_count, 0.50);
	r->p95_us = percentile(jobs->us, jobs->us_count, 0.95);
	r->p99_us = percentile(jobs->us, jobs->us_count, 0.99);
}

static int print(const ctl_t *ctl, const ctl_report_t *r,
		 const ctl_jobs_t *jobs)
{
	scale_err_t err = { "" };
	ctl_counterfactual_t *counterfactual =
		ctl_counterfactual_create(ctl, jobs, &err);
	int rc;

	if (!counterfactual)
		return scale_cli_fail(errno == ENOMEM ? SCALE_EXIT_FAILURE
						      : SCALE_EXIT_INPUT,
				      "%s", err.text);
	rc = ctl->json ? ctl_report_json(r, jobs, counterfactual)
		       : ctl_report_text(r, jobs, counterfactual);
	ctl_counterfactual_destroy(counterfactual);
	return rc;
}

int ctl_report(const ctl_t *ctl)
{
	ctl_report_t r = { 0 };
	scale_err_t err = { "" };
	ctl_jobs_t *jobs = ctl_jobs_read(ctl->log, NULL, &err);
	flow_t *flow;
	int rc;

	if (!jobs)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	ctl_jobs_sort(jobs);
	flow = calloc(jobs->count + 1, sizeof(*flow));
	if (!flow || collect(&r, flow, jobs) < 0 || distribute(&r, flow) < 0) {
		rc = scale_cli_fail(SCALE_EXIT_FAILURE,
				    "out of memory, or more than %d pairs of "
				    "policy and mode in the log",
				    CTL_ARMS_MAX);
	} else {
		latencies(&r, jobs);
		rc = print(ctl, &r, jobs);
	}
	for (size_t i = 0; i < r.arms; i++)
		for (int m = 0; m < CTL_MEASURES; m++)
			free(r.arm[i].cluster[m]);
	free(flow);
	ctl_jobs_destroy(jobs);
	return rc;
}
