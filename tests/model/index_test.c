/*
 * index_test.c - rules choose the same with an index and without
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>
#include <string.h>

#include "model/index.h"
#include "model/policy_rule.h"
#include "tests/test_run.h"

enum { KINDS = 5, ROOM = 5000 };

/* Two kinds are equal, others share their speed or their memory. */
static const double speed[KINDS] = { 2, 5, 5, 5, 10 };
static const double memory[KINDS] = { 16, 32, 16, 32, 16 };

/* A cluster with an index, and the same one without. */
typedef struct world {
	double gflops[ROOM], mem_gb[ROOM], free_at[ROOM], power_kw[ROOM];
	uint8_t busy[ROOM];
	scale_index_t index;
	scale_cluster_t c, plain;
	scale_rng_t rng;
} world_t;

static world_t world;

static size_t below(size_t n)
{
	return scale_rng_below(&world.rng, n);
}

static void start_world(size_t room, uint64_t seed)
{
	memset(&world, 0, sizeof(world));
	scale_rng_seed(&world.rng, seed, 1);
	scale_index_init(&world.index, KINDS, speed, memory);
	ck_assert_int_eq(scale_index_reserve(&world.index, room), 0);
	world.c = (scale_cluster_t) {
		.gflops = world.gflops,
		.mem_gb = world.mem_gb,
		.free_at = world.free_at,
		.power_kw = world.power_kw,
		.busy = world.busy,
		.bandwidth_gb_s = 8.0,
		.index = &world.index,
	};
}

static void join(void)
{
	size_t j = world.c.n++, kind = below(KINDS);

	world.gflops[j] = speed[kind];
	world.mem_gb[j] = memory[kind];
	world.busy[j] = 0;
	scale_index_join(&world.index, j, kind);
}

/* The last one takes the place of the one that leaves. */
static void leave(size_t j)
{
	size_t last = --world.c.n;

	scale_index_leave(&world.index, j);
	if (j == last)
		return;
	scale_index_move(&world.index, last, j);
	world.gflops[j] = world.gflops[last];
	world.mem_gb[j] = world.mem_gb[last];
	world.free_at[j] = world.free_at[last];
	world.busy[j] = world.busy[last];
}

/* Whole and half seconds, so that many servers tie; some never get free. */
static void start(size_t j)
{
	world.busy[j] = 1;
	world.free_at[j] = below(50) ?
		world.c.now + 0.5 * (double) below(20) - 1.0 : INFINITY;
	scale_index_start(&world.index, j, world.free_at[j]);
}

static void stop(size_t j)
{
	world.busy[j] = 0;
	scale_index_stop(&world.index, j);
}

static void change(size_t room)
{
	size_t n = world.c.n, j = n ? below(n) : 0, what = below(8);

	if (n < room && (!n || (what == 0 && below(2))))
		join();
	else if (world.busy[j])
		stop(j);
	else if (what == 1 && n > 1 && !below(4))
		leave(j);
	else
		start(j);
	if (what == 2)
		world.c.now += 0.25 * (double) below(4);
}

static scale_task_t draw_task(void)
{
	static const double need[] = { 1, 16, 17, 33 };
	static const double out[] = { 0, 2, 8 };
	ssize_t parent = (ssize_t) below(world.c.n + 4) - 2;

	return (scale_task_t) {
		.gflop = 5.0 * (double) (1 + below(4)),
		.mem_gb = need[below(8) ? below(3) : 3],
		.successors = (uint32_t) below(3),
		.workflow_size = (uint32_t) below(3) + 1,
		.parent_server = parent < (ssize_t) world.c.n ? parent :
				 SCALE_PARENT_NONE,
		.parent_out_gb = out[below(3)],
	};
}

static scale_choice_t ask(scale_policy_t *policy, const scale_cluster_t *c,
			  const scale_task_t *t)
{
	scale_choice_t choice;
	scale_err_t err = { "" };

	ck_assert_msg(!scale_policy_choose(policy, c, t, &choice, &err), "%s",
		      err.text);
	return choice;
}

