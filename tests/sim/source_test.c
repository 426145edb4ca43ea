/*
 * source_test.c - what is known of the work, and what runs
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim/replay.h"
#include "sim_help.h"

enum { MANY = 2000 };

static const char *const demand[] = { "demand=known", "demand=noisy",
				      "demand=unknown" };

/* The estimates change; arrivals, graphs and what runs do not. */
START_TEST(truth_stays)
{
	help_flow_t a[30], b[30];
	sim_config_t config;

	HELP_CONFIG(&config, "duration=0", "workflows=30");
	help_workload(&config, 3, a, 30);
	HELP_CONFIG(&config, "duration=0", "workflows=30", demand[_i]);
	help_workload(&config, 3, b, 30);
	for (int k = 0; k < 30; k++) {
		size_t size = a[k].spec.n * sizeof(double);

		ck_assert_uint_eq(a[k].spec.n, b[k].spec.n);
		ck_assert_double_eq(a[k].arrival, b[k].arrival);
		ck_assert(!memcmp(a[k].gflop, b[k].gflop, size));
		ck_assert(!memcmp(a[k].mem_gb, b[k].mem_gb, size));
		ck_assert_int_eq(!memcmp(b[k].guess, b[k].gflop, size), !_i);
	}
}
END_TEST

/* The logarithm of the factor is normal, mean 0 and deviation sigma, to five
 * standard errors; half of the estimates are too high. */
START_TEST(noisy)
{
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	double n = 0.0, sum = 0.0, sum2 = 0.0, high = 0.0, sigma = 0.7;
	sim_config_t config;

	HELP_CONFIG(&config, "duration=0", "workflows=2000", "demand=noisy",
		    "demand_sigma=0.7");
	help_workload(&config, 4, flow, MANY);
	for (int k = 0; k < MANY; k++)
		for (uint32_t i = 0; i < flow[k].spec.n; i++, n++) {
			double x = log(flow[k].guess[i] / flow[k].gflop[i]);

			sum += x;
			sum2 += x * x;
			high += x > 0.0;
		}
	ck_assert_double_eq_tol(sum / n, 0.0, 5.0 * sigma / sqrt(n));
	ck_assert_double_eq_tol(sqrt(sum2 / n), sigma,
				5.0 * sigma / sqrt(2.0 * n));
	ck_assert_double_eq_tol(high / n, 0.5, 5.0 * 0.5 / sqrt(n));
	free(flow);
}
END_TEST

/* Work cut at its mean, 10: half a normal of deviation 3 above it, mean
 * 10 + 3 / sqrt(2 pi) = 11.19683; thinkers have 1.5 of it, tools 0.4. */
START_TEST(unknown)
{
	sim_config_t config;
	help_flow_t f;

	HELP_CONFIG(&config, "duration=0", "workflows=1", "demand=unknown",
		    "topology=plan-act", "gflop_min=10");
	help_workload(&config, 5, &f, 1);
	ck_assert_double_eq_tol(f.guess[0], 1.5 * 11.19683, 1e-4);
	ck_assert_double_eq_tol(f.guess[1], 0.4 * 11.19683, 1e-4);
	ck_assert_double_eq_tol(f.guess[2], 0.8 * 11.19683, 1e-4);
	ck_assert_double_eq(f.guess[3], f.guess[0]);
}
END_TEST

/* Two roots of 10 GFLOP, servers of 4 GFLOPS: each runs 2.5 s, whatever is
 * thought; policies and orders are shown the estimates. */
START_TEST(shown)
{
	const scale_cluster_t *c;
	sim_outcome_t out;
	sim_config_t config;
	help_flow_t f;
	double start;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "tasks_min=2", "tasks_max=2",
		    "topology=edges", "edge_probability=0", demand[_i]);
	help_workload(&config, 6, &f, 1);
	ck_assert_double_eq(f.gflop[0], 10.0);
	sim = help_start(&config, 6);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	c = sim_cluster(sim);
	start = sim_now(sim);
	ck_assert_double_eq(sim_task(sim)->gflop, f.guess[0]);
	ck_assert_double_eq(sim_ready(sim)->gflop, f.guess[0]);
	ck_assert_double_eq(sim_ready(sim)->work, f.guess[0] + f.guess[1]);
	ck_assert_double_eq(sim_ready(sim)->work_left,
			    f.guess[0] + f.guess[1]);
	ck_assert_double_eq_tol(sim_ready(sim)->upward_rank,
				f.guess[0] / 4.0, 1e-12);
	out = help_act(sim, 0);
	ck_assert_double_eq(out.tau, 2.5);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq_tol(scale_remaining(c, 0), f.guess[0] / 4.0,
				1e-12);
	help_act(sim, 1);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	ck_assert_double_eq_tol(sim_now(sim) - start, 2.5, 1e-12);
	sim_destroy(sim);
}
END_TEST

