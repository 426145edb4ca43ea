/*
 * replay_test.c - workflows that are given in memory
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim_help.h"

enum { FLOWS = 50 };

/* A primitive. */
typedef struct row {
	double gflop, lag;
	const char *parents;		/* a digit each */
} row_t;

static void fill(help_flow_t *f, double at, const row_t *row, uint32_t n)
{
	uint32_t edges = 0;

	f->arrival = at;
	for (uint32_t i = 0; i < n; i++) {
		f->gflop[i] = row[i].gflop;
		f->mem_gb[i] = 4.0;
		f->out_gb[i] = 0.5;
		f->lag[i] = row[i].lag;
		f->parent_first[i] = edges;
		for (const char *p = row[i].parents; *p; p++)
			f->parent[edges++] = (uint32_t) (*p - '0');
	}
	f->parent_first[n] = edges;
	f->spec = (sim_workflow_spec_t) {
		n, f->gflop, f->mem_gb, f->out_gb, NULL, f->lag,
		f->parent_first, f->parent,
	};
}

static sim_t *start_replay(const sim_config_t *config, const help_flow_t *flow,
			   size_t count, sim_arrival_t *item, uint64_t seed)
{
	sim_arrivals_t list = { item, count };
	scale_err_t err = { "" };
	sim_t *sim;

	for (size_t k = 0; k < count; k++)
		item[k] = (sim_arrival_t) { flow[k].arrival, flow[k].spec };
	sim = sim_create_replay(config, &list, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
	ck_assert_int_eq(sim_reset(sim, seed, &err), 0);
	return sim;
}

/*
 * Two servers of 4 GFLOPS.  Workflow 0 comes at 1 s: 2 s of work, 2 s of lag,
 * 1 s of work: finishes at 3 and 6 s.  Workflow 1 comes at 2 s, lags 3 s,
 * works 3 s, to 8 s; its second primitive works 1 s from 2 to 3 s.
 */
START_TEST(by_hand)
{
	const row_t a[] = { { 8, 0, "" }, { 4, 2, "0" } };
	const row_t b[] = { { 12, 3, "" }, { 4, 0, "" } };
	help_flow_t flow[2];
	sim_arrival_t item[2];
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	/* what the list is measured by must not be the random workload's */
	HELP_CONFIG(&config, PLAIN, "workflows=0", "gflop_mean=77", "rate=9");
	fill(&flow[0], 1, a, 2);
	fill(&flow[1], 2, b, 2);
	sim = start_replay(&config, flow, 2, item, 1);
	for (int again = 0; again < 2; again++) {
		help_finish(sim);
		m = help_metrics(sim);
		ck_assert_uint_eq(m.tasks_finished, 4);
		ck_assert_double_eq(m.makespan, 8.0);
		/* 3-1, 6-1, 8-2, 3-2 */
		ck_assert_double_eq(m.task_response.mean, 14.0 / 4.0);
		ck_assert_double_eq(m.workflow_response.mean, 11.0 / 2.0);
		/* a lag is no wait, and no schedule ends it earlier */
		ck_assert_double_eq(m.task_wait.max, 0.0);
		ck_assert_double_eq(m.workflow_slowdown.mean, 1.0);
		ck_assert_int_eq(sim_reset(sim, 99, NULL), 0);
	}
	sim_destroy(sim);
}
END_TEST

/* One server: workflow 1 waits for all three of a join's predecessors, in
 * order of arrival; 1 s each, the join's end at 4 s, the other's at 5 s. */
START_TEST(waits)
{
	const row_t join[] = { { 4, 0, "" }, { 4, 0, "" }, { 4, 0, "01" } };
	const row_t one[] = { { 4, 0, "" } };
	help_flow_t flow[2];
	sim_arrival_t item[2];
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "workflows=0", "nodes=1", "order=fifo");
	fill(&flow[0], 1, join, 3);
	fill(&flow[1], 1, one, 1);
	sim = start_replay(&config, flow, 2, item, 1);
	help_finish(sim);
	m = help_metrics(sim);
	ck_assert_double_eq(m.makespan, 5.0);
	ck_assert_double_eq(m.workflow_response.mean, (3.0 + 4.0) / 2.0);
	ck_assert_double_eq(m.task_wait.max, 3.0);
	sim_destroy(sim);
}
END_TEST

/* With nothing but a lag to wait for, neither clock takes it for the end. */
START_TEST(lag_alone)
{
	const row_t one[] = { { 4, 3, "" } };
	help_flow_t flow;
	sim_arrival_t item;
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "workflows=0", "dt=0.5",
		    _i ? "clock=paper" : "clock=event");
	fill(&flow, 0, one, 1);
	sim = start_replay(&config, &flow, 1, &item, 1);
	help_finish(sim);
	ck_assert_uint_eq(help_metrics(sim).tasks_finished, 1);
	ck_assert_double_eq(help_metrics(sim).makespan, 4.0);
	sim_destroy(sim);
}
END_TEST

