/*
 * dynamics_test.c - one test per rule of the dynamics, worked by hand
 *
 * Paper sections 3 and 4.1.2; SPEC sections 1 and 2.  A primitive of 10
 * GFLOP takes 2.5 s on a server with 4 GFLOPS.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim_help.h"

/* Sums of a few doubles below 1e3. */
#define EXACT 1e-12

/* tau = c / C; response = finish - arrival. */
START_TEST(execution_time)
{
	sim_config_t config;
	sim_metrics_t m;
	sim_outcome_t out;
	double arrival;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN);
	sim = help_start(&config, 1);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	arrival = sim_ready(sim)->arrival;
	ck_assert_double_gt(arrival, 0.0);
	ck_assert_double_eq(sim_now(sim), arrival);
	out = help_act(sim, 1);
	ck_assert_int_eq(out.effect, SIM_ASSIGNED);
	ck_assert_double_eq(out.tau, 2.5);
	ck_assert_double_eq(out.delta, 0.0);
	ck_assert_double_eq(sim_now(sim), arrival);
	ck_assert_double_eq_tol(scale_remaining(sim_cluster(sim), 1), 2.5,
				EXACT);
	ck_assert_double_eq(sim_cluster(sim)->power_kw[0], 0.05);
	ck_assert_double_eq(sim_cluster(sim)->power_kw[1], 0.1);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	m = help_metrics(sim);
	ck_assert_double_eq_tol(m.task_response.mean, 2.5, EXACT);
	ck_assert_double_eq_tol(m.workflow_response.mean, 2.5, EXACT);
	ck_assert_double_eq_tol(m.workflow_slowdown.mean, 1.0, EXACT);
	ck_assert_double_eq(m.task_wait.mean, 0.0);
	ck_assert_double_eq(m.makespan, arrival + 2.5);
	/* both have 4 GFLOPS; one is busy for 2.5 s */
	ck_assert_double_eq_tol(m.utilisation, 2.5 / (2.0 * m.makespan),
				EXACT);
	ck_assert_double_eq_tol(m.energy_kj, (2.5 * 100.0 + 50.0 *
				(2.0 * m.makespan - 2.5)) / 1000.0, EXACT);
	ck_assert_uint_eq(m.tasks_finished, 1);
	ck_assert_uint_eq(m.assigned, 1);
	sim_destroy(sim);
}
END_TEST

/* A successor is ready when its last predecessor is finished. */
START_TEST(readiness)
{
	sim_config_t config;
	double start;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "tasks_min=3", "tasks_max=3",
		    "two_parents=1");
	/* 0 -> 1, {0, 1} -> 2 */
	sim = help_start(&config, help_seed(&config, "0 01"));
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	start = sim_now(sim);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_int_eq(help_next(sim), SIM_DECIDE);
		ck_assert_uint_eq(sim_ready(sim)->index, i);
		ck_assert_uint_eq(sim_ready(sim)->hops, 2 - i);
		ck_assert_uint_eq(sim_task(sim)->workflow_done, i);
		ck_assert_uint_eq(sim_task(sim)->workflow_size, 3);
		ck_assert_uint_eq(sim_task(sim)->successors, 2 - i);
		ck_assert_double_eq_tol(sim_ready(sim)->work_left,
					30.0 - 10.0 * i, EXACT);
		ck_assert_double_eq_tol(sim_now(sim), start + 2.5 * i, EXACT);
		help_act(sim, 0);
	}
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	sim_destroy(sim);
}
END_TEST

/* Event clock: a busy pick defers that primitive alone; it is asked for again
 * after the next completion. */
START_TEST(deferral)
{
	sim_config_t config;
	sim_outcome_t out;
	sim_metrics_t m;
	double start;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "nodes=3", "tasks_min=4", "tasks_max=4");
	sim = help_start(&config, help_seed(&config, "0 0 0"));
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	start = sim_now(sim);
	ck_assert_uint_eq(sim_ready(sim)->index, 1);
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_uint_eq(sim_ready(sim)->index, 2);
	out = help_act(sim, 0);			/* busy */
	ck_assert_int_eq(out.effect, SIM_DEFERRED);
	ck_assert_double_eq(out.reward, -0.001);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_uint_eq(sim_ready(sim)->index, 3);	/* others go on */
	ck_assert_double_eq(sim_now(sim), start);
	help_act(sim, SIM_DEFER);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq_tol(sim_now(sim), start + 2.5, EXACT);
	ck_assert_uint_eq(sim_ready(sim)->index, 2);
	help_act(sim, 0);
	help_act(sim, 1);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.deferred, 2);
	ck_assert_uint_eq(m.invalid, 0);
	ck_assert_uint_eq(m.decisions, 6);
	ck_assert_uint_eq(m.assigned, 4);
	sim_destroy(sim);
}
END_TEST