/* A server may be overdue; what remains is 0 then, and never less. */
START_TEST(overdue)
{
	uint64_t late = 0;
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, "duration=0", "workflows=100", "load=0.9",
		    "demand=noisy", "demand_sigma=1", "check=true");
	sim = help_start(&config, 7);
	while (help_next(sim) == SIM_DECIDE) {
		const scale_cluster_t *c = sim_cluster(sim);

		for (size_t j = 0; j < c->n; j++) {
			late += c->busy[j] && c->free_at[j] < c->now;
			ck_assert_double_ge(scale_remaining(c, j), 0.0);
		}
		help_act(sim, help_fastest(sim));
	}
	ck_assert_uint_gt(late, 100);
	ck_assert_uint_eq(help_metrics(sim).workflows_finished, 100);
	sim_destroy(sim);
}
END_TEST

static sim_metrics_t run(const char *known, const char *order)
{
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	HELP_CONFIG(&config, "duration=0", "workflows=100", "load=0.8",
		    "topology=agentic", known, order);
	sim = help_start(&config, 8);
	help_finish(sim);
	m = help_metrics(sim);
	sim_destroy(sim);
	return m;
}

/* Who looks at no demand does the same whatever is known, to the last bit;
 * who orders by it does not. */
START_TEST(only_eyes)
{
	sim_metrics_t blind = run("demand=known", "order=fifo");
	sim_metrics_t sees = run("demand=known", "order=srpt"), m;

	m = run(demand[_i], "order=fifo");
	ck_assert(!memcmp(&m, &blind, sizeof(m)));
	m = run(demand[_i], "order=srpt");
	ck_assert(memcmp(&m, &sees, sizeof(m)));
}
END_TEST

/* Of a list nothing is known but the mean of all its primitives. */
START_TEST(replayed)
{
	double gflop[3] = { 2, 3, 10 }, gb[3] = { 0 };
	uint32_t first[4] = { 0, 0, 0, 0 }, none[1] = { 0 };
	sim_arrival_t item[2] = {
		{ 0.0, { 1, gflop, gb, gb, NULL, gb, first, none } },
		{ 1.0, { 2, gflop + 1, gb, gb, NULL, gb, first, none } },
	};
	sim_arrivals_t list = { item, 2 };
	scale_err_t err = { "" };
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "workflows=0", "demand=unknown");
	sim = sim_create_replay(&config, &list, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
	ck_assert(!sim_reset(sim, 1, &err));
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq(sim_task(sim)->gflop, 5.0);
	ck_assert_double_eq(help_act(sim, 0).tau, 0.5);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq(sim_task(sim)->gflop, 5.0);
	ck_assert_double_eq(help_act(sim, 0).tau, 0.75);
	sim_destroy(sim);
}
END_TEST

static void set_changes(sim_config_t *config)
{
	static const char text[] =
		"mixture: [{topology: paper}, {topology: agentic},"
		" {topology: edges}]\n"
		"changes:\n"
		"  - {at: 5, what: drain, server: 14, count: 2}\n"
		"  - {at: 8, what: add, tier: 1, count: 3}\n"
		"  - {at: 12, what: fail, server: 0, count: 2}\n"
		"  - {at: 20, what: return, server: 14, count: 2}\n";
	scale_err_t err = { "" };

	ck_assert_msg(!scale_conf_parse(sim_conf_table, config, text,
					strlen(text), "test", &err),
		      "%s", err.text);
}

/* Everything at once, under the clocks in turn: servers that fail by chance,
 * leave and come, a mixture, bursts or days, demand that is not known; all
 * constraints hold and all is finished, twice alike. */
START_TEST(all_at_once)
{
	static const char *const pace[] = { "arrivals=bursty",
					    "arrivals=diurnal" };
	sim_metrics_t m[2];

	for (int k = 0; k < 2; k++) {
		sim_config_t config;
		sim_t *sim;

		HELP_CONFIG(&config, "duration=40", "load=0.8", "mtbf=30",
			    "mttr=5", "check=true", "drain_limit=0",
			    demand[_i % 3], pace[_i % 2],
			    _i < 3 ? "clock=event" : "clock=paper");
		set_changes(&config);
		sim = help_start(&config, (uint64_t) _i);
		help_finish(sim);
		m[k] = help_metrics(sim);
		ck_assert_uint_gt(m[k].workflows_finished, 5);
		ck_assert_uint_eq(m[k].workflows_unfinished, 0);
		ck_assert_uint_gt(m[k].restarted, 0);
		sim_destroy(sim);
		scale_conf_free(sim_conf_table, &config);
	}
	ck_assert(!memcmp(&m[0], &m[1], sizeof(m[0])));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, truth_stays, 0, 3);
	tcase_add_test(tc, noisy);
	tcase_add_test(tc, unknown);
	tcase_add_loop_test(tc, shown, 0, 3);
	tcase_add_test(tc, overdue);
	tcase_add_loop_test(tc, only_eyes, 1, 3);
	tcase_add_test(tc, replayed);
	tcase_add_loop_test(tc, all_at_once, 0, 6);
	return test_run("source", tc);
}
