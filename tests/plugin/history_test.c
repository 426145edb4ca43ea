/*
 * history_test.c - the estimator, the table of keys, the order of sources
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "model/rng.h"
#include "plugin/history.h"
#include "tests/test_run.h"

/* By hand: ln 8 = 2.0794; second step ln 2 - ln 8 = -1.3863 stays below the
 * clip of 3 ln 2 = 2.0794 and counts 1/2: mean 1.3863 = ln 4.  The spread moves
 * by a tenth: 0.6931 + 0.1 (1.3863 - 0.6931) = 0.7625. */
START_TEST(two_steps_by_hand)
{
	scale_estimate_t e = { 0 };

	ck_assert_double_eq(scale_estimate_value(&e), 0.0);
	scale_estimate_add(&e, 8.0);
	ck_assert_double_eq_tol(scale_estimate_value(&e), 8.0, 1e-12);
	scale_estimate_add(&e, 2.0);
	ck_assert_double_eq_tol(scale_estimate_value(&e), 4.0, 1e-12);
	ck_assert_double_eq_tol(e.spread, 0.762461899, 1e-9);
	/* 1e9 is clipped to three spreads, weight 1/3: a factor e^0.7625 */
	scale_estimate_add(&e, 1e9);
	ck_assert_double_eq_tol(scale_estimate_value(&e),
				4.0 * exp(0.762461899), 1e-6);
}
END_TEST

START_TEST(nonsense_is_ignored)
{
	static const double x[] = { 0.0, -1.0, NAN, INFINITY };
	scale_estimate_t e = { 0 };

	scale_estimate_add(&e, x[_i]);
	ck_assert_uint_eq(e.count, 0);
}
END_TEST

/* Log-normal run times around 100, one in ten a thousand times too long. */
START_TEST(outliers_do_not_matter)
{
	scale_estimate_t e = { 0 };
	scale_rng_t rng;

	scale_rng_seed(&rng, 3, 0);
	for (int i = 0; i < 2000; i++) {
		double x = 100.0 * exp(0.2 * scale_rng_normal(&rng));

		scale_estimate_add(&e, i % 10 == 9 ? 1000.0 * x : x);
		if (i > 100) {
			/* a plain mean of logarithms would say 200 */
			ck_assert_double_gt(scale_estimate_value(&e), 75.0);
			ck_assert_double_lt(scale_estimate_value(&e), 150.0);
		}
	}
}
END_TEST

START_TEST(a_change_gets_through)
{
	scale_estimate_t e = { 0 };

	for (int i = 0; i < 200; i++)
		scale_estimate_add(&e, 10.0);
	for (int i = 0; i < 40; i++)
		scale_estimate_add(&e, 100.0);
	ck_assert_double_gt(scale_estimate_value(&e), 90.0);
}
END_TEST

static void observe(scale_history_t *h, uint32_t uid, const char *name,
		    double elapsed, double limit)
{
	scale_observation_t seen = {
		.uid = uid, .name = name, .class_name = "batch",
		.elapsed_s = elapsed, .limit_s = limit, .gflops = 10.0,
		.out_gb = -1.0,
	};

	scale_history_observe(h, &seen);
}

static scale_question_t question(uint32_t uid, const char *name)
{
	return (scale_question_t) {
		.uid = uid, .name = name, .class_name = "batch",
		.annotated_gflop = -1.0, .annotated_out_gb = -1.0,
		.gflops = 5.0, .dflt_gflop = 42.0,
	};
}

START_TEST(sources_in_order)
{
	scale_history_t *h = scale_history_create(8, NULL);
	scale_question_t q = question(1, "align");
	scale_demand_t d;

	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_DEFAULT);
	ck_assert_double_eq(d.gflop, 42.0);
	q.limit_s = 100.0;	/* 100 s x 5 GFLOPS x 0.3 */
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_LIMIT);
	ck_assert_double_eq_tol(d.gflop, 150.0, 1e-9);
	observe(h, 2, "other", 20.0, 40.0);	/* ratio 1/2, 200 GFLOP */
	scale_history_demand(h, &q, &d);
	ck_assert_double_eq_tol(d.gflop, 250.0, 1e-9);
	q.limit_s = 0.0;
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_CLASS);
	ck_assert_double_eq_tol(d.gflop, 200.0, 1e-9);
	observe(h, 1, "align", 3.0, 0.0);
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_HISTORY);
	ck_assert_double_eq_tol(d.gflop, 30.0, 1e-9);
	ck_assert_double_gt(d.spread, 0.0);
	q.limit_s = 4.0;	/* cannot need more than 4 s x 5 GFLOPS */
	scale_history_demand(h, &q, &d);
	ck_assert_double_eq_tol(d.gflop, 20.0, 1e-9);
	q.annotated_gflop = 77.0;
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_ANNOTATION);
	ck_assert_double_eq(d.gflop, 77.0);
	/* another user's job of that name tells nothing */
	q = question(9, "align");
	q.class_name = NULL;
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_DEFAULT);
	scale_history_destroy(h);
}
END_TEST

