/*
 * status.c - the plugin's state for people and monitoring
 *
 * Prometheus: HELP and TYPE of each metric, no timestamps (node_exporter
 * refuses such files), no labels for users or jobs.
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
#include "status.h"
#include "text.h"

typedef struct row {
	const char *key;	/* in JSON */
	const char *metric;	/* slurm_scale_..., may hold a label */
	const char *help;
} row_t;

static const row_t count_row[SCALE_COUNTS] = {
	[SCALE_COUNT_CYCLES] = { "cycles", "cycles_total",
		"Passes of the agent" },
	[SCALE_COUNT_PLACED] = { "placed",
		"decisions_total{outcome=\"placed\"}",
		"Decisions by outcome" },
	[SCALE_COUNT_WAIT] = { "wait", "decisions_total{outcome=\"wait\"}",
		NULL },
	[SCALE_COUNT_REFUSED] = { "refused",
		"decisions_total{outcome=\"refused\"}", NULL },
	[SCALE_COUNT_SHADOW] = { "shadow",
		"decisions_total{outcome=\"shadow\"}", NULL },
	[SCALE_COUNT_STARVED] = { "starved", "starved_total",
		"Primitives that no longer waited for a busy node" },
	[SCALE_COUNT_AGED] = { "aged", "aged_total",
		"Primitives placed after they were ready for max_age" },
	[SCALE_COUNT_STARTS] = { "starts", "starts_total",
		"Primitives started" },
	[SCALE_COUNT_ENDS] = { "ends", "ends_total", "Primitives ended" },
	[SCALE_COUNT_BAD_ANNOTATIONS] = { "bad_annotations",
		"bad_annotations_total", "Annotations that could not be read" },
	[SCALE_COUNT_RELOADS] = { "reloads", "reloads_total",
		"Configurations and models taken over" },
	[SCALE_COUNT_RELOADS_FAILED] = { "reloads_failed",
		"reloads_failed_total",
		"Configurations and models refused" },
	[SCALE_COUNT_HELD_BACK] = { "held_back", "held_back_total",
		"Passes put off because of max_rpc_cnt" },
};

static const row_t gauge_row[SCALE_GAUGES] = {
	[SCALE_GAUGE_NODES] = { "nodes", "nodes_seen",
		"Nodes that the scheduler sees" },
	[SCALE_GAUGE_WORKFLOWS] = { "workflows", "workflows_active",
		"Workflows in flight" },
	[SCALE_GAUGE_PRIMITIVES] = { "primitives", "primitives_active",
		"Primitives of them that have not ended" },
	[SCALE_GAUGE_READY] = { "ready", "ready_tasks",
		"Primitives whose dependencies are met and that wait" },
	[SCALE_GAUGE_LEASED] = { "leased", "leased_tasks",
		"Primitives kept from the stock scheduler" },
};

static const row_t time_row[SCALE_TIMES] = {
	[SCALE_TIME_DECISION] = { "decision", "decision_seconds",
		"Time of one decision" },
	[SCALE_TIME_INFERENCE] = { "inference", "inference_seconds",
		"Time of the network in a decision" },
	[SCALE_TIME_LOCKED] = { "locked", "locked_seconds",
		"Time for which Slurm's locks were held at a stretch" },
	[SCALE_TIME_LOCKED_CPU] = { "locked_cpu", "locked_cpu_seconds",
				    "Of that, what the processor worked" },
	[SCALE_TIME_WAITING] = { "waiting", "lock_wait_seconds",
		"Time until Slurm's locks were granted" },
};

static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *string(const char *text)
{
	char safe[256];

	scale_text_copy(safe, sizeof(safe), text);
	return json_string(safe);
}

static json_t *table_json(const row_t *row, const uint64_t *value, int n)
{
	json_t *json = json_object();

	for (int i = 0; i < n; i++)
		json_object_set_new(json, row[i].key,
				    json_integer((json_int_t) value[i]));
	return json;
}

static json_t *fallback_json(const scale_stats_view_t *view)
{
	json_t *json = json_object();

	for (int i = 0; i < SCALE_CAUSES; i++)
		json_object_set_new(json, scale_cause_name(i),
			json_integer((json_int_t) view->fallback[i]));
	return json;
}

