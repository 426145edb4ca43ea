/*
 * forward_test.c - eqs. (3) and (4) by hand, symmetries, refusals; in double
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "model/rng.h"

/* Sums of doubles in another order. */
static const double rounding = 1e-11;

static void set(scale_net_t *net, const char *name, size_t count,
		const double *value)
{
	const scale_tensor_t *t = scale_net_find(net, name);

	ck_assert_msg(t && t->count == count, "%s", name);
	memcpy(net->params + t->offset, value, count * sizeof(*value));
}

#define SET(net, name, ...)                                          \
	set(net, name, sizeof((double[]) { __VA_ARGS__ }) / sizeof(double), \
	    (double[]) { __VA_ARGS__ })

/* d 2, one layer, F 1, K 1, one feature each; other tensors are 0. */
static scale_net_t *hand_net(unsigned int heads)
{
	scale_dims_t dims = { 1, 1, 2, heads, 1, 1, 1, SCALE_POINTER, 0, 0 };
	scale_net_t *net = scale_net_create(&dims, NULL);
	double k = sqrt(2.0 / heads) * log(3.0) / 2.0;

	SET(net, "task_embed.0.weight", 1, -1);
	SET(net, "task_embed.2.weight", 1, 0, 0, 1);
	SET(net, "server_embed.0.weight", 1, -1);
	SET(net, "server_embed.2.weight", 1, 0, 0, 1);
	SET(net, "blocks.0.attn.q.weight", 1, 0, 0, 1);
	SET(net, "blocks.0.attn.k.weight", k, 0, 0, k);
	SET(net, "blocks.0.attn.v.weight", 1, 0, 0, 1);
	SET(net, "blocks.0.attn.o.weight", 1, 0, 0, heads == 1 ? 2 : 1);
	SET(net, "blocks.0.norm1.weight", 1, 1);
	SET(net, "blocks.0.ffn.0.weight", 1, 0);
	SET(net, "blocks.0.ffn.2.weight", 1, 0);
	SET(net, "blocks.0.norm2.weight", 2, 1);
	SET(net, "blocks.0.norm2.bias", 0, 0.5);
	SET(net, "actor.q.weight", 1, 0, 0, 1);
	SET(net, "actor.k.weight", 1, 0, 0, 2);
	SET(net, "critic.0.weight", 1, 0);
	SET(net, "critic.0.bias", 0.5);
	SET(net, "critic.2.weight", 2);
	SET(net, "critic.2.bias", -1);
	SET(net, "critic.4.weight", 0.5);
	SET(net, "critic.4.bias", 1);
	return net;
}

/*
 * phi = 1: q0 = relu(1, -1) = (1, 0).  psi = 2, -1: z = (2, 0), (0, 1).
 * Scores q0 . K z / sqrt(h) = ln 3, 0: weights 3/4, 1/4, mean (1.5, 0.25),
 * after O (1.5, 0.5).  With two heads of one row each the second has equal
 * weights, as q0 is 0 there: mean 0.5 of z's second row, O is the identity.
 * With q0: (2.5, 0.5), norm (1, -1).
 * Feed-forward: GELU(1) = 0.841345 on the first: (1.841345, -1), norm
 * (1, -1), times (2, 1) plus (0, 0.5): f = (2, -0.5).
 * Logits f . (z1, 2 z2) = 4, -1; critic 0.5 (2 (2 + 0.5) - 1) + 1 = 3.
 * The norms' epsilon of 1e-5 moves these by less than 5e-5.
 */
START_TEST(paper_by_hand)
{
	static const size_t first[] = { 0, 2 };
	static const double task[] = { 1 }, server[] = { 2, -1 };
	scale_batch_t batch = { 1, first, task, server, NULL };
	scale_net_t *net = hand_net((unsigned int) _i);
	scale_workspace_t *ws = scale_workspace_create(net, NULL);
	double total = log(exp(4.0) + exp(-1.0));

	ck_assert_int_eq(scale_forward(net, &batch, ws, NULL), 0);
	ck_assert_double_eq_tol(scale_workspace_features(ws)[0], 2, 5e-5);
	ck_assert_double_eq_tol(scale_workspace_features(ws)[1], -0.5, 5e-5);
	ck_assert_double_eq_tol(scale_workspace_logits(ws)[0], 4, 1e-4);
	ck_assert_double_eq_tol(scale_workspace_logits(ws)[1], -1, 1e-4);
	ck_assert_double_eq_tol(scale_workspace_values(ws)[0], 3, 1e-4);
	ck_assert_double_eq_tol(scale_workspace_log_probs(ws)[0], 4 - total,
				1e-4);
	ck_assert_double_eq_tol(scale_workspace_log_probs(ws)[1], -1 - total,
				1e-4);
	scale_workspace_destroy(ws);
	scale_net_destroy(net);
}
END_TEST

