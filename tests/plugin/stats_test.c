/*
 * stats_test.c - histogram, counters, status file, Prometheus text
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "model/file.h"
#include "plugin/status.h"
#include "tests/test_run.h"

static const double values[] = {
	0.125, 1.0, 3.3, 17.0, 100.0, 999.0, 12345.0, 5e6, 3.6e9,
};

/* Alone in the histogram a value is every percentile, to 1/16. */
START_TEST(one_value)
{
	static scale_latency_t l;
	scale_latency_view_t view;
	double x = values[_i];

	scale_latency_add(&l, x);
	scale_latency_read(&l, &view);
	ck_assert_uint_eq(view.count, 1);
	ck_assert_double_eq_tol(view.p50_us, x, fmax(x / 16.0, 0.0626));
	ck_assert_double_eq(view.p50_us, view.max_us);
	ck_assert_double_eq_tol(view.sum_us, x, 1e-3);
}
END_TEST

/* 1 .. 1000 us once each. */
START_TEST(percentiles)
{
	static scale_latency_t l;
	scale_latency_view_t view;

	scale_latency_read(&l, &view);
	ck_assert_double_eq(view.p99_us, 0.0);
	for (int i = 1; i <= 1000; i++)
		scale_latency_add(&l, i);
	scale_latency_read(&l, &view);
	ck_assert_uint_eq(view.count, 1000);
	ck_assert_double_eq_tol(view.sum_us, 500500.0, 1e-3);
	ck_assert_double_eq_tol(view.p50_us, 500.0, 500.0 / 8.0);
	ck_assert_double_eq_tol(view.p95_us, 950.0, 950.0 / 8.0);
	ck_assert_double_eq_tol(view.p99_us, 990.0, 990.0 / 8.0);
	ck_assert_double_ge(view.max_us, view.p99_us);
}
END_TEST

/* A quarter for 1000 s, three quarters for 1000 s; then an hour counts. */
START_TEST(load_is_a_mean)
{
	scale_stats_t *stats = scale_stats_create(NULL);
	double now = (double) time(NULL);
	scale_stats_view_t view;

	scale_stats_read(stats, NULL, &view);
	ck_assert(isnan(view.load));
	scale_stats_load(stats, 0.25, now - 2000.0);
	scale_stats_load(stats, 0.75, now - 1000.0);
	scale_stats_read(stats, NULL, &view);
	ck_assert_double_eq_tol(view.load, 0.5, 0.001);
	scale_stats_load(stats, 0.0, now);
	scale_stats_load(stats, 0.0, now - 5e5);	/* the clock went back */
	scale_stats_load(stats, 1.0, now - 3600.0);
	scale_stats_read(stats, NULL, &view);
	ck_assert_double_eq_tol(view.load, 1.0, 0.001);
	scale_stats_destroy(stats);
}
END_TEST

START_TEST(nonsense_counts_as_zero)
{
	static const double bad[] = { -1.0, NAN, INFINITY, -INFINITY };
	static scale_latency_t l;
	scale_latency_view_t view;

	scale_latency_add(&l, bad[_i]);
	scale_latency_read(&l, &view);
	ck_assert_uint_eq(view.count, 1);
	ck_assert_double_lt(view.max_us, 0.125);
	ck_assert_double_eq(view.sum_us, 0.0);
	scale_latency_add(&l, 1e300);	/* beyond the last bucket */
	scale_latency_read(&l, &view);
	ck_assert_double_gt(view.max_us, 8.64e10);
}
END_TEST

static void fill(scale_stats_t *stats, scale_stats_view_t *view)
{
	scale_identity_t id = {
		.mode = "canary", .policy = "model", .fallback = "eft",
		.model_path = "/etc/a \"b\\c", .model_sha256 = "abc",
		.version = "0.1.0", .slurm_version = "22.05.8",
	};

	scale_stats_identity(stats, &id);
	for (int i = 0; i < 3; i++)
		scale_stats_outcome(stats, SCALE_OUTCOME_PLACED);
	scale_stats_outcome(stats, SCALE_OUTCOME_WAIT);
	scale_stats_fallback(stats, SCALE_CAUSE_LATE);
	scale_stats_gauge(stats, SCALE_GAUGE_NODES, 16);
	scale_stats_time(stats, SCALE_TIME_DECISION, 250.0);
	scale_stats_cycle(stats, 1700000000.5);
	scale_stats_drift(stats, 0.25);
	scale_stats_read(stats, NULL, view);
}

static json_t *at(json_t *json, const char *a, const char *b)
{
	json_t *value = json_object_get(json_object_get(json, a), b);

	ck_assert_msg(value != NULL, "%s.%s", a, b);
	return value;
}

