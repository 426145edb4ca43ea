/*
 * overrun_test.c - ends that were thought wrong
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "plugin/overrun.h"
#include "tests/test_run.h"

static const struct {
	double start, until, now, limit, want;
} cases[] = {
	{ 100, 110, 105, 1e9, 110 },	/* not yet */
	{ 100, 110, 110, 1e9, 120 },	/* just now */
	{ 100, 110, 119, 1e9, 120 },
	{ 100, 110, 120, 1e9, 140 },
	{ 100, 110, 500, 1e9, 740 },	/* 10, 20, ... 640 */
	{ 100, 110, 500, 600, 600 },	/* its limit */
	{ 100, 110, 700, 600, 600 },	/* beyond it: it is being ended */
	{ 100, 100, 100.05, 1e9, 100.1 },	/* of nothing */
	{ 100, 90, 100.3, 1e9, 100.4 },	/* of less than that */
	{ 100, 110, 90, 1e9, 110 },	/* a clock that went back */
};

START_TEST(end)
{
	double got = scale_overrun_end(cases[_i].start, cases[_i].until,
				       cases[_i].now, cases[_i].limit);

	ck_assert_double_eq_tol(got, cases[_i].want, 1e-9);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, end, 0, TEST_COUNT(cases));
	return test_run("overrun", tc);
}
