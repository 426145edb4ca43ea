/*
 * groups_test.c - equal servers as one row decide like all servers
 *
 * A logit over rows differs from one over all servers by the order of the
 * sums: 1e-4 is about ten times what was seen.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decide.h"
#include "model/groups.h"
#include "model/kernel.h"
#include "model/policy.h"
#include "model/rng.h"
#include "tests/test_run.h"

/* The last two differ in power alone. */
enum { KINDS = 5, ROOM = 3000 };

static const double tolerance = 1e-4;
static const double speed[KINDS] = { 2, 5, 10, 10, 10 };
static const double memory[KINDS] = { 16, 32, 16, 80, 80 };

/* A cluster with an index, and the same one without. */
typedef struct world {
	double gflops[ROOM], mem_gb[ROOM], free_at[ROOM], power_kw[ROOM];
	uint8_t busy[ROOM];
	size_t kind[ROOM];
	scale_index_t index;
	scale_cluster_t c;
	scale_rng_t rng;
} world_t;

static world_t world;

static size_t below(size_t n)
{
	return scale_rng_below(&world.rng, n);
}

static void start_world(uint64_t seed)
{
	memset(&world, 0, sizeof(world));
	scale_rng_seed(&world.rng, seed, 7);
	scale_index_init(&world.index, KINDS, speed, memory);
	ck_assert_int_eq(scale_index_reserve(&world.index, ROOM), 0);
	world.c = (scale_cluster_t) {
		.gflops = world.gflops,
		.mem_gb = world.mem_gb,
		.free_at = world.free_at,
		.power_kw = world.power_kw,
		.busy = world.busy,
		.gflops_max = 10.0,
		.mem_max_gb = 80.0,
		.bandwidth_gb_s = 8.0,
		.latency_s = 0.01,
		.index = &world.index,
	};
}

static void set_power(size_t j)
{
	world.power_kw[j] = 0.05 * (double) (1 + world.kind[j]) *
			    (1 + world.busy[j]);
}

static void join(void)
{
	size_t j = world.c.n++;

	world.kind[j] = below(KINDS);
	world.gflops[j] = speed[world.kind[j]];
	world.mem_gb[j] = memory[world.kind[j]];
	world.busy[j] = 0;
	set_power(j);
	scale_index_join(&world.index, j, world.kind[j]);
}

/* An idle one; the last takes its place. */
static void leave(size_t j)
{
	size_t last = --world.c.n;

	scale_index_leave(&world.index, j);
	if (j == last)
		return;
	scale_index_move(&world.index, last, j);
	world.kind[j] = world.kind[last];
	world.gflops[j] = world.gflops[last];
	world.mem_gb[j] = world.mem_gb[last];
	world.free_at[j] = world.free_at[last];
	world.busy[j] = world.busy[last];
	set_power(j);
}

/* Half seconds, so that many are alike; some are overdue from the start. */
static void start(size_t j)
{
	world.busy[j] = 1;
	world.free_at[j] = world.c.now + 0.5 * (double) below(20) - 1.0;
	set_power(j);
	scale_index_start(&world.index, j, world.free_at[j]);
}

static void stop(size_t j)
{
	world.busy[j] = 0;
	set_power(j);
	scale_index_stop(&world.index, j);
}

static void change(size_t room)
{
	size_t n = world.c.n, j = n ? below(n) : 0, what = below(8);

	if (n < room && (!n || what < 2))
		join();
	else if (world.busy[j])
		stop(j);
	else if (what == 2)
		leave(j);
	else
		start(j);
	if (what == 3)
		world.c.now += 0.25;
}

static scale_task_t draw_task(void)
{
	static const double need[] = { 1, 17, 33, 90 };

	return (scale_task_t) {
		.gflop = 5.0 * (double) (1 + below(4)),
		.mem_gb = need[below(20) ? below(3) : 3],
		.successors = 2,
		.workflow_size = 4,
		.parent_server = (ssize_t) below(world.c.n + 5) - 2,
		.parent_out_gb = (double) below(3),
	};
}

/* Every server by itself: features, scale_decide(), the rule for ties. */
typedef struct plain {
	scale_decider_t *dec;
	scale_scratch_t *scratch;
	scale_mask_t mask;
	uint8_t allowed[ROOM];
} plain_t;

