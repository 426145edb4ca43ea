/*
 * gae_test.c - advantages and returns by hand
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/test_run.h"
#include "trainer/gae.h"

/* float results of a few operations on numbers near 1 */
#define TOL 1e-6

/* gamma 0.5, lambda 0.5, an end after the second transition:
 *   delta = 1 + 0.5 2 - 1 = 1;  2 + 0.5 4 - 2 = 2;  3 + 0.5 6 - 3 = 3
 *   A_2 = 3;  A_1 = 2 (cut);  A_0 = 1 + 0.25 2 = 1.5 */
START_TEST(by_hand)
{
	const real_t reward[] = { 1, 2, 3 }, value[] = { 1, 2, 3 };
	const real_t next[] = { 2, 4, 6 }, discount[] = { 0.5, 0.5, 0.5 };
	const unsigned char last[] = { 0, 1, 0 };
	real_t advantage[3], ret[3];

	train_gae(3, reward, value, next, discount, last, 0.5, advantage, ret);
	ck_assert_double_eq_tol(advantage[2], 3.0, TOL);
	ck_assert_double_eq_tol(advantage[1], 2.0, TOL);
	ck_assert_double_eq_tol(advantage[0], 1.5, TOL);
	ck_assert_double_eq_tol(ret[0], 2.5, TOL);
	ck_assert_double_eq_tol(ret[1], 4.0, TOL);
	ck_assert_double_eq_tol(ret[2], 6.0, TOL);
}
END_TEST

/* Each transition has its own discount:
 *   delta = 1 + 0.1 10 = 2;  1 + 0.9 0 = 1;  A_0 = 2 + 0.1 1 1 = 2.1 */
START_TEST(own_discounts)
{
	const real_t reward[] = { 1, 1 }, value[] = { 0, 0 };
	const real_t next[] = { 10, 0 }, discount[] = { 0.1, 0.9 };
	const unsigned char last[] = { 0, 0 };
	real_t advantage[2], ret[2];

	train_gae(2, reward, value, next, discount, last, 1.0, advantage, ret);
	ck_assert_double_eq_tol(advantage[0], 2.1, TOL);
	ck_assert_double_eq_tol(ret[1], 1.0, TOL);
}
END_TEST

/* lambda 1: the return is the discounted sum of rewards; lambda 0: A is the
 * one-step error. */
START_TEST(extremes_of_lambda)
{
	const real_t reward[] = { 1, 2, 4 }, value[] = { 7, 8, 9 };
	const real_t next[] = { 8, 9, 0 }, discount[] = { 0.5, 0.5, 0.5 };
	const unsigned char last[] = { 0, 0, 1 };
	real_t advantage[3], ret[3];

	train_gae(3, reward, value, next, discount, last, 1.0, advantage, ret);
	ck_assert_double_eq_tol(ret[0], 1.0 + 0.5 * 2.0 + 0.25 * 4.0, TOL);
	train_gae(3, reward, value, next, discount, last, 0.0, advantage, ret);
	ck_assert_double_eq_tol(advantage[0], 1.0 + 0.5 * 8.0 - 7.0, TOL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, own_discounts);
	tcase_add_test(tc, extremes_of_lambda);
	return test_run_within("gae", tc, 120);
}
