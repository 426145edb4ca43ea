/*
 * config_test.c - keys, schedules and checks of a training run
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/test_run.h"
#include "trainer/algorithm.h"
#include "trainer/train_config.h"
#include "trainer/train_model.h"

static int parse(train_config_t *c, const char *text, scale_err_t *err)
{
	ck_assert_int_eq(scale_conf_defaults(train_conf_table, c, err), 0);
	if (scale_conf_parse(train_conf_table, c, text, strlen(text), "t.yaml",
			     err))
		return -1;
	return train_config_check(c, err);
}

/* SPEC section 6 */
START_TEST(defaults_are_the_papers)
{
	scale_err_t err = { "" };
	scale_dims_t dims, paper = scale_dims_paper();
	train_config_t c;

	ck_assert_int_eq(parse(&c, "", &err), 0);
	ck_assert(c.seed == 42 && c.envs == 4 && c.steps == 512);
	ck_assert(c.epochs == 120 && c.ppo.passes == 4);
	ck_assert(c.ppo.minibatch == 128);
	ck_assert(c.optim.rate == 3e-4 && c.optim.final == 0.05);
	ck_assert(c.optim.grad_norm == 0.5);
	ck_assert(c.ppo.gamma == 0.99 && c.ppo.lambda == 0.95);
	ck_assert(c.ppo.clip == 0.2 && c.ppo.c1 == 0.5 && c.ppo.c2 == 0.01);
	ck_assert(c.srr.lambda1 == 0.01 && c.srr.lambda2 == 0.001);
	dims = train_config_dims(&c);
	ck_assert_mem_eq(&dims, &paper, sizeof(dims));
}
END_TEST

/* Cosine from rate to rate x final: ends, middle and one third. */
START_TEST(learning_rate)
{
	scale_err_t err = { "" };
	train_config_t c;

	ck_assert_int_eq(parse(&c, "{epochs: 121, optim: {rate: 1, final: 0.2}}",
			       &err), 0);
	ck_assert_double_eq_tol(train_learning_rate(&c, 1), 1.0, 1e-12);
	ck_assert_double_eq_tol(train_learning_rate(&c, 121), 0.2, 1e-12);
	ck_assert_double_eq_tol(train_learning_rate(&c, 61), 0.6, 1e-12);
	/* cos(pi/3) = 1/2 */
	ck_assert_double_eq_tol(train_learning_rate(&c, 41), 0.8, 1e-12);
	c.epochs = 1;
	ck_assert_double_eq_tol(train_learning_rate(&c, 1), 1.0, 1e-12);
}
END_TEST

/* Algorithm 1, line 19: w = min(1, max(0, (e - 10) / 50)). */
START_TEST(srr_ramp)
{
	static const struct { int64_t epoch; double want; } ramp[] = {
		{ 1, 0 }, { 10, 0 }, { 11, 0.02 }, { 35, 0.5 }, { 59, 0.98 },
		{ 60, 1 }, { 61, 1 }, { 1000, 1 },
	};
	scale_err_t err = { "" };
	train_config_t c;

	ck_assert_int_eq(parse(&c, "", &err), 0);
	for (size_t i = 0; i < sizeof(ramp) / sizeof(ramp[0]); i++)
		ck_assert_double_eq_tol(train_srr_weight(&c, ramp[i].epoch),
					ramp[i].want, 1e-12);
	c.srr.ramp = 0;
	ck_assert(train_srr_weight(&c, 10) == 0.0);
	ck_assert(train_srr_weight(&c, 11) == 1.0);
	c.algorithm = TRAIN_CROSSATTN;
	ck_assert(train_srr_weight(&c, 11) == 0.0);
}
END_TEST

/* A line over half of 100 epochs, 1 to 0.2, then 0.2. */
START_TEST(epsilon_falls)
{
	scale_err_t err = { "" };
	train_config_t c;

	ck_assert_int_eq(parse(&c, "{algorithm: dqn, epochs: 100, dqn: {"
			       "epsilon_final: 0.2}, ppo: {gamma: 0.9}}",
			       &err), 0);
	ck_assert_double_eq_tol(train_epsilon(&c, 1), 1.0, 1e-12);
	ck_assert_double_eq_tol(train_epsilon(&c, 26), 0.6, 1e-12);
	ck_assert_double_eq_tol(train_epsilon(&c, 51), 0.2, 1e-12);
	ck_assert_double_eq_tol(train_epsilon(&c, 100), 0.2, 1e-12);
	c.dqn.explore = 0.0;
	ck_assert_double_eq_tol(train_epsilon(&c, 1), 0.2, 1e-12);
}
END_TEST

