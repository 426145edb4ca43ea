/*
 * decide_test.c - the decision path against the batch path, twins, ties
 *
 * Float sums of up to 64 products in another order: 2e-5 of the largest
 * logit (or of 1) is about fifty times what was seen.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "model/decide.h"
#include "model/kernel.h"
#include "model/rng.h"

/* The linker sends every allocation of ours through these. */
static size_t allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	allocations++;
	return __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	allocations++;
	return __real_aligned_alloc(align, size);
}

static const double tolerance = 2e-5;

static const size_t sizes[] = { 1, 2, 15, 16, 17, 31, 33, 255, 256, 257, 511,
				1000, 100000 };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* Loop index: which instructions, which sizes of the network. */
static const char *isa_of(int i)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) i / 2);

	return kernel ? kernel->isa : NULL;
}

static scale_dims_t dims_of(int i)
{
	return i % 2 ? fixture_odd_dims() : scale_dims_paper();
}

static void check_close(const char *what, size_t n, const float *got,
			const float *want)
{
	double top = 1.0;

	for (size_t i = 0; i < n; i++)
		top = fmax(top, fabs((double) want[i]));
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(fabs((double) got[i] - want[i]) <=
			      tolerance * top, "%s[%zu] of %zu: %.9g, %.9g",
			      what, i, n, (double) got[i], (double) want[i]);
}

/* An MLP of as many servers, with every instruction set. */
START_TEST(mlp_equals_forward)
{
	static const size_t ns[] = { 1, 3, 16, 17 };
	const scale_kernel_t *kernel = scale_kernel((size_t) _i / 4);
	size_t n = ns[_i % 4];
	scale_dims_t dims = fixture_mlp_dims((uint32_t) n);
	fixture_t *fx = fixture_create(&dims, 1, &n, 1, _i);
	scale_decider_t *dec;
	scale_scratch_t *scratch;
	scale_decision_t got;
	float psi[2 * 20];
	size_t best = fx->action[0], before;
	int rc;

	if (!kernel) {
		fixture_destroy(fx);
		return;
	}
	dec = scale_decider_create_isa(fx->net, kernel->isa, NULL);
	scratch = scale_scratch_create(dec, n + 2, NULL);
	for (size_t f = 0; f < 2; f++)
		memcpy(psi + f * 20, fx->server + f * n, n * sizeof(*psi));
	before = allocations;
	rc = scale_decide(dec, scratch, fx->task, psi, 20, n, fx->allowed,
			  &got);
	before -= allocations;
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(before, 0);
	check_close("logit", n, got.logit, scale_workspace_logits(fx->ws));
	check_close("feature", dims.d_model, got.feature,
		    scale_workspace_features(fx->ws));
	check_close("value", 1, &got.value, scale_workspace_values(fx->ws));
	for (size_t j = 0; j < n; j++)
		if (fx->allowed[j] && got.logit[j] > got.logit[best])
			best = j;
	ck_assert_int_eq(got.choice, (ssize_t) best);
	ck_assert_int_eq(scale_decide(dec, scratch, fx->task, psi, 20, n + 1,
				      NULL, &got), -1);
	ck_assert_int_eq(errno, EINVAL);
	scale_scratch_destroy(scratch);
	scale_decider_destroy(dec);
	fixture_destroy(fx);
}
END_TEST

START_TEST(equals_forward)
{
	scale_dims_t dims = dims_of(_i);

	if (!isa_of(_i))
		return;
	for (size_t i = 0; i < SIZES; i++) {
		fixture_t *fx = fixture_create(&dims, 1, &sizes[i], 1, i);
		scale_decider_t *dec =
			scale_decider_create_isa(fx->net, isa_of(_i), NULL);
		scale_scratch_t *scratch =
			scale_scratch_create(dec, sizes[i], NULL);
		scale_decision_t got;
		size_t best = fx->action[0];

		ck_assert_int_eq(scale_decide(dec, scratch, fx->task,
					      fx->server, sizes[i], sizes[i],
					      fx->allowed, &got), 0);
		check_close("logit", sizes[i], got.logit,
			    scale_workspace_logits(fx->ws));
		check_close("feature", dims.d_model, got.feature,
			    scale_workspace_features(fx->ws));
		check_close("value", 1, &got.value,
			    scale_workspace_values(fx->ws));
		for (size_t j = 0; j < sizes[i]; j++)
			if (fx->allowed[j] &&
			    (got.logit[j] > got.logit[best] ||
			     (got.logit[j] == got.logit[best] && j < best)))
				best = j;
		ck_assert_int_eq(got.choice, (ssize_t) best);
		scale_scratch_destroy(scratch);
		scale_decider_destroy(dec);
		fixture_destroy(fx);
	}
}
END_TEST

