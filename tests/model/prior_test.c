/*
 * prior_test.c - a network that amends a placement rule, and its features
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/decide.h"
#include "model/feat_relative.h"
#include "model/index.h"
#include "model/layout.h"
#include "model/order.h"
#include "model/policy_rule.h"
#include "model/rng.h"
#include "tests/test_run.h"

enum { KINDS = 3, N = 40 };

static const double speed[KINDS] = { 2, 5, 10 };
static const double memory[KINDS] = { 16, 32, 80 };

/* A cluster with an index, and a primitive. */
static double gflops[N], mem_gb[N], free_at[N], power_kw[N];
static uint8_t busy[N];
static scale_index_t servers;
static scale_cluster_t cluster;
static scale_task_t task;
static scale_rng_t rng;

static void fill(uint64_t seed)
{
	scale_rng_seed(&rng, seed, 3);
	scale_index_init(&servers, KINDS, speed, memory);
	ck_assert_int_eq(scale_index_reserve(&servers, N), 0);
	cluster = (scale_cluster_t) {
		.n = N, .gflops = gflops, .mem_gb = mem_gb,
		.free_at = free_at, .power_kw = power_kw, .busy = busy,
		.now = 10.0, .gflops_max = 10.0, .mem_max_gb = 80.0,
		.bandwidth_gb_s = 8.0, .latency_s = 0.01, .index = &servers,
	};
	for (size_t j = 0; j < N; j++) {
		size_t kind = scale_rng_below(&rng, KINDS);

		gflops[j] = speed[kind];
		mem_gb[j] = memory[kind];
		busy[j] = scale_rng_below(&rng, 4) != 0;
		free_at[j] = scale_rng_below(&rng, 20) ?
			     8.0 + 20.0 * scale_rng_uniform(&rng) : INFINITY;
		scale_index_join(&servers, j, kind);
		if (busy[j])
			scale_index_start(&servers, j, free_at[j]);
	}
}

static void draw_task(void)
{
	task = (scale_task_t) {
		.gflop = 100.0 * scale_rng_uniform(&rng),
		.mem_gb = 70.0 * scale_rng_uniform(&rng),
		.out_gb = 1.0,
		.successors = (uint32_t) scale_rng_below(&rng, 5),
		.workflow_done = (uint32_t) scale_rng_below(&rng, 5),
		.workflow_size = 5 + (uint32_t) scale_rng_below(&rng, 5),
		.parent_server = (ssize_t) scale_rng_below(&rng, N + 1) - 1,
		.parent_out_gb = 2.0,
	};
}

/* A network with a prior, the weights of rule mean-primitive; its query is
 * zero for loud 0. */
static scale_net_t *make_net(double loud)
{
	scale_dims_t dims = scale_dims_paper();
	const double *weight = (const double *) &scale_weights_primitive;
	const scale_tensor_t *query, *order;
	scale_net_t *net;

	dims.prior = 1;
	dims.task_features = SCALE_RELATIVE_TASK_FEATURES;
	dims.server_features = SCALE_RELATIVE_SERVER_FEATURES;
	net = scale_net_create(&dims, NULL);
	ck_assert_ptr_nonnull(net);
	scale_net_init(net, 5);
	query = scale_net_find(net, "actor.q.weight");
	for (size_t i = 0; i < query->count; i++)
		net->params[query->offset + i] *= (real_t) loud;
	order = scale_net_find(net, "prior.order");
	for (size_t i = 0; i < SCALE_ORDER_WEIGHTS + SCALE_PLACE_WEIGHTS; i++)
		net->params[order->offset + i] = (real_t) weight[i];
	return net;
}

static scale_policy_t *policy_around(const scale_net_t *net)
{
	scale_model_t *model =
		scale_model_create(scale_net_copy(net, NULL), NULL);
	scale_err_t err = { "" };
	scale_policy_t *policy = scale_policy_from_model(model, &err);

	ck_assert_msg(policy != NULL, "%s", err.text);
	ck_assert_int_eq(scale_policy_reserve(policy, N, NULL), 0);
	scale_model_destroy(model);
	return policy;
}

