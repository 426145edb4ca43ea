/*
 * rows_test.c - rows that are kept are the rows that a look at all gives
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "model/policy.h"
#include "model/rng.h"
#include "model/rows.h"
#include "tests/test_run.h"

enum { ROOM = 4000 };

typedef struct world {
	double gflops[ROOM], mem_gb[ROOM], free_at[ROOM], power_kw[ROOM];
	uint8_t busy[ROOM];
	scale_cluster_t c;
	scale_rng_t rng;
} world_t;

static world_t world;

static size_t below(size_t n)
{
	return scale_rng_below(&world.rng, n);
}

/* Three speeds; busy ones end at one of ends moments, two of them over. */
static void draw(size_t j, size_t ends)
{
	world.busy[j] = below(2) != 0;
	world.gflops[j] = 5.0 * (double) (1 + below(3));
	world.mem_gb[j] = 64.0;
	world.power_kw[j] = world.busy[j] ? 0.3 : 0.1;
	world.free_at[j] = world.busy[j] ? 98.0 + (double) below(ends) : 0.0;
}

static void start_world(uint64_t seed, size_t n, size_t ends)
{
	scale_rng_seed(&world.rng, seed, 11);
	world.c = (scale_cluster_t) {
		.n = n, .gflops = world.gflops, .mem_gb = world.mem_gb,
		.free_at = world.free_at, .power_kw = world.power_kw,
		.busy = world.busy, .now = 100.0, .gflops_max = 15.0,
		.mem_max_gb = 64.0, .bandwidth_gb_s = 8.0, .latency_s = 0.01,
	};
	for (size_t j = 0; j < n; j++)
		draw(j, ends);
}

/* Idle 5, idle 5, busy 10 until 103, idle 5: worked by hand. */
START_TEST(paper_four_servers)
{
	scale_rows_t rows = { .room = 0 };

	start_world(1, 4, 2);
	for (size_t j = 0; j < 4; j++) {
		world.gflops[j] = j == 2 ? 10.0 : 5.0;
		world.busy[j] = j == 2;
		world.power_kw[j] = 0.1;
		world.free_at[j] = j == 2 ? 103.0 : 0.0;
	}
	ck_assert_int_eq(scale_rows_reserve(&rows, 4), 0);
	ck_assert_int_eq(scale_rows_gather(&rows, &world.c), 0);
	ck_assert_uint_eq(rows.set.view.n, 2);
	ck_assert_uint_eq(rows.set.lead[0], 0);
	ck_assert_uint_eq(rows.set.second[0], 1);
	ck_assert_uint_eq(rows.set.count[0], 3);
	ck_assert_uint_eq(rows.set.lead[1], 2);
	ck_assert_uint_eq(rows.set.second[1], SCALE_ROW_NONE);
	/* the first is taken: the others lead; then it is as fast as 2 */
	world.busy[0] = 1;
	world.free_at[0] = 103.0;
	ck_assert_int_eq(scale_rows_change(&rows, &world.c, 0), 0);
	ck_assert_uint_eq(rows.set.view.n, 3);
	ck_assert_uint_eq(rows.set.lead[0], 1);
	ck_assert_uint_eq(rows.set.second[0], 3);
	world.gflops[0] = 10.0;
	ck_assert_int_eq(scale_rows_change(&rows, &world.c, 0), 0);
	ck_assert_uint_eq(rows.set.view.n, 2);
	ck_assert_uint_eq(rows.set.lead[1], 0);
	ck_assert_uint_eq(rows.set.second[1], 2);
	ck_assert_uint_eq(rows.set.count[1], 2);
	scale_rows_fini(&rows);
}
END_TEST

/* Few states and many, changes of one server after another. */
START_TEST(api_kept_rows_are_gathered_rows)
{
	static const size_t ends[] = { 3, 40, 300 };
	scale_rows_t kept = { .room = 0 }, anew = { .room = 0 };
	size_t n = _i < 3 ? 200 : ROOM;

	start_world((uint64_t) _i, n, ends[_i % 3]);
	if (n == 200)			/* all alike: rows have to come */
		for (size_t j = 1; j < n; j++) {
			world.gflops[j] = world.gflops[0];
			world.busy[j] = world.busy[0];
			world.free_at[j] = world.free_at[0];
			world.power_kw[j] = world.power_kw[0];
		}
	ck_assert_int_eq(scale_rows_reserve(&kept, ROOM), 0);
	ck_assert_int_eq(scale_rows_reserve(&anew, ROOM), 0);
	ck_assert_int_eq(scale_rows_gather(&kept, &world.c), 0);
	for (size_t i = 0; i < 3000; i++) {
		size_t j = below(n);

		draw(j, ends[_i % 3]);
		ck_assert_int_eq(scale_rows_change(&kept, &world.c, j), 0);
		if (i % 50 != 0)
			continue;
		ck_assert(scale_rows_selfcheck(&kept, &world.c));
		if (!scale_rows_gather(&anew, &world.c))
			ck_assert_uint_eq(kept.set.view.n, anew.set.view.n);
	}
	scale_rows_fini(&kept);
	scale_rows_fini(&anew);
}
END_TEST

