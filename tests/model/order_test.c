/*
 * order_test.c - first level: keys, ties, and that it is a total order
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/order.h"
#include "model/rng.h"
#include "tests/test_run.h"

static const scale_ready_t plain = {
	.gflop = 10.0,
	.upward_rank = 5.0,
	.hops = 2,
	.index = 3,
	.since = 20.0,
	.arrival = 10.0,
	.workflow = 4,
	.work = 60.0,
	.work_left = 30.0,
	.critical_path = 8.0,
	.attained = 12.0,
	.size = 6,
	.left = 3,
	.running = 1,
};

static scale_order_t order_of(const char *text)
{
	scale_order_t order;
	scale_err_t err = { "" };

	ck_assert_msg(!scale_order_parse(text, &order, &err), "%s", err.text);
	return order;
}

static scale_order_t order_at(int i)
{
	return order_of(scale_order_info((scale_order_kind_t) i)->name);
}

/* Expect a before b, and the mirror of it. */
static void before(scale_order_t order, const scale_ready_t *a,
		   const scale_ready_t *b)
{
	ck_assert_msg(scale_order_compare(&order, a, b) < 0, "%s",
		      order.name);
	ck_assert_int_gt(scale_order_compare(&order, b, a), 0);
}

/* What goes first although it came later: one field differs from plain. */
#define FIELD(name, x) offsetof(scale_ready_t, name), x

static const struct {
	const char *order;
	size_t offset;
	double value;
} keys[] = {
	{ "hop", FIELD(hops, 3) },
	{ "rank", FIELD(upward_rank, 5.5) },
	{ "srpt", FIELD(work_left, 29.5) },
	{ "sjf-cp", FIELD(work, 59.0) },
	{ "fewest-left", FIELD(left, 2) },
	{ "las", FIELD(attained, 11.0) },
	{ "fair", FIELD(running, 0) },
	/* 2 / 60^0.5 = 0.258 against 2 / 70^0.5 = 0.239 */
	{ "fair:0.5", FIELD(work, 70.0) },
	/* 2 x 60 against 2 x 50 */
	{ "fair:-1", FIELD(work, 50.0) },
	/* 5.5 / 30 and 5 / 25 against 5 / 30 */
	{ "rank-per-remaining", FIELD(upward_rank, 5.5) },
	{ "rank-per-remaining", FIELD(work_left, 25.0) },
	/* 3 / 7 x 8, 2 / 6 x 8 and 3 / 6 x 7 against 3 / 6 x 8 */
	{ "fdws", FIELD(size, 7) },
	{ "fdws", FIELD(left, 2) },
	{ "fdws", FIELD(critical_path, 7.0) },
	{ "min-min", FIELD(gflop, 9.0) },
	{ "max-min", FIELD(gflop, 11.0) },
};

static void put(scale_ready_t *ready, size_t offset, double value)
{
	char *field = (char *) ready + offset;

	if (offset == offsetof(scale_ready_t, hops) ||
	    offset == offsetof(scale_ready_t, size) ||
	    offset == offsetof(scale_ready_t, left) ||
	    offset == offsetof(scale_ready_t, running))
		*(uint32_t *) field = (uint32_t) value;
	else
		*(double *) field = value;
}

START_TEST(key_beats_arrival)
{
	scale_ready_t late = plain;

	late.arrival = 11.0;
	late.workflow = 5;
	before(order_of(keys[_i].order), &plain, &late);
	put(&late, keys[_i].offset, keys[_i].value);
	before(order_of(keys[_i].order), &late, &plain);
	/* those that do not look at it see who came first */
	before(order_of("fifo"), &plain, &late);
	before(order_of("builtin"), &plain, &late);
	for (int i = 0; i < TEST_COUNT(keys); i++)
		if (keys[i].offset == offsetof(scale_ready_t, hops) &&
		    keys[_i].offset != keys[i].offset)
			before(order_of(keys[i].order), &plain, &late);
}
END_TEST

/* Shares by D'Hondt: with work 40 and 10 and a = 1 the large workflow gets
 * three servers before the small one gets its first; its fourth ties with
 * that. */