/* When all is deferred and nothing can happen any more, the episode is over
 * and what is left counts. */
START_TEST(deferred_for_ever)
{
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN);
	sim = help_start(&config, 1);
	help_act(sim, SIM_DEFER);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.tasks_finished, 0);
	ck_assert_uint_eq(m.tasks_unfinished, 1);
	ck_assert_uint_eq(m.workflows_unfinished, 1);
	sim_destroy(sim);
}
END_TEST

/* Event clock: a server with too little memory is an invalid pick and defers;
 * what no idle server can hold is not asked for. */
START_TEST(memory)
{
	sim_config_t config;
	sim_metrics_t m;
	double start;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "mix=[1, 1]", "gflops=[4, 4]",
		    "mem_gb=[2, 16]", "idle_w=[1, 1]", "busy_w=[1, 1]",
		    "tasks_min=4", "tasks_max=4");
	sim = help_start(&config, help_seed(&config, "0 0 0"));
	help_act(sim, 1);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	start = sim_now(sim);
	ck_assert(sim_placeable(sim));
	ck_assert_int_eq(help_act(sim, 0).effect, SIM_DEFERRED);
	ck_assert_uint_eq(help_metrics(sim).invalid, 1);
	ck_assert_uint_eq(help_metrics(sim).deferred, 0);
	ck_assert_int_eq(help_act(sim, 1).effect, SIM_ASSIGNED);
	ck_assert(!sim_placeable(sim));		/* 1 is busy now */
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq_tol(sim_now(sim), start + 2.5, EXACT);
	help_finish(sim);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.tasks_finished, 4);
	ck_assert_uint_eq(m.decisions, 5);
	sim_destroy(sim);
}
END_TEST

/* Needs more than any server has: counted, not waited for, on both clocks. */
START_TEST(fits_nowhere)
{
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "need_mean=20", "workflows=3",
		    _i ? "clock=paper" : "clock=event", "drain_limit=0");
	sim = help_start(&config, 1);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.decisions, 0);
	ck_assert_uint_eq(m.tasks_unfinished, 3);
	ck_assert_uint_eq(m.task_response.count, 3);
	ck_assert(isfinite(m.workflow_slowdown.mean));
	ck_assert_double_lt(m.makespan, 100.0);
	sim_destroy(sim);
}
END_TEST

/* Paper clock: valid takes no time, invalid costs dt, and completions inside
 * a step keep their exact time. */
START_TEST(paper_clock)
{
	sim_config_t config;
	sim_outcome_t out;
	sim_metrics_t m;
	double arrival, first;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "clock=paper", "dt=0.3", "tasks_min=3",
		    "tasks_max=3");
	sim = help_start(&config, help_seed(&config, "0 0"));
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	arrival = sim_ready(sim)->arrival;
	first = sim_now(sim);
	/* without a decision the clock went by dt to the step after a_k */
	ck_assert_double_eq(first, 0.3 * ceil(arrival / 0.3));
	ck_assert_int_eq(help_act(sim, 0).effect, SIM_ASSIGNED);
	ck_assert_double_eq(sim_now(sim), first);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	/* 2.5 s are in the ninth step */
	ck_assert_double_eq_tol(sim_now(sim), first + 2.7, EXACT);
	help_act(sim, 0);
	out = help_act(sim, 0);			/* busy */
	ck_assert_int_eq(out.effect, SIM_INVALID);
	ck_assert_double_eq(out.reward, -0.001);
	ck_assert_double_eq_tol(sim_now(sim), first + 3.0, EXACT);
	ck_assert_int_eq(help_act(sim, SIM_DEFER).effect, SIM_INVALID);
	ck_assert_double_eq_tol(sim_now(sim), first + 3.3, EXACT);
	help_act(sim, 1);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.invalid, 2);
	ck_assert_uint_eq(m.deferred, 0);
	ck_assert_double_eq_tol(m.task_response.max,
				first + 3.3 + 2.5 - arrival, EXACT);
	ck_assert_double_eq_tol(m.task_response.median,
				first + 2.7 + 2.5 - arrival, EXACT);
	/* ready at first + 2.5, started 0.2 and 0.8 s later; the root waited
	 * for the step */
	ck_assert_double_eq_tol(m.task_wait.mean * 3.0,
				first - arrival + 0.2 + 0.8, EXACT);
	sim_destroy(sim);
}
END_TEST

