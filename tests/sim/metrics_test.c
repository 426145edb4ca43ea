/*
 * metrics_test.c - quantiles by hand, event queue, bounded memory
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <malloc.h>

#include "model/rng.h"
#include "sim/dist.h"
#include "sim/dynamics.h"
#include "sim/report.h"
#include "sim_help.h"

/* 1 .. 5 and 1 .. 101: quantile q is at position q (n - 1). */
START_TEST(quantiles)
{
	double five[] = { 5, 1, 4, 2, 3 }, many[101], one[] = { 7 };
	sim_dist_t d = sim_dist(five, 5);

	ck_assert_uint_eq(d.count, 5);
	ck_assert_double_eq(d.mean, 3.0);
	ck_assert_double_eq_tol(d.sd, sqrt(2.5), 1e-15);
	ck_assert_double_eq(d.median, 3.0);
	ck_assert_double_eq_tol(d.p95, 4.8, 1e-12);
	ck_assert_double_eq_tol(d.p99, 4.96, 1e-12);
	ck_assert_double_eq(d.max, 5.0);
	for (int i = 0; i < 101; i++)
		many[i] = (i * 37) % 101 + 1;
	d = sim_dist(many, 101);
	ck_assert_double_eq(d.median, 51.0);
	ck_assert_double_eq_tol(d.p95, 96.0, 1e-9);
	ck_assert_double_eq_tol(d.p99, 100.0, 1e-9);
	d = sim_dist(one, 1);
	ck_assert_double_eq(d.p99, 7.0);
	ck_assert_double_eq(d.sd, 0.0);
	d = sim_dist(NULL, 0);
	ck_assert_uint_eq(d.count, 0);
	ck_assert_double_eq(d.mean, 0.0);
}
END_TEST