static scale_choice_t ask(scale_policy_t *policy, const scale_cluster_t *c)
{
	scale_choice_t choice;
	scale_err_t err = { "" };

	ck_assert_msg(!scale_policy_choose(policy, c, &task, &choice, &err),
		      "%s", err.text);
	return choice;
}

/* Weights as the file keeps them, in single precision. */
static scale_place_weights_t rounded(void)
{
	scale_place_weights_t w = scale_weights_primitive.place;
	double *weight = (double *) &w;

	for (size_t i = 0; i < SCALE_PLACE_WEIGHTS; i++) {
		/* or GCC 12 leaves two of the seven as they were */
		volatile float single = (float) weight[i];

		weight[i] = single;
	}
	return w;
}

static void expect_equal(scale_choice_t got, const scale_choice_t *want)
{
	ck_assert_int_eq(got.server, want->server);
	ck_assert_int_eq(got.runner_up, want->runner_up);
	ck_assert_double_eq_tol(got.score, want->score, 1e-9);
	ck_assert_ptr_null(got.logit);
}

/* Without a query it is the rule, for many who ask at one instant, with an
 * index and without. */
START_TEST(silent_is_the_rule)
{
	scale_net_t *net = make_net(0.0);
	scale_policy_t *policy = policy_around(net);
	scale_policy_t *indexed = policy_around(net);
	scale_policy_t *rule = scale_policy_create("mean-primitive", NULL);
	scale_place_weights_t w = rounded();
	scale_cluster_t plain;

	fill((uint64_t) _i);
	plain = cluster;
	plain.index = NULL;
	rule->weights = &w;
	ck_assert_int_eq(scale_policy_reserve(rule, N, NULL), 0);
	for (int k = 0; k < 40; k++) {
		scale_choice_t want;

		draw_task();
		want = ask(rule, &plain);
		expect_equal(ask(policy, &plain), &want);
		expect_equal(ask(indexed, &cluster), &want);
	}
	scale_index_fini(&servers);
	scale_policy_destroy(rule);
	scale_policy_destroy(indexed);
	scale_policy_destroy(policy);
	scale_net_destroy(net);
}
END_TEST

/* The best of p_j - ln(cost_j) among those that fit and get free at all, with
 * p_j and cost_j taken apart by two networks that differ by their query. */
START_TEST(network_amends_the_rule)
{
	scale_net_t *net = make_net(3.0), *whisper = make_net(1e-9);
	scale_policy_t *policy = policy_around(net);
	scale_policy_t *rule = policy_around(whisper);
	int moved = 0;

	fill((uint64_t) _i);
	for (int k = 0; k < 40; k++) {
		scale_choice_t loud, soft;
		ssize_t best = -1;

		draw_task();
		cluster.now += 1e-3;	/* nothing is reserved */
		soft = ask(rule, &cluster);
		loud = ask(policy, &cluster);
		for (ssize_t j = 0; j < N; j++) {
			double wait = scale_remaining(&cluster, (size_t) j);

			if (!scale_fits(&cluster, &task, (size_t) j) ||
			    isinf(wait)) {
				ck_assert(isinf(wait) ==
					  (isinf(loud.logit[j]) != 0));
				continue;
			}
			if (best < 0 || loud.logit[j] > loud.logit[best])
				best = j;
		}
		ck_assert_int_eq(loud.server, best);
		if (best >= 0)
			ck_assert_double_eq_tol(loud.score, loud.logit[best],
						1e-4);
		moved += loud.server != soft.server;
		ck_assert_ptr_nonnull(loud.feature);
	}
	ck_assert_int_gt(moved, 3);
	ck_assert_int_lt(moved, 37);
	scale_index_fini(&servers);
	scale_policy_destroy(rule);
	scale_policy_destroy(policy);
	scale_net_destroy(whisper);
	scale_net_destroy(net);
}
END_TEST

/* Who waits reserves: the next one at this instant sees a longer wait, and
 * later all is forgotten. */
