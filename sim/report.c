/*
 * report.c - metrics as JSON and as text
 *
 * One table of all numbers; a dotted name becomes a nested object.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "report.h"

typedef struct row {
	const char *name;
	size_t offset;
	bool whole;		/* uint64_t, else double */
	int decimals;		/* in text */
	const char *label;	/* in text; NULL: only in JSON */
} row_t;

#define AT(field) offsetof(sim_metrics_t, field)
#define DIST(field, label) \
	{ #field ".count", AT(field.count), true, 0, NULL }, \
	{ #field ".mean", AT(field.mean), false, 3, label ", mean" }, \
	{ #field ".sd", AT(field.sd), false, 3, NULL }, \
	{ #field ".median", AT(field.median), false, 3, label ", median" }, \
	{ #field ".p95", AT(field.p95), false, 3, label ", p95" }, \
	{ #field ".p99", AT(field.p99), false, 3, label ", p99" }, \
	{ #field ".max", AT(field.max), false, 3, NULL }
#define COUNT(field, label) { #field, AT(field), true, 0, label }
#define REAL(field, decimals, label) \
	{ #field, AT(field), false, decimals, label }

static const row_t rows[] = {
	DIST(task_response, "response of a primitive (s)"),
	DIST(task_wait, "wait of a primitive (s)"),
	DIST(workflow_response, "response of a workflow (s)"),
	DIST(workflow_slowdown, "slowdown of a workflow"),
	REAL(task_bound, 3, NULL),
	REAL(workflow_bound, 3, NULL),
	REAL(censored_mean, 3, "response, censored at the duration (s)"),
	COUNT(tasks_finished, "primitives finished"),
	COUNT(tasks_unfinished, "primitives unfinished"),
	COUNT(workflows_finished, "workflows finished"),
	COUNT(workflows_unfinished, "workflows unfinished"),
	COUNT(decisions, "decisions"),
	COUNT(assigned, "decisions that assigned"),
	COUNT(deferred, "decisions that deferred"),
	COUNT(invalid, "invalid decisions"),
	COUNT(restarted, "primitives killed by failures"),
	REAL(utilisation, 4, "utilisation of capacity"),
	REAL(comm_gb, 2, "moved between servers (GB)"),
	REAL(energy_kj, 2, "energy (kJ)"),
	REAL(makespan, 3, "end of the episode (s)"),
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static double number(const sim_metrics_t *m, const row_t *row)
{
	const char *field = (const char *) m + row->offset;

	return row->whole ? (double) *(const uint64_t *) field :
			    *(const double *) field;
}

/* Put value (stolen) under a dotted name.  RET 0 or -1 */
static int put(json_t *root, const char *name, json_t *value)
{
	const char *dot = strchr(name, '.');
	char outer[64];
	json_t *inner;

	if (!dot)
		return json_object_set_new(root, name, value);
	snprintf(outer, sizeof(outer), "%.*s", (int) (dot - name), name);
	inner = json_object_get(root, outer);
	if (!inner) {
		inner = json_object();
		if (json_object_set_new(root, outer, inner)) {
			json_decref(value);
			return -1;
		}
	}
	return json_object_set_new(inner, dot + 1, value);
}

json_t *sim_report_run(const sim_metrics_t *m)
{
	json_t *root = json_object();

	for (size_t i = 0; root && i < ROWS; i++) {
		double x = number(m, &rows[i]);

		if (put(root, rows[i].name, rows[i].whole ?
			json_integer((json_int_t) x) : json_real(x))) {
			json_decref(root);
			return NULL;
		}
	}
	return root;
}

/* Mean of a row over runs.  OUT *se standard error; 0 for a single run */
static double average(const sim_metrics_t *runs, size_t count,
		      const row_t *row, double *se)
{
	double mean = 0.0, square = 0.0;

	for (size_t r = 0; r < count; r++)
		mean += number(&runs[r], row);
	mean /= (double) count;
	for (size_t r = 0; r < count; r++) {
		double d = number(&runs[r], row) - mean;

		square += d * d;
	}
	*se = count > 1 ? sqrt(square / (double) (count - 1) /
			       (double) count) : 0.0;
	return mean;
}

json_t *sim_report_summary(const sim_metrics_t *runs, size_t count)
{
	json_t *root = json_object();

	for (size_t i = 0; root && i < ROWS; i++) {
		double se, mean = average(runs, count, &rows[i], &se);
		json_t *pair = count > 1 ?
			json_pack("{s:f, s:f}", "mean", mean, "se", se) :
			json_pack("{s:f, s:n}", "mean", mean, "se");

		if (put(root, rows[i].name, pair)) {
			json_decref(root);
			return NULL;
		}
	}
	return root;
}

int sim_report_text(const sim_metrics_t *runs, size_t count, FILE *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		const row_t *row = &rows[i];
		double se, mean = average(runs, count, row, &se);
		int decimals = row->decimals + (count > 1 && row->whole);

		if (!row->label)
			continue;
		fprintf(out, "%-40s %12.*f", row->label, decimals, mean);
		if (count > 1)
			fprintf(out, "  +- %.*f", decimals, se);
		fputc('\n', out);
	}
	return ferror(out) ? -1 : 0;
}
