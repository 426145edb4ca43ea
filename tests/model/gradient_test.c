/*
 * gradient_test.c - every gradient against central differences, in double
 *
 * Differences over 2e-5 have a truncation error of about 1e-9 of the third
 * derivative and a rounding error of 1e-11: 2e-6 of the largest element
 * leaves room for both and for nothing else.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "model/dueling.h"
#include "model/rng.h"
#include "model/soft_actor.h"

static const double step = 1e-5, tolerance = 2e-6;

typedef double (*scalar_f)(fixture_t *fx, const void *arg);

/* Compare got [count] with the differences of f by x [count]. */
static void check_gradient(fixture_t *fx, scalar_f f, const void *arg,
			   double *x, const double *got, size_t count,
			   const char *name)
{
	double *want = calloc(count, sizeof(*want)), top = 1e-3;

	for (size_t i = 0; i < count; i++) {
		double kept = x[i], up;

		x[i] = kept + step;
		up = f(fx, arg);
		x[i] = kept - step;
		want[i] = (up - f(fx, arg)) / (2.0 * step);
		x[i] = kept;
		top = fmax(top, fabs(want[i]));
	}
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(fabs(want[i] - got[i]) <= tolerance * top,
			      "%s[%zu]: %.12g, differences say %.12g", name,
			      i, got[i], want[i]);
	free(want);
}

static void check_params(fixture_t *fx, scalar_f f, const void *arg,
			 const double *dparams)
{
	for (size_t i = 0; i < fx->net->tensor_count; i++) {
		const scale_tensor_t *t = &fx->net->tensor[i];

		check_gradient(fx, f, arg, fx->net->params + t->offset,
			       dparams + t->offset, t->count, t->name);
	}
}

/* Weighted sum of all outputs: exercises logits, values, features apart. */
typedef struct outputs {
	double *dlogit, *dvalue, *dfeature;
} outputs_t;

static double weighted_outputs(fixture_t *fx, const void *arg)
{
	const outputs_t *w = arg;
	size_t states = fx->batch.states, d = fx->net->dims.d_model;
	double sum = 0.0;

	ck_assert_int_eq(scale_forward(fx->net, &fx->batch, fx->ws, NULL), 0);
	for (size_t j = 0; w->dlogit && j < fx->first[states]; j++)
		sum += w->dlogit[j] * scale_workspace_logits(fx->ws)[j];
	for (size_t b = 0; w->dvalue && b < states; b++)
		sum += w->dvalue[b] * scale_workspace_values(fx->ws)[b];
	for (size_t i = 0; w->dfeature && i < states * d; i++)
		sum += w->dfeature[i] * scale_workspace_features(fx->ws)[i];
	return sum;
}

/* Sizes of a network: the paper's, odd ones, or an MLP of three servers. */
typedef enum { ODD, PAPER, MLP } sizes_t;

static scale_dims_t dims_of(sizes_t sizes)
{
	return sizes == PAPER ? scale_dims_paper() :
	       sizes == MLP   ? fixture_mlp_dims(3) :
				fixture_odd_dims();
}

static const struct {
	size_t states, n[4];
	sizes_t sizes;
} shapes[] = {
	{ 1, { 1 }, ODD },
	{ 1, { 3 }, PAPER },
	{ 3, { 17, 1, 3 }, ODD },
	{ 3, { 3, 17, 1 }, PAPER },
	{ 2, { 261, 300 }, ODD },	/* states that span tiles */
	{ 1, { 3 }, MLP },
	{ 4, { 3, 3, 3, 3 }, MLP },
};

static double *random_vector(size_t count, uint64_t seed)
{
	double *x = calloc(count, sizeof(*x));
	scale_rng_t rng;

	scale_rng_seed(&rng, seed, 7);
	for (size_t i = 0; i < count; i++)
		x[i] = scale_rng_normal(&rng);
	return x;
}

static void check_outputs(fixture_t *fx, const outputs_t *w)
{
	double *dparams = calloc(fx->net->param_count, sizeof(*dparams));

	ck_assert_int_eq(scale_forward(fx->net, &fx->batch, fx->ws, NULL), 0);
	scale_backward(fx->net, &fx->batch, fx->ws, w->dlogit, w->dvalue,
		       w->dfeature, dparams);
	check_params(fx, weighted_outputs, w, dparams);
	free(dparams);
}

