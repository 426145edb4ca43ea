/*
 * guard_test.c - rollout, trained range, drift, late decisions
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/rng.h"
#include "plugin/guard.h"
#include "tests/test_run.h"

START_TEST(rollouts)
{
	ck_assert(scale_rollout_places(SCALE_ROLLOUT_ACTIVE, 0.0, 0.99));
	ck_assert(!scale_rollout_places(SCALE_ROLLOUT_SHADOW, 1.0, 0.0));
	ck_assert(!scale_rollout_places(SCALE_ROLLOUT_CANARY, 0.0, 0.0));
	ck_assert(scale_rollout_places(SCALE_ROLLOUT_CANARY, 1.0, 0.99));
	ck_assert(scale_rollout_places(SCALE_ROLLOUT_CANARY, 0.1, 0.09));
	ck_assert(!scale_rollout_places(SCALE_ROLLOUT_CANARY, 0.1, 0.1));
	ck_assert_str_eq(scale_rollout_name(SCALE_ROLLOUT_CANARY), "canary");
}
END_TEST

/* A model's metadata in a table that ends with NULL. */
static const char *find(const void *model, const char *key)
{
	const char *const *pair = model;

	for (; pair[0]; pair += 2)
		if (!strcmp(pair[0], key))
			return pair[1];
	return NULL;
}

#define CASE(nodes, mix, gflops, mem) "{\"name\":\"x\",\"load\":[0.5,0.9]," \
	"\"nodes\":" nodes \
	",\"mix\":" mix ",\"gflops\":" gflops ",\"mem_gb\":" mem "}"

static const char *const good[] = {
	"trained_on", "[" CASE("[16,48]", "[4,10,2]", "[2.5,5,10]",
			       "[16,32,80]") ","
		      CASE("[4]", "[0,1,1]", "[1,5,10]", "[1,40,80]") "]",
	"feature_mean", "[0,1]", "feature_variance", "[1,4]", NULL,
};

static const char *const wrong[][3] = {
	{ "trained_on", "", NULL },
	{ "trained_on", "{}", NULL },
	{ "trained_on", "[]", NULL },
	{ "trained_on", "[1]", NULL },
	{ "trained_on", "[" CASE("[]", "[1]", "[1]", "[1]") "]", NULL },
	{ "trained_on", "[" CASE("[0]", "[1]", "[1]", "[1]") "]", NULL },
	{ "trained_on", "[" CASE("[4]", "[1,1]", "[1]", "[1,1]") "]", NULL },
	{ "trained_on", "[" CASE("[4]", "[1]", "[0]", "[1]") "]", NULL },
	{ "trained_on", "[" CASE("[4]", "[0]", "[1]", "[1]") "]", NULL },
	{ "trained_on", "[" CASE("[4]", "[1]", "[1]", "[\"1\"]") "]", NULL },
};

