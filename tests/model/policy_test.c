/*
 * policy_test.c - placement rules on states made by hand
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decide.h"
#include "model/policy.h"
#include "model/policy_rule.h"
#include "tests/test_run.h"

enum { N = 6 };

/*
 *  j   GFLOPS   GB    state
 *  0      2     16    idle
 *  1      5     32    idle
 *  2     10     80    busy until 103 (3 s)
 *  3      5     16    idle
 *  4     10     80    busy until 101 (1 s)
 *  5      5     32    idle
 */
static double gflops[N], mem_gb[N], free_at[N], power_kw[N];
static uint8_t busy[N];
static scale_cluster_t cluster;
static scale_task_t task;

static void setup(void)
{
	static const double speeds[N] = { 2, 5, 10, 5, 10, 5 };
	static const double sizes[N] = { 16, 32, 80, 16, 80, 32 };

	for (int j = 0; j < N; j++) {
		gflops[j] = speeds[j];
		mem_gb[j] = sizes[j];
		free_at[j] = power_kw[j] = 0.0;
		busy[j] = 0;
	}
	busy[2] = busy[4] = 1;
	free_at[2] = 103.0;
	free_at[4] = 101.0;
	cluster = (scale_cluster_t) {
		.n = N,
		.gflops = gflops,
		.mem_gb = mem_gb,
		.free_at = free_at,
		.power_kw = power_kw,
		.busy = busy,
		.now = 100.0,
		.gflops_max = 10.0,
		.mem_max_gb = 80.0,
		.bandwidth_gb_s = 10.0,
		.latency_s = 0.01,
	};
	task = (scale_task_t) {
		.gflop = 10.0,
		.mem_gb = 8.0,
		.workflow_size = 3,
		.parent_server = SCALE_PARENT_NONE,
	};
}

static scale_policy_t *make(const char *name)
{
	scale_err_t err = { "" };
	scale_policy_t *policy = scale_policy_create(name, &err);

	ck_assert_msg(policy != NULL, "%s", err.text);
	ck_assert_int_eq(scale_policy_reserve(policy, N, NULL), 0);
	return policy;
}

static scale_choice_t ask(scale_policy_t *policy)
{
	scale_choice_t choice;
	scale_err_t err = { "" };

	ck_assert_msg(scale_policy_choose(policy, &cluster, &task, &choice,
					  &err) == 0, "%s", err.text);
	return choice;
}

static void expect(scale_choice_t got, ssize_t server, double score,
		   ssize_t runner_up, double runner_up_score)
{
	ck_assert_int_eq(got.server, server);
	ck_assert_double_eq_tol(got.score, score, 1e-12);
	ck_assert_int_eq(got.runner_up, runner_up);
	ck_assert_double_eq_tol(got.runner_up_score, runner_up_score, 1e-12);
	ck_assert_ptr_null(got.logit);
}

/* Speed decides, then little memory (3 before 1 and 5), then the index. */
START_TEST(fastest_idle)
{
	scale_policy_t *policy = make("fastest-idle");

	expect(ask(policy), 3, 5.0, 1, 5.0);
	busy[3] = 1;
	expect(ask(policy), 1, 5.0, 5, 5.0);
	busy[3] = 0;
	mem_gb[1] = 12.0;
	mem_gb[3] = 24.0;	/* second in line only by its index */
	mem_gb[5] = 20.0;
	expect(ask(policy), 1, 5.0, 5, 5.0);
	mem_gb[1] = mem_gb[5] = 32.0;
	mem_gb[3] = 16.0;
	task.mem_gb = 20.0;
	expect(ask(policy), 1, 5.0, 5, 5.0);
	task.mem_gb = 40.0;	/* fits the busy ones alone */
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	task.mem_gb = 80.0;	/* memory may be used up to the last GB */
	busy[4] = 0;
	expect(ask(policy), 4, 10.0, -1, 0.0);
	scale_policy_destroy(policy);
}
END_TEST

