/*
 * net_test.c - tensor table, initial values, refusals
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/net.h"

static scale_net_t *paper_net(void)
{
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = scale_net_create(&dims, NULL);

	ck_assert_ptr_nonnull(net);
	return net;
}

static const struct {
	const char *name;
	size_t row, rank, out, in;
} wanted[] = {
	{ "task_embed.0.weight", 0, 2, 16, 5 },
	{ "task_embed.0.bias", 1, 1, 16, 1 },
	{ "server_embed.2.weight", 6, 2, 16, 16 },
	{ "blocks.0.attn.q.weight", 8, 2, 16, 16 },
	{ "blocks.0.norm1.bias", 13, 1, 16, 1 },
	{ "blocks.1.ffn.0.weight", 26, 2, 64, 16 },
	{ "blocks.1.ffn.2.weight", 28, 2, 16, 64 },
	{ "blocks.1.norm2.bias", 31, 1, 16, 1 },
	{ "actor.q.weight", 32, 2, 16, 16 },
	{ "critic.2.weight", 36, 2, 64, 64 },
	{ "critic.4.weight", 38, 2, 1, 64 },
	{ "critic.4.bias", 39, 1, 1, 1 },
};

/* SPEC section 4: names, shapes, order and 12,993 parameters. */
START_TEST(paper_table)
{
	scale_net_t *net = paper_net();
	size_t next = 0;

	ck_assert_uint_eq(net->param_count, 12993);
	ck_assert_uint_eq(net->tensor_count, 40);
	for (size_t i = 0; i < net->tensor_count; i++) {
		ck_assert_uint_eq(net->tensor[i].offset, next);
		next += net->tensor[i].count;
	}
	ck_assert_uint_eq(next, net->param_count);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const scale_tensor_t *t = scale_net_find(net, wanted[i].name);

		ck_assert_ptr_eq(t, &net->tensor[wanted[i].row]);
		ck_assert_uint_eq(t->rank, wanted[i].rank);
		ck_assert_uint_eq(t->shape[0], wanted[i].out);
		ck_assert_uint_eq(t->shape[1], wanted[i].in);
		ck_assert_uint_eq(t->count, wanted[i].out * wanted[i].in);
	}
	ck_assert_ptr_null(scale_net_find(net, "blocks.2.attn.q.weight"));
	scale_net_destroy(net);
}
END_TEST

/* Uniform in +-1/sqrt(in): bound kept, nearly reached, mean near 0. */
static void check_uniform(const scale_net_t *net, const char *name, size_t in)
{
	const scale_tensor_t *t = scale_net_find(net, name);
	double bound = 1.0 / sqrt((double) in), top = 0.0, sum = 0.0;

	for (size_t i = 0; i < t->count; i++) {
		double v = net->params[t->offset + i];

		top = fmax(top, fabs(v));
		sum += v;
	}
	ck_assert_double_le(top, bound);
	ck_assert_double_gt(top, 0.7 * bound);
	/* five standard errors of a uniform mean */
	ck_assert_double_lt(fabs(sum) / t->count,
			    5.0 * bound / sqrt(3.0 * t->count));
}

START_TEST(initial_values)
{
	scale_net_t *net = paper_net();
	const scale_tensor_t *w, *b;

	scale_net_init(net, 42);
	check_uniform(net, "task_embed.0.weight", 5);
	check_uniform(net, "task_embed.0.bias", 5);
	check_uniform(net, "blocks.0.attn.o.weight", 16);
	check_uniform(net, "blocks.1.ffn.2.weight", 64);
	check_uniform(net, "blocks.1.ffn.2.bias", 64);
	check_uniform(net, "critic.2.weight", 64);
	w = scale_net_find(net, "blocks.1.norm2.weight");
	b = scale_net_find(net, "blocks.1.norm2.bias");
	for (size_t i = 0; i < w->count; i++) {
		ck_assert(net->params[w->offset + i] == 1);
		ck_assert(net->params[b->offset + i] == 0);
	}
	scale_net_destroy(net);
}
END_TEST

/*
 * d 16, F 64, K 64, N 16: task 16 x 6 + 16 x 17, servers 64 x 81 + 64 x 65,
 * trunk 64 x 81 + 16 x 65, actor 64 x 17 + 16 x 65, critic 64 x 17 + 64 x 65
 * + 65.
 */
