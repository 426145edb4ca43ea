/*
 * adam_test.c - the optimiser against its formula
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "tests/test_run.h"
#include "trainer/adam.h"

/* Moments are kept in float: relative 6e-8 a step. */
#define TOL 1e-6

/* Three steps, each term of Algorithm 1 of Kingma and Ba written out. */
START_TEST(paper_three_steps)
{
	const double rate = 0.01, b1 = 0.9, b2 = 0.999, eps = 1e-8;
	const real_t grads[3][2] = { { 1, -2 }, { 0.5, 0 }, { -3, 1e-3 } };
	train_adam_t *adam = train_adam_create(2, NULL);
	real_t params[2] = { 1, -1 };
	double p[2] = { 1, -1 }, m[2] = { 0 }, v[2] = { 0 };

	ck_assert_ptr_nonnull(adam);
	for (int t = 1; t <= 3; t++) {
		train_adam_update(adam, params, grads[t - 1], rate, b1, b2,
				  eps);
		for (int i = 0; i < 2; i++) {
			double g = grads[t - 1][i], m_hat, v_hat;

			m[i] = b1 * m[i] + (1 - b1) * g;
			v[i] = b2 * v[i] + (1 - b2) * g * g;
			m_hat = m[i] / (1 - pow(b1, t));
			v_hat = v[i] / (1 - pow(b2, t));
			p[i] -= rate * m_hat / (sqrt(v_hat) + eps);
			ck_assert_double_eq_tol(params[i], p[i], TOL);
		}
	}
	ck_assert_uint_eq(adam->step, 3);
	train_adam_destroy(adam);
}
END_TEST

/* The first step has length rate, whatever the gradient's size. */
START_TEST(first_step_is_the_rate)
{
	train_adam_t *adam = train_adam_create(1, NULL);
	const real_t grad[] = { 1e4 };
	real_t params[] = { 0 };

	train_adam_update(adam, params, grad, 0.125, 0.9, 0.999, 1e-8);
	ck_assert_double_eq_tol(params[0], -0.125, TOL);
	train_adam_destroy(adam);
}
END_TEST

START_TEST(clipping)
{
	real_t grad[] = { 3, 4 };

	ck_assert_double_eq_tol(train_clip_norm(grad, 2, 10.0), 5.0, TOL);
	ck_assert(grad[0] == 3 && grad[1] == 4);
	ck_assert_double_eq_tol(train_clip_norm(grad, 2, 0.0), 5.0, TOL);
	ck_assert(grad[0] == 3 && grad[1] == 4);
	ck_assert_double_eq_tol(train_clip_norm(grad, 2, 0.5), 5.0, TOL);
	ck_assert_double_eq_tol(grad[0], 0.3, TOL);
	ck_assert_double_eq_tol(grad[1], 0.4, TOL);
	grad[0] = NAN;
	ck_assert(!isfinite(train_clip_norm(grad, 2, 0.5)));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, paper_three_steps);
	tcase_add_test(tc, first_step_is_the_rate);
	tcase_add_test(tc, clipping);
	return test_run_within("adam", tc, 120);
}