START_TEST(backward_of_each_output)
{
	scale_dims_t dims = dims_of(shapes[_i].sizes);
	fixture_t *fx = fixture_create(&dims, shapes[_i].states, shapes[_i].n,
				       0, 11 + _i);
	size_t states = shapes[_i].states;
	outputs_t all = {
		.dlogit = random_vector(fx->first[states], 1),
		.dvalue = random_vector(states, 2),
		.dfeature = random_vector(states * dims.d_model, 3),
	};
	outputs_t logit = { .dlogit = all.dlogit };
	outputs_t value = { .dvalue = all.dvalue };
	outputs_t feature = { .dfeature = all.dfeature };

	if (shapes[_i].sizes != PAPER) {
		check_outputs(fx, &logit);
		check_outputs(fx, &value);
		check_outputs(fx, &feature);
	}
	check_outputs(fx, &all);
	free(all.dlogit);
	free(all.dvalue);
	free(all.dfeature);
	fixture_destroy(fx);
}
END_TEST

static double loss_total(fixture_t *fx, const void *arg)
{
	scale_loss_t loss;

	ck_assert_int_eq(scale_loss_gradient(fx->net, &fx->batch,
					     &fx->targets, arg, fx->ws, &loss,
					     NULL, NULL), 0);
	return loss.total;
}

/* Each term alone, then all of them.  No SRR: its |C| has a kink, but the
 * differences below stay on one side of it. */
static const struct {
	const char *name;
	scale_loss_config_t config;
	int mask;
	sizes_t sizes;
} losses[] = {
	{ "clip", { 0.2, 0, 0, 0, 0, 0, 0, 0 }, 0, ODD },
	{ "clip, normalised", { 0.2, 0, 0, 0, 0, 0, 0, 1 }, 0, ODD },
	{ "value", { 0.2, 10.0, 0, 0, 0, 0, 0, 0 }, 0, ODD },
	{ "entropy", { 0.2, 0, 10.0, 0, 0, 0, 0, 0 }, 0, ODD },
	{ "entropy, masked", { 0.2, 0, 10.0, 0, 0, 0, 0, 0 }, 1, ODD },
	{ "decorrelation", { 0.2, 0, 0, 0, 3.0, 0, 1.0, 0 }, 0, ODD },
	{ "correlation", { 0.2, 0, 0, SCALE_SRR_CORRELATION, 3.0, 0, 1.0, 0 },
	  0, ODD },
	{ "kl", { 0.2, 0, 0, 0, 0, 3.0, 0.7, 0 }, 0, ODD },
	{ "all", { 0.2, 0.5, 0.01, 0, 0.01, 0.001, 0.3, 1 }, 1, ODD },
	{ "all, paper's sizes", { 0.2, 0.5, 0.01, 0, 0.01, 0.001, 1, 1 }, 1,
	  PAPER },
	{ "all, MLP", { 0.2, 0.5, 0.01, 0, 0.01, 0.001, 0.3, 1 }, 1, MLP },
};

START_TEST(backward_of_the_loss)
{
	static const size_t odd[] = { 17, 1, 3, 5, 16, 33, 2 };
	static const size_t threes[] = { 3, 3, 3, 3, 3, 3, 3 };
	sizes_t sizes = losses[_i].sizes;
	scale_dims_t dims = dims_of(sizes);
	const scale_loss_config_t *config = &losses[_i].config;
	fixture_t *fx = fixture_create(&dims, sizes == PAPER ? 3 : 7,
				       sizes == MLP ? threes : odd,
				       losses[_i].mask, 5);
	double *dparams = calloc(fx->net->param_count, sizeof(*dparams));
	scale_loss_t loss;

	ck_assert_int_eq(scale_loss_gradient(fx->net, &fx->batch,
					     &fx->targets, config, fx->ws,
					     &loss, dparams, NULL), 0);
	if (sizes != PAPER) {	/* both sides of the clip are met */
		ck_assert_double_gt(loss.clip_fraction, 0.0);
		ck_assert_double_lt(loss.clip_fraction, 1.0);
	}
	check_params(fx, loss_total, config, dparams);
	free(dparams);
	fixture_destroy(fx);
}
END_TEST

/* Q's regression, on either architecture, with targets on both sides of
 * Huber's 1. */
static double q_loss(fixture_t *fx, const void *arg)
{
	scale_q_loss_t loss;

	ck_assert_int_eq(scale_q_gradient(fx->net, &fx->batch, fx->action,
					  arg, fx->ws, &loss, NULL, NULL), 0);
	return loss.loss;
}

START_TEST(backward_of_q)
{
	static const size_t odd[] = { 17, 1, 3, 5 };
	static const size_t threes[] = { 3, 3, 3, 3 };
	static const double y[] = { 5, 0, -5, 0.3 };
	scale_dims_t dims = dims_of(_i ? MLP : ODD);
	fixture_t *fx = fixture_create(&dims, 4, _i ? threes : odd, 1, 8);
	double *dparams = calloc(fx->net->param_count, sizeof(*dparams));
	scale_q_loss_t loss;

	ck_assert_int_eq(scale_q_gradient(fx->net, &fx->batch, fx->action, y,
					  fx->ws, &loss, dparams, NULL), 0);
	check_params(fx, q_loss, y, dparams);
	free(dparams);
	fixture_destroy(fx);
}
END_TEST

