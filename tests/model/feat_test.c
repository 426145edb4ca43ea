/*
 * feat_test.c - each feature of SPEC section 3 worked by hand
 *
 * Three servers; server 1 is busy until 12.5 at time 10, server 2 was due
 * to end at 9.  Values are exact in binary or compared as rounded floats.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>

#include "model/feat.h"
#include "tests/test_run.h"

static const double gflops[] = { 2.0, 5.0, 10.0 };
static const double mem_gb[] = { 16.0, 32.0, 80.0 };
static const double free_at[] = { 99.0, 12.5, 9.0 };
static const double power_kw[] = { 0.05, 0.2, 0.4 };
static const uint8_t busy[] = { 0, 1, 1 };
static const scale_cluster_t cluster = {
	.n = 3,
	.gflops = gflops,
	.mem_gb = mem_gb,
	.free_at = free_at,
	.power_kw = power_kw,
	.busy = busy,
	.now = 10.0,
	.gflops_max = 10.0,
	.mem_max_gb = 80.0,
	.bandwidth_gb_s = 10.0,
	.latency_s = 0.01,
};
static const scale_task_t task = {
	.gflop = 12.5,
	.mem_gb = 32.0,
	.out_gb = 0.75,
	.successors = 3,
	.workflow_done = 2,
	.workflow_size = 8,
	.parent_server = 1,
	.parent_out_gb = 0.5,
};

/* 12.5/10, 32/80, 3/5, 2/8, 0.75 */
START_TEST(paper_phi)
{
	static const float want[] = { 1.25f, 0.4f, 0.6f, 0.25f, 0.75f };
	float phi[SCALE_TASK_FEATURES];

	scale_features_task(&cluster, &task, phi);
	for (int i = 0; i < SCALE_TASK_FEATURES; i++)
		ck_assert_float_eq(phi[i], want[i]);
}
END_TEST

/* Rows: C_j/C_max, M_j/M_max, remaining, power, delay.  Idle: no remaining
 * time whatever free_at says; overdue: 0, not negative; 0.5/10 + 0.01 s from
 * server 1 to the others. */
START_TEST(paper_psi)
{
	static const float want[SCALE_SERVER_FEATURES][3] = {
		{ 0.2f, 0.5f, 1.0f },
		{ 0.2f, 0.4f, 1.0f },
		{ 0.0f, 2.5f, 0.0f },
		{ 0.05f, 0.2f, 0.4f },
		{ 0.06f, 0.0f, 0.06f },
	};
	enum { LD = 4 };
	float psi[SCALE_SERVER_FEATURES * LD];

	for (int i = 0; i < SCALE_SERVER_FEATURES * LD; i++)
		psi[i] = -7.0f;
	scale_features_servers(&cluster, &task, psi, LD);
	for (int f = 0; f < SCALE_SERVER_FEATURES; f++) {
		for (int j = 0; j < 3; j++)
			ck_assert_float_eq(psi[f * LD + j], want[f][j]);
		ck_assert_float_eq(psi[f * LD + 3], -7.0f);
	}
}
END_TEST

/* No predecessor: no delay.  One whose server left: a delay everywhere, and
 * so for one that is beyond the servers. */
START_TEST(delay_without_parent_server)
{
	static const struct {
		ssize_t parent;
		float delay;
	} cases[] = {
		{ SCALE_PARENT_NONE, 0.0f },
		{ SCALE_PARENT_GONE, 0.06f },
		{ 3, 0.06f },
	};
	float psi[SCALE_SERVER_FEATURES * 3];
	scale_task_t t = task;

	t.parent_server = cases[_i].parent;
	scale_features_servers(&cluster, &t, psi, 3);
	for (size_t j = 0; j < 3; j++) {
		ck_assert_float_eq(psi[4 * 3 + j], cases[_i].delay);
		ck_assert_float_eq((float) scale_comm_delay(&cluster, &t, j),
				   cases[_i].delay);
	}
}
END_TEST

/* Section 3.2: tau = c / C; delta = d / B + L; constraint (1e): m <= M. */
START_TEST(paper_quantities)
{
	ck_assert_double_eq(scale_exec_time(&cluster, &task, 0), 6.25);
	ck_assert_double_eq(scale_exec_time(&cluster, &task, 1), 2.5);
	ck_assert_double_eq(scale_comm_delay(&cluster, &task, 0),
			    0.5 / 10.0 + 0.01);
	ck_assert_double_eq(scale_comm_delay(&cluster, &task, 1), 0.0);
	ck_assert(!scale_fits(&cluster, &task, 0));
	ck_assert(scale_fits(&cluster, &task, 1));
	ck_assert(scale_fits(&cluster, &task, 2));
	ck_assert_double_eq(scale_remaining(&cluster, 0), 0.0);
	ck_assert_double_eq(scale_remaining(&cluster, 1), 2.5);
	ck_assert_double_eq(scale_remaining(&cluster, 2), 0.0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, paper_phi);
	tcase_add_test(tc, paper_psi);
	tcase_add_loop_test(tc, delay_without_parent_server, 0, 3);
	tcase_add_test(tc, paper_quantities);
	return test_run("feat", tc);
}
