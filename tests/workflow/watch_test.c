/*
 * watch_test.c - what Slurm tells of jobs: states, ends, what is forgotten
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "fixture.h"
#include "tests/test_run.h"
#include "workflow/live.h"
#include "workflow/watch.h"

static const struct {
	const char *state, *reason;
	wf_state_t expected;
} states[] = {
	{ "PENDING", "Resources", WF_STATE_WAITS },
	{ "PENDING", "DependencyNeverSatisfied", WF_STATE_FAILED },
	{ "RUNNING", "None", WF_STATE_RUNS },
	{ "COMPLETING", "None", WF_STATE_RUNS },
	{ "COMPLETED", "None", WF_STATE_DONE },
	{ "FAILED", "NonZeroExitCode", WF_STATE_FAILED },
	{ "OUT_OF_MEMORY", "None", WF_STATE_FAILED },
	{ "TIMEOUT", "TimeLimit", WF_STATE_FAILED },
	{ "CANCELLED", "Dependency", WF_STATE_FAILED },
};

START_TEST(states_of_slurm)
{
	wf_row_t row = { .state = states[_i].state,
			 .reason = states[_i].reason };

	ck_assert_int_eq(wf_row_state(&row), states[_i].expected);
}
END_TEST

/* a; b and c as array 20; d of width 2 as array 30 */
static const char *const tasks = "tasks:\n"
				 "- {id: a, command: c}\n"
				 "- {id: b, command: c, needs: [a]}\n"
				 "- {id: c, command: c, needs: [a]}\n"
				 "- {id: d, command: c, needs: [b, c], width: 2}\n";
static const uint32_t id[] = { 10, 20, 30 };

static wf_row_t row(uint32_t job, int64_t element, const char *state)
{
	return (wf_row_t){ job, element, state, "None", "n1", "" };
}

static int changes;
static char last_name[WF_NAME_SIZE + 16];

static void count_change(const wf_watch_t *watch, size_t job, size_t element,
			 void *arg)
{
	changes++;
	wf_watch_name(watch, job, element, last_name);
}

START_TEST(follow)
{
	wf_t *wf = fixture_read(tasks, NULL);
	wf_plan_t *plan = wf_plan_create(wf, true, NULL);
	wf_watch_t *watch = wf_watch_create(wf, plan, id, NULL);
	wf_row_t rows[] = { row(9, -1, "RUNNING"),   row(10, -1, "RUNNING"),
			    row(20, 0, "PENDING"),   row(20, 1, "PENDING"),
			    row(20, 5, "COMPLETED"), row(30, 0, "PENDING"),
			    row(30, 1, "PENDING") };
	wf_queue_t queue = { rows, TEST_COUNT(rows), NULL };

	ck_assert_uint_eq(watch->total, 5);
	wf_watch_update(watch, &queue, NULL, NULL);
	ck_assert_uint_eq(watch->state[WF_STATE_RUNS], 1);
	ck_assert_uint_eq(watch->state[WF_STATE_WAITS], 4);
	changes = 0;
	rows[3].state = "RUNNING";
	wf_watch_update(watch, &queue, count_change, NULL);
	ck_assert_int_eq(changes, 1);
	ck_assert_str_eq(last_name, "c");
	/* a is forgotten, but a child of it runs: it ended well; so did b and
	 * c, for d waits no more */
	queue.row = rows + 5;
	queue.count = 2;
	rows[5].state = "COMPLETED";
	rows[6].state = "TIMEOUT";
	wf_watch_update(watch, &queue, count_change, NULL);
	ck_assert_str_eq(last_name, "a");
	ck_assert_uint_eq(watch->state[WF_STATE_FAILED], 1);
	ck_assert_uint_eq(watch->state[WF_STATE_DONE], 4);
	ck_assert(wf_watch_over(watch));
	ck_assert_str_eq(watch->element[2][1].shown, "TIMEOUT");
	wf_watch_destroy(watch);
	wf_plan_destroy(plan);
	wf_destroy(wf);
}
END_TEST

/* The last job is forgotten while it ran: nobody knows how it ended. */
START_TEST(forgotten)
{
	wf_t *wf = fixture_read("id: a\ncommand: c\n", NULL);
	wf_plan_t *plan = wf_plan_create(wf, true, NULL);
	wf_watch_t *watch = wf_watch_create(wf, plan, id, NULL);
	wf_row_t rows[] = { row(10, -1, "RUNNING") };
	wf_queue_t queue = { rows, 0, NULL };

	/* not yet there is not forgotten */
	wf_watch_update(watch, &queue, NULL, NULL);
	ck_assert_uint_eq(watch->state[WF_STATE_WAITS], 1);
	queue.count = 1;
	wf_watch_update(watch, &queue, NULL, NULL);
	queue.count = 0;
	wf_watch_update(watch, &queue, NULL, NULL);
	ck_assert_uint_eq(watch->state[WF_STATE_FAILED], 1);
	ck_assert_str_eq(watch->element[0][0].shown, "FORGOTTEN");
	wf_watch_destroy(watch);
	wf_plan_destroy(plan);
	wf_destroy(wf);
}
END_TEST

START_TEST(live_tasks)
{
	wf_row_t rows[] = {
		{ 1, -1, "COMPLETED", "", "", "scale:wf=w,task=a" },
		{ 2, -1, "RUNNING", "", "", "scale:wf=other,task=a" },
		{ 3, 0, "RUNNING", "", "", "scale:wf=w,task=m,gflop=1" },
		{ 3, 1, "FAILED", "", "", "scale:wf=w,task=m,gflop=1" },
		{ 4, 1, "RUNNING", "", "", "scale:wf=w,task=s+1,tasks=|s||t" },
		{ 4, 3, "PENDING", "", "", "scale:wf=w,task=s+1,tasks=|s||t" },
		{ 5, -1, "PENDING", "", "", "" },
		{ 6, -1, "PENDING", "", "", "scale:wf=w,task=a" },
	};
	wf_queue_t queue = { rows, TEST_COUNT(rows), NULL };
	const wf_live_task_t *task;
	wf_live_t live;

	ck_assert_int_eq(wf_live_find(&queue, "w", &live, NULL), 0);
	ck_assert_uint_eq(live.count, 4);
	/* submitted again: the later one */
	ck_assert_uint_eq(wf_live_task(&live, "a")->id, 6);
	task = wf_live_task(&live, "m");
	ck_assert_int_eq(task->width, 2);
	ck_assert_int_eq(task->element, -1);
	ck_assert_int_eq(task->state, WF_STATE_FAILED);
	task = wf_live_task(&live, "t");
	ck_assert_uint_eq(task->id, 4);
	ck_assert_int_eq(task->element, 3);
	ck_assert_int_eq(task->width, 0);
	ck_assert(wf_live_known("s", &live));
	ck_assert(!wf_live_known("s+1", &live));
	wf_live_free(&live);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("watch");

	tcase_add_loop_test(tc, states_of_slurm, 0, TEST_COUNT(states));
	tcase_add_test(tc, follow);
	tcase_add_test(tc, forgotten);
	tcase_add_test(tc, live_tasks);
	return test_run("watch", tc);
}