/* End times: 0: 5; 1, 3, 5: 2; 2: 3 + 1; 4: 1 + 1 = 2, a tie with 1. */
START_TEST(eft)
{
	scale_policy_t *policy = make("eft");

	expect(ask(policy), 1, -2.0, 3, -2.0);
	free_at[4] = 100.75;	/* busy, yet first to finish: wait for it */
	expect(ask(policy), 4, -1.75, 1, -2.0);
	task.parent_server = 5;	/* others pay 2/10 + 0.01 s of transfer */
	task.parent_out_gb = 2.0;
	expect(ask(policy), 4, -1.96, 5, -2.0);
	free_at[4] = 101.0;
	expect(ask(policy), 5, -2.0, 1, -2.21);
	task.mem_gb = 40.0;
	expect(ask(policy), 4, -2.21, 2, -4.21);
	free_at[4] = INFINITY;	/* drained */
	expect(ask(policy), 2, -4.21, -1, 0.0);
	free_at[2] = INFINITY;
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	scale_policy_destroy(policy);
}
END_TEST

/* K = 2: 0: 5; 1, 3, 5: 2; 2: 6 + 1; 4: 2 + 1 = 3.  With K = 0.5 server 4
 * costs 1.5 and is waited for; the next at that instant finds its second of
 * work reserved there: 0.5 (1 + 1) + 1 = 2. */
START_TEST(k_eft)
{
	scale_policy_t *policy = make("k-eft:2");

	expect(ask(policy), 1, -2.0, 3, -2.0);
	free_at[4] = 100.25;	/* a quarter of a second is worth it */
	expect(ask(policy), 4, -1.5, 1, -2.0);
	/* 2 (0.25 + 1) + 1 = 3.5 now, with what is reserved */
	expect(ask(policy), 1, -2.0, 3, -2.0);
	cluster.now = 100.125;	/* another instant: nothing reserved */
	expect(ask(policy), 4, -1.25, 1, -2.0);
	scale_policy_destroy(policy);
	cluster.now = 100.0;
	free_at[4] = 101.0;
	policy = make("k-eft:0.5");
	expect(ask(policy), 4, -1.5, 1, -2.0);
	expect(ask(policy), 1, -2.0, 3, -2.0);	/* a tie with 4 */
	scale_policy_reset(policy, 0);
	expect(ask(policy), 4, -1.5, 1, -2.0);
	cluster.n = 5;		/* servers have changed */
	expect(ask(policy), 4, -1.5, 1, -2.0);
	free_at[4] = INFINITY;	/* drained */
	task.mem_gb = 40.0;
	expect(ask(policy), 2, -2.5, -1, 0.0);
	free_at[2] = INFINITY;
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	scale_policy_destroy(policy);
}
END_TEST

/*
 * A primitive of 10 GFLOP with 3 of 3 left and 1 successor; P_j = C_j / C_max,
 * so that P_j tau_j = 10 / 10 everywhere, and K = N / 32 x 3 x 2 x 2 / 9 =
 * 0.25 with N = 6.
 */
START_TEST(tuned)
{
	static const scale_place_weights_t even = {
		.nodes = 1, .left = 1, .successors = 1, .speed = 1,
	};
	static const char *const name[] = {
		"mean-primitive", "mean-workflow"
	};
	scale_place_weights_t w = even;
	scale_policy_t *policy = make(name[_i]);

	ck_assert_ptr_eq(policy->weights, _i ? &scale_weights_workflow.place :
			 &scale_weights_primitive.place);
	policy->weights = &w;
	task.successors = 1;
	w.wait = log(2.0 / 9.0);
	expect(ask(policy), 0, -1.0, 1, -1.0);	/* all idle ones tie */
	busy[0] = busy[1] = busy[3] = busy[5] = 1;
	free_at[0] = free_at[1] = free_at[3] = free_at[5] = INFINITY;
	expect(ask(policy), 4, -1.25, 2, -1.75);
	/* its second of work is reserved: 1 + 0.25 (1 + 1) */
	expect(ask(policy), 4, -1.5, 2, -1.75);
	cluster.now = 100.5;
	task.workflow_done = 2;	/* one left: K is a third of it */
	expect(ask(policy), 4, -1.0 - 0.5 / 12.0, 2, -1.0 - 2.5 / 12.0);
	scale_policy_destroy(policy);
}
END_TEST