START_TEST(status_json)
{
	scale_stats_t *stats = scale_stats_create(NULL);
	scale_stats_view_t view;
	json_error_t fault;
	json_t *json;
	char *text;

	fill(stats, &view);
	text = scale_status_json(&view);
	ck_assert_ptr_nonnull(text);
	json = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
	ck_assert_msg(json != NULL, "%s", fault.text);
	ck_assert_int_eq(json_integer_value(at(json, "counts", "placed")), 3);
	ck_assert_int_eq(json_integer_value(at(json, "counts", "wait")), 1);
	ck_assert_int_eq(json_integer_value(at(json, "fallback", "late")), 1);
	ck_assert_int_eq(json_integer_value(at(json, "fallback", "mix")), 0);
	ck_assert_int_eq(json_integer_value(at(json, "now", "nodes")), 16);
	ck_assert_str_eq(json_string_value(at(json, "model", "path")),
			 "/etc/a \"b\\c");
	ck_assert_int_eq(json_integer_value(json_object_get(
		at(json, "latency", "decision"), "count")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "pid")),
			 getpid());
	json_decref(json);
	free(text);
	scale_stats_destroy(stats);
}
END_TEST

/* Every line is a comment or "name{labels} number"; TYPE comes before the
 * first sample of a metric and only once; no timestamps. */
static void check_exposition(const char *text)
{
	char copy[16384], seen[8192] = " ", *save = NULL;

	ck_assert_uint_lt(strlen(text), sizeof(copy));
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	strcpy(copy, text);
	for (char *line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char name[128], word[160], *space = strrchr(line, ' '), *end;
		double value;

		ck_assert_int_eq(strncmp(line, line[0] == '#'
				? "# " : "slurm_scale_", 2), 0);
		if (sscanf(line, "# TYPE %127s", name) == 1) {
			snprintf(word, sizeof(word), " %s ", name);
			ck_assert_msg(!strstr(seen, word), "%s twice", name);
			strcat(seen, word);
		}
		if (line[0] == '#')
			continue;
		value = strtod(space + 1, &end);
		ck_assert_msg(!*end && isfinite(value), "%s", line);
		snprintf(name, sizeof(name), "%.*s",
			 (int) strcspn(line, "{ "), line);
		for (char *tail = strrchr(name, '_'); tail; tail = NULL)
			if (!strcmp(tail, "_sum") || !strcmp(tail, "_count"))
				*tail = '\0';
		snprintf(word, sizeof(word), " %s ", name);
		ck_assert_msg(strstr(seen, word) != NULL, "%s has no TYPE",
			      line);
	}
}

START_TEST(prometheus)
{
	scale_stats_t *stats = scale_stats_create(NULL);
	scale_stats_view_t view;
	char *text;

	fill(stats, &view);
	strcpy(view.identity.policy, "a\"b\\c\n");
	text = scale_status_prometheus(&view);
	check_exposition(text);
	ck_assert_ptr_nonnull(strstr(text,
		"\nslurm_scale_decisions_total{outcome=\"placed\"} 3\n"));
	ck_assert_ptr_nonnull(strstr(text,
		"\nslurm_scale_fallback_total{reason=\"late\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nslurm_scale_nodes_seen 16\n"));
	ck_assert_ptr_nonnull(strstr(text,
		"\nslurm_scale_decision_seconds_sum 0.00025\n"));
	ck_assert_ptr_nonnull(strstr(text, "policy=\"a\\\"b\\\\c?\""));
	ck_assert_ptr_nonnull(strstr(text,
		"last_cycle_timestamp_seconds 1700000000.500\n"));
	free(text);
	scale_stats_destroy(stats);
}
END_TEST

START_TEST(publish)
{
	char dir[TEST_PATH], json[96], prom[96], *text;
	scale_stats_t *stats = scale_stats_create(NULL);
	scale_stats_view_t view, later;
	scale_err_t err;
	size_t size;

	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "status")));
	snprintf(json, sizeof(json), "%s/none/status.json", dir);
	snprintf(prom, sizeof(prom), "%s/scale.prom", dir);
	fill(stats, &view);
	ck_assert_int_eq(scale_status_write_metrics(&view, prom, &err), 0);
	ck_assert_int_eq(scale_status_write(&view, json, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, json));
	ck_assert_int_eq(scale_file_read(prom, 1 << 20, &text, &size, &err),
			 0);
	check_exposition(text);
	free(text);
	scale_stats_read(stats, NULL, &later);
	ck_assert(!scale_status_changed(&view, &later));
	scale_stats_gauge(stats, SCALE_GAUGE_READY, 1);
	scale_stats_read(stats, NULL, &later);
	ck_assert(scale_status_changed(&view, &later));
	unlink(prom);
	rmdir(dir);
	scale_stats_destroy(stats);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, one_value, 0, TEST_COUNT(values));
	tcase_add_test(tc, percentiles);
	tcase_add_test(tc, load_is_a_mean);
	tcase_add_loop_test(tc, nonsense_counts_as_zero, 0, 4);
	tcase_add_test(tc, status_json);
	tcase_add_test(tc, prometheus);
	tcase_add_test(tc, publish);
	return test_run("stats", tc);
}