/* What the random source drew, given as a list, makes the same episode. */
START_TEST(same_as_random)
{
	static help_flow_t flow[FLOWS];
	sim_arrival_t item[FLOWS];
	sim_config_t config;
	sim_metrics_t a, b;
	sim_t *sim;

	HELP_CONFIG(&config, "duration=0", "workflows=50", "rate=2",
		    "mtbf=30", "mttr=5", "drain_limit=0", "check=true");
	ck_assert_uint_eq(help_workload(&config, 5, flow, FLOWS), FLOWS);
	sim = help_start(&config, 5);
	help_finish(sim);
	a = help_metrics(sim);
	sim_destroy(sim);
	ck_assert_uint_gt(a.restarted, 0);
	sim = start_replay(&config, flow, FLOWS, item, 5);
	help_finish(sim);
	b = help_metrics(sim);
	sim_destroy(sim);
	ck_assert(!memcmp(&a, &b, sizeof(a)));
}
END_TEST

/* The configuration may end the list earlier. */
START_TEST(limits)
{
	static const char *const limit[] = { "workflows=3", "duration=2.5",
					     "workflows=9" };
	static const uint64_t expected[] = { 3, 3, 5 };
	const row_t one[] = { { 4, 0, "" } };
	help_flow_t flow[5];
	sim_arrival_t item[5];
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "workflows=0", limit[_i]);
	for (int k = 0; k < 5; k++)
		fill(&flow[k], k, one, 1);
	sim = start_replay(&config, flow, 5, item, 1);
	help_finish(sim);
	ck_assert_uint_eq(help_metrics(sim).workflows_finished, expected[_i]);
	sim_destroy(sim);
}
END_TEST

/* Two simulators, one list, turn by turn. */
START_TEST(shared)
{
	const row_t one[] = { { 4, 0, "" } };
	help_flow_t flow[3];
	sim_arrival_t item[3];
	sim_config_t config;
	sim_t *sim[2];

	HELP_CONFIG(&config, PLAIN, "workflows=0");
	for (int k = 0; k < 3; k++)
		fill(&flow[k], 10.0 * k, one, 1);
	for (int i = 0; i < 2; i++)
		sim[i] = start_replay(&config, flow, 3, item, 1);
	for (int k = 0; k < 3; k++)
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(help_next(sim[i]), SIM_DECIDE);
			ck_assert_double_eq(sim_now(sim[i]), 10.0 * k);
			help_act(sim[i], 0);
		}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(help_next(sim[i]), SIM_DONE);
		sim_destroy(sim[i]);
	}
}
END_TEST

static const struct {
	double at, gflop, lag;
	const char *parents;		/* of the second primitive */
	const char *words;
} bad[] = {
	{ 0.5, 1, 0, "0", "workflow 1 arrives at 0.5 s; times must ascend" },
	{ NAN, 1, 0, "0", "workflow 1 arrives at" },
	{ 1, 0, 0, "0", "workflow 1, primitive 1: work of 0 GFLOP" },
	{ 1, INFINITY, 0, "0", "primitive 1: work of inf GFLOP" },
	{ 1, 1, -1, "0", "lag -1 s; none may be negative" },
	{ 1, 1, NAN, "0", "none may be negative" },
	{ 1, 1, 0, "1", "primitive 1: predecessor 1; they must ascend" },
	{ 1, 1, 0, "00", "primitive 1: predecessor 0; they must ascend" },
};

START_TEST(refused)
{
	const row_t row[] = { { 4, 0, "" },
			      { bad[_i].gflop, bad[_i].lag, bad[_i].parents } };
	const row_t good[] = { { 4, 0, "" } };
	help_flow_t flow[2];
	sim_arrival_t item[2];
	sim_arrivals_t list = { item, 2 };
	scale_err_t err = { "" };
	sim_config_t config;

	HELP_CONFIG(&config, PLAIN, "workflows=0");
	fill(&flow[0], 1, good, 1);
	fill(&flow[1], bad[_i].at, row, 2);
	for (int k = 0; k < 2; k++)
		item[k] = (sim_arrival_t) { flow[k].arrival, flow[k].spec };
	errno = 0;
	ck_assert_ptr_null(sim_create_replay(&config, &list, &err));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i].words) != NULL, "%s", err.text);
}
END_TEST

START_TEST(nothing)
{
	sim_arrivals_t list = { NULL, 0 };
	scale_err_t err = { "" };
	sim_config_t config;

	HELP_CONFIG(&config, PLAIN);
	ck_assert_ptr_null(sim_create_replay(&config, &list, &err));
	ck_assert_str_eq(err.text, "there is no workflow");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, waits);
	tcase_add_loop_test(tc, lag_alone, 0, 2);
	tcase_add_test(tc, same_as_random);
	tcase_add_loop_test(tc, limits, 0, 3);
	tcase_add_test(tc, shared);
	tcase_add_loop_test(tc, refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, nothing);
	return test_run("replay", tc);
}