/* P_j = (M_j / 80)^2: 0: 5 / 25; 1: 2 x 0.16, 3: 2 / 25; and 0.5 x 0.21 s of
 * transfer from 5 to all others. */
START_TEST(tuned_prices)
{
	static const scale_place_weights_t w = {
		.wait = 6.0, .memory = 2, .transfer = 0.5,
	};
	scale_policy_t *policy = make("mean-primitive");

	policy->weights = &w;
	expect(ask(policy), 3, -0.08, 0, -0.2);
	task.parent_server = 5;
	task.parent_out_gb = 2.0;
	expect(ask(policy), 3, -0.185, 0, -0.305);
	task.mem_gb = 20.0;
	expect(ask(policy), 5, -0.32, 1, -0.425);
	scale_policy_destroy(policy);
}
END_TEST

/* Least memory that is enough (3 is the faster of 0 and 3), then speed. */
START_TEST(best_fit)
{
	scale_policy_t *policy = make("best-fit");

	expect(ask(policy), 3, -16.0, 0, -16.0);
	busy[2] = 0;
	task.mem_gb = 20.0;
	expect(ask(policy), 1, -32.0, 5, -32.0);
	task.mem_gb = 40.0;
	expect(ask(policy), 2, -80.0, -1, 0.0);
	busy[2] = 1;
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	scale_policy_destroy(policy);
}
END_TEST

START_TEST(locality)
{
	scale_policy_t *policy = make("locality");

	task.parent_server = 0;
	expect(ask(policy), 0, 1.0, 3, 0.0);
	task.mem_gb = 20.0;	/* too much for 0: as fastest-idle */
	expect(ask(policy), 1, 0.0, 5, 0.0);
	task.parent_server = 2;	/* busy */
	expect(ask(policy), 1, 0.0, 5, 0.0);
	task.mem_gb = 8.0;
	task.parent_server = SCALE_PARENT_GONE;
	expect(ask(policy), 3, 0.0, 1, 0.0);
	scale_policy_destroy(policy);
}
END_TEST

/* Half of 10 is what 1, 3 and 5 have; with 0.6 they are too slow. */
START_TEST(threshold)
{
	scale_policy_t *policy = make("threshold");

	expect(ask(policy), 3, 5.0, 1, 5.0);
	scale_policy_destroy(policy);
	policy = make("threshold:0.6");
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	gflops[4] = 8.0;	/* 10 is still there, and busy */
	busy[4] = 0;
	expect(ask(policy), 4, 8.0, -1, 0.0);
	mem_gb[2] = 4.0;	/* now the fastest that fits is 8 */
	gflops[1] = 4.9;
	expect(ask(policy), 4, 8.0, 3, 5.0);
	scale_policy_destroy(policy);
	policy = make("threshold:0");
	expect(ask(policy), 4, 8.0, 3, 5.0);
	scale_policy_destroy(policy);
}
END_TEST

START_TEST(reserve_large)
{
	scale_policy_t *policy = make("reserve-large");

	busy[2] = busy[4] = 0;
	expect(ask(policy), 3, 5.0, 1, 5.0);
	task.mem_gb = 40.0;	/* nothing else holds it */
	expect(ask(policy), 2, 10.0, 4, 10.0);
	task.mem_gb = 20.0;
	busy[1] = busy[5] = 1;	/* wait for these rather than take 2 */
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	for (int j = 0; j < N; j++)
		mem_gb[j] = 32.0;	/* all are the largest */
	expect(ask(policy), 2, 10.0, 4, 10.0);
	scale_policy_destroy(policy);
}
END_TEST