START_TEST(fair_shares)
{
	scale_ready_t large = plain, small = plain;
	scale_order_t order = order_of("fair:1");

	large.work = 40.0;
	small.work = 10.0;
	large.workflow = 5;	/* loses ties */
	small.running = 0;
	for (large.running = 0; large.running < 3; large.running++)
		before(order, &large, &small);
	before(order, &small, &large);
	ck_assert_str_eq(order.name, "fair:1");
}
END_TEST

/* sjf-cp and fdws: within a workflow the larger upward rank, which counts
 * for nothing between workflows. */
START_TEST(inside_a_workflow)
{
	static const char *const name[] = { "sjf-cp", "fdws" };
	scale_ready_t other = plain;

	other.index = 9;
	before(order_of(name[_i]), &plain, &other);
	other.upward_rank = 6.0;
	before(order_of(name[_i]), &other, &plain);
	other.workflow = 5;
	before(order_of(name[_i]), &plain, &other);
}
END_TEST

/* Of plain: 1 ln 5 + 2 ln 30 + 3 ln 10 + 4 ln 3 + 5 ln 3 + 6 ln 6, which is
 * ln(5 30^2 10^3 3^9 6^6), less 20 / 8. */
START_TEST(weighted_sum)
{
	static const scale_order_weights_t w = {
		1, 2, 3, 4, 5, 6, 0.125
	};
	static const char *const name[] = {
		"mean-primitive", "mean-workflow", "model",
	};
	scale_order_t order = order_of(name[_i]);
	scale_ready_t late = plain;

	ck_assert_ptr_eq(order.weights, _i ? &scale_weights_workflow.order :
			 &scale_weights_primitive.order);
	order.weights = &w;
	ck_assert_double_eq_tol(-scale_order_key(&order, &plain).first, log(
		5.0 * 900.0 * 1000.0 * 19683.0 * 46656.0) - 2.5, 1e-9);
	late.workflow = 5;	/* the larger sum goes first */
	before(order, &plain, &late);
	late.work_left = 30.5;
	before(order, &late, &plain);
	late.work_left = 0.0;	/* finite all the same */
	before(order, &plain, &late);
	/* of 900 to nothing, ln(30 / 1e-9)^2 = 48.2: 386 s of age at 0.125 */
	late.since = plain.since - 380.0;
	before(order, &plain, &late);
	late.since = plain.since - 390.0;
	before(order, &late, &plain);
}
END_TEST

/* Arrival, then the number of the workflow, then the index: in all orders. */
START_TEST(ties)
{
	scale_order_t order = order_at(_i);
	scale_ready_t other = plain;

	ck_assert_int_eq(scale_order_compare(&order, &plain, &other), 0);
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

/* Two workflows, primitives of which differ in few values: like in the
 * simulator those of one workflow agree in what is the workflow's. */
static void draw_ready(scale_ready_t *r, uint32_t count)
{
	scale_rng_t rng;

	scale_rng_seed(&rng, 3, 0);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t w = (uint32_t) scale_rng_below(&rng, 4);

		r[i] = plain;
		r[i].workflow = w;
		r[i].arrival = w / 2;
		r[i].since = 10.0 + w % 2;
		r[i].work = 1.0 + w % 2;
		r[i].work_left = 1.0 + w / 2;
		r[i].critical_path = 1.0 + w % 3;
		r[i].attained = w % 3;
		r[i].left = 1 + w % 2;
		r[i].running = w % 2;
		r[i].hops = (uint32_t) scale_rng_below(&rng, 2);
		r[i].upward_rank = (double) scale_rng_below(&rng, 2);
		r[i].gflop = (double) scale_rng_below(&rng, 2);
		r[i].index = i;
	}
}

/* Any three of them: no contradiction and no two that are equal. */
START_TEST(total_order)
{
	scale_order_t order = order_at(_i);
	scale_ready_t r[20];

	draw_ready(r, 20);
	for (int i = 0; i < 20; i++)
		for (int j = 0; j < 20; j++)
			for (int k = 0; k < 20; k++) {
				int ij = scale_order_compare(&order, &r[i],
							     &r[j]);
				int jk = scale_order_compare(&order, &r[j],
							     &r[k]);
				int ik = scale_order_compare(&order, &r[i],
							     &r[k]);

				ck_assert_int_eq(ij == 0, i == j);
				if (ij < 0 && jk < 0)
					ck_assert_int_lt(ik, 0);
			}
}
END_TEST

