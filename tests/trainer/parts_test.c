/*
 * parts_test.c - sampling, statistics of features, minibatches, threads
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/parallel.h"
#include "tests/test_run.h"
#include "trainer/buffer.h"
#include "trainer/display.h"
#include "model/feature_stats.h"
#include "trainer/rollout.h"

/* Frequencies of draws from softmax(0, ln 2, -, ln 5) = 1/8, 2/8, 0, 5/8,
 * within five standard errors. */
START_TEST(sample_follows_the_softmax)
{
	const float logit[] = { 0, 0.69314718f, 50, 1.60943791f };
	const uint8_t allowed[] = { 1, 1, 0, 1 };
	const double want[] = { 0.125, 0.25, 0, 0.625 };
	const int draws = 40000;
	int count[4] = { 0 };
	scale_rng_t rng;

	scale_rng_seed(&rng, 1, 2);
	for (int i = 0; i < draws; i++) {
		double log_prob;
		size_t j = train_sample(logit, allowed, 4, &rng, &log_prob);

		ck_assert_uint_lt(j, 4);
		ck_assert_double_eq_tol(exp(log_prob), want[j], 1e-6);
		count[j]++;
	}
	for (int j = 0; j < 4; j++)
		ck_assert_double_eq_tol((double) count[j] / draws, want[j],
					5.0 * sqrt(0.25 / draws));
	ck_assert_int_eq(count[2], 0);
}
END_TEST

START_TEST(sample_refuses)
{
	const float nan_logit[] = { NAN, 0 }, logit[] = { 1, 2 };
	const float big[] = { 1e30f, -1e30f };
	const uint8_t all[] = { 1, 1 }, none[] = { 0, 0 };
	double log_prob = 1.0;
	scale_rng_t rng;

	scale_rng_seed(&rng, 1, 2);
	ck_assert_uint_eq(train_sample(nan_logit, all, 2, &rng, &log_prob), 2);
	ck_assert_uint_eq(train_sample(logit, none, 2, &rng, &log_prob), 2);
	ck_assert_uint_eq(train_sample(big, all, 2, &rng, &log_prob), 0);
	ck_assert(log_prob == 0.0);
}
END_TEST

/* f = (0, 2), (2, 0), (4, 4): means 2 and 2, variances 4 and 4, covariance
 * ((-2)(0) + 0 (-2) + 2 2)/2 = 2, correlation 1/2,
 * KL = 1/4 (4 + 4 - ln 4 - 1) x 2 */
START_TEST(features_by_hand)
{
	const float f[3][2] = { { 0, 2 }, { 2, 0 }, { 4, 4 } };
	scale_feature_sums_t a, b;
	scale_feature_stats_t stats;

	ck_assert_int_eq(scale_feature_sums_init(&a, 2, NULL), 0);
	ck_assert_int_eq(scale_feature_sums_init(&b, 2, NULL), 0);
	scale_feature_sums_add(&a, f[0]);
	scale_feature_stats(&a, &stats);
	ck_assert(isnan(stats.covariance));
	scale_feature_sums_add(&b, f[1]);
	scale_feature_sums_add(&b, f[2]);
	scale_feature_sums_merge(&a, &b);
	scale_feature_stats(&a, &stats);
	ck_assert_double_eq_tol(scale_feature_mean(&a, 1), 2.0, 1e-12);
	ck_assert_double_eq_tol(scale_feature_cov(&a, 0, 0), 4.0, 1e-12);
	ck_assert_double_eq_tol(stats.covariance, 2.0, 1e-12);
	ck_assert_double_eq_tol(stats.correlation, 0.5, 1e-12);
	ck_assert_double_eq_tol(stats.kl, 0.5 * (8.0 - log(4.0) - 1.0), 1e-12);
	scale_feature_sums_fini(&a);
	scale_feature_sums_fini(&b);
}
END_TEST

/* States of two and three servers, gathered across tracks in any order. */
START_TEST(minibatch_gathers)
{
	train_buffer_t *buffer = train_buffer_create(2, 2, 1, NULL);
	train_minibatch_t mb = { 0 };
	float psi[SCALE_SERVER_FEATURES * 4], feature = 0;
	uint8_t allowed[4] = { 1, 0, 1, 1 };
	const size_t index[] = { 3, 0 };

	for (size_t k = 0; k < 4; k++) {
		train_state_t state = { .psi = psi, .ld = 4, .n = k % 2 ? 3 : 2,
					.allowed = allowed };

		for (size_t i = 0; i < sizeof(psi) / sizeof(psi[0]); i++)
			psi[i] = 100.0f * k + i;
		for (size_t f = 0; f < SCALE_TASK_FEATURES; f++)
			state.phi[f] = 10.0f * k + f;
		ck_assert_int_eq(train_track_add(&buffer->track[k / 2], &state,
						 1, &feature, k % 2, -0.5 * k,
						 k, NULL), 0);
		buffer->track[k / 2].advantage[k % 2] = 7.0 * k;
		buffer->track[k / 2].ret[k % 2] = 9.0 * k;
	}
	ck_assert_int_eq(train_minibatch_gather(&mb, buffer, index, 2, NULL),
			 0);
	ck_assert_uint_eq(mb.batch.states, 2);
	ck_assert_uint_eq(mb.batch.first[1], 3);
	ck_assert_uint_eq(mb.batch.first[2], 5);
	ck_assert(mb.batch.task[1] == 31 && mb.batch.task[5] == 0);
	/* feature 1 of the servers: T = 5 apart */
	ck_assert(mb.batch.server[5] == 304 && mb.batch.server[7] == 306);
	ck_assert(mb.batch.server[8] == 4 && mb.batch.server[9] == 5);
	ck_assert(mb.batch.allowed[1] == 0 && mb.batch.allowed[3] == 1);
	ck_assert_uint_eq(mb.targets.action[0], 1);
	ck_assert(mb.targets.old_log_prob[0] == -1.5);
	ck_assert(mb.targets.advantage[0] == 21 && mb.targets.ret[0] == 27);
	train_minibatch_free(&mb);
	train_buffer_destroy(buffer);
}
END_TEST

static int square(void *arg, size_t i, scale_err_t *err)
{
	((size_t *) arg)[i] = i * i;
	return 0;
}

static int fail_three(void *arg, size_t i, scale_err_t *err)
{
	return i == 3 ? scale_err_set(err, EDOM, "piece %zu", i) : 0;
}

START_TEST(threads_do_all)
{
	size_t done[100] = { 0 };
	scale_err_t err = { "" };

	ck_assert_int_eq(sim_parallel(100, 1 + _i, square, done, &err), 0);
	for (size_t i = 0; i < 100; i++)
		ck_assert_uint_eq(done[i], i * i);
	errno = 0;
	ck_assert_int_eq(sim_parallel(5, 1 + _i, fail_three, NULL, &err), -1);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_str_eq(err.text, "piece 3");
	ck_assert_int_eq(sim_parallel(0, 4, fail_three, NULL, &err), 0);
}
END_TEST

START_TEST(times)
{
	char text[32];

	train_format_time(59.4, text);
	ck_assert_str_eq(text, "0:59");
	train_format_time(3723, text);
	ck_assert_str_eq(text, "1:02:03");
	train_format_time(NAN, text);
	ck_assert_str_eq(text, "0:00");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, sample_follows_the_softmax);
	tcase_add_test(tc, sample_refuses);
	tcase_add_test(tc, features_by_hand);
	tcase_add_test(tc, minibatch_gathers);
	tcase_add_loop_test(tc, threads_do_all, 0, 4);
	tcase_add_test(tc, times);
	return test_run_within("parts", tc, 120);
}