static const char *const bad[][2] = {
	{ "ppo:\n  clop: 1", "t.yaml:2:3: unknown key \"ppo.clop\"; did you mean \"ppo.clip\"?" },
	{ "learning_rate: 1", "t.yaml:1:1: unknown key" },
	{ "env:\n  nodes: 0", "t.yaml:2:10: env.nodes: 0 is not within" },
	{ "env:\n  gflop: [1]", "t.yaml:2:3: unknown key \"env.gflop\"; did you mean \"env.gflops\"?" },
	{ "mask: busy", "t.yaml:1:7: mask: must be one of none, fits, idle" },
	{ "ppo: {gamma: 1.5}", "t.yaml:1:14: ppo.gamma: 1.5 is not within 0 to 1" },
	{ "cases:\n- nodes: 5", "t.yaml:2:10: cases[0].nodes: must be a list" },
	{ "cases:\n- {nodes: [0]}", "t.yaml:2:12: cases[0].nodes: 0 is not" },
	{ "cases:\n- {}\n- {gflops: [1]}", "cases[1]: mix, gflops" },
	{ "eval: {cases: [{mem_gb: [1]}]}", "eval.cases[0]: mix, gflops" },
	{ "net: {heads: 3}", "net: " },
	{ "steps: 16", "ppo.minibatch: 128 is more than the 64 decisions" },
	{ "env: {duration: 0, workflows: 5}", "env.duration: must be above 0" },
	{ "eval: {warmup: 60}", "eval.warmup: must be below eval.duration" },
	{ "env: {gflops: [1, 2]}", "env: mix, gflops" },
	{ "algorithm: scal", "t.yaml:1:12: algorithm: must be one of scale, crossattn" },
	{ "{algorithm: crossattn, srr: {lambda1: 0}}", "srr.lambda1: algorithm crossattn does not use it; leave it out" },
	{ "{algorithm: ppo, srr: {ramp: 5}}", "srr.ramp: algorithm ppo does not" },
	{ "{algorithm: ppo, net: {heads: 2}}", "net.heads: algorithm ppo does not" },
	{ "{algorithm: ppo-srr, net: {layers: 1}}", "net.layers: algorithm ppo-srr" },
	{ "{algorithm: ppo, cases: [{}, {nodes: [16, 32]}]}", "cases[1]: algorithm ppo learns for exactly 16 servers" },
	{ "{algorithm: ppo, eval: {cases: [{nodes: [8]}]}}", "eval.cases[0]: algorithm ppo" },
	{ "dqn: {epsilon: 0.5}", "dqn.epsilon: algorithm scale does not use it" },
	{ "{algorithm: dqn, sac: {tau: 0.1}}", "sac.tau: algorithm dqn does not" },
	{ "{algorithm: sac, dqn: {explore: 0.1}}", "dqn.explore: algorithm sac" },
	{ "{algorithm: ppo, replay: {every: 2}}", "replay.every: algorithm ppo does" },
	{ "{algorithm: dqn, ppo: {clip: 0.1}}", "ppo.clip: algorithm dqn does not" },
	{ "{algorithm: dqn, replay: {capacity: 10}}", "replay.start: 1000 is more than replay.capacity, 10" },
	{ "{algorithm: dqn, env: {nodes: 16}, eval: {cases: [{nodes: [4]}]}}", "algorithm dqn learns for exactly 16" },
	{ "{algorithm: ppo, env: {mtbf: 100}}", "env: algorithm ppo learns for" },
	{ "{algorithm: ppo, env: {changes: [{at: 1, what: fail}]}}", "env: algorithm ppo learns for" },
};

START_TEST(refuses)
{
	scale_err_t err = { "" };
	train_config_t c;

	errno = 0;
	ck_assert_msg(parse(&c, bad[_i][0], &err) == -1, "accepted: %s",
		      bad[_i][0]);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i][1]) != NULL,
		      "%s: %s", bad[_i][0], err.text);
	scale_conf_free(train_conf_table, &c);
}
END_TEST

