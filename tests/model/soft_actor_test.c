/*
 * soft_actor_test.c - losses of the soft actor-critic by hand; in double
 *
 * A network of zeros but for the actor's last biases 0 and ln 3: pi = (1/4,
 * 3/4) in every state where both servers are allowed, of entropy
 * H = 2 ln 2 - 3/4 ln 3.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "model/soft_actor.h"
#include "tests/test_run.h"

static const double rounding = 1e-12, alpha = 0.5;

static fixture_t *quarters(void)
{
	static const size_t n[] = { 2, 2 };
	scale_dims_t dims = fixture_mlp_dims(2);
	fixture_t *fx = fixture_create(&dims, 2, n, 1, 3);

	memset(fx->net->params, 0,
	       fx->net->param_count * sizeof(*fx->net->params));
	fx->net->params[scale_net_find(fx->net, "actor.2.bias")->offset + 1] =
		log(3.0);
	memset(fx->allowed, 1, 4);
	return fx;
}

static double entropy(void)
{
	return 2.0 * log(2.0) - 0.75 * log(3.0);
}

/* V = 1/4 2 + 3/4 4 + H/2 = 3.5 + H/2; with server 1 alone its Q, 8. */
START_TEST(value_by_hand)
{
	static const double q[] = { 2, 4, 6, 8 };
	fixture_t *fx = quarters();
	double value[2];

	fx->allowed[2] = 0;
	ck_assert_int_eq(scale_forward(fx->net, &fx->batch, fx->ws, NULL), 0);
	scale_soft_value(&fx->batch, scale_workspace_log_probs(fx->ws), q,
			 alpha, value);
	ck_assert_double_eq_tol(value[0], 3.5 + 0.5 * entropy(), rounding);
	ck_assert_double_eq_tol(value[1], 8.0, rounding);
	ck_assert_double_eq_tol(scale_soft_most_entropy(&fx->batch),
				0.5 * log(2.0), rounding);
	fixture_destroy(fx);
}
END_TEST

/*
 * L = -V = -(3.5 + H/2) in both states.  dL/dlogit_0 = pi_0 (alpha ln pi_0 -
 * Q_0 + V) = 1/4 (-ln 2 - 2 + 3.5 + ln 2 - 3/8 ln 3) = 3/8 - 3/32 ln 3, which
 * the two states of 1/2 each add to the bias, and the other one is minus it.
 */
START_TEST(loss_by_hand)
{
	static const double q[] = { 2, 4, 2, 4 };
	fixture_t *fx = quarters();
	size_t bias = scale_net_find(fx->net, "actor.2.bias")->offset;
	double *d = calloc(fx->net->param_count, sizeof(*d));
	double want = 3.0 / 8.0 - 3.0 / 32.0 * log(3.0);
	scale_actor_loss_t loss;

	ck_assert_int_eq(scale_soft_actor_gradient(fx->net, &fx->batch, q,
						   alpha, fx->ws, &loss, d,
						   NULL), 0);
	ck_assert_double_eq_tol(loss.loss, -3.5 - 0.5 * entropy(), rounding);
	ck_assert_double_eq_tol(loss.entropy, entropy(), rounding);
	ck_assert_double_eq_tol(d[bias], want, rounding);
	ck_assert_double_eq_tol(d[bias + 1], -want, rounding);
	free(d);
	fixture_destroy(fx);
}
END_TEST

START_TEST(refuses)
{
	static const double q[] = { 2, NAN, 2, 4 };
	fixture_t *fx = quarters();
	double *d = calloc(fx->net->param_count, sizeof(*d));
	scale_actor_loss_t loss = { .loss = 77 };

	ck_assert_int_eq(scale_soft_actor_gradient(fx->net, &fx->batch, q,
						   alpha, fx->ws, &loss, d,
						   NULL), -1);
	ck_assert_int_eq(errno, EDOM);
	ck_assert(loss.loss == 77);
	for (size_t i = 0; i < fx->net->param_count; i++)
		ck_assert(d[i] == 0);
	free(d);
	fixture_destroy(fx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, value_by_hand);
	tcase_add_test(tc, loss_by_hand);
	tcase_add_test(tc, refuses);
	return test_run("soft_actor", tc);
}
