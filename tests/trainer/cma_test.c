/*
 * cma_test.c - the optimiser of algorithm es on a known valley
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/test_run.h"
#include "trainer/cma.h"

enum { DIMS = 14, CANDIDATES = 12 };

/* A valley that is 100 times longer than wide and lies askew; its bottom is
 * at x_i = i / 10, where the value is 0. */
static double valley(const double *x)
{
	double sum = 0.0, line = 0.0;

	for (int i = 0; i < DIMS; i++) {
		double d = x[i] - 0.1 * i;

		sum += d * d;
		line += i % 2 ? d : -d;
	}
	return sum + 1e3 * line * line;
}

static void generations(train_cma_t *cma, int n)
{
	double x[CANDIDATES * DIMS], value[CANDIDATES];

	for (int g = 0; g < n; g++) {
		train_cma_sample(cma, x);
		for (int c = 0; c < CANDIDATES; c++)
			value[c] = valley(x + (size_t) c * DIMS);
		train_cma_update(cma, value);
	}
}

static void start(train_cma_t *cma, uint64_t seed)
{
	static const double mean[DIMS];

	ck_assert_int_eq(train_cma_init(cma, DIMS, CANDIDATES, mean, 0.3,
					seed), 0);
}

START_TEST(finds_the_bottom)
{
	train_cma_t cma;

	start(&cma, (uint64_t) _i);
	generations(&cma, 900);
	for (int i = 0; i < DIMS; i++)
		ck_assert_double_eq_tol(cma.mean[i], 0.1 * i, 1e-3);
	ck_assert_double_lt(cma.sigma, 0.01);
	train_cma_fini(&cma);
}
END_TEST

START_TEST(repeats_by_seed)
{
	train_cma_t a, b, other;

	start(&a, 1);
	start(&b, 1);
	start(&other, 2);
	generations(&a, 20);
	generations(&b, 20);
	generations(&other, 20);
	for (int i = 0; i < DIMS; i++) {
		ck_assert_double_eq(a.mean[i], b.mean[i]);
		ck_assert_double_ne(a.mean[i], other.mean[i]);
	}
	train_cma_fini(&a);
	train_cma_fini(&b);
	train_cma_fini(&other);
}
END_TEST

static int put(void *arg, void *data, size_t size)
{
	return fwrite(data, 1, size, arg) == size ? 0 : -1;
}

static int take(void *arg, void *data, size_t size)
{
	return fread(data, 1, size, arg) == size ? 0 : -1;
}

/* Its parts are its whole state. */
START_TEST(goes_on_from_its_parts)
{
	FILE *file = tmpfile();
	train_cma_t a, b;

	start(&a, 3);
	start(&b, 4);
	generations(&a, 30);
	ck_assert_int_eq(train_cma_parts(&a, put, file), 0);
	rewind(file);
	ck_assert_int_eq(train_cma_parts(&b, take, file), 0);
	generations(&a, 10);
	generations(&b, 10);
	for (int i = 0; i < DIMS; i++)
		ck_assert_double_eq(a.mean[i], b.mean[i]);
	ck_assert_double_eq(a.sigma, b.sigma);
	train_cma_fini(&a);
	train_cma_fini(&b);
	fclose(file);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, finds_the_bottom, 0, 3);
	tcase_add_test(tc, repeats_by_seed);
	tcase_add_test(tc, goes_on_from_its_parts);
	return test_run("cma", tc);
}