START_TEST(round_robin)
{
	scale_policy_t *policy = make("round-robin");
	static const ssize_t want[] = { 0, 1, 3, 5, 0, 1 };

	for (int i = 0; i < TEST_COUNT(want); i++)
		expect(ask(policy), want[i], 0.0, -1, 0.0);
	scale_policy_reset(policy, 0);
	expect(ask(policy), 0, 0.0, -1, 0.0);
	task.mem_gb = 20.0;
	expect(ask(policy), 1, 0.0, -1, 0.0);
	expect(ask(policy), 5, 0.0, -1, 0.0);
	task.mem_gb = 40.0;	/* waiting leaves the turn where it was */
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	task.mem_gb = 8.0;
	expect(ask(policy), 0, 0.0, -1, 0.0);
	expect(ask(policy), 1, 0.0, -1, 0.0);
	cluster.n = 1;		/* the server whose turn it was has left */
	expect(ask(policy), 0, 0.0, -1, 0.0);
	scale_policy_destroy(policy);
}
END_TEST

/* Candidates 0, 1, 3, 5 each about a quarter of 4,000 draws: within five
 * standard deviations of 1,000, which are 27 each. */
START_TEST(random_is_uniform)
{
	scale_policy_t *policy = make("random");
	int count[N] = { 0 };

	scale_policy_reset(policy, 1);
	for (int i = 0; i < 4000; i++) {
		scale_choice_t got = ask(policy);

		ck_assert_int_ge(got.server, 0);
		ck_assert_int_eq(got.runner_up, -1);
		count[got.server]++;
	}
	ck_assert_int_eq(count[2] + count[4], 0);
	for (int j = 0; j < N; j++)
		if (!busy[j])
			ck_assert_int_lt(abs(count[j] - 1000), 137);
	task.mem_gb = 40.0;
	expect(ask(policy), SCALE_WAIT, 0.0, -1, 0.0);
	scale_policy_destroy(policy);
}
END_TEST

START_TEST(random_repeats_by_seed)
{
	scale_policy_t *policy = make("random");
	ssize_t first[50];
	int differ = 0;

	scale_policy_reset(policy, 7);
	for (int i = 0; i < 50; i++)
		first[i] = ask(policy).server;
	scale_policy_reset(policy, 8);
	for (int i = 0; i < 50; i++)
		differ += ask(policy).server != first[i];
	ck_assert_int_gt(differ, 10);
	scale_policy_reset(policy, 7);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(ask(policy).server, first[i]);
	scale_policy_destroy(policy);
}
END_TEST

/* Put nonsense into whatever the rule does not claim to know: the choice
 * must stay. */
START_TEST(rules_know_what_they_say)
{
	const scale_rule_t *rule = &scale_rules[_i];
	scale_policy_t *policy = make(rule->name);
	scale_choice_t want = ask(policy), got;

	if (!(rule->knows & SCALE_KNOWS_SPEED))
		for (int j = 0; j < N; j++)
			gflops[j] = NAN;
	if (!(rule->knows & SCALE_KNOWS_DEMAND))
		task.gflop = NAN;
	if (!(rule->knows & SCALE_KNOWS_REMAINING)) {
		for (int j = 0; j < N; j++)
			free_at[j] = NAN;
		cluster.now = NAN;
	}
	if (!(rule->knows & SCALE_KNOWS_PARENT))
		task.parent_server = 5;
	if (!(rule->knows & SCALE_KNOWS_TRANSFER)) {
		task.parent_out_gb = NAN;
		cluster.bandwidth_gb_s = cluster.latency_s = NAN;
	}
	cluster.power_kw = NULL;
	cluster.gflops_max = cluster.mem_max_gb = NAN;
	task.out_gb = NAN;
	scale_policy_reset(policy, 0);
	got = ask(policy);
	ck_assert_int_ge(got.server, 0);
	ck_assert_int_eq(got.server, want.server);
	ck_assert_int_eq(got.runner_up, want.runner_up);
	ck_assert_double_eq(got.score, want.score);
	scale_policy_destroy(policy);
}
END_TEST

