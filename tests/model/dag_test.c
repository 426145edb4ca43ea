/*
 * dag_test.c - graphs worked by hand
 *
 * The one of "diamond" is 3 -> 1 -> 0, 3 -> 2 -> 0, 3 -> 0, with 4 alone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "model/dag.h"
#include "model/rng.h"
#include "tests/test_run.h"

static const uint32_t diamond_first[] = { 0, 0, 1, 2, 5, 5 };
static const uint32_t diamond_child[] = { 0, 0, 1, 2, 0 };
static const scale_dag_t diamond = { 5, diamond_first, diamond_child };

START_TEST(order_by_hand)
{
	static const uint32_t want[] = { 3, 1, 2, 0, 4 };
	uint32_t order[5];

	ck_assert_int_eq(scale_dag_order(&diamond, order, NULL), 0);
	ck_assert_mem_eq(order, want, sizeof(want));
}
END_TEST

/* Section 4.1: edges on the longest way to a terminal node. */
START_TEST(paper_hops)
{
	static const uint32_t want[] = { 0, 1, 1, 2, 0 };
	uint32_t order[5], hops[5];

	ck_assert_int_eq(scale_dag_order(&diamond, order, NULL), 0);
	scale_dag_hops(&diamond, order, hops);
	ck_assert_mem_eq(hops, want, sizeof(want));
}
END_TEST

/* rank 0 = 1; 1: 2 + .5 + 1 = 3.5; 2: 4 + .25 + 1 = 5.25;
 * 3: 8 + 1 + 5.25 = 14.25; 4 has no child and pays no transfer: 16 */
START_TEST(paper_upward_rank)
{
	static const double time[] = { 1, 2, 4, 8, 16 };
	static const double comm[] = { 9, 0.5, 0.25, 1, 9 };
	static const double want[] = { 1, 3.5, 5.25, 14.25, 16 };
	uint32_t order[5];
	double rank[5];

	ck_assert_int_eq(scale_dag_order(&diamond, order, NULL), 0);
	scale_dag_upward_rank(&diamond, order, time, comm, rank);
	for (int i = 0; i < 5; i++)
		ck_assert_double_eq(rank[i], want[i]);
}
END_TEST

START_TEST(empty_and_alone)
{
	static const uint32_t first[] = { 0, 0 };
	scale_dag_t none = { 0, first, NULL }, one = { 1, first, NULL };
	uint32_t order[1] = { 7 };

	ck_assert_int_eq(scale_dag_order(&none, order, NULL), 0);
	ck_assert_uint_eq(order[0], 7);
	ck_assert_int_eq(scale_dag_order(&one, order, NULL), 0);
	ck_assert_uint_eq(order[0], 0);
}
END_TEST

/* 0 -> 1 -> 2 -> 3 -> 1 and 3 -> 4 -> 5: 1, 2, 3 are on the cycle, 4 and 5
 * only behind it. */
START_TEST(cycle_is_named)
{
	static const uint32_t first[] = { 0, 1, 2, 3, 5, 6, 6 };
	static const uint32_t child[] = { 1, 2, 3, 1, 4, 5 };
	scale_dag_t dag = { 6, first, child };
	uint32_t order[6] = { 9, 9, 9, 9, 9, 9 };
	scale_err_t err;
	unsigned node;

	ck_assert_int_eq(scale_dag_order(&dag, order, &err), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(sscanf(err.text, "node %u depends on itself", &node),
			 1);
	ck_assert(node >= 1 && node <= 3);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(order[i], 9);
}
END_TEST

START_TEST(bad_graph)
{
	static const uint32_t first[] = { 0, 1, 1 }, back[] = { 0, 1, 0 };
	static const uint32_t child[] = { 2 }, self[] = { 0 };
	scale_dag_t outside = { 2, first, child };
	scale_dag_t falling = { 2, back, self };
	scale_dag_t loop = { 2, first, self };
	uint32_t order[2];
	scale_err_t err;

	ck_assert_int_eq(scale_dag_order(&outside, order, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "node 0: child 2"));
	ck_assert_int_eq(scale_dag_order(&falling, order, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "node 1"));
	ck_assert_int_eq(scale_dag_order(&loop, order, &err), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_ptr_nonnull(strstr(err.text, "node 0"));
}
END_TEST

/* Lowest free index at each step, found by looking at all of them. */
static void slow_order(const uint8_t edge[40][40], uint32_t n,
		       uint32_t *order)
{
	uint8_t done[40] = { 0 };

	for (uint32_t k = 0; k < n; k++) {
		for (uint32_t i = 0; i < n; i++) {
			bool is_free = !done[i];

			for (uint32_t p = 0; p < n; p++)
				if (edge[p][i] && !done[p])
					is_free = false;
			if (!is_free)
				continue;
			done[i] = 1;
			order[k] = i;
			break;
		}
	}
}

START_TEST(random_against_slow)
{
	scale_rng_t rng;

	scale_rng_seed(&rng, 5, (uint64_t) _i);
	for (int round = 0; round < 50; round++) {
		uint32_t n = 1 + (uint32_t) scale_rng_below(&rng, 40);
		uint32_t label[40], first[41], child[1600], want[40], got[40];
		uint8_t edge[40][40] = { { 0 } };
		scale_dag_t dag = { n, first, child };

		for (uint32_t i = 0; i < n; i++) {
			uint32_t k = (uint32_t) scale_rng_below(&rng, i + 1);

			label[i] = label[k];
			label[k] = i;
		}
		for (uint32_t a = 0; a < n; a++)
			for (uint32_t b = a + 1; b < n; b++)
				edge[label[a]][label[b]] =
					scale_rng_below(&rng, 10) <
					(uint64_t) _i;
		first[0] = 0;
		for (uint32_t i = 0; i < n; i++) {
			first[i + 1] = first[i];
			for (uint32_t c = 0; c < n; c++)
				if (edge[i][c])
					child[first[i + 1]++] = c;
		}
		slow_order(edge, n, want);
		ck_assert_int_eq(scale_dag_order(&dag, got, NULL), 0);
		ck_assert_mem_eq(got, want, n * sizeof(*got));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, order_by_hand);
	tcase_add_test(tc, paper_hops);
	tcase_add_test(tc, paper_upward_rank);
	tcase_add_test(tc, empty_and_alone);
	tcase_add_test(tc, cycle_is_named);
	tcase_add_test(tc, bad_graph);
	tcase_add_loop_test(tc, random_against_slow, 0, 11);
	return test_run("dag", tc);
}