/* More states than rows are worth: it says so. */
START_TEST(api_too_many_states)
{
	scale_rows_t rows = { .room = 0 };
	size_t j = 0;

	start_world(5, ROOM, 2);
	ck_assert_int_eq(scale_rows_reserve(&rows, ROOM), 0);
	ck_assert_int_eq(scale_rows_gather(&rows, &world.c), 0);
	do
		world.gflops[j] = 100.0 + (double) j;
	while (!scale_rows_change(&rows, &world.c, j++));
	ck_assert_uint_eq(rows.set.view.n, SCALE_ROWS_MOST + 1);
	for (j = 0; j < ROOM; j++)
		world.gflops[j] = 100.0 + (double) j;
	ck_assert_int_eq(scale_rows_gather(&rows, &world.c), 1);
	scale_rows_fini(&rows);
}
END_TEST

/* A model that is given rows chooses as one that looks at all servers. */
START_TEST(api_same_choice_with_kept_rows)
{
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_model_t *model = scale_model_create(net, NULL);
	scale_policy_t *policy;
	scale_rows_t rows = { .room = 0 };

	scale_net_init(net, 3);
	policy = scale_policy_from_model(model, NULL);
	ck_assert_int_eq(scale_policy_reserve(policy, ROOM, NULL), 0);
	ck_assert_int_eq(scale_rows_reserve(&rows, ROOM), 0);
	start_world(9, ROOM, 20);
	ck_assert_int_eq(scale_rows_gather(&rows, &world.c), 0);
	for (size_t i = 0; i < 300; i++) {
		scale_cluster_t with = world.c;
		scale_choice_t a, b;
		scale_task_t t = {
			.gflop = 50.0, .mem_gb = 1.0, .workflow_size = 4,
			.parent_server = (ssize_t) below(ROOM + 2) - 2,
			.parent_out_gb = 1.0,
		};
		size_t j = below(ROOM);

		with.rows = &rows;
		ck_assert_int_eq(scale_policy_choose(policy, &world.c, &t, &a,
						     NULL), 0);
		ck_assert_int_eq(scale_policy_choose(policy, &with, &t, &b,
						     NULL), 0);
		ck_assert_int_eq(a.server, b.server);
		ck_assert_int_eq(a.runner_up, b.runner_up);
		ck_assert_double_eq_tol(a.score, b.score, 1e-4);
		draw(i % 2 ? j : (size_t) b.server, 20);
		ck_assert_int_eq(scale_rows_change(&rows, &world.c, i % 2 ? j :
						   (size_t) b.server), 0);
	}
	scale_rows_fini(&rows);
	scale_policy_destroy(policy);
	scale_model_destroy(model);
}
END_TEST

/* So does every rule, with memory that differs, predecessors, and many who
 * reserve at one instant. */
START_TEST(api_rules_choose_alike)
{
	scale_policy_info_t info;
	scale_policy_t *all, *few;
	scale_rows_t rows = { .room = 0 };
	const size_t n = 600;

	ck_assert_int_eq(scale_policy_list((size_t) _i, &info), 0);
	all = scale_policy_create(info.name, NULL);
	few = scale_policy_create(info.name, NULL);
	ck_assert_int_eq(scale_policy_reserve(all, n, NULL), 0);
	ck_assert_int_eq(scale_policy_reserve(few, n, NULL), 0);
	ck_assert_int_eq(scale_rows_reserve(&rows, n), 0);
	start_world(13, n, 9);
	for (size_t j = 0; j < n; j++)
		world.mem_gb[j] = 16.0 * (double) (1 + below(3));
	ck_assert_int_eq(scale_rows_gather(&rows, &world.c), 0);
	for (size_t i = 0; i < 2000; i++) {
		scale_cluster_t with = world.c;
		scale_choice_t a, b;
		scale_task_t t = {
			.gflop = 50.0 * scale_rng_uniform(&world.rng),
			.mem_gb = (double) below(40), .workflow_size = 4,
			.parent_server = (ssize_t) below(n + 2) - 2,
			.parent_out_gb = 1.0,
		};
		size_t j = below(n);

		with.rows = &rows;
		ck_assert_int_eq(scale_policy_choose(all, &world.c, &t, &a,
						     NULL), 0);
		ck_assert_int_eq(scale_policy_choose(few, &with, &t, &b,
						     NULL), 0);
		ck_assert_int_eq(a.server, b.server);
		ck_assert_int_eq(a.runner_up, b.runner_up);
		ck_assert_double_eq(a.score, b.score);
		if (b.server >= 0 && !world.busy[b.server])
			j = (size_t) b.server;
		draw(j, 9);
		world.mem_gb[j] = 16.0 * (double) (1 + below(3));
		ck_assert_int_eq(scale_rows_change(&rows, &world.c, j), 0);
	}
	scale_rows_fini(&rows);
	scale_policy_destroy(all);
	scale_policy_destroy(few);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("rows");

	tcase_add_test(tc, paper_four_servers);
	tcase_add_loop_test(tc, api_kept_rows_are_gathered_rows, 0, 6);
	tcase_add_test(tc, api_too_many_states);
	tcase_add_test(tc, api_same_choice_with_kept_rows);
	tcase_add_loop_test(tc, api_rules_choose_alike, 0, 11);
	return test_run("rows", tc);
}
