/*
 * remember_test.c - what a restart of slurmctld must not forget
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "plugin/remember.h"
#include "tests/test_run.h"

static scale_flow_t *flow, *again;
static scale_history_t *history, *relearned;

static void setup(void)
{
	flow = scale_flow_create(NULL);
	again = scale_flow_create(NULL);
	history = scale_history_create(10, NULL);
	relearned = scale_history_create(10, NULL);
	ck_assert(flow && again && history && relearned);
}

static void teardown(void)
{
	scale_flow_destroy(flow);
	scale_flow_destroy(again);
	scale_history_destroy(history);
	scale_history_destroy(relearned);
}

static scale_stage_t *add(uint32_t id, uint32_t count, const char *wf,
			  const char *task)
{
	scale_stage_info_t info = {
		.id = id, .uid = 7, .count = count, .task_first = 2,
		.task_step = 3, .submitted = 100.0 + id, .gflop = 10.0 * id,
		.out_gb = 0.5, .wf = wf, .task = task,
	};

	return scale_flow_add(flow, &info, NULL);
}

/* Through text and back. */
static void restart(void)
{
	scale_state_t state = { 0 };
	scale_err_t err = { "" };
	char *text;
	size_t size;

	ck_assert_msg(!scale_remember_export(flow, history, 500.0, &text,
					     &size, &err), "%s", err.text);
	ck_assert_msg(!scale_state_decode(text, size, "test", &state, &err),
		      "%s", err.text);
	ck_assert_double_eq(state.saved, 500.0);
	ck_assert_int_eq(scale_remember_import(again, relearned, &state, &err),
			 0);
	scale_state_free(&state);
	free(text);
}

START_TEST(workflow)
{
	scale_stage_t *plan = add(1, 1, "rag", "plan");
	scale_stage_t *tools = add(2, 3, "rag", "tool");
	scale_stage_t *join = add(5, 1, "rag", "join");
	scale_facts_t facts;
	scale_ready_t ready;

	scale_flow_link(flow, tools, plan, SCALE_TASK_ALL, NULL);
	scale_flow_link(flow, join, tools, SCALE_TASK_ALL, NULL);
	scale_flow_start(plan, 0, "n1", 110.0, NULL);
	scale_flow_end(plan, 0, 120.0);
	scale_flow_start(tools, 5, "n2", 121.0, NULL);
	restart();

	tools = scale_flow_find(again, 2);
	join = scale_flow_find(again, 5);
	ck_assert(tools && join);
	ck_assert_str_eq(tools->workflow->name, "rag");
	ck_assert_ptr_eq(tools->workflow, join->workflow);
	ck_assert_str_eq(tools->task, "tool");
	ck_assert_uint_eq(tools->count, 3);
	ck_assert_uint_eq(scale_flow_rank(tools, 8), 2);
	ck_assert_double_eq(tools->workflow->arrival, 101.0);
	ck_assert(!tools->announce && !join->announce);
	/* the edge that Slurm has forgotten still counts */
	scale_flow_ready(again, tools, 2, &ready, NULL);
	ck_assert_uint_eq(ready.hops, 1);
	scale_flow_facts(tools, 2, &facts);
	ck_assert_str_eq(facts.parent_node, "n1");
	ck_assert_uint_eq(facts.workflow_done, 1);
	ck_assert_uint_eq(facts.workflow_size, 5);
	ck_assert_int_eq(scale_flow_run(tools, 5)->state, SCALE_RUN_RUNNING);
	ck_assert_double_eq(scale_flow_run(tools, 5)->started, 121.0);
}
END_TEST

/* Whom the model places is drawn once. */
START_TEST(draw)
{
	scale_stage_t *late = add(9, 1, "", "b"), *early = add(4, 1, "", "a");
	scale_stage_info_t engine = { .id = 12, .uid = 7, .count = 1,
				      .wf = "run", .weak = true };
	double drawn;

	scale_workflow_settle(late->workflow);
	drawn = scale_workflow_draw(late->workflow);
	scale_flow_link(flow, late, early, SCALE_TASK_ALL, NULL);
	ck_assert_ptr_nonnull(scale_flow_add(flow, &engine, NULL));
	restart();

	early = scale_flow_find(again, 4);
	ck_assert_ptr_eq(early, early->workflow->first);
	ck_assert_double_eq(scale_workflow_draw(early->workflow), drawn);
	ck_assert(scale_flow_find(again, 12)->workflow->weak);
}
END_TEST

START_TEST(demand)
{
	scale_observation_t seen = { .uid = 7, .name = "rerank",
				     .elapsed_s = 4.0, .limit_s = 40.0,
				     .gflops = 10.0, .out_gb = -1.0 };
	scale_question_t question = { .uid = 7, .name = "rerank",
				      .annotated_gflop = -1.0,
				      .annotated_out_gb = -1.0,
				      .limit_s = 100.0, .gflops = 10.0 };
	scale_demand_t got;

	scale_history_observe(history, &seen);
	restart();
	scale_history_demand(relearned, &question, &got);
	ck_assert_int_eq(got.source, SCALE_SOURCE_HISTORY);
	ck_assert_double_eq_tol(got.gflop, 40.0, 1e-9);
	ck_assert_double_eq_tol(scale_history_ratio(relearned), 0.1, 1e-9);
}
END_TEST

START_TEST(nothing)
{
	restart();
	ck_assert_uint_eq(scale_flow_count(again), 0);
	ck_assert_uint_eq(scale_history_count(relearned), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, workflow);
	tcase_add_test(tc, draw);
	tcase_add_test(tc, demand);
	tcase_add_test(tc, nothing);
	return test_run("remember", tc);
}