START_TEST(reserves)
{
	scale_net_t *net = make_net(1e-3);
	scale_policy_t *policy = policy_around(net);
	scale_choice_t first, second, later;

	fill(2);
	for (size_t j = 0; j < N; j++) {
		if (!busy[j])
			scale_index_start(&servers, j, 30.0);
		busy[j] = 1;
		free_at[j] = 30.0;
	}
	draw_task();
	task.mem_gb = 1.0;
	first = ask(policy, &cluster);
	ck_assert_int_ge(first.server, 0);
	ck_assert_double_gt(policy->reserved[first.server], 0.0);
	second = ask(policy, &cluster);
	ck_assert_int_ne(second.server, first.server);
	cluster.now += 1e-3;
	later = ask(policy, &cluster);
	ck_assert_int_eq(later.server, first.server);
	scale_index_fini(&servers);
	scale_policy_destroy(policy);
	scale_net_destroy(net);
}
END_TEST

/* 10 GFLOP: 1 s on the fastest.  Two servers, the second busy for 2 s. */
START_TEST(features)
{
	static const double c[] = { 5, 10 }, m[] = { 20, 80 };
	static const double until[] = { 0, 12 }, kw[] = { 0, 0 };
	static const uint8_t taken[] = { 0, 1 };
	static const double wait[] = { 0, 2 }, log_cost[] = { 1.5, 1.0 };
	const scale_cluster_t two = {
		.n = 2, .gflops = c, .mem_gb = m, .free_at = until,
		.power_kw = kw, .busy = taken, .now = 10.0,
		.bandwidth_gb_s = 4.0, .latency_s = 0.5,
	};
	const scale_task_t t = {
		.gflop = 10.0, .mem_gb = 40.0, .successors = 2,
		.workflow_done = 1, .workflow_size = 5, .parent_server = 0,
		.parent_out_gb = 2.0,
	};
	const scale_relative_t r = { &two, &t, 10.0, 80.0, wait, log_cost };
	const double want_task[] = {
		log(2), 0.5, log(3), log(4), 0.2, log(2.0 / 32), 0.5,
		log(2), log(3) / 2,
	};
	const double want[][2] = {
		{ log(0.5), 0 }, { log(0.25), 0 }, { 1, 0 }, { 0, log(3) },
		{ 0, log(2) },
		{ 0.5, 0 },	/* only the second fits */
		{ 0, 1 },
	};
	float phi[SCALE_RELATIVE_TASK_FEATURES];
	float psi[SCALE_RELATIVE_SERVER_FEATURES * 2];

	scale_relative_features(&r, phi, psi, 2);
	for (int f = 0; f < SCALE_RELATIVE_TASK_FEATURES; f++)
		ck_assert_double_eq_tol(phi[f], want_task[f], 1e-6);
	for (int f = 0; f < SCALE_RELATIVE_SERVER_FEATURES; f++)
		for (int j = 0; j < 2; j++)
			ck_assert_double_eq_tol(psi[2 * f + j], want[f][j],
						1e-6);
}
END_TEST

/* Nothing that a cluster can be makes a feature infinite. */
START_TEST(features_are_finite)
{
	static const double c[] = { 1e-3, 1e9 }, m[] = { 1e-3, 1e6 };
	static const double until[] = { INFINITY, 1e300 }, kw[] = { 0, 0 };
	static const uint8_t taken[] = { 1, 1 };
	static const double wait[] = { INFINITY, 1e300 };
	static const double log_cost[] = { INFINITY, -700 };
	const scale_cluster_t two = {
		.n = 2, .gflops = c, .mem_gb = m, .free_at = until,
		.power_kw = kw, .busy = taken, .now = 10.0,
		.bandwidth_gb_s = 1e-9, .latency_s = 1e9,
	};
	const scale_task_t t = {
		.workflow_done = 7, .workflow_size = 5,
		.parent_server = SCALE_PARENT_GONE, .parent_out_gb = 1e9,
		.successors = UINT32_MAX,
	};
	const scale_relative_t r = { &two, &t, 1e9, 1e6, wait, log_cost };
	float phi[SCALE_RELATIVE_TASK_FEATURES];
	float psi[SCALE_RELATIVE_SERVER_FEATURES * 2];

	scale_relative_features(&r, phi, psi, 2);
	for (int f = 0; f < SCALE_RELATIVE_TASK_FEATURES; f++)
		ck_assert_msg(isfinite(phi[f]), "phi %d", f);
	for (int f = 0; f < 2 * SCALE_RELATIVE_SERVER_FEATURES; f++)
		ck_assert_msg(isfinite(psi[f]), "psi %d", f);
}
END_TEST