/* An MLP is for the servers of the first case; it has no heads or layers. */
START_TEST(sizes_of_an_mlp)
{
	scale_err_t err = { "" };
	scale_dims_t dims;
	train_config_t c;

	ck_assert_msg(!parse(&c, "{algorithm: ppo, cases: [{nodes: [9, 9]}],"
			     " eval: {cases: [{nodes: [9]}]}}", &err),
		      "%s", err.text);
	dims = train_config_dims(&c);
	ck_assert_uint_eq(dims.architecture, SCALE_MLP);
	ck_assert_uint_eq(dims.servers, 9);
	ck_assert(!dims.heads && !dims.layers);
	scale_conf_free(train_conf_table, &c);
}
END_TEST

START_TEST(cases_lie_over_env)
{
	scale_err_t err = { "" };
	sim_config_t sim;
	train_config_t c;

	ck_assert_int_eq(parse(&c,
		"env: {nodes: 7, rate: 2}\n"
		"cases: [{gflops: [1, 2, 3], nodes: [8, 9], load: [0.5, 0.9]}]",
		&err), 0);
	ck_assert_uint_eq(train_case_count(&c.cases), 1);
	train_case_apply(train_case(&c.cases, 0), &c.env, 3, 2, &sim);
	ck_assert_int_eq(sim.nodes, 9);
	ck_assert(sim.load == 0.5 && sim.rate == 2.0);
	ck_assert(sim.gflops.value[2] == 3.0 && sim.mem_gb.value[2] == 80.0);
	ck_assert_uint_eq(train_case_count(&c.eval.cases), 1);
	train_case_apply(train_case(&c.eval.cases, 0), &c.env, 1, 1, &sim);
	ck_assert_int_eq(sim.nodes, 7);
	scale_conf_free(train_conf_table, &c);
}
END_TEST

/* Every key and comment, back to the same values. */
START_TEST(print_round_trip)
{
	scale_err_t err = { "" };
	char name[SCALE_CONF_PATH], *text, hash[2][65];
	train_config_t a, b;

	ck_assert_int_eq(parse(&a, "{optim: {rate: 0.1}, cases: [{load: [0.3]}]}",
			       &err), 0);
	text = scale_conf_print(train_conf_table, &a, &err);
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(!parse(&b, text, &err), "%s", err.text);
	ck_assert(!scale_conf_differ(train_conf_table, &a, &b, name));
	ck_assert_int_eq(train_config_hash(&a, hash[0], &err), 0);
	ck_assert_int_eq(train_config_hash(&b, hash[1], &err), 0);
	ck_assert_str_eq(hash[0], hash[1]);
	b.env.load = 0.25;
	ck_assert(scale_conf_differ(train_conf_table, &a, &b, name));
	ck_assert_str_eq(name, "env.load");
	b.env.load = a.env.load;
	((train_case_t *) b.cases.item)->load.value[0] = 0.5;
	ck_assert(scale_conf_differ(train_conf_table, &a, &b, name));
	ck_assert_str_eq(name, "cases");
	free(text);
	scale_conf_free(train_conf_table, &a);
	scale_conf_free(train_conf_table, &b);
}
END_TEST

/* Presets that are shipped are accepted, the first two with any algorithm of
 * the paper. */
START_TEST(presets)
{
	static const char *const names[] = { "paper", "smoke", "scale", "default",
					     "workflow" };
	int preset = _i / TRAIN_ALGORITHMS;
	scale_err_t err = { "" };
	char path[512];
	train_config_t c;

	snprintf(path, sizeof(path), "%s/../../etc/train/%s.yaml",
		 TEST_SRCDIR, names[preset]);
	ck_assert_int_eq(scale_conf_defaults(train_conf_table, &c, &err), 0);
	ck_assert_msg(!scale_conf_read(train_conf_table, &c, path, &err),
		      "%s", err.text);
	if (preset < 2 && _i % TRAIN_ALGORITHMS != TRAIN_ES)
		c.algorithm = _i % TRAIN_ALGORITHMS;
	ck_assert_msg(!train_config_check(&c, &err), "%s", err.text);
	scale_conf_free(train_conf_table, &c);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, defaults_are_the_papers);
	tcase_add_test(tc, learning_rate);
	tcase_add_test(tc, srr_ramp);
	tcase_add_test(tc, epsilon_falls);
	tcase_add_loop_test(tc, refuses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, sizes_of_an_mlp);
	tcase_add_test(tc, cases_lie_over_env);
	tcase_add_test(tc, print_round_trip);
	tcase_add_loop_test(tc, presets, 0, 5 * TRAIN_ALGORITHMS);
	return test_run_within("config", tc, 120);
}