static scale_decision_t decide_plain(plain_t *p, const scale_task_t *t)
{
	float phi[SCALE_TASK_FEATURES], *psi;
	const scale_cluster_t *c = &world.c;
	scale_decision_t d;
	size_t ld;

	psi = scale_scratch_psi(p->scratch, &ld);
	scale_features_task(c, t, phi);
	scale_features_servers(c, t, psi, ld);
	for (size_t j = 0; j < c->n; j++)
		p->allowed[j] = scale_fits(c, t, j) &&
				(p->mask == SCALE_MASK_FITS || !c->busy[j]);
	ck_assert_int_eq(scale_decide(p->dec, p->scratch, phi, psi, ld, c->n,
				      p->allowed, &d), 0);
	return d;
}

static ssize_t second_best(const plain_t *p, const scale_decision_t *d)
{
	ssize_t found = -1;

	for (size_t j = 0; j < world.c.n; j++)
		if (p->allowed[j] && (ssize_t) j != d->choice &&
		    (found < 0 || d->logit[j] > d->logit[found]))
			found = (ssize_t) j;
	return found;
}

static void check_choice(scale_policy_t *policy, const scale_cluster_t *c,
			 const scale_task_t *t, const plain_t *p,
			 const scale_decision_t *want)
{
	ssize_t second = second_best(p, want);
	scale_choice_t got;

	ck_assert_int_eq(scale_policy_choose(policy, c, t, &got, NULL), 0);
	ck_assert_int_eq(got.server, want->choice);
	ck_assert_int_eq(got.runner_up, second);
	if (got.server < 0)
		return;
	ck_assert_double_eq_tol(got.score, want->logit[want->choice],
				tolerance);
	ck_assert_float_eq_tol(got.value, want->value, tolerance);
	if (second >= 0)
		ck_assert_double_eq_tol(got.runner_up_score,
					want->logit[second], tolerance);
	if (c->index && c->n > SCALE_GROUPS_FEW)
		ck_assert_ptr_null(got.logit);
	for (size_t j = 0; j < c->n && got.logit; j++)
		ck_assert_float_eq_tol(got.logit[j], want->logit[j],
				       tolerance);
}

/* Servers join, leave, start and end; an index, a hash table and all servers
 * agree on choice and runner-up. */
START_TEST(chooses_like_all_servers)
{
	static const size_t most[] = { 70, 300, ROOM };
	size_t room = most[_i / 2], changes = room < 100 ? 60 : 4 * room;
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_model_t *model = scale_model_create(net, NULL);
	static plain_t plain;
	scale_policy_t *policy;
	size_t asked = 0;

	scale_net_init(net, (uint64_t) _i);
	plain.mask = _i % 2 ? SCALE_MASK_IDLE : SCALE_MASK_FITS;
	ck_assert_int_eq(scale_model_set_meta(model, SCALE_META_MASK,
					      scale_mask_name(plain.mask),
					      NULL), 0);
	plain.dec = scale_decider_create(net, NULL);
	plain.scratch = scale_scratch_create(plain.dec, ROOM, NULL);
	policy = scale_policy_from_model(model, NULL);
	ck_assert_int_eq(scale_policy_reserve(policy, ROOM, NULL), 0);
	start_world((uint64_t) _i);
	while (world.c.n < room)
		join();
	while (asked < 100) {
		scale_cluster_t without = world.c;
		scale_task_t t = draw_task();
		scale_decision_t want = decide_plain(&plain, &t);

		without.index = NULL;
		check_choice(policy, &world.c, &t, &plain, &want);
		check_choice(policy, &without, &t, &plain, &want);
		asked++;
		for (size_t i = 0; i < changes / 50; i++)
			change(room);
	}
	scale_policy_destroy(policy);
	scale_model_destroy(model);
	scale_scratch_destroy(plain.scratch);
	scale_decider_destroy(plain.dec);
	scale_index_fini(&world.index);
}
END_TEST

static void check_rows(const scale_groups_t *groups, size_t n)
{
	size_t members = 0;

	for (size_t g = 0; g < groups->set.view.n; g++) {
		members += groups->set.count[g];
		ck_assert_int_eq(groups->set.count[g] > 1,
				 groups->set.second[g] != SCALE_ROW_NONE);
	}
	ck_assert_uint_eq(members, n);
}

