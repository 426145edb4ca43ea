/*
 * heft_test.c - HEFT and CPOP on the example of their authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>

#include "sim/heft.h"
#include "tests/test_run.h"

enum { N = 10, M = 3 };

/* Topcuoglu et al. 2002, figure 2: costs on three processors, edges with
 * their communication. */
static const double cost[N * M] = {
	14, 16,  9,  13, 19, 18,  11, 13, 19,  13,  8, 17,  12, 13, 10,
	13, 16,  9,   7, 15, 11,   5, 11, 14,  18, 12, 20,  21,  7, 16,
};
static const uint32_t first[N + 1] = { 0, 5, 7, 8, 10, 11, 12, 13, 14, 15,
				       15 };
static const uint32_t child[15] = { 1, 2, 3, 4, 5,  7, 8,  6,  7, 8,  8,  7,
				    9,  9,  9 };
static const double comm[15] = { 18, 12, 9, 11, 14,  19, 16,  23,  27, 23,
				 13,  15,  17,  11,  13 };
static const double none[N] = { 0 };
static const uint32_t group[N] = { 0 };

static sim_problem_t example(void)
{
	return (sim_problem_t) {
		.dag = { N, first, child },
		.comm = comm,
		.servers = M,
		.cost = cost,
		.release = none,
		.free_at = none,
		.group = group,
	};
}

static double makespan(const sim_slot_t *slot, uint32_t n)
{
	double end = 0.0;

	for (uint32_t i = 0; i < n; i++)
		end = fmax(end, slot[i].end);
	return end;
}

/* No server does two things at once, nothing begins before its input. */
static void check_sound(const sim_problem_t *p, const sim_slot_t *slot)
{
	for (uint32_t i = 0; i < p->dag.n; i++) {
		ck_assert_double_eq(slot[i].end - slot[i].start,
				    p->cost[i * p->servers + slot[i].server]);
		for (uint32_t k = 0; k < i; k++)
			ck_assert(slot[i].server != slot[k].server ||
				  slot[i].start >= slot[k].end ||
				  slot[k].start >= slot[i].end);
		for (uint32_t e = p->dag.first[i]; e < p->dag.first[i + 1];
		     e++) {
			const sim_slot_t *c = &slot[p->dag.child[e]];

			ck_assert_double_ge(c->start, slot[i].end +
				(c->server == slot[i].server ? 0.0 :
				 p->comm[e]));
		}
	}
}

/* Figure 3(a): makespan 80, and where each node runs. */
START_TEST(paper_heft)
{
	static const uint32_t server[N] = { 2, 0, 2, 1, 2, 1, 2, 0, 1, 1 };
	sim_problem_t p = example();
	sim_slot_t slot[N];

	ck_assert_int_eq(sim_heft(&p, slot, NULL), 0);
	check_sound(&p, slot);
	ck_assert_double_eq(makespan(slot, N), 80.0);
	for (int i = 0; i < N; i++)
		ck_assert_uint_eq(slot[i].server, server[i]);
}
END_TEST

/* Figure 3(b): makespan 86, the critical path 1, 2, 9, 10 on P2. */
START_TEST(paper_cpop)
{
	static const int path[] = { 0, 1, 8, 9 };
	sim_problem_t p = example();
	sim_slot_t slot[N];

	ck_assert_int_eq(sim_cpop(&p, slot, NULL), 0);
	check_sound(&p, slot);
	ck_assert_double_eq(makespan(slot, N), 86.0);
	for (int i = 0; i < TEST_COUNT(path); i++)
		ck_assert_uint_eq(slot[path[i]].server, 1);
}
END_TEST

/* Two chains of two: 0 - 1 and 2 - 3; costs 4 s, and 2 s on the second
 * server, which 1 and 3 cannot use. */
START_TEST(limits)
{
	static const double c[] = { 4, 2, 4, INFINITY, 4, 2, 4, INFINITY };
	static const uint32_t f[] = { 0, 1, 1, 2, 2 }, k[] = { 1, 3 };
	static const uint32_t g[] = { 0, 0, 1, 1 };
	static const double zero[] = { 0, 0 }, release[] = { 0, 0, 1, 0 };
	static const double free_at[] = { 0, 3 };
	sim_problem_t p = {
		.dag = { 4, f, k }, .comm = zero, .servers = 2, .cost = c,
		.release = release, .free_at = free_at, .group = g,
	};
	sim_slot_t slot[4];

	/* 0 ends first on server 0 (4 s), 2 then on server 1 (5 s) */
	ck_assert_int_eq(sim_heft(&p, slot, NULL), 0);
	check_sound(&p, slot);
	ck_assert_uint_eq(slot[0].server, 0);
	ck_assert_double_eq(slot[0].end, 4.0);
	ck_assert_uint_eq(slot[2].server, 1);
	ck_assert_double_eq(slot[2].start, 3.0);
	ck_assert_double_eq(makespan(slot, 4), 12.0);
	/* both critical paths fit server 0 alone */
	ck_assert_int_eq(sim_cpop(&p, slot, NULL), 0);
	check_sound(&p, slot);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(slot[i].server, 0);
	ck_assert_double_eq(makespan(slot, 4), 16.0);
}
END_TEST

/* One server; 0 is first by rank and waits until 5 s.  1 takes 3 s of the gap
 * before it, and 2, of 3 s too, no longer fits there. */
START_TEST(gaps)
{
	static const double c[] = { 4, 3, 3 }, release[] = { 5, 0, 0 };
	static const uint32_t f[] = { 0, 0, 0, 0 };
	sim_problem_t p = {
		.dag = { 3, f, child }, .comm = none, .servers = 1, .cost = c,
		.release = release, .free_at = none, .group = group,
	};
	sim_slot_t slot[3];

	ck_assert_int_eq(sim_heft(&p, slot, NULL), 0);
	check_sound(&p, slot);
	ck_assert_double_eq(slot[0].start, 5.0);
	ck_assert_double_eq(slot[1].start, 0.0);
	ck_assert_double_eq(slot[2].start, 9.0);
}
END_TEST

/* What no server can run, and all that needs it, is nowhere. */
START_TEST(nowhere)
{
	static const double c[] = { INFINITY, 1, 1 };
	static const uint32_t f[] = { 0, 1, 1, 1 }, k[] = { 1 };
	sim_problem_t p = {
		.dag = { 3, f, k }, .comm = none, .servers = 1, .cost = c,
		.release = none, .free_at = none, .group = group,
	};
	sim_slot_t slot[3];

	for (int cpop = 0; cpop < 2; cpop++) {
		ck_assert_int_eq((cpop ? sim_cpop : sim_heft)(&p, slot, NULL),
				 0);
		ck_assert_uint_eq(slot[0].server, SIM_NOWHERE);
		ck_assert_uint_eq(slot[1].server, SIM_NOWHERE);
		ck_assert_uint_eq(slot[2].server, 0);
		ck_assert_double_eq(slot[2].end, 1.0);
	}
	p.dag.n = 0;
	ck_assert_int_eq(sim_heft(&p, slot, NULL), 0);
	ck_assert_int_eq(sim_cpop(&p, slot, NULL), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, paper_heft);
	tcase_add_test(tc, paper_cpop);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, gaps);
	tcase_add_test(tc, nowhere);
	return test_run("heft", tc);
}