START_TEST(list)
{
	static const char *const want[] = {
		"random", "round-robin", "fastest-idle", "eft", "k-eft",
		"best-fit", "locality", "threshold", "reserve-large",
		"mean-primitive", "mean-workflow",
	};
	scale_policy_info_t info;

	for (int i = 0; i < TEST_COUNT(want); i++) {
		scale_policy_t *policy = make(want[i]);

		ck_assert_int_eq(scale_policy_list((size_t) i, &info), 0);
		ck_assert_str_eq(info.name, want[i]);
		ck_assert_uint_gt(strlen(info.summary), 10);
		ck_assert_int_eq(info.knows_speed, i > 1);
		ck_assert_int_eq(info.knows_demand,
				 i == 3 || i == 4 || i > 8);
		ck_assert_int_eq(info.knows_remaining,
				 i == 3 || i == 4 || i > 8);
		ck_assert_int_eq(info.knows_transfer,
				 i == 3 || i == 6 || i > 8);
		ck_assert_int_eq(info.param->meaning != NULL,
				 i == 4 || i == 7);
		ck_assert_str_eq(scale_policy_name(policy), want[i]);
		scale_policy_destroy(policy);
	}
	ck_assert_int_eq(scale_policy_list(TEST_COUNT(want), &info), -1);
	ck_assert_int_eq(scale_policy_list(1000, &info), -1);
}
END_TEST

/* One rule with one parameter has one name; k-eft's default is 5. */
START_TEST(parameters)
{
	static const char *const name[][2] = {
		{ "k-eft:2.50", "k-eft:2.5" }, { "k-eft:5", "k-eft" },
		{ "threshold:1", "threshold:1" },
	};
	static const char *const bad[] = {
		"k-eft:", "k-eft:-1", "k-eft:five", "threshold:1.1",
		"k-eft:0x5", "k-eft:1:2", "eft:5", "k-ef", "k-eft5",
	};
	scale_err_t err;

	for (int i = 0; i < TEST_COUNT(name); i++) {
		scale_policy_t *policy = make(name[i][0]);

		ck_assert(scale_policy_is_rule(name[i][0]));
		ck_assert_str_eq(scale_policy_name(policy), name[i][1]);
		scale_policy_destroy(policy);
	}
	for (int i = 0; i < TEST_COUNT(bad); i++) {
		ck_assert_ptr_null(scale_policy_create(bad[i], &err));
		ck_assert_int_eq(errno, EINVAL);
	}
	ck_assert(!scale_policy_is_rule("k-eft5"));
	ck_assert(!scale_policy_is_rule("model"));
}
END_TEST

START_TEST(refusals)
{
	scale_policy_t *policy = make("eft");
	scale_choice_t choice = { .server = 3 };
	scale_err_t err;

	ck_assert_ptr_null(scale_policy_create("efd", &err));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "\"efd\""));
	ck_assert_ptr_nonnull(
		strstr(err.text, "random, round-robin, fastest-idle, eft"));
	cluster.n = N + 1;
	ck_assert_int_eq(scale_policy_choose(policy, &cluster, &task, &choice,
					     &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "7 servers, room for 1 to 6"));
	ck_assert_int_eq(choice.server, SCALE_WAIT);
	cluster.n = 0;
	ck_assert_int_eq(scale_policy_choose(policy, &cluster, &task, &choice,
					     NULL), -1);
	scale_policy_destroy(policy);
	scale_policy_destroy(NULL);
}
END_TEST

/* A policy of an untrained model with room for N servers, or NULL. */
static scale_policy_t *make_from_model(const char *mask, uint64_t seed,
				       scale_err_t *err)
{
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_model_t *model = scale_model_create(net, NULL);
	scale_policy_t *policy;

	scale_net_init(net, seed);
	if (mask)
		scale_model_set_meta(model, SCALE_META_MASK, mask, NULL);
	policy = scale_policy_from_model(model, err);
	scale_model_destroy(model);
	if (policy)
		ck_assert_int_eq(scale_policy_reserve(policy, N, err), 0);
	return policy;
}

/* Features by feat.h, logits by decide.h: what the policy must show. */
static void expect_logits(const scale_choice_t *got, uint64_t seed)
{
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = scale_net_create(&dims, NULL);
	float phi[SCALE_TASK_FEATURES], *psi;
	scale_decider_t *decider;
	scale_scratch_t *scratch;
	scale_decision_t want;
	size_t ld;

	scale_net_init(net, seed);
	decider = scale_decider_create(net, NULL);
	scratch = scale_scratch_create(decider, cluster.n, NULL);
	psi = scale_scratch_psi(scratch, &ld);
	scale_features_task(&cluster, &task, phi);
	scale_features_servers(&cluster, &task, psi, ld);
	ck_assert_int_eq(scale_decide(decider, scratch, phi, psi, ld,
				      cluster.n, NULL, &want), 0);
	for (size_t j = 0; j < cluster.n; j++)
		ck_assert_float_eq(got->logit[j], want.logit[j]);
	ck_assert_float_eq(got->value, want.value);
	scale_scratch_destroy(scratch);
	scale_decider_destroy(decider);
	scale_net_destroy(net);
}