static char *find(char *data, size_t size, const char *text)
{
	size_t n = strlen(text), i = 0;

	while (i + n <= size && memcmp(data + i, text, n))
		i++;
	ck_assert_uint_le(i + n, size);
	return data + i;
}

/* On disk: its schema, its rows, and no confusion with the other schema. */
START_TEST(file)
{
	scale_net_t *net = make_net(1.0);
	scale_model_t *model = scale_model_create(net, NULL), *copy;
	char path[TEST_PATH], *hit;
	scale_err_t err = { "" };
	static char data[1 << 20];
	size_t size;
	FILE *f;

	close(mkstemp(test_template(path, "prior")));
	ck_assert_int_eq(scale_model_save(model, path, &err), 0);
	ck_assert_str_eq(scale_model_meta(model, SCALE_META_SCHEMA),
			 SCALE_RELATIVE_SCHEMA);
	copy = scale_model_load(path, &err);
	ck_assert_msg(copy != NULL, "%s", err.text);
	ck_assert_uint_eq(copy->net->dims.prior, 1);
	ck_assert_int_eq(memcmp(copy->net->params, net->params,
				net->param_count * sizeof(*net->params)), 0);
	scale_model_destroy(copy);
	f = fopen(path, "r");
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	hit = find(data, size, "scale/2");
	hit[6] = '1';
	ck_assert_ptr_null(scale_model_parse(data, size, "m", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "scale/1"));
	hit[6] = '3';
	ck_assert_ptr_null(scale_model_parse(data, size, "m", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "unknown"));
	unlink(path);
	scale_model_destroy(model);
}
END_TEST

/* Order model: what the policy brings along, else hop. */
START_TEST(order)
{
	scale_net_t *net = make_net(0.0);
	scale_policy_t *policy = policy_around(net);
	scale_policy_t *rule = scale_policy_create("k-eft", NULL);
	scale_order_t mine, none, other;

	ck_assert_int_eq(scale_order_parse("model", &mine, NULL), 0);
	none = mine;
	scale_order_settle(&mine, scale_policy_order(policy));
	ck_assert_int_eq(mine.kind, SCALE_ORDER_MODEL);
	ck_assert_double_eq_tol(mine.weights->hops,
				scale_weights_primitive.order.hops, 1e-6);
	ck_assert_ptr_null(scale_policy_order(rule));
	scale_order_settle(&none, scale_policy_order(rule));
	ck_assert_int_eq(none.kind, SCALE_ORDER_HOP);
	ck_assert_int_eq(scale_order_parse("rank", &other, NULL), 0);
	scale_order_settle(&other, scale_policy_order(policy));
	ck_assert_int_eq(other.kind, SCALE_ORDER_RANK);
	ck_assert_ptr_null(other.weights);
	ck_assert_str_eq(scale_order_in_force("model", NULL), "hop");
	ck_assert_str_eq(scale_order_in_force("model",
					      scale_policy_order(policy)),
			 "model");
	ck_assert_str_eq(scale_order_in_force("rank", NULL), "rank");
	scale_policy_destroy(rule);
	scale_policy_destroy(policy);
	scale_net_destroy(net);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, silent_is_the_rule, 0, 10);
	tcase_add_loop_test(tc, network_amends_the_rule, 0, 5);
	tcase_add_test(tc, reserves);
	tcase_add_test(tc, features);
	tcase_add_test(tc, features_are_finite);
	tcase_add_test(tc, file);
	tcase_add_test(tc, order);
	return test_run("prior", tc);
}