/* Paper clock: v* that is not placed blocks everything, and too little
 * memory is invalid as well. */
START_TEST(paper_blocking)
{
	sim_config_t config;
	double now;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "clock=paper", "mix=[1, 1]",
		    "gflops=[4, 4]", "mem_gb=[2, 16]", "idle_w=[1, 1]",
		    "busy_w=[1, 1]", "tasks_min=3", "tasks_max=3");
	sim = help_start(&config, help_seed(&config, "0 0"));
	help_act(sim, 1);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	now = sim_now(sim);
	for (int i = 1; i <= 3; i++) {
		ck_assert_uint_eq(sim_ready(sim)->index, 1);
		ck_assert_int_eq(help_act(sim, 0).effect, SIM_INVALID);
		ck_assert_double_eq_tol(sim_now(sim), now + 0.1 * i, EXACT);
		ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	}
	ck_assert_uint_eq(help_metrics(sim).invalid, 3);
	sim_destroy(sim);
}
END_TEST

/* Eq. (2), term by term: 10 GFLOP on 4 GFLOPS; 0.5 GB at 10 GB/s + 0.01 s;
 * 2.5 s at 100 W. */
START_TEST(reward)
{
	const double tau = exp(-2.5 / 2.0) * 3.0;
	const double delta = 0.06, comm = 0.2 * 0.06 / 0.12;
	const double energy = 0.5 * 250.0 / 1000.0;
	sim_config_t config;
	sim_outcome_t out;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "tasks_min=2", "tasks_max=2", "w_tau=3",
		    "s_tau=2", "alpha=0.2", "delta_max=0.12", "beta=0.5",
		    "e_max=1000");
	sim = help_start(&config, 1);
	out = help_act(sim, 0);		/* no predecessor: no transfer */
	ck_assert_double_eq_tol(out.reward, tau - energy, EXACT);
	ck_assert_double_eq(out.delta, 0.0);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_int_eq(sim_task(sim)->parent_server, 0);
	out = help_act(sim, _i);	/* the same server, or another */
	ck_assert_double_eq_tol(out.delta, _i ? delta : 0.0, EXACT);
	ck_assert_double_eq_tol(out.reward, tau - energy - (_i ? comm : 0.0),
				EXACT);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	ck_assert_double_eq_tol(help_metrics(sim).comm_gb, _i ? 0.5 : 0.0,
				EXACT);
	sim_destroy(sim);
}
END_TEST

/* The transfer is counted from the predecessor that finished first, ties to
 * the lowest index; the volume over all edges. */
START_TEST(first_parent)
{
	sim_config_t config;
	sim_t *sim;

	/* 0 -> 1, 0 -> 2, {1, 2} -> 3; speeds 4 and _i ? 8 : 4 */
	HELP_CONFIG(&config, PLAIN, "nodes=3", "mix=[1, 2]",
		    _i ? "gflops=[4, 8]" : "gflops=[4, 4]",
		    "mem_gb=[16, 16]", "idle_w=[1, 1]", "busy_w=[1, 1]",
		    "tasks_min=4", "tasks_max=4");
	sim = help_start(&config, help_seed(&config, "0 0 12"));
	help_act(sim, 1);
	help_act(sim, 0);	/* 1 on 0: 2.5 s */
	help_act(sim, 2);	/* 2 on 2: 2.5 or 1.25 s */
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_uint_eq(sim_ready(sim)->index, 3);
	ck_assert_int_eq(sim_task(sim)->parent_server, _i ? 2 : 0);
	ck_assert_double_eq(sim_task(sim)->parent_out_gb, 0.5);
	help_act(sim, 2);
	help_finish(sim);
	/* edges 0-1, 0-2 and 1-3 between servers, 2-3 on the same */
	ck_assert_double_eq_tol(help_metrics(sim).comm_gb, 1.5, EXACT);
	sim_destroy(sim);
}
END_TEST