START_TEST(metadata)
{
	static const char *const none[] = { NULL };
	static const char *const uneven[] = {
		"feature_mean", "[0,1]", "feature_variance", "[1]",
		NULL };
	scale_trained_t t;
	scale_err_t err;

	ck_assert_int_eq(scale_trained_read(&t, find, good, &err), 0);
	ck_assert_uint_eq(t.n_min, 4);
	ck_assert_double_eq(t.load_min, 0.5);
	ck_assert_double_eq(t.load_max, 0.9);
	ck_assert_uint_eq(t.n_max, 48);
	ck_assert_double_eq(t.speed_min, 0.25);
	ck_assert_double_eq(t.mem_min, 0.2);
	ck_assert_uint_eq(t.d, 2);
	ck_assert_double_eq(t.var[1], 4.0);
	ck_assert_int_eq(scale_trained_read(&t, find, none, &err), 0);
	ck_assert_uint_eq(t.n_max, 0);
	ck_assert_int_eq(scale_trained_read(&t, find, uneven, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_uint_eq(t.d, 0);
}
END_TEST

START_TEST(bad_metadata)
{
	scale_trained_t t;
	scale_err_t err;

	ck_assert_int_eq(scale_trained_read(&t, find, wrong[_i], &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, wrong[_i][0]));
	ck_assert_uint_eq(t.n_max, 0);
}
END_TEST

static scale_guard_t guard;

static void setup(void)
{
	scale_guard_config_t config = {
		.budget_us = 2000.0, .size_factor = 2.0, .mix_factor = 2.0,
		.drift_max = 2.0, .pause_s = 60.0,
	};
	scale_trained_t trained;

	ck_assert_int_eq(scale_trained_read(&trained, find, good, NULL), 0);
	scale_guard_init(&guard, &config, &trained);
}

/* One cluster of tiers 1:2:1 at 1/4, 1/2 and 1, the same memory everywhere. */
static const char *const tiers[] = {
	"trained_on", "[" CASE("[4,64]", "[1,2,0,1]", "[1,2,9,4]",
			       "[8,8,9,8]") "]", NULL,
};

static double mix_of(const double *gflops, const double *mem_gb, size_t n)
{
	scale_trained_t t;

	ck_assert_int_eq(scale_trained_read(&t, find, tiers, NULL), 0);
	return scale_trained_mix(&t, gflops, mem_gb, n);
}

/* By hand, in powers of 2: the tiers are at -2, -1, -1 and 0. */
START_TEST(mix_by_hand)
{
	static const double eight[] = { 80, 20, 40, 40, 80, 40, 20, 40 };
	static const double fast[] = { 4, 4, 4, 4 }, slow[] = { 1, 1, 1, 1 };
	static const double odd[] = { 1, 4, 4 }, zero[] = { 1, 0, 1, 1 };
	static const double mem[] = { 1, 4, 4, 4, 4, 4, 4, 4 };

	/* in another unit, and twice as many */
	ck_assert_double_eq_tol(mix_of(eight, (double[]) { 7, 7, 7, 7, 7, 7, 7,
							   7 }, 8), 1.0, 1e-9);
	/* all at 0: (2 + 1 + 1 + 0) / 4 */
	ck_assert_double_eq_tol(mix_of(fast, fast, 4), 2.0, 1e-9);
	ck_assert_double_eq_tol(mix_of(slow, fast, 4), 2.0, 1e-9);
	/* thirds at -2, 0, 0: quarters end at -2 | -2,-1 ... */
	ck_assert_double_eq_tol(mix_of(odd, fast, 3), pow(2, 1.0 / 12.0 +
				5.0 / 12.0), 1e-9);
	/* one in eight with a quarter of the memory */
	ck_assert_double_eq_tol(mix_of(eight, mem, 8), pow(2, 0.25), 1e-9);
	ck_assert(isnan(mix_of(zero, fast, 4)) && isnan(mix_of(fast, zero, 4)));
	ck_assert(isnan(mix_of(fast, fast, 0)));
}
END_TEST

START_TEST(mix_not_known)
{
	static const char *const nothing[] = { NULL };
	static const double x[] = { 1, 2 };
	scale_trained_t t;

	ck_assert_int_eq(scale_trained_read(&t, find, nothing, NULL), 0);
	ck_assert(isnan(scale_trained_mix(&t, x, x, 2)));
	ck_assert_double_eq(t.load_max, 0.0);
}
END_TEST

/* n nodes: one of least speed and memory, the others 10 GFLOPS, 80 GB. */
static bool before(size_t n, double speed, double mem, scale_cause_t *cause)
{
	double gflops[128], mem_gb[128];
	scale_cluster_t c = { .n = n, .gflops = gflops, .mem_gb = mem_gb,
			      .gflops_max = 10.0, .mem_max_gb = 80.0 };

	for (size_t i = 0; i < n; i++) {
		gflops[i] = 10.0;
		mem_gb[i] = 80.0;
	}
	gflops[n / 2] = speed;
	mem_gb[n / 2] = mem;
	return scale_guard_before(&guard, &c, n, 100.0, cause);
}

/* Bounds of the file are 4..48, 0.25 and 0.2; the factor is 2. */
START_TEST(range)
{
	static const struct {
		size_t n;
		double speed, mem;
		int cause;		/* -1: fine */
	} table[] = {
		{ 16, 2.5, 16.0, -1 }, { 2, 10.0, 80.0, -1 },
		{ 96, 10.0, 80.0, -1 }, { 97, 10.0, 80.0, SCALE_CAUSE_SIZE },
		{ 1, 10.0, 80.0, SCALE_CAUSE_SIZE },
		{ 16, 1.25, 8.0, -1 }, { 16, 1.2, 80.0, SCALE_CAUSE_MIX },
		{ 16, 10.0, 7.9, SCALE_CAUSE_MIX },
		{ 16, NAN, 80.0, SCALE_CAUSE_NONFINITE },
		{ 16, 10.0, 0.0, SCALE_CAUSE_NONFINITE },
		{ 16, INFINITY, 80.0, SCALE_CAUSE_NONFINITE },
	};
	scale_cause_t cause = SCALE_CAUSES;
	bool ok = before(table[_i].n, table[_i].speed, table[_i].mem, &cause);

	ck_assert_int_eq(ok, table[_i].cause < 0);
	ck_assert_int_eq(cause, ok ? (int) SCALE_CAUSES : table[_i].cause);
}
END_TEST

/* A job that may use one node of sixteen. */
/* Twelve of sixteen nodes at a quarter: within the range, no such mix. */
START_TEST(strange_mix)
{
	double gflops[16], mem_gb[16];
	scale_cluster_t c = { .n = 16, .gflops = gflops, .mem_gb = mem_gb,
			      .gflops_max = 10.0, .mem_max_gb = 80.0 };
	scale_cause_t cause = SCALE_CAUSES;

	for (int i = 0; i < 16; i++) {
		gflops[i] = i < 4 ? 10.0 : 1.0;
		mem_gb[i] = 80.0;
	}
	guard.config.mix_factor = 4.0;
	ck_assert(scale_guard_before(&guard, &c, 16, 100.0, &cause));
	scale_guard_cluster(&guard, gflops, mem_gb, 16);
	ck_assert_double_gt(guard.mix, 2.0);
	guard.config.mix_factor = guard.mix * 0.99;
	for (int i = 4; i < 16; i++)
		gflops[i] = 5.0;	/* the least ratio is fine again */
	ck_assert(!scale_guard_before(&guard, &c, 16, 100.0, &cause));
	ck_assert_int_eq(cause, SCALE_CAUSE_TIERS);
	guard.config.mix_factor = guard.mix * 1.01;
	ck_assert(scale_guard_before(&guard, &c, 16, 100.0, &cause));
}
END_TEST

START_TEST(one_candidate)
{
	double gflops = 10.0, mem_gb = 80.0;
	scale_cluster_t c = { .n = 1, .gflops = &gflops, .mem_gb = &mem_gb,
			      .gflops_max = 10.0, .mem_max_gb = 80.0 };
	scale_cause_t cause = SCALE_CAUSES;

	ck_assert(scale_guard_before(&guard, &c, 16, 100.0, &cause));
	ck_assert(!scale_guard_before(&guard, &c, 1, 100.0, &cause));
	ck_assert_int_eq(cause, SCALE_CAUSE_SIZE);
}
END_TEST

/* Features from N(shift, scale^2) relative to what was stored. */
static bool feed(scale_rng_t *rng, int count, double shift, double scale)
{
	scale_cause_t cause;
	bool ok = true;

	for (int i = 0; i < count; i++) {
		float f[2] = {
			(float) (shift + scale * scale_rng_normal(rng)),
			(float) (1.0 + 2.0 * (shift +
				scale * scale_rng_normal(rng))),
		};

		ok = scale_guard_after(&guard, f, true, 1.0, 0.0, &cause);
		if (!ok)
			ck_assert_int_eq(cause, SCALE_CAUSE_DRIFT);
	}
	return ok;
}

START_TEST(drift_trips_and_recovers)
{
	scale_rng_t rng;

	scale_rng_seed(&rng, 1, 0);
	ck_assert(feed(&rng, SCALE_GUARD_WARM - 1, 9.0, 1.0));	/* too few */
	ck_assert(!feed(&rng, 1, 9.0, 1.0));
	setup();
	ck_assert(feed(&rng, 3000, 0.0, 1.0));
	ck_assert_double_lt(scale_guard_drift(&guard), 0.1);
	/* three deviations: 9/2 + s^2/2 ... well above the bound of 2 */
	ck_assert(!feed(&rng, 3000, 3.0, 1.0));
	ck_assert_double_gt(scale_guard_drift(&guard), 4.0);
	ck_assert(feed(&rng, 3000, 0.0, 1.0));
	/* a feature that no longer varies: ln of the variance says it */
	ck_assert(!feed(&rng, 6000, 0.0, 1e-4));
}
END_TEST

/* One user's absurd demand among those of others.  Clipped to 5 deviations, one
 * in 50 of these adds 0.1 to the mean and about 0.5 to the variance. */
START_TEST(absurd_demand_moves_little)
{
	float absurd[2] = { 1e9f, -1e9f };
	scale_cause_t cause;
	scale_rng_t rng;

	scale_rng_seed(&rng, 1, 0);
	ck_assert(feed(&rng, 1000, 0.0, 1.0));
	for (int i = 0; i < 20; i++) {
		ck_assert(scale_guard_after(&guard, absurd, true, 1.0, 0.0,
					    &cause));
		ck_assert(feed(&rng, 49, 0.0, 1.0));
	}
	ck_assert_double_lt(scale_guard_drift(&guard), 0.5);
}
END_TEST

/* Eq. of the header by hand: means 0.5 and 1, variances 1/4 and 4 against
 * (0, 1) and (1, 4): (0.25 + 0.25 - ln 0.25 - 1 + 0) / 4 = 0.2216. */
START_TEST(drift_by_hand)
{
	guard.seen = SCALE_GUARD_WARM;
	guard.mean[0] = 0.5;
	guard.var[0] = 0.25;
	guard.mean[1] = 1.0;
	guard.var[1] = 4.0;
	ck_assert_double_eq_tol(scale_guard_drift(&guard), 0.221573590, 1e-9);
	guard.seen = SCALE_GUARD_WARM - 1;
	ck_assert_double_eq(scale_guard_drift(&guard), 0.0);
}
END_TEST

START_TEST(not_finite)
{
	float f[2] = { 0.0f, NAN };
	scale_cause_t cause;

	ck_assert(!scale_guard_after(&guard, f, true, 1.0, 0.0, &cause));
	ck_assert_int_eq(cause, SCALE_CAUSE_NONFINITE);
	ck_assert(!scale_guard_after(&guard, NULL, false, 1.0, 0.0, &cause));
	ck_assert_int_eq(cause, SCALE_CAUSE_NONFINITE);
	ck_assert_uint_eq(guard.seen, 0);	/* the moments stay clean */
}
END_TEST

START_TEST(late_decisions_pause_the_model)
{
	scale_cause_t cause;

	ck_assert(scale_guard_after(&guard, NULL, true, 2000.0, 100.0,
				    &cause));
	for (int i = 0; i < SCALE_GUARD_LATE_RUN - 1; i++) {
		ck_assert(!scale_guard_after(&guard, NULL, true, 2001.0, 100.0,
					     &cause));
		ck_assert_int_eq(cause, SCALE_CAUSE_LATE);
	}
	ck_assert(before(16, 10, 80, &cause));	/* not yet */
	scale_guard_after(&guard, NULL, true, 1.0, 100.0, &cause);
	for (int i = 0; i < SCALE_GUARD_LATE_RUN; i++) {
		ck_assert(before(16, 10, 80, &cause));
		scale_guard_after(&guard, NULL, true, 2001.0, 100.0, &cause);
	}
	ck_assert(!before(16, 10, 80, &cause));
	ck_assert_int_eq(cause, SCALE_CAUSE_LATE);
	guard.paused_until -= 60.0;		/* that much later */
	ck_assert(before(16, 10, 80, &cause));
}
END_TEST

START_TEST(told_once)
{
	ck_assert(scale_guard_tell(&guard, SCALE_CAUSE_LATE));
	ck_assert(!scale_guard_tell(&guard, SCALE_CAUSE_LATE));
	ck_assert(scale_guard_tell(&guard, SCALE_CAUSE_MIX));
	scale_guard_rearm(&guard);
	ck_assert(scale_guard_tell(&guard, SCALE_CAUSE_LATE));
	ck_assert_uint_eq(guard.count[SCALE_CAUSE_LATE], 3);
	for (int i = 0; i < SCALE_CAUSES; i++) {
		ck_assert_str_ne(scale_cause_name(i), "?");
		ck_assert_str_ne(scale_cause_text(i), "?");
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, rollouts);
	tcase_add_test(tc, metadata);
	tcase_add_loop_test(tc, bad_metadata, 0, TEST_COUNT(wrong));
	tcase_add_loop_test(tc, range, 0, 11);
	tcase_add_test(tc, mix_by_hand);
	tcase_add_test(tc, mix_not_known);
	tcase_add_test(tc, strange_mix);
	tcase_add_test(tc, one_candidate);
	tcase_add_test(tc, drift_trips_and_recovers);
	tcase_add_test(tc, absurd_demand_moves_little);
	tcase_add_test(tc, drift_by_hand);
	tcase_add_test(tc, not_finite);
	tcase_add_test(tc, late_decisions_pause_the_model);
	tcase_add_test(tc, told_once);
	return test_run("guard", tc);
}