START_TEST(mlp_table)
{
	static const char *const names[] = {
		"task_embed.0.weight", "task_embed.0.bias",
		"task_embed.2.weight", "task_embed.2.bias",
		"server_embed.0.weight", "server_embed.0.bias",
		"server_embed.2.weight", "server_embed.2.bias",
		"trunk.0.weight", "trunk.0.bias", "trunk.2.weight",
		"trunk.2.bias", "actor.0.weight", "actor.0.bias",
		"actor.2.weight", "actor.2.bias", "critic.0.weight",
		"critic.0.bias", "critic.2.weight", "critic.2.bias",
		"critic.4.weight", "critic.4.bias",
	};
	scale_dims_t dims = { 5, 5, 16, 0, 0, 64, 64, SCALE_MLP, 16, 0 };
	scale_net_t *net = scale_net_create(&dims, NULL);

	ck_assert_uint_eq(net->tensor_count, 22);
	for (size_t i = 0; i < 22; i++)
		ck_assert_str_eq(net->tensor[i].name, names[i]);
	ck_assert_uint_eq(net->tensor[4].shape[1], 80);
	ck_assert_uint_eq(net->tensor[8].shape[1], 80);
	ck_assert_uint_eq(net->tensor[14].shape[0], 16);
	ck_assert_uint_eq(net->param_count, 368 + 9344 + 6224 + 2128 + 5313);
	ck_assert_uint_eq(scale_dims_params(&dims), net->param_count);
	scale_net_destroy(net);
}
END_TEST

/* A tensor's values depend on the seed and its row, not on other sizes. */
START_TEST(streams_per_tensor)
{
	scale_dims_t wide = scale_dims_paper();
	scale_net_t *a = paper_net(), *b = paper_net(), *c;
	size_t bytes = a->param_count * sizeof(real_t);
	const scale_tensor_t *t;

	wide.task_features = 7;
	c = scale_net_create(&wide, NULL);
	scale_net_init(a, 1);
	scale_net_init(b, 2);
	scale_net_init(c, 1);
	ck_assert(memcmp(a->params, b->params, bytes));
	scale_net_init(b, 1);
	ck_assert(!memcmp(a->params, b->params, bytes));
	t = scale_net_find(a, "actor.k.weight");
	ck_assert(!memcmp(a->params + t->offset,
			  c->params +
			  scale_net_find(c, "actor.k.weight")->offset,
			  t->count * sizeof(real_t)));
	scale_net_destroy(a);
	scale_net_destroy(b);
	scale_net_destroy(c);
}
END_TEST

START_TEST(copies)
{
	scale_net_t *net = paper_net(), *copy;

	scale_net_init(net, 3);
	copy = scale_net_copy(net, NULL);
	ck_assert_ptr_nonnull(copy);
	ck_assert_ptr_ne(copy->params, net->params);
	ck_assert(!memcmp(copy->params, net->params,
			  net->param_count * sizeof(real_t)));
	errno = 77;
	scale_net_destroy(net);
	scale_net_destroy(NULL);
	ck_assert_int_eq(errno, 77);
	scale_net_destroy(copy);
}
END_TEST

static const struct {
	scale_dims_t dims;
	const char *text;
} refused[] = {
	{ { 0, 5, 16, 4, 2, 64, 64, SCALE_POINTER, 0, 0 }, "above 0" },
	{ { 5, 5, 16, 4, 2, 64, 0, SCALE_POINTER, 0, 0 }, "above 0" },
	{ { 5, 5, 16, 3, 2, 64, 64, SCALE_POINTER, 0, 0 }, "3 heads do not divide the width 16" },
	{ { 5, 5, 16, 4, 1025, 64, 64, SCALE_POINTER, 0, 0 }, "1025 layers" },
	{ { 5, 5, 8192, 4, 2, 64, 64, SCALE_POINTER, 0, 0 }, "at most 67108864" },
	{ { ~0u, ~0u, 65536, 4, 1024, ~0u, ~0u, SCALE_POINTER, 0, 0 },
	  "at most 67108864" },
	{ { 5, 5, 16, 4, 2, 64, 64, SCALE_POINTER, 16, 0 },
	  "pointer has no number of servers" },
	{ { 5, 5, 16, 4, 2, 64, 64, 2, 0, 0 }, "unknown architecture 2" },
	{ { 5, 5, 16, 4, 2, 64, 64, SCALE_POINTER, 0, 2 }, "has no" },
	{ { 5, 5, 16, 0, 0, 64, 64, SCALE_MLP, 16, 1 },
	  "mlp has no heads, layers and prior" },
	{ { 5, 5, 16, 0, 0, 64, 64, SCALE_MLP, 0, 0 }, "above 0" },
	{ { 5, 5, 16, 4, 0, 64, 64, SCALE_MLP, 16, 0 }, "mlp has no heads" },
	{ { 5, ~0u, 16, 0, 0, ~0u, 64, SCALE_MLP, ~0u, 0 }, "at most 67108864" },
};

START_TEST(api_refuses)
{
	scale_err_t err = { "" };

	errno = 0;
	ck_assert_ptr_null(scale_net_create(&refused[_i].dims, &err));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, refused[_i].text) != NULL, "%s",
		      err.text);
	ck_assert_int_eq(scale_dims_check(&refused[_i].dims, NULL), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, paper_table);
	tcase_add_test(tc, mlp_table);
	tcase_add_test(tc, initial_values);
	tcase_add_test(tc, streams_per_tensor);
	tcase_add_test(tc, copies);
	tcase_add_loop_test(tc, api_refuses, 0,
			    sizeof(refused) / sizeof(refused[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