static void forget(scale_ready_t *r, unsigned knows)
{
	if (!(knows & SCALE_ORDER_KNOWS_GRAPH))
		r->hops = r->size = r->left = r->index;
	if (!(knows & SCALE_ORDER_KNOWS_DEMAND))
		r->gflop = r->work = r->work_left = NAN;
	if (!(knows & SCALE_ORDER_KNOWS_GRAPH) ||
	    !(knows & SCALE_ORDER_KNOWS_DEMAND))
		r->upward_rank = r->critical_path = NAN;
	if (!(knows & SCALE_ORDER_KNOWS_PAST)) {
		r->attained = NAN;
		r->running = 99 - r->index;
	}
	if (!(knows & SCALE_ORDER_KNOWS_AGE))
		r->since = NAN;
}

/* Put nonsense into whatever the order does not claim to know: it stays. */
START_TEST(orders_know_what_they_say)
{
	unsigned knows = scale_order_info((scale_order_kind_t) _i)->knows;
	scale_order_t order = order_at(_i);
	scale_ready_t r[20], blind[20];

	draw_ready(r, 20);
	memcpy(blind, r, sizeof(r));
	for (int i = 0; i < 20; i++)
		forget(&blind[i], knows);
	for (int i = 0; i < 20; i++)
		for (int j = 0; j < 20; j++)
			ck_assert_int_eq(
				scale_order_compare(&order, &r[i], &r[j]) < 0,
				scale_order_compare(&order, &blind[i],
						    &blind[j]) < 0);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{ "hops", "no order named \"hops\"; known: hop, fifo, rank, srpt, " },
	{ "", "no order named" },
	{ "hop:2", "hop takes no number" },
	{ "fair:", "\"fair:\": after the colon comes a number from -4 to 4" },
	{ "fair:5", "from -4 to 4 (exponent a" },
	{ "fair:nan", "from -4 to 4" },
	{ "fair:1x", "from -4 to 4" },
	{ "fair:0.00000000000000000000000000001", "from -4 to 4" },
};

START_TEST(refused)
{
	scale_order_t order = { .kind = SCALE_ORDER_COUNT };
	scale_err_t err;

	ck_assert_int_eq(scale_order_parse(bad[_i].text, &order, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s", err.text);
	ck_assert_int_eq(order.kind, SCALE_ORDER_COUNT);
}
END_TEST

START_TEST(names)
{
	static const char *const want[] = {
		"hop", "fifo", "rank", "srpt", "sjf-cp", "fewest-left",
		"las", "fair", "rank-per-remaining", "fdws", "min-min",
		"max-min", "builtin", "mean-primitive", "mean-workflow", "model",
	};

	ck_assert_int_eq(TEST_COUNT(want), SCALE_ORDER_COUNT);
	for (int i = 0; i < SCALE_ORDER_COUNT; i++) {
		scale_order_t order = order_of(want[i]);

		ck_assert_int_eq(order.kind, i);
		ck_assert_str_eq(order.name, want[i]);
		ck_assert_str_eq(scale_order_name(order), want[i]);
		ck_assert_uint_gt(strlen(scale_order_info(order.kind)
					 ->summary), 10);
	}
	/* one text for one order */
	ck_assert_str_eq(order_of("fair:0.50").name, "fair:0.5");
	ck_assert_str_eq(order_of("fair:0").name, "fair");
	ck_assert_double_eq(order_of("fair:-1.5").param, -1.5);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, key_beats_arrival, 0, TEST_COUNT(keys));
	tcase_add_test(tc, fair_shares);
	tcase_add_loop_test(tc, inside_a_workflow, 0, 2);
	tcase_add_loop_test(tc, weighted_sum, 0, 2);
	tcase_add_loop_test(tc, ties, 0, SCALE_ORDER_COUNT);
	tcase_add_loop_test(tc, total_order, 0, SCALE_ORDER_COUNT);
	tcase_add_loop_test(tc, orders_know_what_they_say, 0,
			    SCALE_ORDER_COUNT);
	tcase_add_loop_test(tc, refused, 0, TEST_COUNT(bad));
	tcase_add_test(tc, names);
	return test_run("order", tc);
}
