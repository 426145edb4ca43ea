/*
 * ctl_report.c - scale-ctl report: model and stock scheduling compared
 *
 * A workflow belongs to the arm that placed it: "model" (or the rule) where a
 * decision of ours did, "stock" where decisions were only logged.  Workflows
 * with primitives of both, as when the mode changed meanwhile, are counted and
 * left out.  Responses run from the arrival of the workflow.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "ctl_interval.h"
#include "ctl_counterfactual.h"
#include "ctl_jobs.h"

enum { ARMS_MAX = 8 };

typedef enum {
	PRIMITIVE_RESPONSE, PRIMITIVE_WAIT, WORKFLOW_RESPONSE, AGREEMENT,
	MEASURES
} measure_t;

static const char *const measure_name[MEASURES] = {
	"primitive_response_s", "primitive_wait_s", "workflow_response_s",
	"agreement",
};

/* One workflow on its way through the stages. */
typedef struct flow {
	double arrival, last;
	size_t primitives, ended, placed, logged;
	const char *policy;		/* of what was placed */
	double response, wait;		/* sums; response of end times alone */
	size_t waits, same, compared;
} flow_t;

typedef struct arm {
	char name[32];
	size_t flows;
	sim_ratio_t *cluster[MEASURES];	/* [flows] */
	sim_interval_t result[MEASURES];
} arm_t;

typedef struct report {
	flow_t *flow;
	size_t flow_count;
	arm_t arm[ARMS_MAX];		/* stock is first */
	size_t arm_count, mixed, open;
	size_t started, decided;	/* primitives; with a decision */
	double p50_us, p95_us, p99_us;
} report_t;

static void add_task(flow_t *f, const ctl_task_t *t)
{
	if (t->placed) {
		f->placed++;
		f->policy = t->policy;
	} else if (*t->wanted) {
		f->logged++;
	}
	if (*t->wanted && *t->node) {
		f->compared++;
		f->same += !strcmp(t->wanted, t->node);
	}
	if (isfinite(t->start) && isfinite(t->ready)) {
		f->wait += fmax(t->start - t->ready, 0.0);
		f->waits++;
	}
	if (!strcmp(t->state, "COMPLETED") && isfinite(t->end)) {
		f->ended++;
		f->response += t->end;
		f->last = fmax(f->last, t->end);
	}
}

static void cover(report_t *r, const ctl_stage_t *s)
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

/* Stages of one name and user side by side make a workflow. */
static int collect(report_t *r, const ctl_jobs_t *jobs)
{
	size_t next;

	r->flow = calloc(jobs->count + 1, sizeof(*r->flow));
	if (!r->flow)
		return -1;
	for (size_t i = 0; i < jobs->count; i = next) {
		flow_t *f = &r->flow[r->flow_count++];

		next = ctl_jobs_next(jobs, i);
		*f = (flow_t) { .arrival = INFINITY };
		for (size_t k = i; k < next; k++) {
			add_stage(f, jobs->stage[k]);
			cover(r, jobs->stage[k]);
		}
	}
	return 0;
}

static arm_t *arm_of(report_t *r, const char *name)
{
	arm_t *arm;

	for (size_t i = 0; i < r->arm_count; i++)
		if (!strcmp(r->arm[i].name, name))
			return &r->arm[i];
	if (r->arm_count == ARMS_MAX)
		return NULL;
	arm = &r->arm[r->arm_count++];
	snprintf(arm->name, sizeof(arm->name), "%s", name);
	for (int m = 0; m < MEASURES; m++) {
		arm->cluster[m] = calloc(r->flow_count + 1,
					 sizeof(*arm->cluster[m]));
		if (!arm->cluster[m])
			return NULL;
	}
	return arm;
}