/* 3,000 idle servers of five kinds and one parent are six rows; busy ones
 * that end at the same time are one with a table, several with an index. */
START_TEST(states_are_rows)
{
	scale_task_t t = { .parent_server = 1234 };
	scale_groups_t groups = { .of = NULL };
	scale_cluster_t without;

	start_world(3);
	while (world.c.n < ROOM)
		join();
	without = world.c;
	without.index = NULL;
	ck_assert_int_eq(scale_groups_reserve(&groups, ROOM), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(scale_groups_gather(&groups, i ? &without :
						     &world.c, &t), 0);
		ck_assert_uint_eq(groups.set.view.n, KINDS + 1);
		ck_assert_int_eq(groups.task.parent_server, KINDS);
		ck_assert_uint_eq(groups.set.lead[KINDS], 1234);
		check_rows(&groups, ROOM);
	}
	t.parent_server = SCALE_PARENT_NONE;
	for (size_t j = 0; j < 10; j++) {
		world.free_at[j] = 9.0;
		world.busy[j] = 1;
		set_power(j);
		scale_index_start(&world.index, j, 9.0);
	}
	ck_assert_int_eq(scale_groups_gather(&groups, &world.c, &t), 0);
	ck_assert_uint_eq(groups.set.view.n, KINDS + 10);
	check_rows(&groups, ROOM);
	ck_assert_int_eq(scale_groups_gather(&groups, &without, &t), 0);
	ck_assert_uint_gt(groups.set.view.n, KINDS);
	ck_assert_uint_le(groups.set.view.n, 2 * KINDS);
	check_rows(&groups, ROOM);
	/* all distinct: no groups */
	for (size_t j = 0; j < ROOM; j++)
		world.gflops[j] = 1.0 + (double) j;
	ck_assert_int_eq(scale_groups_gather(&groups, &without, &t), 1);
	scale_groups_fini(&groups);
	scale_index_fini(&world.index);
}
END_TEST

/* A row that counts k times is k equal rows, whatever the instructions. */
START_TEST(a_count_is_copies)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = scale_net_create(&dims, NULL);
	static const uint32_t count[3] = { 400, 1, 33 };
	float phi[5] = { 1.0f, 0.5f, 0.2f, 0.1f, 0.5f }, few[5][3];
	scale_decision_t want, got;
	float logit[3], *psi;
	scale_decider_t *dec;
	scale_scratch_t *s;
	size_t ld, j = 0;

	if (!kernel) {
		scale_net_destroy(net);
		return;
	}
	scale_net_init(net, 5);
	dec = scale_decider_create_isa(net, kernel->isa, NULL);
	s = scale_scratch_create(dec, 434, NULL);
	psi = scale_scratch_psi(s, &ld);
	for (size_t g = 0; g < 3; g++)
		for (uint32_t k = 0; k < count[g]; k++, j++)
			for (size_t f = 0; f < 5; f++)
				psi[f * ld + j] = few[f][g] =
					0.3f * (float) g - 0.1f * (float) f;
	ck_assert_int_eq(scale_decide(dec, s, phi, psi, ld, 434, NULL, &want),
			 0);
	logit[0] = want.logit[0];
	logit[1] = want.logit[400];
	logit[2] = want.logit[401];
	ck_assert_int_eq(scale_decide_groups(dec, s, phi, few[0], 3, 3, count,
					     NULL, &got), 0);
	for (size_t g = 0; g < 3; g++)
		ck_assert_float_eq_tol(got.logit[g], logit[g], 1e-5f);
	/* the counts matter */
	ck_assert_int_eq(scale_decide(dec, s, phi, few[0], 3, 3, NULL, &got),
			 0);
	ck_assert(fabsf(got.logit[0] - logit[0]) > 1e-4f);
	scale_scratch_destroy(s);
	scale_decider_destroy(dec);
	scale_net_destroy(net);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("groups");

	tcase_add_loop_test(tc, chooses_like_all_servers, 0, 6);
	tcase_add_test(tc, states_are_rows);
	tcase_add_loop_test(tc, a_count_is_copies, 0, 3);
	return test_run("groups", tc);
}
