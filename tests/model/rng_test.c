/*
 * rng_test.c - reference values, ranges, independence of seeds
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "model/rng.h"

/* splitmix64 from state 0: the published first output. */
START_TEST(paper_splitmix64)
{
	ck_assert_uint_eq(scale_hash64(0), 0xe220a8397b1dcdafULL);
}
END_TEST

/* xoshiro256** from state {1, 2, 3, 4}: the published first outputs. */
START_TEST(paper_xoshiro)
{
	static const uint64_t want[] = {
		11520ULL, 0ULL, 1509978240ULL, 1215971899390074240ULL,
	};
	scale_rng_t rng = { { 1, 2, 3, 4 } };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ck_assert_uint_eq(scale_rng_u64(&rng), want[i]);
}
END_TEST

/* Correlation of the first draws of neighbouring seeds, and of neighbouring
 * streams: within 4.5 standard deviations of zero for 4,096 pairs. */
START_TEST(neighbours_are_independent)
{
	const int n = 4096;

	for (int by_stream = 0; by_stream < 2; by_stream++) {
		double sum = 0.0;

		for (int i = 0; i < n; i++) {
			scale_rng_t a, b;

			scale_rng_seed(&a, by_stream ? 7 : i, by_stream ? i : 7);
			scale_rng_seed(&b, by_stream ? 7 : i + 1,
				       by_stream ? i + 1 : 7);
			sum += (scale_rng_uniform(&a) - 0.5) *
			       (scale_rng_uniform(&b) - 0.5) * 12.0;
		}
		ck_assert_double_lt(fabs(sum / sqrt(n)), 4.5);
	}
}
END_TEST

START_TEST(moments)
{
	const int n = 100000;
	double normal = 0.0, square = 0.0, expo = 0.0;
	scale_rng_t rng;

	scale_rng_seed(&rng, 42, 0);
	for (int i = 0; i < n; i++) {
		double x = scale_rng_normal(&rng);

		normal += x;
		square += x * x;
		expo += scale_rng_exponential(&rng);
	}
	/* five standard errors */
	ck_assert_double_eq_tol(normal / n, 0.0, 5.0 / sqrt(n));
	ck_assert_double_eq_tol(square / n, 1.0, 5.0 * sqrt(2.0 / n));
	ck_assert_double_eq_tol(expo / n, 1.0, 5.0 / sqrt(n));
}
END_TEST

START_TEST(below_stays_below)
{
	scale_rng_t rng;
	int seen[3] = { 0 };

	scale_rng_seed(&rng, 1, 2);
	for (int i = 0; i < 300; i++)
		seen[scale_rng_below(&rng, 3)]++;
	for (int i = 0; i < 3; i++)
		ck_assert_int_gt(seen[i], 60);
	ck_assert_uint_eq(scale_rng_below(&rng, 1), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rng");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, paper_splitmix64);
	tcase_add_test(tc, paper_xoshiro);
	tcase_add_test(tc, neighbours_are_independent);
	tcase_add_test(tc, moments);
	tcase_add_test(tc, below_stays_below);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