/* A decider of the paper's sizes with n servers, all like server 0 of the
 * fixture. */
typedef struct twins {
	fixture_t *fx;
	scale_decider_t *dec;
	scale_scratch_t *scratch;
	float *psi;
	size_t ld, n;
} twins_t;

static twins_t twins_create(const char *isa, size_t n)
{
	scale_dims_t dims = scale_dims_paper();
	size_t one = 1;
	twins_t t = { .n = n };

	t.fx = fixture_create(&dims, 1, &one, 0, 8);
	t.dec = scale_decider_create_isa(t.fx->net, isa, NULL);
	t.scratch = scale_scratch_create(t.dec, n, NULL);
	t.psi = scale_scratch_psi(t.scratch, &t.ld);
	for (size_t f = 0; f < dims.server_features; f++)
		for (size_t j = 0; j < n; j++)
			t.psi[f * t.ld + j] = t.fx->server[f];
	return t;
}

static void twins_destroy(twins_t *t)
{
	scale_scratch_destroy(t->scratch);
	scale_decider_destroy(t->dec);
	fixture_destroy(t->fx);
}

static scale_decision_t decide(const twins_t *t, const uint8_t *allowed)
{
	scale_decision_t decision;

	ck_assert_int_eq(scale_decide(t->dec, t->scratch, t->fx->task, t->psi,
				      t->ld, t->n, allowed, &decision), 0);
	return decision;
}

/* Servers equal in features have equal scores to the last bit: all alike at
 * every index of every edge width, also beside different servers. */
START_TEST(twins_have_equal_scores)
{
	scale_rng_t rng;

	if (!isa_of(_i))
		return;
	scale_rng_seed(&rng, 1, 1);
	for (size_t n = 1; n <= 300; n += n < 70 ? 1 : 23) {
		twins_t t = twins_create(isa_of(_i), n);
		scale_decision_t got = decide(&t, NULL);

		for (size_t j = 1; j < n; j++)
			ck_assert(got.logit[j] == got.logit[0]);
		ck_assert_int_eq(got.choice, 0);
		for (size_t j = 1; j < n; j += 2)
			t.psi[j] = (float) scale_rng_normal(&rng);
		got = decide(&t, NULL);
		for (size_t j = 2; j < n; j += 2)
			ck_assert(got.logit[j] == got.logit[0]);
		twins_destroy(&t);
	}
}
END_TEST

/* Ties go to the lowest index that is allowed. */
START_TEST(ties_go_to_the_lowest_index)
{
	uint8_t allowed[67] = { 0 };
	twins_t t;

	if (!isa_of(_i))
		return;
	t = twins_create(isa_of(_i), 67);
	ck_assert_int_eq(decide(&t, allowed).choice, -1);
	for (ssize_t j = 66; j >= 0; j--) {
		allowed[j] = 1;
		ck_assert_int_eq(decide(&t, allowed).choice, j);
	}
	twins_destroy(&t);
}
END_TEST

/* What lies beyond the servers does not matter, even when not finite. */
START_TEST(padding_is_ignored)
{
	twins_t t;
	float want[21];

	if (!isa_of(_i))
		return;
	t = twins_create(isa_of(_i), 21);
	memcpy(want, decide(&t, NULL).logit, sizeof(want));
	for (size_t f = 0; f < 5; f++)
		for (size_t j = 21; j < t.ld; j++)
			t.psi[f * t.ld + j] = NAN;
	ck_assert(!memcmp(want, decide(&t, NULL).logit, sizeof(want)));
	twins_destroy(&t);
}
END_TEST