START_TEST(short_jobs_and_outputs)
{
	scale_history_t *h = scale_history_create(8, NULL);
	scale_observation_t seen = {
		.uid = 1, .name = "a", .elapsed_s = 0.0, .gflops = 10.0,
		.out_gb = 2.0,
	};
	scale_question_t q = question(1, "a");
	scale_demand_t d;

	scale_history_observe(h, &seen);
	scale_history_demand(h, &q, &d);
	ck_assert_double_eq_tol(d.gflop, 5.0, 1e-9);	/* half a second */
	ck_assert_double_eq_tol(d.out_gb, 2.0, 1e-9);
	q.annotated_out_gb = 0.25;
	scale_history_demand(h, &q, &d);
	ck_assert_double_eq(d.out_gb, 0.25);
	seen = (scale_observation_t) { .uid = 1, .name = "b", .elapsed_s = 1,
				       .gflops = 1, .out_gb = 0.0 };
	scale_history_observe(h, &seen);
	q = question(1, "b");
	scale_history_demand(h, &q, &d);
	ck_assert_double_eq(d.out_gb, 0.0);
	seen.gflops = NAN;
	seen.name = "c";
	scale_history_observe(h, &seen);
	ck_assert_uint_eq(scale_history_count(h), 2);
	scale_history_destroy(h);
}
END_TEST

START_TEST(least_recently_used_goes)
{
	scale_history_t *h = scale_history_create(3, NULL);
	scale_question_t q = question(1, "a");
	scale_demand_t d;

	q.class_name = NULL;
	for (int i = 0; i < 3; i++) {
		char name[] = { (char) ('a' + i), 0 };
		scale_observation_t seen = { .uid = 1, .name = name,
			.elapsed_s = 1.0 + i, .gflops = 1.0, .out_gb = -1.0 };

		scale_history_observe(h, &seen);
	}
	scale_history_demand(h, &q, &d);	/* a is used, b is the oldest */
	observe(h, 1, "d", 9.0, 0.0);		/* and its class: two keys */
	ck_assert_uint_eq(scale_history_count(h), 3);
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_HISTORY);
	q.name = "b";
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_DEFAULT);
	q.name = "c";
	scale_history_demand(h, &q, &d);
	ck_assert_int_eq(d.source, SCALE_SOURCE_DEFAULT);
	scale_history_destroy(h);
}
END_TEST

/* A table of 100 against the last 100 of a plain list, 20,000 times. */
START_TEST(many_keys)
{
	enum { KEYS = 100, NAMES = 300, STEPS = 20000 };
	scale_history_t *h = scale_history_create(KEYS, NULL);
	static int last[NAMES];
	scale_rng_t rng;

	scale_rng_seed(&rng, 5, 0);
	memset(last, -1, sizeof(last));
	for (int step = 0; step < STEPS; step++) {
		int name = (int) scale_rng_below(&rng, NAMES), newer = 0;
		scale_observation_t seen = { .uid = 1, .elapsed_s = 1.0 + name,
					     .gflops = 1.0, .out_gb = -1.0 };
		scale_question_t q = question(1, NULL);
		scale_demand_t d;
		char text[16];
		bool known;

		snprintf(text, sizeof(text), "job%d", name);
		seen.name = q.name = text;
		q.class_name = NULL;
		for (int i = 0; i < NAMES; i++)
			newer += last[i] > last[name];
		known = last[name] >= 0 && newer < KEYS;
		scale_history_demand(h, &q, &d);
		ck_assert_int_eq(d.source == SCALE_SOURCE_HISTORY, known);
		if (known)
			ck_assert_double_eq_tol(d.gflop, 1.0 + name, 1e-9);
		scale_history_observe(h, &seen);
		last[name] = step;
	}
	ck_assert_uint_eq(scale_history_count(h), KEYS);
	scale_history_destroy(h);
}
END_TEST

START_TEST(export_and_import)
{
	scale_history_t *h = scale_history_create(4, NULL);
	scale_history_t *small = scale_history_create(2, NULL);
	scale_history_entry_t entry[4];
	scale_question_t q = question(1, "z");
	scale_demand_t d;
	size_t n;

	observe(h, 1, "x", 10.0, 20.0);
	observe(h, 1, "y", 20.0, 20.0);
	observe(h, 1, "z", 30.0, 30.0);
	n = scale_history_export(h, entry, 4);
	ck_assert_uint_eq(n, 4);		/* and the class */
	ck_assert_str_eq(entry[0].name, "x");
	ck_assert_str_eq(entry[3].name, "batch");
	ck_assert_uint_eq(entry[3].uid, SCALE_HISTORY_CLASS);
	scale_history_import(small, entry, n, scale_history_ratio_state(h));
	ck_assert_uint_eq(scale_history_count(small), 2);
	scale_history_demand(small, &q, &d);
	ck_assert_double_eq_tol(d.gflop, 300.0, 1e-9);
	ck_assert_double_eq(scale_history_ratio(small),
			    scale_history_ratio(h));
	scale_history_destroy(h);
	scale_history_destroy(small);
}
END_TEST

START_TEST(bad_sizes)
{
	scale_err_t err;

	ck_assert_ptr_null(scale_history_create(0, &err));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(scale_history_create(SCALE_HISTORY_KEYS_MAX + 1,
						&err));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, two_steps_by_hand);
	tcase_add_loop_test(tc, nonsense_is_ignored, 0, 4);
	tcase_add_test(tc, outliers_do_not_matter);
	tcase_add_test(tc, a_change_gets_through);
	tcase_add_test(tc, sources_in_order);
	tcase_add_test(tc, short_jobs_and_outputs);
	tcase_add_test(tc, least_recently_used_goes);
	tcase_add_test(tc, many_keys);
	tcase_add_test(tc, export_and_import);
	tcase_add_test(tc, bad_sizes);
	return test_run("history", tc);
}