/* Whatever happens at one instant has happened before the next decision. */
START_TEST(same_instant)
{
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "tasks_min=4", "tasks_max=4");
	sim = help_start(&config, help_seed(&config, "0 0 1"));
	help_act(sim, 0);
	help_act(sim, 0);	/* 1 and 2 end together */
	help_act(sim, 1);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_uint_eq(sim_task(sim)->workflow_done, 3);
	ck_assert(!sim_cluster(sim)->busy[0]);
	ck_assert(!sim_cluster(sim)->busy[1]);
	sim_destroy(sim);
}
END_TEST

/* drain false: over at the duration; the rest enters with its age. */
START_TEST(ends_at_duration)
{
	sim_config_t config;
	sim_metrics_t m;
	double arrival;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "duration=3", "drain=false",
		    "gflop_mean=100", "rate=100", _i ? "clock=paper" : "clock=event");
	sim = help_start(&config, 3);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	arrival = sim_ready(sim)->arrival;
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	m = help_metrics(sim);
	ck_assert_double_eq(m.makespan, 3.0);
	ck_assert_uint_eq(m.tasks_unfinished, 1);
	ck_assert_double_eq_tol(m.task_response.mean, 3.0 - arrival, EXACT);
	ck_assert_double_eq_tol(sim_unfinished_time(sim), 3.0 - arrival,
				EXACT);
	ck_assert_double_eq(m.censored_mean, 0.0);
	sim_destroy(sim);
}
END_TEST

/* The drain limit counts from the last arrival. */
START_TEST(drain_limit)
{
	sim_config_t config;
	double arrival;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "gflop_mean=1000", "drain_limit=7",
		    _i ? "clock=paper" : "clock=event");
	sim = help_start(&config, 3);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	arrival = sim_ready(sim)->arrival;
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	ck_assert_double_eq_tol(sim_now(sim), arrival + 7.0, EXACT);
	sim_destroy(sim);
}
END_TEST

/* Who never places comes to an end too, though nothing limits the drain. */
START_TEST(never_places)
{
	sim_config_t config;
	uint64_t asked = 0;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "drain_limit=0",
		    _i ? "clock=paper" : "clock=event",
		    _i ? "mtbf=0" : "mtbf=10");
	sim = help_start(&config, 3);
	while (help_next(sim) == SIM_DECIDE) {
		ck_assert_uint_lt(asked++, 2000000);
		help_act(sim, SIM_DEFER);
	}
	ck_assert_uint_gt(asked, 1000000);
	ck_assert_uint_eq(help_metrics(sim).tasks_unfinished, 1);
	sim_destroy(sim);
}
END_TEST

/* Earlier arrivals run but are not measured. */
START_TEST(warmup)
{
	help_flow_t flow[20];
	sim_config_t config;
	sim_metrics_t m;
	uint64_t want = 0;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "workflows=20", "nodes=16", "warmup=10");
	ck_assert_uint_eq(help_workload(&config, 5, flow, 20), 20);
	for (int i = 0; i < 20; i++)
		want += flow[i].arrival >= 10.0;
	ck_assert_uint_gt(want, 0);
	ck_assert_uint_lt(want, 20);
	sim = help_start(&config, 5);
	help_finish(sim);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.assigned, 20);
	ck_assert_uint_eq(m.tasks_finished, want);
	ck_assert_uint_eq(m.workflow_response.count, want);
	ck_assert_double_eq_tol(sim_unfinished_time(sim), 2.5 * want, 1e-9);
	sim_destroy(sim);
}
END_TEST

/* Little's law: the integral of what is unfinished is the sum of responses,
 * also while work is still there; the censored mean is over finishes until
 * the duration. */
