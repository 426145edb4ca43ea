/*
 * order_test.c - first level: keys, ties, and that it is a total order
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <string.h>

#include "model/order.h"
#include "model/rng.h"
#include "tests/test_run.h"

static const scale_ready_t plain = {
	.arrival = 10.0,
	.upward_rank = 5.0,
	.work_left = 30.0,
	.workflow = 4,
	.hops = 2,
	.index = 3,
};

/* Expect a before b, and the mirror of it. */
static void before(scale_order_t order, const scale_ready_t *a,
		   const scale_ready_t *b)
{
	ck_assert_int_lt(scale_order_compare(order, a, b), 0);
	ck_assert_int_gt(scale_order_compare(order, b, a), 0);
}

/* One row per order: what goes first although it came later. */
static const struct {
	scale_order_t order;
	uint32_t hops;
	double upward_rank, work_left;
} keys[] = {
	{ SCALE_ORDER_HOP, 3, 1.0, 90.0 },	/* more hops */
	{ SCALE_ORDER_RANK, 1, 5.5, 90.0 },	/* larger rank */
	{ SCALE_ORDER_SRPT, 1, 1.0, 29.5 },	/* less work left */
};

START_TEST(key_beats_arrival)
{
	scale_ready_t late = plain;

	late.arrival = 11.0;
	late.workflow = 5;
	late.hops = keys[_i].hops;
	late.upward_rank = keys[_i].upward_rank;
	late.work_left = keys[_i].work_left;
	before(keys[_i].order, &late, &plain);
	/* to whoever has another key it is worse and later */
	before(SCALE_ORDER_FIFO, &plain, &late);
	for (int i = 0; i < TEST_COUNT(keys); i++)
		if (i != _i)
			before(keys[i].order, &plain, &late);
}
END_TEST

/* Arrival, then the number of the workflow, then the index: in all orders. */
START_TEST(ties)
{
	scale_order_t order = (scale_order_t) _i;
	scale_ready_t other = plain;

	ck_assert_int_eq(scale_order_compare(order, &plain, &other), 0);
	other.index = 4;
	before(order, &plain, &other);
	other.index = 2;
	other.workflow = 5;
	before(order, &plain, &other);
	other.workflow = 3;
	other.arrival = 10.5;
	before(order, &plain, &other);
	/* workflow numbers beyond what a double tells apart */
	other = plain;
	other.workflow = UINT64_MAX;
	before(order, &plain, &other);
	scale_ready_t next = other;

	next.workflow = UINT64_MAX - 1;
	before(order, &next, &other);
}
END_TEST

/* Any three of random primitives with few distinct values: no contradiction
 * and no two that are equal. */
START_TEST(total_order)
{
	scale_ready_t r[20];
	scale_rng_t rng;

	scale_rng_seed(&rng, 3, 0);
	for (uint32_t i = 0; i < 20; i++) {
		r[i] = plain;
		r[i].arrival = (double) scale_rng_below(&rng, 2);
		r[i].workflow = scale_rng_below(&rng, 2);
		r[i].hops = (uint32_t) scale_rng_below(&rng, 2);
		r[i].upward_rank = (double) scale_rng_below(&rng, 2);
		r[i].work_left = (double) scale_rng_below(&rng, 2);
		r[i].index = i;
	}
	for (int i = 0; i < 20; i++)
		for (int j = 0; j < 20; j++)
			for (int k = 0; k < 20; k++) {
				int ij = scale_order_compare(
					(scale_order_t) _i, &r[i], &r[j]);
				int jk = scale_order_compare(
					(scale_order_t) _i, &r[j], &r[k]);
				int ik = scale_order_compare(
					(scale_order_t) _i, &r[i], &r[k]);

				ck_assert_int_eq(ij == 0, i == j);
				if (ij < 0 && jk < 0)
					ck_assert_int_lt(ik, 0);
			}
}
END_TEST

START_TEST(names)
{
	static const char *const want[] = { "hop", "fifo", "rank", "srpt" };

	ck_assert_int_eq(TEST_COUNT(want), SCALE_ORDER_COUNT);
	for (int i = 0; i < SCALE_ORDER_COUNT; i++) {
		ck_assert_str_eq(scale_order_name((scale_order_t) i), want[i]);
		ck_assert_int_eq(scale_order_find(want[i]), i);
		ck_assert_uint_gt(
			strlen(scale_order_summary((scale_order_t) i)), 10);
	}
	ck_assert_int_eq(scale_order_find("hops"), -1);
	ck_assert_int_eq(scale_order_find(""), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, key_beats_arrival, 0, TEST_COUNT(keys));
	tcase_add_loop_test(tc, ties, 0, SCALE_ORDER_COUNT);
	tcase_add_loop_test(tc, total_order, 0, SCALE_ORDER_COUNT);
	tcase_add_test(tc, names);
	return test_run("order", tc);
}