static const struct {
	const char *mask;
	double mem_gb;		/* what the task needs */
	uint8_t allowed[N];
} masked[] = {
	{ "none", 20.0, { 1, 1, 1, 1, 1, 1 } },
	{ "fits", 20.0, { 0, 1, 1, 0, 1, 1 } },
	{ "idle", 20.0, { 0, 1, 0, 0, 0, 1 } },
	{ NULL, 20.0, { 0, 1, 1, 0, 1, 1 } },	/* without: fits */
	{ "none", 99.0, { 1, 1, 1, 1, 1, 1 } },
	{ "fits", 99.0, { 0 } },
	{ "idle", 40.0, { 0 } },
};

/* Best and second of the allowed logits, for several networks, so that each
 * server gets its turn. */
START_TEST(model_obeys_mask)
{
	const uint8_t *allowed = masked[_i].allowed;
	scale_err_t err = { "" };

	task.mem_gb = masked[_i].mem_gb;
	task.parent_server = 3;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		scale_policy_t *policy = make_from_model(masked[_i].mask, seed,
							 &err);
		ssize_t best = -1, second = -1;
		scale_choice_t got;

		ck_assert_msg(policy != NULL, "%s", err.text);
		ck_assert_str_eq(scale_policy_name(policy), "model");
		got = ask(policy);
		for (ssize_t j = 0; j < N && got.logit; j++) {
			if (!allowed[j])
				continue;
			if (best < 0 || got.logit[j] > got.logit[best]) {
				second = best;
				best = j;
			} else if (second < 0 ||
				   got.logit[j] > got.logit[second]) {
				second = j;
			}
		}
		ck_assert_int_eq(got.server, best);
		ck_assert_int_eq(got.runner_up, second);
		ck_assert_int_eq(best < 0, !memchr(allowed, 1, N));
		if (best < 0)
			expect(got, SCALE_WAIT, 0.0, -1, 0.0);
		if (best >= 0) {
			ck_assert_double_eq(got.score, got.logit[best]);
			ck_assert_double_eq(got.runner_up_score,
					    got.logit[second]);
			expect_logits(&got, seed);
		}
		scale_policy_destroy(policy);
	}
}
END_TEST