/*
 * MLP of width 1 for two servers, states with phi 2, psi (3, 5) and phi -2,
 * psi (0, 2).  t = relu(2) - 1 = 1; s = 4 relu(3 - 5/2) = 2;
 * f = 1 - relu(1 + 2 2 - 1) = -3; logits (1, 1/2) relu(-2 f) + (0, 1) =
 * (6, 4); value 2 relu(relu(-f)) + 1 = 7.  In the second state each relu but
 * none of the outputs is below zero: f = 1, logits (0, 1), value 1.
 */
START_TEST(mlp_by_hand)
{
	static const size_t first[] = { 0, 2, 4 };
	static const double task[] = { 2, -2 }, server[] = { 3, 5, 0, 2 };
	static const double f[] = { -3, 1 }, logit[] = { 6, 4, 0, 1 };
	static const double value[] = { 7, 1 };
	scale_batch_t batch = { 2, first, task, server, NULL };
	scale_dims_t dims = { 1, 1, 1, 0, 0, 1, 1, SCALE_MLP, 2, 0 };
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_workspace_t *ws = scale_workspace_create(net, NULL);

	SET(net, "task_embed.0.weight", 1);
	SET(net, "task_embed.2.weight", 1);
	SET(net, "task_embed.2.bias", -1);
	SET(net, "server_embed.0.weight", 1, -0.5);
	SET(net, "server_embed.2.weight", 4);
	SET(net, "trunk.0.weight", 1, 2);
	SET(net, "trunk.0.bias", -1);
	SET(net, "trunk.2.weight", -1);
	SET(net, "trunk.2.bias", 1);
	SET(net, "actor.0.weight", -2);
	SET(net, "actor.2.weight", 1, 0.5);
	SET(net, "actor.2.bias", 0, 1);
	SET(net, "critic.0.weight", -1);
	SET(net, "critic.2.weight", 1);
	SET(net, "critic.4.weight", 2);
	SET(net, "critic.4.bias", 1);
	ck_assert_int_eq(scale_forward(net, &batch, ws, NULL), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_double_eq(scale_workspace_features(ws)[i], f[i]);
		ck_assert_double_eq(scale_workspace_values(ws)[i], value[i]);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_double_eq(scale_workspace_logits(ws)[i], logit[i]);
	ck_assert_double_eq_tol(scale_workspace_log_probs(ws)[3],
				-log(1.0 + exp(-1.0)), 1e-12);
	scale_workspace_destroy(ws);
	scale_net_destroy(net);
}
END_TEST

START_TEST(mlp_refuses_other_servers)
{
	static const size_t first[] = { 0, 2, 5 };
	static const double task[2], server[5];
	scale_batch_t batch = { 2, first, task, server, NULL };
	scale_dims_t dims = { 1, 1, 1, 0, 0, 1, 1, SCALE_MLP, 2, 0 };
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_workspace_t *ws = scale_workspace_create(net, NULL);
	scale_err_t err = { "" };

	ck_assert_int_eq(scale_forward(net, &batch, ws, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_str_eq(err.text, "state 1 has 3 servers, the network is for "
				   "exactly 2");
	scale_workspace_destroy(ws);
	scale_net_destroy(net);
}
END_TEST

/* The softmax survives logits of any size; masks leave the rest of the
 * state alone. */
START_TEST(softmax_of_large_logits)
{
	static const size_t first[] = { 0, 2 };
	static const double task[] = { 1 }, server[] = { 2, -1 };
	static const uint8_t allowed[] = { 0, 1 };
	scale_batch_t batch = { 1, first, task, server, NULL };
	scale_net_t *net = hand_net(1);
	scale_workspace_t *ws = scale_workspace_create(net, NULL);
	double logit;

	SET(net, "actor.q.weight", 1e4, 0, 0, 1e4);
	ck_assert_int_eq(scale_forward(net, &batch, ws, NULL), 0);
	logit = scale_workspace_logits(ws)[0];
	ck_assert_double_gt(logit, 3.9e4);
	ck_assert_double_eq(scale_workspace_log_probs(ws)[0], 0);
	ck_assert_double_lt(scale_workspace_log_probs(ws)[1], -4.9e4);
	ck_assert(isfinite(scale_workspace_log_probs(ws)[1]));
	batch.allowed = allowed;
	ck_assert_int_eq(scale_forward(net, &batch, ws, NULL), 0);
	ck_assert(scale_workspace_logits(ws)[0] == logit);
	ck_assert(scale_workspace_log_probs(ws)[0] == -INFINITY);
	ck_assert_double_eq(scale_workspace_log_probs(ws)[1], 0);
	scale_workspace_destroy(ws);
	scale_net_destroy(net);
}
END_TEST

static void check_near(size_t n, const double *got, const double *want,
		       double tolerance)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_double_eq_tol(got[i], want[i], tolerance);
}

/* Servers in another order: logits in that order, nothing else changes. */
START_TEST(permutation_of_servers)
{
	static const size_t sizes[] = { 2, 17, 300 };
	size_t n = sizes[_i];
	scale_dims_t dims = scale_dims_paper();
	fixture_t *fx = fixture_create(&dims, 1, &n, 0, 4);
	scale_workspace_t *ws = scale_workspace_create(fx->net, NULL);
	double *server = calloc(n * 5, sizeof(*server));
	size_t *order = calloc(n, sizeof(*order));
	scale_batch_t batch = fx->batch;
	scale_rng_t rng;

	scale_rng_seed(&rng, n, 2);
	for (size_t j = 0; j < n; j++) {
		size_t k = scale_rng_below(&rng, j + 1);

		order[j] = order[k];
		order[k] = j;
	}
	for (size_t f = 0; f < 5; f++)
		for (size_t j = 0; j < n; j++)
			server[f * n + j] = fx->server[f * n + order[j]];
	batch.server = server;
	ck_assert_int_eq(scale_forward(fx->net, &batch, ws, NULL), 0);
	for (size_t j = 0; j < n; j++)
		ck_assert_double_eq_tol(scale_workspace_logits(ws)[j],
				scale_workspace_logits(fx->ws)[order[j]],
				rounding);
	check_near(16, scale_workspace_features(ws),
		   scale_workspace_features(fx->ws), rounding);
	check_near(1, scale_workspace_values(ws),
		   scale_workspace_values(fx->ws), rounding);
	free(server);
	free(order);
	scale_workspace_destroy(ws);
	fixture_destroy(fx);
}
END_TEST

/* A state gets the same answer alone and between others of any N. */
START_TEST(states_do_not_mix)
{
	static const size_t n[] = { 1, 17, 300, 16, 2, 513, 3 };
	scale_dims_t dims = scale_dims_paper();
	fixture_t *fx = fixture_create(&dims, 7, n, 1, 6);
	scale_workspace_t *ws = scale_workspace_create(fx->net, NULL);
	size_t total = fx->first[7];
	double *server = calloc(513 * 5, sizeof(*server));

	for (size_t b = 0; b < 7; b++) {
		size_t first[] = { 0, n[b] }, at = fx->first[b];
		scale_batch_t one = { 1, first, fx->task + b * 5, server,
				      fx->allowed + at };

		for (size_t f = 0; f < 5; f++)
			memcpy(server + f * n[b],
			       fx->server + f * total + at,
			       n[b] * sizeof(*server));
		ck_assert_int_eq(scale_forward(fx->net, &one, ws, NULL), 0);
		check_near(n[b], scale_workspace_logits(ws),
			   scale_workspace_logits(fx->ws) + at, rounding);
		for (size_t j = 0; j < n[b]; j++)
			if (fx->allowed[at + j])
				check_near(1,
					   scale_workspace_log_probs(ws) + j,
					   scale_workspace_log_probs(fx->ws) +
						at + j, rounding);
		check_near(1, scale_workspace_values(ws),
			   scale_workspace_values(fx->ws) + b, rounding);
		check_near(16, scale_workspace_features(ws),
			   scale_workspace_features(fx->ws) + b * 16,
			   rounding);
	}
	free(server);
	scale_workspace_destroy(ws);
	fixture_destroy(fx);
}
END_TEST

/* 100,000 copies of one server are one server: the attention is a mean. */
START_TEST(any_number_of_servers)
{
	static const size_t sizes[] = { 1, 100000 };
	scale_dims_t dims = scale_dims_paper();
	fixture_t *one = fixture_create(&dims, 1, &sizes[0], 0, 9);
	fixture_t *many = fixture_create(&dims, 1, &sizes[1], 0, 9);
	double *dparams = calloc(one->net->param_count, sizeof(*dparams));
	double dvalue = 1.0;

	memcpy(many->task, one->task, 5 * sizeof(*one->task));
	for (size_t f = 0; f < 5; f++)
		for (size_t j = 0; j < sizes[1]; j++)
			many->server[f * sizes[1] + j] = one->server[f];
	ck_assert_int_eq(scale_forward(one->net, &many->batch, many->ws,
				       NULL), 0);
	check_near(16, scale_workspace_features(many->ws),
		   scale_workspace_features(one->ws), 1e-9);
	check_near(1, scale_workspace_logits(many->ws) + sizes[1] - 1,
		   scale_workspace_logits(one->ws), 1e-9);
	check_near(1, scale_workspace_log_probs(many->ws),
		   &(double) { -log((double) sizes[1]) }, 1e-9);
	ck_assert_double_eq(scale_workspace_log_probs(one->ws)[0], 0);
	scale_backward(one->net, &many->batch, many->ws, NULL, &dvalue, NULL,
		       dparams);
	for (size_t i = 0; i < one->net->param_count; i++)
		ck_assert(isfinite(dparams[i]));
	free(dparams);
	fixture_destroy(one);
	fixture_destroy(many);
}
END_TEST

/* Same input, same bytes, whatever the workspace was used for before. */
START_TEST(deterministic)
{
	static const size_t n[] = { 5, 16, 33 }, other[] = { 700, 3 };
	static const scale_loss_config_t config = {
		.clip = 0.2, .c1 = 0.5, .c2 = 0.01, .lambda1 = 0.01,
		.lambda2 = 0.001, .srr_weight = 1,
		.normalize_advantages = 1,
	};
	scale_dims_t dims = scale_dims_paper();
	fixture_t *fx = fixture_create(&dims, 3, n, 1, 5);
	fixture_t *big = fixture_create(&dims, 2, other, 0, 6);
	size_t count = fx->net->param_count;
	double *a = calloc(count, sizeof(*a)), *b = calloc(count, sizeof(*b));
	scale_loss_t first, again;

	ck_assert_int_eq(scale_loss_gradient(fx->net, &fx->batch,
					     &fx->targets, &config, fx->ws,
					     &first, a, NULL), 0);
	ck_assert_int_eq(scale_loss_gradient(fx->net, &fx->batch,
					     &fx->targets, &config, big->ws,
					     &again, b, NULL), 0);
	ck_assert(!memcmp(&first, &again, sizeof(first)));
	ck_assert(!memcmp(a, b, count * sizeof(*a)));
	free(a);
	free(b);
	fixture_destroy(fx);
	fixture_destroy(big);
}
END_TEST

static void refuse(const fixture_t *fx, const scale_batch_t *batch,
		   const char *text)
{
	scale_err_t err = { "" };

	errno = 0;
	ck_assert_int_eq(scale_forward(fx->net, batch, fx->ws, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
}

START_TEST(api_refuses)
{
	static const size_t n[] = { 2, 3 }, empty[] = { 0, 2, 2 };
	static const uint8_t none[] = { 1, 0, 0, 0, 0 };
	scale_dims_t dims = fixture_odd_dims(), paper = scale_dims_paper();
	fixture_t *fx = fixture_create(&dims, 2, n, 0, 5);
	fixture_t *other = fixture_create(&paper, 2, n, 0, 5);
	scale_batch_t batch = fx->batch;

	batch.states = 0;
	refuse(fx, &batch, "a batch without states");
	batch = fx->batch;
	batch.first = empty;
	refuse(fx, &batch, "state 1 has no server");
	batch = fx->batch;
	batch.allowed = none;
	refuse(fx, &batch, "state 1 has no allowed server");
	ck_assert_int_eq(scale_forward(fx->net, &fx->batch, other->ws, NULL),
			 -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(scale_forward(fx->net, &fx->batch, fx->ws, NULL), 0);
	scale_workspace_destroy(NULL);
	fixture_destroy(fx);
	fixture_destroy(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forward");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, paper_by_hand, 1, 3);	/* heads */
	tcase_add_test(tc, mlp_by_hand);
	tcase_add_test(tc, mlp_refuses_other_servers);
	tcase_add_test(tc, softmax_of_large_logits);
	tcase_add_loop_test(tc, permutation_of_servers, 0, 3);
	tcase_add_test(tc, states_do_not_mix);
	tcase_add_test(tc, any_number_of_servers);
	tcase_add_test(tc, deterministic);
	tcase_add_test(tc, api_refuses);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
