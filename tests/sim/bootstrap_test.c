/*
 * bootstrap_test.c - intervals against resampling done by hand
 *
 * With few units all resamples can be counted, so that the percentiles are
 * known but for the noise of 2,000 draws, which the cases leave room for.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>

#include "sim/bootstrap.h"
#include "tests/test_run.h"

static void expect(sim_interval_t got, double mean, double low, double high)
{
	ck_assert_double_eq_tol(got.mean, mean, 1e-12);
	ck_assert_double_eq_tol(got.low, low, 1e-12);
	ck_assert_double_eq_tol(got.high, high, 1e-12);
}

/* Three units: all three draws are the first with probability 1/27 = 3.7 %,
 * above the 2.5 % of a tail; the same for the last. */
START_TEST(three_units)
{
	const sim_ratio_t x[] = { { 1, 1 }, { 2, 1 }, { 6, 1 } };

	expect(sim_bootstrap_mean(x, 1, 3), 3.0, 1.0, 6.0);
}
END_TEST

/* Four zeros and a one: the number of ones among five draws is binomial with
 * p = 0.2; P(0) = 33 %, P(<= 2) = 94.2 %, P(<= 3) = 99.3 %: 0 to 3/5. */
START_TEST(binomial)
{
	const sim_ratio_t x[] = { { 0, 1 }, { 0, 1 }, { 0, 1 }, { 0, 1 },
				  { 1, 1 } };

	expect(sim_bootstrap_mean(x, 1, 5), 0.2, 0.0, 0.6);
}
END_TEST

/* The ratio of sums, not the mean of ratios: a seed of 30 s lost 3 s, one of
 * 10 s won 2 s: 1 / 40, from -20 % (1/4 of the draws) to +10 % (1/4). */
START_TEST(paired_relative_difference)
{
	const sim_ratio_t x[] = { { 3, 30 }, { -2, 10 } };

	expect(sim_bootstrap_mean(x, 1, 2), 0.025, -0.2, 0.1);
}
END_TEST

/* Two groups of two units, resampled apart: each is at its lower end with
 * probability 1/4, both 1/16 = 6.3 %: (0 + 10) / 2 to (2 + 14) / 2. */
START_TEST(groups)
{
	const sim_ratio_t x[] = { { 0, 1 }, { 2, 1 }, { 10, 1 }, { 14, 1 } };

	expect(sim_bootstrap_mean(x, 2, 2), 6.5, 5.0, 8.0);
}
END_TEST

/* No noise, no width; the same numbers, the same interval. */
START_TEST(certain)
{
	const sim_ratio_t same[] = { { 4, 2 }, { 2, 1 }, { 6, 3 } };
	const sim_ratio_t other[] = { { 1, 1 }, { 2, 2 } };

	expect(sim_bootstrap_mean(same, 1, 3), 2.0, 2.0, 2.0);
	expect(sim_bootstrap_difference(same, 3, other, 2), 1.0, 1.0, 1.0);
}
END_TEST

/* One unit that says something is none for an interval. */
START_TEST(too_few)
{
	const sim_ratio_t x[] = { { 3, 1 }, { 0, 0 }, { 1, 1 }, { 2, 1 } };
	sim_interval_t got = sim_bootstrap_mean(x, 1, 2);

	ck_assert_double_eq(got.mean, 3.0);
	ck_assert_double_nan(got.low);
	got = sim_bootstrap_mean(x, 2, 2);	/* one of two groups */
	ck_assert_double_eq(got.mean, 2.25);
	ck_assert_double_nan(got.high);
	ck_assert_double_nan(sim_bootstrap_mean(x + 1, 1, 1).mean);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, three_units);
	tcase_add_test(tc, binomial);
	tcase_add_test(tc, paired_relative_difference);
	tcase_add_test(tc, groups);
	tcase_add_test(tc, certain);
	tcase_add_test(tc, too_few);
	return test_run("bootstrap", tc);
}
