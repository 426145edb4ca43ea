/*
 * dueling_test.c - action values and their regression; in double
 *
 * A network of zeros but for the last biases: advantages 1 and 3, value 5 in
 * every state.  Both servers allowed: Q = 5 + (1, 3) - 2 = (4, 6).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "model/dueling.h"
#include "tests/test_run.h"

static const double rounding = 1e-12;

static double *param(fixture_t *fx, const char *name)
{
	return fx->net->params + scale_net_find(fx->net, name)->offset;
}

static fixture_t *biased(int mask)
{
	static const size_t n[] = { 2, 2 };
	scale_dims_t dims = fixture_mlp_dims(2);
	fixture_t *fx = fixture_create(&dims, 2, n, mask, 3);

	memset(fx->net->params, 0,
	       fx->net->param_count * sizeof(*fx->net->params));
	param(fx, "actor.2.bias")[0] = 1;
	param(fx, "actor.2.bias")[1] = 3;
	param(fx, "critic.4.bias")[0] = 5;
	return fx;
}

/* In the second state server 1 alone: its advantage is its own mean. */
START_TEST(values_by_hand)
{
	static const double want[2][4] = { { 4, 6, 4, 6 }, { 4, 6, 0, 5 } };
	static const double most[2][2] = { { 6, 6 }, { 6, 5 } };
	fixture_t *fx = biased(1);
	double q[4], best[2];

	memcpy(fx->allowed, "\1\1\0\1", 4);
	if (!_i)
		fx->batch.allowed = NULL;
	ck_assert_int_eq(scale_forward(fx->net, &fx->batch, fx->ws, NULL), 0);
	scale_dueling(&fx->batch, fx->ws, q);
	scale_dueling_best(&fx->batch, q, best);
	for (int j = 0; j < 4; j++)
		ck_assert_double_eq_tol(q[j], want[_i][j], rounding);
	for (int b = 0; b < 2; b++)
		ck_assert_double_eq_tol(best[b], most[_i][b], rounding);
	fixture_destroy(fx);
}
END_TEST

/*
 * Q(s_0, 0) - y = 4 - 3.5 = 1/2, Q(s_1, 1) - y = 6 - 3 = 3: Huber's 1/8 and
 * 5/2.  dL/dQ = 1/4 and, cut at 1, 1/2.  dL/dV is their sum; dL/dA = (1/4 -
 * 1/8, -1/8) + (-1/4, 1/2 - 1/4).
 */
START_TEST(loss_by_hand)
{
	static const size_t action[] = { 0, 1 };
	static const double y[] = { 3.5, 3 };
	fixture_t *fx = biased(0);
	double *d = calloc(fx->net->param_count, sizeof(*d));
	ptrdiff_t a = param(fx, "actor.2.bias") - fx->net->params;
	ptrdiff_t v = param(fx, "critic.4.bias") - fx->net->params;
	scale_q_loss_t loss;

	ck_assert_int_eq(scale_q_gradient(fx->net, &fx->batch, action, y,
					  fx->ws, &loss, d, NULL), 0);
	ck_assert_double_eq_tol(loss.loss, (0.125 + 2.5) / 2.0, rounding);
	ck_assert_double_eq_tol(loss.q, 5.0, rounding);
	ck_assert_double_eq_tol(d[v], 0.75, rounding);
	ck_assert_double_eq_tol(d[a], -0.125, rounding);
	ck_assert_double_eq_tol(d[a + 1], 0.125, rounding);
	free(d);
	fixture_destroy(fx);
}
END_TEST

START_TEST(refuses)
{
	static const size_t masked[] = { 0, 0 }, beyond[] = { 2, 1 };
	static const size_t good[] = { 0, 1 };
	static const double y[] = { 0, 0 }, bad[] = { 0, NAN };
	fixture_t *fx = biased(1);
	double *d = calloc(fx->net->param_count, sizeof(*d));
	scale_q_loss_t loss = { .loss = 77 };
	scale_err_t err = { "" };

	memcpy(fx->allowed, "\1\1\0\1", 4);
	ck_assert_int_eq(scale_q_gradient(fx->net, &fx->batch, masked, y,
					  fx->ws, &loss, d, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_str_eq(err.text, "state 1: action 0 is not possible");
	ck_assert_int_eq(scale_q_gradient(fx->net, &fx->batch, beyond, y,
					  fx->ws, &loss, d, &err), -1);
	ck_assert_str_eq(err.text, "state 0: action 2 is not possible");
	ck_assert_int_eq(scale_q_gradient(fx->net, &fx->batch, good, bad,
					  fx->ws, &loss, d, &err), -1);
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

	tcase_add_loop_test(tc, values_by_hand, 0, 2);
	tcase_add_test(tc, loss_by_hand);
	tcase_add_test(tc, refuses);
	return test_run("dueling", tc);
}