static json_t *latency_json(const scale_stats_view_t *view)
{
	json_t *all = json_object();

	for (int i = 0; i < SCALE_TIMES; i++) {
		const scale_latency_view_t *l = &view->latency[i];
		double mean = l->count ? l->sum_us / (double) l->count : 0.0;

		json_object_set_new(all, time_row[i].key,
			json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}",
				  "count", (json_int_t) l->count,
				  "mean_us", number(mean),
				  "p50_us", number(l->p50_us),
				  "p95_us", number(l->p95_us),
				  "p99_us", number(l->p99_us),
				  "max_us", number(l->max_us)));
	}
	return all;
}

static json_t *identity_json(const scale_identity_t *id)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}",
			 "policy", string(id->policy),
			 "fallback", string(id->fallback),
			 "path", string(id->model_path),
			 "sha256", string(id->model_sha256),
			 "slurm", string(id->slurm_version));
}

static json_t *log_json(const scale_decision_log_counts_t *log)
{
	return json_pack("{s:I, s:I, s:I, s:I}",
			 "written", (json_int_t) log->written,
			 "dropped", (json_int_t) log->dropped,
			 "failed", (json_int_t) log->failed,
			 "rotated", (json_int_t) log->rotated);
}

char *scale_status_json(const scale_stats_view_t *view)
{
	json_t *json = json_pack(
		"{s:i, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:o}",
		"v", SCALE_STATUS_VERSION,
		"version", string(view->identity.version),
		"time", number(view->time),
		"started", number(view->started),
		"last_cycle", number(view->last_cycle),
		"pid", (json_int_t) view->pid,
		"mode", string(view->identity.mode),
		"model", identity_json(&view->identity),
		"now", table_json(gauge_row, view->gauge, SCALE_GAUGES),
		"counts", table_json(count_row, view->count, SCALE_COUNTS),
		"fallback", fallback_json(view),
		"latency", latency_json(view),
		"drift", number(view->drift),
		"load", number(view->load),
		"log", log_json(&view->log));
	char *text = NULL, *line = NULL;

	if (json)
		text = scale_stream_json(json, JSON_INDENT(1) |
					       JSON_REAL_PRECISION(15));
	json_decref(json);
	if (!text || asprintf(&line, "%s\n", text) < 0) {
		errno = ENOMEM;
		line = NULL;
	}
	free(text);
	return line;
}

static void head(FILE *out, const char *metric, const char *type,
		 const char *help)
{
	int n = (int) strcspn(metric, "{");

	fprintf(out, "# HELP slurm_scale_%.*s %s\n"
		"# TYPE slurm_scale_%.*s %s\n", n, metric, help, n, metric,
		type);
}

/* A label's value: backslash, quote and newline need a backslash; names that
 * passed scale_text_copy() hold no newline. */
static void label(FILE *out, const char *name, const char *value)
{
	char safe[256];

	scale_text_copy(safe, sizeof(safe), value);
	fprintf(out, "%s=\"", name);
	for (const char *p = safe; *p; p++) {
		if (*p == '\\' || *p == '"')
			fputc('\\', out);
		fputc(*p, out);
	}
	fputc('"', out);
}

static void print_table(FILE *out, const row_t *row, const uint64_t *value,
			int n, const char *type)
{
	for (int i = 0; i < n; i++) {
		if (row[i].help)
			head(out, row[i].metric, type, row[i].help);
		fprintf(out, "slurm_scale_%s %llu\n", row[i].metric,
			(unsigned long long) value[i]);
	}
}

static void print_latency(FILE *out, const row_t *row,
			  const scale_latency_view_t *l)
{
	const char *name = row->metric;

	head(out, name, "summary", row->help);
	fprintf(out,
		"slurm_scale_%s{quantile=\"0.5\"} %.9g\n"
		"slurm_scale_%s{quantile=\"0.95\"} %.9g\n"
		"slurm_scale_%s{quantile=\"0.99\"} %.9g\n"
		"slurm_scale_%s_sum %.9g\nslurm_scale_%s_count %llu\n",
		name, l->p50_us / 1e6, name, l->p95_us / 1e6,
		name, l->p99_us / 1e6, name, l->sum_us / 1e6,
		name, (unsigned long long) l->count);
}