static double actor_loss(fixture_t *fx, const void *arg)
{
	scale_actor_loss_t loss;

	ck_assert_int_eq(scale_soft_actor_gradient(fx->net, &fx->batch, arg,
						   0.4, fx->ws, &loss, NULL,
						   NULL), 0);
	return loss.loss;
}

START_TEST(backward_of_soft_actor)
{
	static const size_t odd[] = { 17, 1, 3, 5 };
	static const size_t threes[] = { 3, 3, 3, 3 };
	scale_dims_t dims = dims_of(_i ? MLP : ODD);
	fixture_t *fx = fixture_create(&dims, 4, _i ? threes : odd, 1, 9);
	double *dparams = calloc(fx->net->param_count, sizeof(*dparams));
	double *q = random_vector(fx->first[4], 4);
	scale_actor_loss_t loss;

	ck_assert_int_eq(scale_soft_actor_gradient(fx->net, &fx->batch, q,
						   0.4, fx->ws, &loss,
						   dparams, NULL), 0);
	check_params(fx, actor_loss, q, dparams);
	free(q);
	free(dparams);
	fixture_destroy(fx);
}
END_TEST

/* SRR by its features, odd sizes. */
typedef struct srr_case {
	size_t states, d;
	scale_srr_form_t form;
	double w_c, w_d;
	double *f;
} srr_case_t;

static double srr_total(fixture_t *fx, const void *arg)
{
	const srr_case_t *c = arg;
	double l_c, l_d;

	ck_assert_int_eq(scale_srr(c->f, c->states, c->d, c->form, 0, 0,
				   &l_c, &l_d, NULL, NULL), 0);
	return c->w_c * l_c + c->w_d * l_d;
}

START_TEST(backward_of_srr)
{
	static const size_t sizes[][2] = { { 2, 1 }, { 3, 3 }, { 17, 5 } };
	const size_t *size = sizes[_i % 3];
	size_t count = size[0] * size[1];
	srr_case_t c = { size[0], size[1], (scale_srr_form_t) (_i / 3), 0.7,
			 1.3, random_vector(count, 3) };
	double *df = calloc(count, sizeof(*df)), l_c, l_d;

	ck_assert_int_eq(scale_srr(c.f, c.states, c.d, c.form, c.w_c, c.w_d,
				   &l_c, &l_d, df, NULL), 0);
	check_gradient(NULL, srr_total, &c, c.f, df, count, "f");
	free(df);
	free(c.f);
}
END_TEST

/* backward adds: twice the call, twice the gradient. */
START_TEST(gradients_accumulate)
{
	static const size_t n[] = { 3, 5 };
	static const scale_loss_config_t config = {
		.clip = 0.2, .c1 = 0.5, .c2 = 0.01, .lambda1 = 0.01,
		.lambda2 = 0.001, .srr_weight = 1,
		.normalize_advantages = 0,
	};
	scale_dims_t dims = fixture_odd_dims();
	fixture_t *fx = fixture_create(&dims, 2, n, 0, 3);
	size_t count = fx->net->param_count;
	double *once = calloc(count, sizeof(*once));
	double *twice = calloc(count, sizeof(*twice));
	scale_loss_t loss;

	scale_loss_gradient(fx->net, &fx->batch, &fx->targets, &config,
			    fx->ws, &loss, once, NULL);
	for (int i = 0; i < 2; i++)
		scale_loss_gradient(fx->net, &fx->batch, &fx->targets,
				    &config, fx->ws, &loss, twice, NULL);
	for (size_t i = 0; i < count; i++)
		ck_assert_double_eq_tol(twice[i], 2.0 * once[i],
					1e-12 + 1e-12 * fabs(once[i]));
	free(once);
	free(twice);
	fixture_destroy(fx);
}
END_TEST

#define LENGTH(table) ((int) (sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("gradient");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, backward_of_each_output, 0, LENGTH(shapes));
	tcase_add_loop_test(tc, backward_of_the_loss, 0, LENGTH(losses));
	tcase_add_loop_test(tc, backward_of_q, 0, 2);
	tcase_add_loop_test(tc, backward_of_soft_actor, 0, 2);
	tcase_add_loop_test(tc, backward_of_srr, 0, 3 * SCALE_SRR_FORMS);
	tcase_add_test(tc, gradients_accumulate);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
