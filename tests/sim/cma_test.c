/*
 * cma_test.c - the optimiser of tests/bench/tune on a known valley
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>

#include "tests/bench/tune_cma.h"
#include "tests/test_run.h"

/* A valley that is 100 times longer than wide and lies askew; its bottom is
 * at x_i = i / 10, where the value is 0. */
static double valley(const double *x)
{
	double sum = 0.0, line = 0.0;

	for (int i = 0; i < CMA_DIMS; i++) {
		double d = x[i] - 0.1 * i;

		sum += d * d;
		line += i % 2 ? d : -d;
	}
	return sum + 1e3 * line * line;
}

static void run(cma_t *cma, int generations, uint64_t seed)
{
	double x[CMA_CANDIDATES][CMA_DIMS], value[CMA_CANDIDATES];

	cma_init(cma, 0.3, seed);
	for (int g = 0; g < generations; g++) {
		cma_sample(cma, x);
		for (int c = 0; c < CMA_CANDIDATES; c++)
			value[c] = valley(x[c]);
		cma_update(cma, value);
	}
}

START_TEST(finds_the_bottom)
{
	cma_t cma;

	run(&cma, 900, (uint64_t) _i);
	for (int i = 0; i < CMA_DIMS; i++)
		ck_assert_double_eq_tol(cma.mean[i], 0.1 * i, 1e-3);
	ck_assert_double_lt(cma.sigma, 0.01);
}
END_TEST

START_TEST(repeats_by_seed)
{
	cma_t a, b, other;

	run(&a, 20, 1);
	run(&b, 20, 1);
	run(&other, 20, 2);
	for (int i = 0; i < CMA_DIMS; i++) {
		ck_assert_double_eq(a.mean[i], b.mean[i]);
		ck_assert_double_ne(a.mean[i], other.mean[i]);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, finds_the_bottom, 0, 3);
	tcase_add_test(tc, repeats_by_seed);
	return test_run("cma", tc);
}
