/*
 * pace_test.c - rounds take their share of the time, and no more
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>

#include "plugin/pace.h"
#include "tests/test_run.h"

/* 0.001 of the time, and 5 s at most: 0.005 s for each round. */
static const double share = 0.001, longest = 5.0;

START_TEST(api_short_rounds_pause_by_share)
{
	scale_pace_t pace = { 0 };

	scale_pace(&pace, 0.0002, share, longest);
	ck_assert_double_eq_tol(pace.pause, 0.2, 1e-9);
	ck_assert_uint_eq(pace.stride, 1);
}
END_TEST

/* 20 ms: every fourth job; a round that then takes 5 ms is what was wanted. */
START_TEST(api_long_rounds_look_at_fewer)
{
	scale_pace_t pace = { .stride = 1 };

	scale_pace(&pace, 0.020, share, longest);
	ck_assert_double_eq_tol(pace.pause, 5.0, 1e-9);
	ck_assert_uint_eq(pace.stride, 4);
	scale_pace(&pace, 0.0049, share, longest);
	ck_assert_uint_eq(pace.stride, 4);
	scale_pace(&pace, 0.0012, share, longest);
	ck_assert_uint_eq(pace.stride, 1);
	scale_pace(&pace, 100.0, share, longest);
	ck_assert_uint_eq(pace.stride, SCALE_PACE_MOST);
}
END_TEST

/* A round costs something for each job and more for each that it looks at. */
START_TEST(api_settles_at_the_share)
{
	scale_pace_t pace = { .stride = 1 };
	double spent = 0.0, time = 0.0;

	for (int i = 0; i < 200; i++) {
		double cost = 0.002 + 0.026 / pace.stride;

		scale_pace(&pace, cost, share, longest);
		if (i < 10)
			continue;
		spent += cost;
		time += pace.pause;
	}
	ck_assert_double_le(spent / time, 1.01 * share);
	ck_assert_double_ge(spent / time, 0.7 * share);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, api_short_rounds_pause_by_share);
	tcase_add_test(tc, api_long_rounds_look_at_fewer);
	tcase_add_test(tc, api_settles_at_the_share);
	return test_run_within("pace", tc, 30);
}