START_TEST(littles_law)
{
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	HELP_CONFIG(&config, _i & 1 ? "clock=paper" : "clock=event",
		    _i & 2 ? "drain=false" : "drain=true", "check=true");
	sim = help_start(&config, 7);
	help_finish(sim);
	m = help_metrics(sim);
	ck_assert_double_eq_tol(m.task_response.mean *
				(double) m.task_response.count,
				sim_unfinished_time(sim), 1e-7);
	ck_assert_uint_eq(m.task_response.count,
			  m.tasks_finished + m.tasks_unfinished);
	/* what is late is left out, unless all is cut at the duration */
	if (!(_i & 2))
		ck_assert_double_lt(m.censored_mean, m.task_response.mean);
	sim_destroy(sim);
}
END_TEST

/* Slowdown: against the longest path with each primitive on the fastest
 * server that can hold it. */
START_TEST(slowdown)
{
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "mix=[1, 1]", "gflops=[4, 10]",
		    "mem_gb=[16, 2]", "idle_w=[1, 1]", "busy_w=[1, 1]",
		    "tasks_min=3", "tasks_max=3");
	/* the 10 GFLOPS are too small: 2 x 2.5 s is the critical path, and
	 * three primitives on one server take 7.5 s */
	sim = help_start(&config, help_seed(&config, "0 0"));
	help_finish(sim);
	ck_assert_double_eq_tol(help_metrics(sim).workflow_slowdown.mean, 1.5,
				EXACT);
	sim_destroy(sim);
}
END_TEST

/* First level: each order picks its own first. */
START_TEST(orders)
{
	static const struct {
		const char *order;
		uint64_t workflow;
	} want[] = {
		{ "order=hop", 1 },	/* longest path: second workflow */
		{ "order=fifo", 0 },
		{ "order=srpt", 0 },	/* fewest GFLOP left: first */
		{ "order=rank", 1 },
	};
	help_flow_t flow[2];
	sim_config_t config;
	uint64_t seed = 0;
	sim_t *sim;

	/* a workflow of 2 and one of 3 or more that comes while the only
	 * server runs the first primitive */
	HELP_CONFIG(&config, PLAIN, "nodes=1", "rate=100", "workflows=2",
		    "tasks_min=2", "tasks_max=6", want[_i].order);
	do {
		help_workload(&config, ++seed, flow, 2);
	} while (flow[0].spec.n != 2 || flow[1].spec.n < 5 ||
		 flow[1].arrival > flow[0].arrival + 2.0);
	sim = help_start(&config, seed);
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_uint_eq(sim_ready(sim)->workflow, want[_i].workflow);
	sim_destroy(sim);
}
END_TEST

START_TEST(bad_calls)
{
	sim_config_t config;
	sim_outcome_t out;
	scale_err_t err;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN);
	sim = help_start(&config, 1);
	errno = 0;
	ck_assert_int_eq(sim_act(sim, 0, &out, &err), -1);	/* not due */
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);	/* idempotent */
	ck_assert_int_eq(sim_act(sim, 2, &out, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_str_eq(err.text, "server 2 is not one of the 2");
	ck_assert_int_eq(sim_act(sim, -2, &out, &err), -1);
	ck_assert_uint_eq(help_metrics(sim).decisions, 0);
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	sim_destroy(sim);
	sim_destroy(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, execution_time);
	tcase_add_test(tc, readiness);
	tcase_add_test(tc, deferral);
	tcase_add_test(tc, deferred_for_ever);
	tcase_add_test(tc, memory);
	tcase_add_loop_test(tc, fits_nowhere, 0, 2);
	tcase_add_test(tc, paper_clock);
	tcase_add_test(tc, paper_blocking);
	tcase_add_loop_test(tc, reward, 0, 2);
	tcase_add_loop_test(tc, first_parent, 0, 2);
	tcase_add_test(tc, same_instant);
	tcase_add_loop_test(tc, ends_at_duration, 0, 2);
	tcase_add_loop_test(tc, drain_limit, 0, 2);
	tcase_add_loop_test(tc, never_places, 0, 2);
	tcase_add_test(tc, warmup);
	tcase_add_loop_test(tc, littles_law, 0, 4);
	tcase_add_test(tc, slowdown);
	tcase_add_loop_test(tc, orders, 0, 4);
	tcase_add_test(tc, bad_calls);
	return test_run("dynamics", tc);
}
