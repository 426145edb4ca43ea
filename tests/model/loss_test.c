/*
 * loss_test.c - the terms of eq. (5) by hand, and refusals; in double
 *
 * A network of zeros gives every server logit 0 and every state value 0.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static const double rounding = 1e-12;

/* States of 2 and 4 servers, all parameters zero. */
static fixture_t *zero_fixture(void)
{
	static const size_t n[] = { 2, 4 };
	scale_dims_t dims = scale_dims_paper();
	fixture_t *fx = fixture_create(&dims, 2, n, 0, 5);

	memset(fx->net->params, 0,
	       fx->net->param_count * sizeof(*fx->net->params));
	return fx;
}

static scale_loss_t loss_of(fixture_t *fx, const scale_loss_config_t *config)
{
	scale_loss_t loss;
	scale_err_t err = { "" };

	ck_assert_msg(scale_loss_gradient(fx->net, &fx->batch, &fx->targets,
					  config, fx->ws, &loss, NULL,
					  &err) == 0, "%s", err.text);
	return loss;
}

/*
 * Ratio 1.5 with advantage 1 is cut to 1.2; ratio 0.5 with advantage -1:
 * min(-0.5, -0.8).  L_clip = -(1.2 - 0.8) / 2.
 */
START_TEST(paper_terms)
{
	static const scale_loss_config_t config = { .clip = 0.2, .c1 = 0.5,
						    .c2 = 0.01 };
	fixture_t *fx = zero_fixture();
	scale_loss_t loss;

	fx->old_log_prob[0] = log(1.0 / 2.0) - log(1.5);
	fx->old_log_prob[1] = log(1.0 / 4.0) - log(0.5);
	fx->advantage[0] = 1.0;
	fx->advantage[1] = -1.0;
	fx->ret[0] = 1.0;
	fx->ret[1] = -2.0;
	loss = loss_of(fx, &config);
	ck_assert_double_eq_tol(loss.clip, -0.2, rounding);
	ck_assert_double_eq_tol(loss.value, 2.5, rounding);
	ck_assert_double_eq_tol(loss.entropy, 1.5 * log(2.0), rounding);
	ck_assert_double_eq_tol(loss.total, -0.2 + 0.5 * 2.5 -
				0.01 * 1.5 * log(2.0), rounding);
	ck_assert_double_eq_tol(loss.approx_kl, (0.5 - log(1.5) - 0.5 -
						 log(0.5)) / 2.0, rounding);
	ck_assert_double_eq_tol(loss.clip_fraction, 1.0, rounding);

	/* the other sides are free: 1.5 * -1 and 0.5 * 1 */
	fx->advantage[0] = -1.0;
	fx->advantage[1] = 1.0;
	ck_assert_double_eq_tol(loss_of(fx, &config).clip,
				-(-1.5 + 0.5) / 2.0, rounding);
	fixture_destroy(fx);
}
END_TEST

/* Advantages 1 and 3: mean 2, deviation sqrt(2), so -+ 1/sqrt(2). */
START_TEST(advantages_are_normalised)
{
	static const scale_loss_config_t config = {
		.clip = 0.2, .normalize_advantages = 1,
	};
	fixture_t *fx = zero_fixture();

	fx->old_log_prob[0] = log(1.0 / 2.0) - log(1.1);
	fx->old_log_prob[1] = log(1.0 / 4.0) - log(0.9);
	fx->advantage[0] = 1.0;
	fx->advantage[1] = 3.0;
	/* 1e-8 in the divisor shows in the ninth digit */
	ck_assert_double_eq_tol(loss_of(fx, &config).clip,
				-(-1.1 + 0.9) / 2.0 / sqrt(2.0), 1e-8);
	ck_assert_double_eq(fx->advantage[1], 3.0);
	fixture_destroy(fx);
}
END_TEST

/* A masked server has no probability, no entropy and no gradient. */
START_TEST(masked_servers)
{
	static const scale_loss_config_t config = { .clip = 0.2, .c2 = 1.0 };
	static const uint8_t allowed[] = { 1, 1, 1, 0, 1, 1 };
	fixture_t *fx = zero_fixture();
	scale_loss_t loss;

	fx->batch.allowed = allowed;
	fx->action[0] = 0;
	fx->action[1] = 0;
	loss = loss_of(fx, &config);
	ck_assert_double_eq_tol(loss.entropy, (log(2.0) + log(3.0)) / 2.0,
				rounding);
	ck_assert(scale_workspace_log_probs(fx->ws)[3] == -INFINITY);
	ck_assert_double_eq_tol(scale_workspace_log_probs(fx->ws)[2],
				-log(3.0), rounding);
	fixture_destroy(fx);
}
END_TEST

/*
 * Features (1, 0), (-1, 2), (0, 1): means 0 and 1, variances 1, covariance
 * -1.  L_c = |C_12| + |C_21| = 2; L_d = (0 + 1) / 4.
 * dL_c/df_b1 = 2 sign(C_12) x_b2 / (B - 1) = -x_b2;
 * dL_d/df_b2 = mu_2 / (d B) = 1/6.
 */