static void print_fallback(FILE *out, const scale_stats_view_t *view)
{
	head(out, "fallback_total", "counter",
	     "Decisions of the fallback rule by cause");
	for (int i = 0; i < SCALE_CAUSES; i++)
		fprintf(out, "slurm_scale_fallback_total{reason=\"%s\"} %llu\n",
			scale_cause_name(i),
			(unsigned long long) view->fallback[i]);
}

static void print_info(FILE *out, const scale_identity_t *id)
{
	head(out, "model_info", "gauge", "The model in use");
	fputs("slurm_scale_model_info{", out);
	label(out, "sha256", id->model_sha256);
	fputc(',', out);
	label(out, "version", id->version);
	fputc(',', out);
	label(out, "policy", id->policy);
	fputc(',', out);
	label(out, "mode", id->mode);
	fputs("} 1\n", out);
}

static void print_rest(FILE *out, const scale_stats_view_t *view)
{
	head(out, "log_records_lost_total", "counter",
	     "Records of the decision log that are not in the file");
	fprintf(out, "slurm_scale_log_records_lost_total{reason=\"queue\"} "
		"%llu\nslurm_scale_log_records_lost_total{reason=\"write\"} "
		"%llu\n", (unsigned long long) view->log.dropped,
		(unsigned long long) view->log.failed);
	head(out, "feature_drift", "gauge",
	     "Divergence of the attention feature from training, nats");
	fprintf(out, "slurm_scale_feature_drift %.9g\n", view->drift);
	if (isfinite(view->load)) {
		head(out, "cluster_load", "gauge",
		     "Share of the nodes' speed in use, mean of an hour");
		fprintf(out, "slurm_scale_cluster_load %.4f\n", view->load);
	}
	head(out, "last_cycle_timestamp_seconds", "gauge",
	     "When the agent last completed a pass");
	fprintf(out, "slurm_scale_last_cycle_timestamp_seconds %.3f\n",
		view->last_cycle);
}

char *scale_status_prometheus(const scale_stats_view_t *view)
{
	scale_stream_t stream;
	FILE *out = scale_stream_open(&stream);

	if (!out)
		return NULL;
	print_info(out, &view->identity);
	print_table(out, count_row, view->count, SCALE_COUNTS, "counter");
	print_fallback(out, view);
	print_table(out, gauge_row, view->gauge, SCALE_GAUGES, "gauge");
	for (int i = 0; i < SCALE_TIMES; i++)
		print_latency(out, &time_row[i], &view->latency[i]);
	print_rest(out, view);
	return scale_stream_close(&stream, out) < 0 ? NULL : stream.text;
}

static int replace(const char *path, char *text, scale_err_t *err)
{
	int rc;

	if (!text)
		return scale_err_set(err, ENOMEM, "%s: out of memory", path);
	rc = scale_file_write(path, text, strlen(text), err);
	free(text);
	return rc;
}

int scale_status_write(const scale_stats_view_t *view, const char *path,
		       scale_err_t *err)
{
	return replace(path, scale_status_json(view), err);
}

int scale_status_write_metrics(const scale_stats_view_t *view,
			       const char *path, scale_err_t *err)
{
	return replace(path, scale_status_prometheus(view), err);
}

bool scale_status_changed(const scale_stats_view_t *a,
			  const scale_stats_view_t *b)
{
	return memcmp(a->count, b->count, sizeof(a->count)) ||
	       memcmp(a->fallback, b->fallback, sizeof(a->fallback)) ||
	       memcmp(a->gauge, b->gauge, sizeof(a->gauge)) ||
	       memcmp(&a->identity, &b->identity, sizeof(a->identity)) ||
	       a->log.written != b->log.written ||
	       a->log.dropped != b->log.dropped ||
	       a->log.failed != b->log.failed;
}