static const char *const names[] = {
	"random", "round-robin", "fastest-idle", "eft", "k-eft:0", "k-eft:0.5",
	"k-eft", "best-fit", "locality", "threshold", "threshold:1",
	"reserve-large", "mean-primitive", "mean-workflow",
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static void compare_one(scale_policy_t *const pair[2], const char *name,
			const scale_task_t *t)
{
	scale_choice_t want, got;

	world.plain = world.c;
	world.plain.index = NULL;
	want = ask(pair[0], &world.plain, t);
	got = ask(pair[1], &world.c, t);
	ck_assert_msg(got.server == want.server, "%s: %zd, not %zd", name,
		      got.server, want.server);
	ck_assert_msg(got.runner_up == want.runner_up,
		      "%s: runner-up %zd, not %zd", name, got.runner_up,
		      want.runner_up);
	ck_assert_double_eq(got.score, want.score);
	ck_assert_double_eq(got.runner_up_score, want.runner_up_score);
}

/* One policy after the other: they take the index from each other. */
static void compare(scale_policy_t *const pair[NAMES][2])
{
	scale_task_t t = draw_task();

	for (int i = 0; i < NAMES; i++)
		compare_one(pair[i], names[i], &t);
	ck_assert(scale_index_selfcheck(&world.index, &world.c));
}

/* One policy many times at an instant, as servers start meanwhile: most busy
 * ones are held. */
static void compare_many(scale_policy_t *const pair[NAMES][2])
{
	size_t i = below(NAMES);

	for (int k = 0; k < 60; k++) {
		scale_task_t t = draw_task();
		size_t j = below(world.c.n);

		compare_one(pair[i], names[i], &t);
		if (!world.busy[j])
			start(j);
		else if (k % 20 == 19)
			stop(j);
		ck_assert(scale_index_selfcheck(&world.index, &world.c));
	}
}

/* Every rule of the table is there. */
START_TEST(all_rules)
{
	for (const scale_rule_t *rule = scale_rules; rule->name; rule++) {
		bool found = false;

		for (int i = 0; i < NAMES; i++)
			found |= scale_param_names(names[i], rule->name);
		ck_assert_msg(found, "%s is not compared", rule->name);
	}
}
END_TEST

/* Sets of one, two and three levels. */
START_TEST(index_or_not)
{
	static const struct {
		size_t room;
		int changes, every;
	} table[] = { { 9, 20000, 1 }, { 200, 40000, 7 },
		      { ROOM, 100000, 200 } };
	scale_policy_t *pair[NAMES][2];
	size_t room = table[_i].room;

	start_world(room, (uint64_t) _i);
	for (int i = 0; i < 2 * NAMES; i++) {
		pair[i / 2][i % 2] = scale_policy_create(names[i / 2], NULL);
		ck_assert_int_eq(scale_policy_reserve(pair[i / 2][i % 2],
						      room, NULL), 0);
	}
	while (world.c.n < room * 3 / 4)
		join();
	for (int k = 0; k < table[_i].changes; k++) {
		change(room);
		/* several at one instant: some are reserved */
		for (size_t n = below(4); k % table[_i].every == 0 && n; n--)
			compare(pair);
		if (k % (40 * table[_i].every) == 0)
			compare_many(pair);
	}
	for (int i = 0; i < 2 * NAMES; i++)
		scale_policy_destroy(pair[i / 2][i % 2]);
	scale_index_fini(&world.index);
}
END_TEST

/* 70, 4100 and 5000 of 8192: each level says where the next one is. */
START_TEST(sets)
{
	scale_bits_t a = { .levels = 0 }, b = { .levels = 0 };
	const scale_bits_t *both[] = { &a, &b };

	ck_assert_int_eq(scale_bits_init(&a, 8192), 0);
	ck_assert_int_eq(scale_bits_init(&b, 8192), 0);
	ck_assert_int_eq(a.levels, 3);
	ck_assert(scale_bits_next(&a, 0) == SCALE_BITS_NONE);
	scale_bits_add(&a, 70);
	scale_bits_add(&a, 5000);
	scale_bits_add(&b, 4100);
	ck_assert_uint_eq(scale_bits_next(&a, 0), 70);
	ck_assert_uint_eq(scale_bits_next(&a, 70), 70);
	ck_assert_uint_eq(scale_bits_next(&a, 71), 5000);
	ck_assert(scale_bits_next(&a, 5001) == SCALE_BITS_NONE);
	ck_assert_uint_eq(scale_bits_nth(both, 2, 0), 70);
	ck_assert_uint_eq(scale_bits_nth(both, 2, 1), 4100);
	ck_assert_uint_eq(scale_bits_nth(both, 2, 2), 5000);
	scale_bits_remove(&a, 70);
	ck_assert_uint_eq(scale_bits_next(&a, 0), 5000);
	ck_assert_uint_eq(scale_bits_nth(both, 2, 0), 4100);
	scale_bits_clear(&a);
	ck_assert(scale_bits_next(&a, 0) == SCALE_BITS_NONE);
	ck_assert_uint_eq(a.count, 0);
	scale_bits_fini(&a);
	scale_bits_fini(&b);
	/* of nothing, and of less than a word */
	ck_assert(scale_bits_next(&a, 0) == SCALE_BITS_NONE);
	ck_assert_int_eq(scale_bits_init(&a, 3), 0);
	ck_assert(scale_bits_next(&a, 64) == SCALE_BITS_NONE);
	scale_bits_fini(&a);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("index");

	tcase_add_test(tc, sets);
	tcase_add_test(tc, all_rules);
	tcase_add_loop_test(tc, index_or_not, 0, 3);
	return test_run("index", tc);
}