START_TEST(paper_srr)
{
	static const double f[] = { 1, 0, -1, 2, 0, 1 };
	static const double d_c[] = { 1, -1, -1, 1, 0, 0 };
	double l_c, l_d, df[6] = { 0 };

	ck_assert_int_eq(scale_srr(f, 3, 2, SCALE_SRR_COVARIANCE, 1, 0, &l_c,
				   &l_d, df, NULL), 0);
	ck_assert_double_eq_tol(l_c, 2.0, rounding);
	ck_assert_double_eq_tol(l_d, 0.25, rounding);
	for (int i = 0; i < 6; i++)
		ck_assert_double_eq_tol(df[i], d_c[i], rounding);
	ck_assert_int_eq(scale_srr(f, 3, 2, SCALE_SRR_COVARIANCE, 0, 1, &l_c,
				   &l_d, df, NULL), 0);
	for (int i = 0; i < 6; i++)	/* added to what was there */
		ck_assert_double_eq_tol(df[i], d_c[i] + (i % 2) / 6.0,
					rounding);
}
END_TEST

/*
 * The same features, the second three times as large: their correlation is
 * still -1, the largest there is, so the gradient vanishes.  Features
 * (1, 0), (-1, 1), (0, -1), variances 1, covariance -1/2: L_c = 1/2; M has
 * -1/2 beside and -1/4 on the diagonal: df_11 = -1/4, df_12 = -1/2.
 */
START_TEST(correlation_srr)
{
	static const double line[] = { 1, 0, -1, 6, 0, 3 };
	static const double f[] = { 1, 0, -1, 1, 0, -1 };
	static const double d_f[] = { -0.25, -0.5, -0.25, 0.25, 0.5, 0.25 };
	double l_c, l_d, df[6] = { 0 };

	ck_assert_int_eq(scale_srr(line, 3, 2, SCALE_SRR_CORRELATION, 1, 0,
				   &l_c, &l_d, df, NULL), 0);
	ck_assert_double_eq_tol(l_c, 1.0, rounding);
	for (int i = 0; i < 6; i++)
		ck_assert_double_eq_tol(df[i], 0.0, rounding);
	ck_assert_int_eq(scale_srr(f, 3, 2, SCALE_SRR_CORRELATION, 1, 0, &l_c,
				   &l_d, df, NULL), 0);
	ck_assert_double_eq_tol(l_c, 0.5, rounding);
	for (int i = 0; i < 6; i++)
		ck_assert_double_eq_tol(df[i], d_f[i], rounding);
}
END_TEST

static void refuse(fixture_t *fx, const scale_loss_config_t *config,
		   int errnum, const char *text)
{
	size_t count = fx->net->param_count;
	double *dparams = calloc(count, sizeof(*dparams));
	scale_loss_t loss = { .total = 77 };
	scale_err_t err = { "" };

	errno = 0;
	ck_assert_int_eq(scale_loss_gradient(fx->net, &fx->batch,
					     &fx->targets, config, fx->ws,
					     &loss, dparams, &err), -1);
	ck_assert_int_eq(errno, errnum);
	ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
	ck_assert(loss.total == 77);
	for (size_t i = 0; i < count; i++)
		ck_assert(dparams[i] == 0);
	free(dparams);
}

START_TEST(api_refuses)
{
	static const scale_loss_config_t plain = { .clip = 0.2, .c1 = 0.5 };
	static const scale_loss_config_t srr = { .clip = 0.2, .lambda1 = 1,
						 .srr_weight = 1 };
	static const uint8_t allowed[] = { 1, 1, 1, 0, 1, 1 };
	static const double flat[] = { 1, 1 };
	fixture_t *fx = zero_fixture();
	double l_c, l_d;

	fx->action[1] = 4;
	refuse(fx, &plain, EINVAL, "state 1: action 4 of 4 servers");
	fx->action[1] = 1;
	fx->batch.allowed = allowed;
	refuse(fx, &plain, EINVAL, "state 1: action 1 is not allowed");
	fx->batch.allowed = NULL;
	refuse(fx, &srr, EDOM, "dimension 0 of the attention feature");
	fx->batch.states = 1;
	refuse(fx, &srr, EINVAL, "at least two states");
	ck_assert_double_eq(loss_of(fx, &plain).decorrelation, 0.0);
	fx->batch.states = 2;
	fx->ret[1] = NAN;
	refuse(fx, &plain, EDOM, "not finite");
	fx->ret[1] = 0;
	fx->net->params[scale_net_find(fx->net, "task_embed.2.bias")->offset]
		= INFINITY;
	refuse(fx, &plain, EDOM, "not finite");
	ck_assert_int_eq(scale_srr(flat, 1, 2, 0, 1, 1, &l_c, &l_d, NULL, NULL),
			 -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(scale_srr(flat, 2, 1, 0, 1, 1, &l_c, &l_d, NULL, NULL),
			 -1);
	ck_assert_int_eq(errno, EDOM);
	fixture_destroy(fx);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loss");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, paper_terms);
	tcase_add_test(tc, advantages_are_normalised);
	tcase_add_test(tc, masked_servers);
	tcase_add_test(tc, paper_srr);
	tcase_add_test(tc, correlation_srr);
	tcase_add_test(tc, api_refuses);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
