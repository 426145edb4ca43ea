/*
 * ctl_report_print.c - scale-ctl report as text and as JSON
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "ctl_report.h"

static const struct {
	const char *key, *title;	/* in JSON; of a column */
} measure[CTL_MEASURES] = {
	[CTL_PRIMITIVE_RESPONSE] = { "primitive_response_s",
				     "response of a primitive" },
	[CTL_PRIMITIVE_WAIT] = { "primitive_wait_s", "wait of a ready one" },
	[CTL_WORKFLOW_RESPONSE] = { "workflow_response_s",
				    "response of a workflow" },
	[CTL_WORKFLOW_WAIT] = { "workflow_wait_s", "wait of a workflow" },
	[CTL_AGREEMENT] = { "agreement", "" },
};

static json_t *arm_json(const ctl_report_t *r, const ctl_arm_t *arm)
{
	const ctl_arm_t *stock = ctl_report_stock(r, arm);
	json_t *json = json_pack("{s:s, s:s, s:I}", "arm", arm->name, "mode",
				 arm->mode, "workflows",
				 (json_int_t) arm->flows);
	json_t *minus = json_object();

	for (int m = 0; m < CTL_MEASURES; m++)
		json_object_set_new(json, measure[m].key,
				    ctl_interval_json(arm->result[m]));
	if (stock)
		json_object_set_new(minus, "of_mode", json_string(stock->mode));
	for (int m = 0; stock && m < CTL_AGREEMENT; m++)
		json_object_set_new(minus, measure[m].key, ctl_interval_json(
			ctl_report_difference(arm, stock, m)));
	json_object_set_new(json, "minus_stock", minus);
	return json;
}

int ctl_report_json(const ctl_report_t *r, const ctl_jobs_t *jobs,
		    const ctl_counterfactual_t *counterfactual)
{
	json_t *arms = json_array();

	for (size_t i = 0; i < r->arms; i++)
		json_array_append_new(arms, arm_json(r, &r->arm[i]));
	return scale_cli_print_json(
		json_pack(
			"{s:o, s:{s:I, s:I, s:I}, s:{s:I, s:I}, "
			"s:{s:I, s:o, s:o, s:o}, s:O, "
			"s:{s:I, s:I, s:I}, s:o}",
			"arms", arms, "workflows", "all",
			(json_int_t) r->flows, "mixed",
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
			ctl_counterfactual_json(counterfactual)),
		CTL_JSON);
}

static void print_row(const char *name, size_t flows,
		      const sim_interval_t result[])
{
	printf("%-24s", name);
	if (flows)
		printf(" %9zu", flows);
	else
		printf(" %9s", "");
	for (int m = 0; m < CTL_AGREEMENT; m++)
		ctl_interval_print(result[m], " s");
	putchar('\n');
}

static void print_arm(const ctl_report_t *r, const ctl_arm_t *arm)
{
	const ctl_arm_t *stock = ctl_report_stock(r, arm);
	sim_interval_t minus[CTL_MEASURES];
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", arm->name,
		 *arm->mode ? ", " : "", arm->mode);
	print_row(name, arm->flows, arm->result);
	if (!stock)
		return;
	for (int m = 0; m < CTL_AGREEMENT; m++)
		minus[m] = ctl_report_difference(arm, stock, m);
	snprintf(name, sizeof(name), "  minus stock%s%s",
		 *stock->mode ? ", " : "", stock->mode);
	print_row(name, 0, minus);
}

static void print_agreement(const ctl_arm_t *arm)
{
	const sim_interval_t *same = &arm->result[CTL_AGREEMENT];

	if (!arm->stock || !isfinite(same->mean))
		return;
	printf("agreement   stock took the node that was logged for "
	       "%.3g %% of primitives", 100.0 * same->mean);
	if (isfinite(same->low))
		printf(" [%.3g, %.3g]", 100.0 * same->low,
		       100.0 * same->high);
	if (*arm->mode)
		printf(" in mode %s", arm->mode);
	putchar('\n');
}

static void print_decisions(const ctl_report_t *r, const ctl_jobs_t *jobs)
{
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
}

int ctl_report_text(const ctl_report_t *r, const ctl_jobs_t *jobs,
		    const ctl_counterfactual_t *counterfactual)
{
	printf("%-24s %9s", "placed by, mode", "workflows");
	for (int m = 0; m < CTL_AGREEMENT; m++)
		printf(" %-26s", measure[m].title);
	putchar('\n');
	for (size_t i = 0; i < r->arms; i++)
		print_arm(r, &r->arm[i]);
	puts("means, with 95 % confidence intervals over workflows; a workflow "
	     "waits while\nnone of its primitives runs");
	for (size_t i = 0; i < r->arms; i++)
		print_agreement(&r->arm[i]);
	print_decisions(r, jobs);
	for (size_t i = 0; i < json_array_size(jobs->fallbacks); i++) {
		const json_t *f = json_array_get(jobs->fallbacks, i);

		printf("fallback    %s: %s\n", ctl_text(f, "cause"),
		       ctl_text(f, "reason"));
	}
	printf("left out    %zu workflows with primitives of two arms, %zu not "
	       "ended or failed (their ended primitives count)\n", r->mixed,
	       r->open);
	if (jobs->info.skipped)
		printf("log         %zu lines are no records\n",
		       jobs->info.skipped);
	putchar('\n');
	ctl_counterfactual_print(counterfactual);
	return scale_cli_flush();
}