static int ascending(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Spread evenly; nearly all equal; a far tail; two heaps with nothing
 * between; apart by the last bit; negative, too. */
static double draw_value(scale_rng_t *rng, int shape)
{
	double u = scale_rng_uniform(rng);

	switch (shape) {
	case 0:
		return u;
	case 1:
		return u < 0.9 ? 0.0 : u;
	case 2:
		return exp(40.0 * u);
	case 3:
		return u < 0.5 ? u * 1e-6 : 1.0 + u * 1e-6;
	case 4:
		return u < 0.95 ? 1.0 : nextafter(1.0, 2.0);
	default:
		return u - 0.5;
	}
}

static double sorted_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double) (n - 1);
	size_t i = (size_t) at;

	return i + 1 < n ? sorted[i] + (at - (double) i) *
			   (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

/* Exactly what a sort finds, for any number and any shape. */
START_TEST(quantiles_of_sorted)
{
	double value[3000], sorted[3000];
	scale_rng_t rng;

	scale_rng_seed(&rng, 5, (uint64_t) _i);
	for (size_t n = 1; n <= 3000; n += n < 300 ? 1 : 97) {
		sim_dist_t d;

		for (size_t i = 0; i < n; i++)
			value[i] = sorted[i] = draw_value(&rng, _i);
		qsort(sorted, n, sizeof(*sorted), ascending);
		d = sim_dist(value, n);
		ck_assert_double_eq(d.median, sorted_quantile(sorted, n, 0.5));
		ck_assert_double_eq(d.p95, sorted_quantile(sorted, n, 0.95));
		ck_assert_double_eq(d.p99, sorted_quantile(sorted, n, 0.99));
		ck_assert_double_eq(d.max, sorted[n - 1]);
		qsort(value, n, sizeof(*value), ascending);
		ck_assert(!memcmp(value, sorted, n * sizeof(*value)));
	}
}
END_TEST

static double summary(const sim_metrics_t *runs, size_t count,
		      const char *member)
{
	json_t *root = sim_report_summary(runs, count);
	json_t *row = json_object_get(root, "tasks_finished");
	json_t *found = json_object_get(row, member);
	double x = json_is_null(found) ? NAN : json_real_value(found);

	json_decref(root);
	return x;
}

/* 2, 4 and 9: mean 5, deviation sqrt(13), standard error sqrt(13 / 3). */
START_TEST(summaries)
{
	const sim_metrics_t runs[] = { { .tasks_finished = 2 },
				       { .tasks_finished = 4 },
				       { .tasks_finished = 9 } };

	ck_assert_double_eq(summary(runs, 3, "mean"), 5.0);
	ck_assert_double_eq_tol(summary(runs, 3, "se"), sqrt(13.0 / 3.0),
				1e-15);
	ck_assert_double_eq(summary(runs, 1, "mean"), 2.0);
	ck_assert_double_nan(summary(runs, 1, "se"));
}
END_TEST

static sim_metrics_t run_policy(const sim_config_t *config, bool greedy)
{
	sim_t *sim = help_start(config, 3);
	sim_metrics_t m;

	while (help_next(sim) == SIM_DECIDE) {
		ssize_t server = help_fastest(sim);

		if (!greedy)	/* the slowest, or as good as any */
			for (size_t j = sim_cluster(sim)->n; j-- > 0;)
				if (!sim_cluster(sim)->busy[j] &&
				    scale_fits(sim_cluster(sim),
					       sim_task(sim), j))
					server = (ssize_t) j;
		help_act(sim, server);
	}
	m = help_metrics(sim);
	sim_destroy(sim);
	return m;
}

/* A chain of two, a diamond's half: 10 GFLOP each at 4 GFLOPS is 2.5 s, then
 * 5 s; the mean of both 3.75 s.  With servers to spare the bound is met. */
START_TEST(bound_by_hand)
{
	sim_config_t config;
	sim_metrics_t m;

	HELP_CONFIG(&config, PLAIN, "tasks_min=2", "tasks_max=2",
		    "two_parents=0");
	m = run_policy(&config, true);
	ck_assert_double_eq_tol(m.task_bound, 3.75, 1e-12);
	ck_assert_double_eq_tol(m.workflow_bound, 5.0, 1e-12);
	ck_assert_double_eq_tol(m.task_response.mean, 3.75, 1e-12);
	/* faster ones that are added while it runs count, used or not */
	HELP_CONFIG(&config, PLAIN, "tasks_min=2", "tasks_max=2",
		    "two_parents=0", "mix=[1,0]", "gflops=[4,8]",
		    "mem_gb=[16,16]", "idle_w=[50,50]", "busy_w=[100,100]");
	sim_change_t add = { .at = 1e6, .what = SIM_CHANGE_ADD, .tier = 1,
			     .count = 1 };

	config.changes = (scale_conf_list_t) { 1, &add };
	m = run_policy(&config, true);
	ck_assert_double_eq_tol(m.workflow_bound, 2.5, 1e-12);
	ck_assert_double_eq_tol(m.workflow_response.mean, 5.0, 1e-12);
}
END_TEST

/* The bound is the workload's, not the policy's, and nobody is below it. */
START_TEST(bound_bounds)
{
	sim_metrics_t good, bad;
	sim_config_t config;

	HELP_CONFIG(&config, _i % 2 ? "load=0.9" : "load=0.1", "warmup=10",
		    _i / 2 ? "nodes=64" : "nodes=8");
	good = run_policy(&config, true);
	bad = run_policy(&config, false);
	ck_assert_double_eq(good.task_bound, bad.task_bound);
	ck_assert_double_eq(good.workflow_bound, bad.workflow_bound);
	ck_assert_double_gt(good.task_bound, 0.0);
	ck_assert_double_ge(good.task_response.mean, good.task_bound);
	ck_assert_double_ge(good.workflow_response.mean,
			    good.workflow_bound);
	ck_assert_double_gt(bad.task_response.mean, good.task_bound * 1.1);
}
END_TEST

/* Time first, then kind, then order of insertion. */
START_TEST(event_order)
{
	sim_heap_t heap = { 0 };
	sim_event_t last = { .time = -1.0 };
	scale_rng_t rng;

	scale_rng_seed(&rng, 1, 0);
	for (int i = 0; i < 2000; i++) {
		double time = (double) scale_rng_below(&rng, 20);
		uint64_t kind = scale_rng_below(&rng, 5);

		ck_assert(!sim_heap_push(&heap, time, (sim_event_kind_t) kind,
					 (uint32_t) i, 0, 0));
		if (i % 3 == 2)
			sim_heap_pop(&heap);
		ck_assert(sim_heap_selfcheck(&heap));
	}
	while (sim_heap_top(&heap)) {
		sim_event_t e = *sim_heap_top(&heap);

		ck_assert(e.time > last.time ||
			  (e.time == last.time &&
			   sim_event_kind(&e) > sim_event_kind(&last)) ||
			  (e.time == last.time &&
			   sim_event_kind(&e) == sim_event_kind(&last) &&
			   e.who > last.who));
		last = e;
		sim_heap_pop(&heap);
	}
	sim_heap_free(&heap);
}
END_TEST

/* Structures stay sound while they are used. */
START_TEST(selfcheck)
{
	sim_config_t config;
	char order[64];
	sim_t *sim;
	int i = 0;

	sprintf(order, "order=%s%s",
		scale_order_info((scale_order_kind_t) _i)->name,
		_i == SCALE_ORDER_FAIR ? ":-0.5" : "");
	HELP_CONFIG(&config, "rate=1.4", "mtbf=30", "mttr=10", order,
		    "check=true");
	sim = help_start(&config, 5);
	while (help_next(sim) == SIM_DECIDE) {
		help_act(sim, ++i % 3 ? help_fastest(sim) : SIM_DEFER);
		ck_assert(sim_heap_selfcheck(&sim->events));
		ck_assert(sim_ready_selfcheck(&sim->ready, &sim->pool));
		ck_assert(sim_cluster_selfcheck(&sim->cluster));
	}
	ck_assert_uint_eq(help_metrics(sim).tasks_unfinished, 0);
	sim_destroy(sim);
}
END_TEST

/* Memory follows what is in the system, not what has passed: once the system
 * is warm, the only growth is that of the recorded times; without them
 * (before the end of an endless warm-up) there is none at all. */
START_TEST(bounded_memory)
{
	sim_config_t config;
	struct mallinfo2 before, after;
	size_t room;
	sim_t *sim;

	HELP_CONFIG(&config, "duration=0", "workflows=20000", "rate=1.2",
		    "warmup=1e9", "mtbf=500", "check=true");
	sim = help_start(&config, 1);
	while (help_next(sim) == SIM_DECIDE &&
	       sim_ready(sim)->workflow < 10000)
		help_act(sim, help_fastest(sim));
	before = mallinfo2();
	room = sim->pool.room;
	help_finish(sim);
	after = mallinfo2();
	ck_assert_uint_eq(help_metrics(sim).workflows_unfinished, 0);
	ck_assert_uint_le(sim->pool.room, 4 * room);
	/* at most one doubling of everything */
	ck_assert_uint_lt(after.uordblks, before.uordblks + (1 << 20));
	ck_assert_uint_lt(sim->events.room, 4096);
	sim_destroy(sim);
}
END_TEST

/* A second episode of the same seed gives the same bytes; another does not;
 * nothing is left over from an episode that was not finished. */
START_TEST(determinism)
{
	sim_metrics_t a, b, c;
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, _i ? "clock=paper" : "clock=event", "mtbf=200",
		    "check=true");
	sim = help_start(&config, 5);
	help_finish(sim);
	a = help_metrics(sim);
	ck_assert(!sim_reset(sim, 6, NULL));
	help_finish(sim);
	c = help_metrics(sim);
	ck_assert(!sim_reset(sim, 7, NULL));
	for (int i = 0; i < 40; i++)
		help_act(sim, help_fastest(sim));
	ck_assert(!sim_reset(sim, 5, NULL));
	help_finish(sim);
	b = help_metrics(sim);
	ck_assert(!memcmp(&a, &b, sizeof(a)));
	ck_assert(memcmp(&a, &c, sizeof(a)));
	sim_destroy(sim);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, quantiles);
	tcase_add_loop_test(tc, quantiles_of_sorted, 0, 6);
	tcase_add_test(tc, summaries);
	tcase_add_test(tc, bound_by_hand);
	tcase_add_loop_test(tc, bound_bounds, 0, 4);
	tcase_add_test(tc, event_order);
	tcase_add_loop_test(tc, selfcheck, 0, SCALE_ORDER_COUNT);
	tcase_add_test(tc, bounded_memory);
	tcase_add_loop_test(tc, determinism, 0, 2);
	return test_run("metrics", tc);
}