/* Room grows; a cluster beyond it is refused; equal servers tie. */
START_TEST(model_grows)
{
	enum { MANY = 200 };
	double c[MANY], m[MANY], at[MANY] = { 0 }, kw[MANY];
	uint8_t no[MANY] = { 0 };
	scale_policy_t *policy = make_from_model("idle", 1, NULL);
	scale_choice_t choice;

	for (int j = 0; j < MANY; j++) {
		c[j] = 5.0;
		m[j] = 32.0;
		kw[j] = 0.1;
	}
	cluster.gflops = c;
	cluster.mem_gb = m;
	cluster.free_at = at;
	cluster.power_kw = kw;
	cluster.busy = no;
	cluster.n = MANY;
	ck_assert_int_eq(scale_policy_choose(policy, &cluster, &task, &choice,
					     NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(scale_policy_reserve(policy, MANY, NULL), 0);
	ck_assert_int_eq(scale_policy_reserve(policy, 1, NULL), 0);
	choice = ask(policy);
	ck_assert_int_eq(choice.server, 0);
	ck_assert_int_eq(choice.runner_up, 1);
	no[0] = 1;
	at[0] = 101.0;
	choice = ask(policy);
	ck_assert_int_eq(choice.server, 1);
	ck_assert_int_eq(choice.runner_up, 2);
	scale_policy_destroy(policy);
}
END_TEST

START_TEST(model_refusals)
{
	scale_dims_t dims = scale_dims_paper();
	scale_policy_t *policy;
	scale_choice_t choice;
	scale_model_t *model;
	scale_err_t err;

	ck_assert_ptr_null(make_from_model("busy", 1, &err));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_str_eq(err.text, "metadata \"mask\" is \"busy\"; "
				   "known: none, fits, idle");
	dims.server_features = 6;
	model = scale_model_create(scale_net_create(&dims, NULL), NULL);
	ck_assert_ptr_null(scale_policy_from_model(model, &err));
	ck_assert_int_eq(errno, EINVAL);
	scale_model_destroy(model);
	dims = scale_dims_paper();
	model = scale_model_create(scale_net_create(&dims, NULL), NULL);
	model->net->params[12992] = NAN;
	ck_assert_ptr_null(scale_policy_from_model(model, &err));
	ck_assert_int_eq(errno, EDOM);
	scale_model_destroy(model);

	policy = make_from_model("none", 1, NULL);
	power_kw[2] = NAN;
	ck_assert_int_eq(scale_policy_choose(policy, &cluster, &task, &choice,
					     &err), -1);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_ptr_nonnull(strstr(err.text, "not finite"));
	ck_assert_int_eq(choice.server, SCALE_WAIT);
	ck_assert_ptr_null(choice.logit);
	power_kw[2] = 0.1;
	ck_assert_int_ge(ask(policy).server, 0);
	scale_policy_destroy(policy);
}
END_TEST

/* An MLP takes its own number of servers, with room for it or more. */
START_TEST(mlp_is_for_its_servers)
{
	scale_dims_t dims = { 5, 5, 4, 0, 0, 3, 4, SCALE_MLP, N, 0 };
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_model_t *model = scale_model_create(net, NULL);
	scale_policy_t *policy;
	scale_choice_t choice;
	scale_err_t err;

	scale_net_init(net, 1);
	policy = scale_policy_from_model(model, &err);
	ck_assert_msg(policy != NULL, "%s", err.text);
	scale_model_destroy(model);
	ck_assert_uint_eq(scale_policy_servers(policy), N);
	ck_assert_int_eq(scale_policy_reserve(policy, N + 1, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(scale_policy_reserve(policy, N, &err), 0);
	ck_assert_int_ge(ask(policy).server, 0);
	cluster.n = N - 1;
	ck_assert_int_eq(scale_policy_choose(policy, &cluster, &task, &choice,
					     &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "an MLP for exactly"));
	scale_policy_destroy(policy);
	policy = scale_policy_create("random", NULL);
	ck_assert_uint_eq(scale_policy_servers(policy), 0);
	scale_policy_destroy(policy);
}
END_TEST

START_TEST(mask_names)
{
	for (int i = 0; i < SCALE_MASK_COUNT; i++)
		ck_assert_int_eq(scale_mask_find(
					 scale_mask_name((scale_mask_t) i)),
				 i);
	ck_assert_int_eq(scale_mask_find("all"), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");
	int rules = 0;

	while (scale_rules[rules].name)
		rules++;
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, fastest_idle);
	tcase_add_test(tc, eft);
	tcase_add_test(tc, k_eft);
	tcase_add_loop_test(tc, tuned, 0, 2);
	tcase_add_test(tc, tuned_prices);
	tcase_add_test(tc, best_fit);
	tcase_add_test(tc, locality);
	tcase_add_test(tc, threshold);
	tcase_add_test(tc, reserve_large);
	tcase_add_test(tc, round_robin);
	tcase_add_test(tc, random_is_uniform);
	tcase_add_test(tc, random_repeats_by_seed);
	tcase_add_loop_test(tc, rules_know_what_they_say, 0, rules);
	tcase_add_test(tc, list);
	tcase_add_test(tc, parameters);
	tcase_add_test(tc, refusals);
	tcase_add_loop_test(tc, model_obeys_mask, 0, TEST_COUNT(masked));
	tcase_add_test(tc, model_grows);
	tcase_add_test(tc, model_refusals);
	tcase_add_test(tc, mlp_is_for_its_servers);
	tcase_add_test(tc, mask_names);
	return test_run("policy", tc);
}