/* Neither a decision nor an update in a workspace that has grown. */
START_TEST(nothing_is_allocated)
{
	static const size_t n[] = { 300, 5, 16 };
	static const scale_loss_config_t config = {
		.clip = 0.2, .c1 = 0.5, .c2 = 0.01, .lambda1 = 0.01,
		.lambda2 = 0.001, .srr_weight = 1,
		.normalize_advantages = 1,
	};
	scale_dims_t dims = scale_dims_paper();
	fixture_t *fx = fixture_create(&dims, 3, n, 1, 2);
	float *dparams = calloc(fx->net->param_count, sizeof(*dparams));
	twins_t t = twins_create(scale_decide_isa(), 300);
	scale_loss_t loss;
	scale_decision_t out;
	size_t before = allocations, after;
	int rc = 0;

	for (int i = 0; i < 2; i++) {
		rc |= scale_decide(t.dec, t.scratch, t.fx->task, t.psi, t.ld,
				   t.n, NULL, &out);
		rc |= scale_loss_gradient(fx->net, &fx->batch, &fx->targets,
					  &config, fx->ws, &loss, dparams,
					  NULL);
	}
	after = allocations;	/* assertions allocate */
	ck_assert_uint_gt(before, 0);
	ck_assert_uint_eq(after, before);
	ck_assert_int_eq(rc, 0);
	free(dparams);
	twins_destroy(&t);
	fixture_destroy(fx);
}
END_TEST

START_TEST(api_refuses)
{
	twins_t t = twins_create(scale_decide_isa(), 5);
	scale_decision_t decision = { .choice = 77 };
	scale_err_t err;

	errno = 0;
	ck_assert_int_eq(scale_decide(t.dec, t.scratch, t.fx->task, t.psi,
				      t.ld, 0, NULL, &decision), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(scale_decide(t.dec, t.scratch, t.fx->task, t.psi,
				      t.ld, 6, NULL, &decision), -1);
	ck_assert_ptr_null(scale_scratch_create(t.dec, 0, &err));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(scale_decider_create_isa(t.fx->net, "mmx", &err));
	ck_assert_int_eq(errno, ENOTSUP);
	ck_assert_str_eq(err.text, "this machine does not have mmx");
	ck_assert_uint_eq(scale_scratch_max(t.scratch), 5);
	ck_assert_uint_eq(scale_decider_dims(t.dec)->ffn, 64);
	scale_decider_destroy(NULL);
	scale_scratch_destroy(NULL);

	/* every feature, every place of a vector, no choice made */
	for (size_t i = 0; i < 5 * t.ld; i++) {
		float kept = t.psi[i];

		if (i % t.ld >= 5)
			continue;
		t.psi[i] = i % 2 ? NAN : INFINITY;
		errno = 0;
		ck_assert_int_eq(scale_decide(t.dec, t.scratch, t.fx->task,
					      t.psi, t.ld, 5, NULL,
					      &decision), -1);
		ck_assert_int_eq(errno, EDOM);
		t.psi[i] = kept;
	}
	ck_assert_int_eq(decision.choice, 77);
	t.fx->net->params[5] = NAN;
	ck_assert_ptr_null(scale_decider_create(t.fx->net, &err));
	ck_assert_int_eq(errno, EDOM);
	ck_assert_msg(strstr(err.text, "task_embed.0.weight: element 5") !=
		      NULL, "%s", err.text);
	twins_destroy(&t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decide");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	/* two sizes of network for each of up to three instruction sets */
	tcase_add_loop_test(tc, equals_forward, 0, 6);
	tcase_add_loop_test(tc, mlp_equals_forward, 0, 3 * 4);
	tcase_add_loop_test(tc, twins_have_equal_scores, 0, 6);
	tcase_add_loop_test(tc, ties_go_to_the_lowest_index, 0, 6);
	tcase_add_loop_test(tc, padding_is_ignored, 0, 6);
	tcase_add_test(tc, nothing_is_allocated);
	tcase_add_test(tc, api_refuses);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