static void add_flow(arm_t *arm, const flow_t *f)
{
	size_t i = arm->flows++;
	double n = (double) f->ended;
	bool whole = f->ended == f->primitives;

	if (isfinite(f->arrival)) {
		arm->cluster[PRIMITIVE_RESPONSE][i] = (sim_ratio_t) {
			f->response - n * f->arrival, n };
		if (whole)
			arm->cluster[WORKFLOW_RESPONSE][i] =
				(sim_ratio_t) { f->last - f->arrival, 1.0 };
	}
	arm->cluster[PRIMITIVE_WAIT][i] = (sim_ratio_t) {
		f->wait, (double) f->waits };
	arm->cluster[AGREEMENT][i] = (sim_ratio_t) {
		(double) f->same, (double) f->compared };
}

static int distribute(report_t *r)
{
	if (!arm_of(r, "stock"))
		return -1;
	for (size_t i = 0; i < r->flow_count; i++) {
		const flow_t *f = &r->flow[i];
		arm_t *arm;

		if (f->ended < f->primitives)
			r->open++;
		if (f->placed && f->logged) {
			r->mixed++;
			continue;
		}
		if (!f->placed && !f->logged)
			continue;	/* nothing of it was decided */
		arm = arm_of(r, f->placed ? f->policy : "stock");
		if (!arm)
			return -1;
		add_flow(arm, f);
	}
	for (size_t i = 0; i < r->arm_count; i++)
		for (int m = 0; m < MEASURES; m++)
			r->arm[i].result[m] =
				sim_bootstrap_mean(r->arm[i].cluster[m], 1,
						   r->arm[i].flows);
	return 0;
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

static void latencies(report_t *r, const ctl_jobs_t *jobs)
{
	if (jobs->us_count)
		qsort(jobs->us, jobs->us_count, sizeof(*jobs->us), compare);
	r->p50_us = percentile(jobs->us, jobs->us_count, 0.50);
	r->p95_us = percentile(jobs->us, jobs->us_count, 0.95);
	r->p99_us = percentile(jobs->us, jobs->us_count, 0.99);
}

static sim_interval_t difference(const report_t *r, size_t i, measure_t m)
{
	return sim_bootstrap_difference(r->arm[i].cluster[m], r->arm[i].flows,
					r->arm[0].cluster[m], r->arm[0].flows);
}

static json_t *arm_json(const report_t *r, size_t i)
{
	const arm_t *arm = &r->arm[i];
	json_t *json = json_pack("{s:s, s:I}", "arm", arm->name, "workflows",
				 (json_int_t) arm->flows);
	json_t *minus = json_object();

	for (int m = 0; m < MEASURES; m++)
		json_object_set_new(json, measure_name[m],
				    ctl_interval_json(arm->result[m]));
	for (int m = 0; i > 0 && m < AGREEMENT; m++)
		json_object_set_new(minus, measure_name[m],
				    ctl_interval_json(difference(r, i, m)));
	json_object_set_new(json, "minus_stock", minus);
	return json;
}

static int print_json(const report_t *r, const ctl_jobs_t *jobs,
		      json_t *counterfactual)
{
	json_t *arms = json_array();

	for (size_t i = 0; i < r->arm_count; i++)
		json_array_append_new(arms, arm_json(r, i));
	return scale_cli_print_json(
		json_pack(
			"{s:o, s:{s:I, s:I, s:I}, s:{s:I, s:I}, "
			"s:{s:I, s:o, s:o, s:o}, s:O, "
			"s:{s:I, s:I, s:I}, s:o}",
			"arms", arms, "workflows", "all",
			(json_int_t) r->flow_count, "mixed",
			(json_int_t) r->mixed, "open", (json_int_t) r->open,
			"coverage", "started", (json_int_t) r->started,
			"decided", (json_int_t) r->decided,
			"decision_us", "count", (json_int_t) jobs->us_count,
			"p50", ctl_real(r->p50_us), "p95", ctl_real(r->p95_us),
			"p99", ctl_real(r->p99_us), "fallbacks",
			jobs->fallbacks, "log", "files",
			(json_int_t) jobs->info.files, "records",
			(json_int_t) jobs->info.records, "skipped",
			(json_int_t) jobs->info.skipped, "counterfactual",
			counterfactual),
		CTL_JSON);
}

static void print_arm(const report_t *r, size_t i)
{
	const arm_t *arm = &r->arm[i];

	printf("%-14s %9zu", arm->name, arm->flows);
	for (int m = 0; m < AGREEMENT; m++)
		ctl_interval_print(arm->result[m], " s");
	putchar('\n');
	if (i == 0 || !arm->flows || !r->arm[0].flows)
		return;
	printf("%-24s", "  minus stock");
	for (int m = 0; m < AGREEMENT; m++)
		ctl_interval_print(difference(r, i, m), " s");
	putchar('\n');
}

static void print_agreement(const sim_interval_t *same)
{
	if (!isfinite(same->mean))
		return;
	printf("agreement   stock took the node that was logged for "
	       "%.3g %% of primitives", 100.0 * same->mean);
	if (isfinite(same->low))
		printf(" [%.3g, %.3g]", 100.0 * same->low,
		       100.0 * same->high);
	putchar('\n');
}

static int print_text(const report_t *r, const ctl_jobs_t *jobs,
		      const ctl_counterfactual_t *counterfactual)
{
	printf("%-14s %9s %-26s %-26s %-26s\n", "placed by", "workflows",
	       " response of a primitive", " wait of a ready one",
	       " response of a workflow");
	for (size_t i = 0; i < r->arm_count; i++)
		print_arm(r, i);
	puts("means, with 95 % confidence intervals over workflows");
	print_agreement(&r->arm[0].result[AGREEMENT]);
	if (r->started)
		printf("coverage    %zu of %zu primitives that started had a "
		       "decision (%.3g %%)\n", r->decided, r->started,
		       100.0 * (double) r->decided / (double) r->started);
	else
		puts("coverage    no primitive of the log has started");
	if (jobs->us_count)
		printf("decisions   %zu, p50 %.4g us, p95 %.4g us, "
		       "p99 %.4g us\n", jobs->us_count, r->p50_us, r->p95_us,
		       r->p99_us);
	else
		puts("decisions   none");
	for (size_t i = 0; i < json_array_size(jobs->fallbacks); i++) {
		const json_t *f = json_array_get(jobs->fallbacks, i);

		printf("fallback    %s: %s\n", ctl_text(f, "cause"),
		       ctl_text(f, "reason"));
	}
	printf("left out    %zu workflows with primitives of both, %zu not "
	       "ended or failed (their ended primitives count)\n", r->mixed,
	       r->open);
	if (jobs->info.skipped)
		printf("log         %zu lines are no records\n",
		       jobs->info.skipped);
	putchar('\n');
	ctl_counterfactual_print(counterfactual);
	return scale_cli_flush();
}

static int print(const ctl_t *ctl, const report_t *r, const ctl_jobs_t *jobs)
{
	scale_err_t err = { "" };
	ctl_counterfactual_t *counterfactual =
		ctl_counterfactual_create(ctl, jobs, &err);
	int rc;

	if (!counterfactual)
		return scale_cli_fail(errno == ENOMEM ? SCALE_EXIT_FAILURE
						      : SCALE_EXIT_INPUT,
				      "%s", err.text);
	rc = ctl->json ? print_json(r, jobs, ctl_counterfactual_json(
						     counterfactual))
		       : print_text(r, jobs, counterfactual);
	ctl_counterfactual_destroy(counterfactual);
	return rc;
}

int ctl_report(const ctl_t *ctl)
{
	report_t r = { 0 };
	scale_err_t err = { "" };
	ctl_jobs_t *jobs = ctl_jobs_read(ctl->log, NULL, &err);
	int rc;

	if (!jobs)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	ctl_jobs_sort(jobs);
	if (collect(&r, jobs) < 0 || distribute(&r) < 0) {
		rc = scale_cli_fail(SCALE_EXIT_FAILURE,
				    "out of memory, or more "
				    "than %d policies in the log",
				    ARMS_MAX - 1);
	} else {
		latencies(&r, jobs);
		rc = print(ctl, &r, jobs);
	}
	for (size_t i = 0; i < r.arm_count; i++)
		for (int m = 0; m < MEASURES; m++)
			free(r.arm[i].cluster[m]);
	free(r.flow);
	ctl_jobs_destroy(jobs);
	return rc;
}
