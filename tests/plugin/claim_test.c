/*
 * claim_test.c - of many that wait, those with the highest claims
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <stdlib.h>

#include "model/rng.h"
#include "plugin/claim.h"
#include "tests/test_run.h"

enum { MOST = SCALE_CLAIMS_MOST, MANY = 4 * MOST };

static bool kept(const scale_claims_t *claims, uint32_t job_id)
{
	for (size_t i = 0; i < claims->count; i++)
		if (claims->claim[i].job_id == job_id)
			return true;
	return false;
}

START_TEST(api_tier_then_priority)
{
	static const scale_claim_t a = { .tier = 1, .priority = 9 },
				   b = { .tier = 2, .priority = 1 },
				   c = { .tier = 2, .priority = 2 };

	ck_assert(scale_claim_higher(&b, &a));
	ck_assert(scale_claim_higher(&c, &b));
	ck_assert(!scale_claim_higher(&a, &c));
	ck_assert(!scale_claim_higher(&b, &b));
}
END_TEST

/* Slurm's job table is in order of arrival: the last ones may be the highest,
 * and one below all that are kept must not drive out any. */
START_TEST(api_the_highest_not_the_first)
{
	scale_claims_t claims = { 0 };

	for (uint32_t i = 0; i < MANY; i++)
		scale_claims_offer(&claims, &(scale_claim_t) {
			.tier = 1, .priority = 1000 + i, .job_id = i });
	scale_claims_offer(&claims, &(scale_claim_t) {
		.tier = 1, .priority = 5, .job_id = MANY });
	scale_claims_offer(&claims, &(scale_claim_t) {
		.tier = 0, .priority = UINT32_MAX, .job_id = MANY + 1 });
	ck_assert_uint_eq(claims.count, MOST);
	for (uint32_t i = 0; i < MANY + 2; i++)
		ck_assert_msg(kept(&claims, i) ==
			      (i >= MANY - MOST && i < MANY), "job %u", i);
}
END_TEST

/* Equal claims: the lower id stays, whoever came first. */
START_TEST(api_equal_claims_by_id)
{
	scale_claims_t up = { 0 }, down = { 0 };

	for (uint32_t i = 0; i < MANY; i++) {
		scale_claims_offer(&up, &(scale_claim_t) { 1, 7, i });
		scale_claims_offer(&down, &(scale_claim_t) {
			1, 7, MANY - 1 - i });
	}
	for (uint32_t i = 0; i < MANY; i++) {
		ck_assert_msg(kept(&up, i) == (i < MOST), "job %u", i);
		ck_assert_msg(kept(&down, i) == (i < MOST), "job %u", i);
	}
}
END_TEST

static int by_claim(const void *x, const void *y)
{
	const scale_claim_t *a = x, *b = y;

	if (a->tier != b->tier)
		return a->tier > b->tier ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->job_id < b->job_id ? -1 : 1;
}

/* In any order, with many that are equal: what sorting all would keep. */
START_TEST(api_as_if_all_were_sorted)
{
	scale_claim_t all[MANY];
	scale_claims_t claims = { 0 };
	scale_rng_t rng;

	scale_rng_seed(&rng, (uint64_t) _i, 1);
	for (uint32_t i = 0; i < MANY; i++) {
		all[i] = (scale_claim_t) {
			.tier = scale_rng_below(&rng, 2),
			.priority = scale_rng_below(&rng, 100),
			.job_id = i * 7919u % MANY,
		};
		scale_claims_offer(&claims, &all[i]);
	}
	qsort(all, MANY, sizeof(all[0]), by_claim);
	ck_assert_uint_eq(claims.count, MOST);
	for (uint32_t i = 0; i < MOST; i++)
		ck_assert_msg(kept(&claims, all[i].job_id), "place %u", i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, api_tier_then_priority);
	tcase_add_test(tc, api_the_highest_not_the_first);
	tcase_add_test(tc, api_equal_claims_by_id);
	tcase_add_loop_test(tc, api_as_if_all_were_sorted, 0, 20);
	return test_run("claim", tc);
}
