/*
 * queue_test.c - hop order within a standing, Slurm's priority across
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>

#include "model/rng.h"
#include "plugin/queue.h"
#include "tests/test_run.h"

static const scale_order_t hop = { .kind = SCALE_ORDER_HOP };
static const scale_order_t fifo = { .kind = SCALE_ORDER_FIFO };
static int some_job;

static scale_entry_t entry(uint32_t id, uint32_t uid, uint32_t priority,
			   uint32_t hops)
{
	return (scale_entry_t) {
		.tier = 1, .priority = priority, .job_id = id, .uid = uid,
		.ready = { .hops = hops, .workflow = id }, .job = &some_job,
	};
}

static void expect(const scale_entry_t *list, size_t n, const uint32_t *ids)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(list[i].job_id == ids[i],
			      "place %zu: job %u, not %u", i, list[i].job_id,
			      ids[i]);
}

/* Users 1 and 2 hold places 1, 3 and 2, 4 by priority; each fills its own
 * places by hops. */
START_TEST(paper_places_stay_with_their_user)
{
	static const uint32_t want[] = { 13, 22, 11, 21 };
	scale_entry_t list[] = {
		entry(11, 1, 100, 0), entry(21, 2, 90, 1),
		entry(22, 2, 70, 5), entry(13, 1, 80, 9),
	}, scratch[4];

	scale_queue_sort(list, scratch, 4, hop);
	expect(list, 4, want);
}
END_TEST

START_TEST(api_tier_account_and_partition_part)
{
	static const uint32_t want[] = { 3, 1, 2, 4, 5 };
	scale_entry_t list[5], scratch[5];
	int other;

	for (uint32_t i = 0; i < 5; i++)
		list[i] = entry(i + 1, 1, 100 - i, i);
	list[1].account = 7;		/* hops 1: may not pass job 1 */
	list[2].tier = 2;
	list[3].qos = 3;
	list[4].partition = &other;
	scale_queue_sort(list, scratch, 5, hop);
	expect(list, 5, want);
}
END_TEST

/* What was said of single jobs, by nice value or priority, is not undone. */
START_TEST(api_nice_and_fixed_priority_part)
{
	static const uint32_t want[] = { 1, 2, 3 };
	scale_entry_t list[3], scratch[3];

	for (uint32_t i = 0; i < 3; i++)
		list[i] = entry(i + 1, 1, 100 - i, i);
	list[0].fixed = 100;
	list[2].nice = 50;
	scale_queue_sort(list, scratch, 3, hop);
	expect(list, 3, want);
}
END_TEST

START_TEST(api_fifo_keeps_arrival)
{
	static const uint32_t want[] = { 1, 2, 3 };
	scale_entry_t list[] = { entry(3, 1, 9, 9), entry(2, 1, 9, 1),
				 entry(1, 1, 9, 5) }, scratch[3];

	scale_queue_sort(list, scratch, 3, fifo);
	expect(list, 3, want);
	scale_queue_sort(list, scratch, 0, fifo);
}
END_TEST

/* Users keep their places; within them the aged go first, by age alone. */
START_TEST(api_aged_go_first)
{
	static const uint32_t want[] = { 4, 9, 3, 1, 2 };
	scale_entry_t list[5], scratch[5];

	for (uint32_t i = 0; i < 4; i++) {
		list[i] = entry(i + 1, 1, 100, 9 - i);
		list[i].ready.since = 10.0 - i;
		list[i].aged = i >= 2;
	}
	list[4] = entry(9, 2, 100, 0);
	list[0].priority = 200;		/* the first place is user 1's */
	list[1].priority = list[2].priority = list[3].priority = 50;
	scale_queue_sort(list, scratch, 5, hop);
	expect(list, 5, want);
}
END_TEST

/* Against the rule itself: the k-th place of a standing in Slurm's order goes
 * to its k-th member in ours. */
START_TEST(brute_force)
{
	enum { N = 40 };
	scale_entry_t list[N], copy[N], scratch[N];
	scale_rng_t rng;

	scale_rng_seed(&rng, _i, 1);
	for (uint32_t i = 0; i < N; i++)
		copy[i] = list[i] = entry(i + 1, scale_rng_below(&rng, 4),
					  scale_rng_below(&rng, 10),
					  scale_rng_below(&rng, 5));
	scale_queue_sort(list, scratch, N, hop);
	for (size_t i = 0; i < N; i++) {
		size_t place = 0, before = 0, same = 0;

		for (size_t j = 0; j < i; j++)
			same += list[j].uid == list[i].uid;
		for (size_t j = 0; j < N; j++)	/* rank by hops in its standing */
			before += copy[j].uid == list[i].uid &&
				  scale_order_compare(&hop,
						      &copy[j].ready,
						      &list[i].ready) < 0;
		ck_assert_uint_eq(same, before);
		/* the place belongs to that user by priority */
		for (size_t j = 0; j < N; j++) {
			place = 0;
			for (size_t k = 0; k < N; k++)
				place += copy[k].priority > copy[j].priority ||
					 (copy[k].priority ==
						  copy[j].priority &&
					  copy[k].job_id < copy[j].job_id);
			if (place == i)
				ck_assert_uint_eq(copy[j].uid, list[i].uid);
		}
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, paper_places_stay_with_their_user);
	tcase_add_test(tc, api_tier_account_and_partition_part);
	tcase_add_test(tc, api_nice_and_fixed_priority_part);
	tcase_add_test(tc, api_fifo_keeps_arrival);
	tcase_add_test(tc, api_aged_go_first);
	tcase_add_loop_test(tc, brute_force, 0, 50);
	return test_run_within("queue", tc, 30);
}
