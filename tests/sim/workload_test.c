/*
 * workload_test.c - arrivals, graphs and demands of SPEC section 2
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim_help.h"

enum { MANY = 20000 };

/* All of one long draw, for statistics. */
typedef struct totals {
	double n, two, could, gflop, gflop2, mem, out, gap, gap2;
	double mem_min, mem_max, tasks;
} totals_t;

static totals_t draw_many(const sim_config_t *config, uint64_t seed)
{
	totals_t t = { .mem_min = INFINITY };
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	double last = 0.0;

	ck_assert_uint_eq(help_workload(config, seed, flow, MANY), MANY);
	for (int k = 0; k < MANY; k++) {
		const help_flow_t *f = &flow[k];
		double gap = f->arrival - last;

		last = f->arrival;
		t.n++;
		t.gap += gap;
		t.gap2 += gap * gap;
		for (uint32_t i = 0; i < f->spec.n; i++) {
			uint32_t parents = f->parent_first[i + 1] -
					   f->parent_first[i];

			ck_assert_uint_eq(parents > 0, i > 0);
			ck_assert_uint_le(parents, i < 2 ? i : 2);
			for (uint32_t e = f->parent_first[i];
			     e < f->parent_first[i + 1]; e++)
				ck_assert_uint_lt(f->parent[e], i);
			if (parents == 2)
				ck_assert_uint_lt(
					f->parent[f->parent_first[i]],
					f->parent[f->parent_first[i] + 1]);
			t.could += i > 1;
			t.two += parents == 2;
			t.tasks++;
			t.gflop += f->gflop[i];
			t.gflop2 += f->gflop[i] * f->gflop[i];
			t.mem += f->mem_gb[i];
			t.out += f->out_gb[i];
			t.mem_min = fmin(t.mem_min, f->mem_gb[i]);
			t.mem_max = fmax(t.mem_max, f->mem_gb[i]);
		}
	}
	free(flow);
	return t;
}

/* Means and deviations; five standard errors unless said otherwise. */
START_TEST(distributions)
{
	sim_config_t config;
	totals_t t;
	double n = MANY, tasks, mean;

	HELP_CONFIG(&config, "duration=0", "workflows=20000", "nodes=32");
	t = draw_many(&config, 1);
	tasks = t.tasks;
	/* 3 to 8, uniform: mean 5.5, variance 35/12 */
	ck_assert_double_eq_tol(tasks / n, 5.5, 5.0 * sqrt(35.0 / 12.0 / n));
	/* rate 1 at 16 servers: gaps of 0.5 s, deviation the same */
	ck_assert_double_eq_tol(t.gap / n, 0.5, 5.0 * 0.5 / sqrt(n));
	ck_assert_double_eq_tol(t.gap2 / n, 0.5, 5.0 * 0.5 *
				sqrt(5.0) / sqrt(n));
	ck_assert_double_eq_tol(t.two / t.could, 0.4,
				5.0 * sqrt(0.24 / t.could));
	mean = t.gflop / tasks;
	ck_assert_double_eq_tol(mean, 10.0, 5.0 * 3.0 / sqrt(tasks));
	ck_assert_double_eq_tol(t.gflop2 / tasks - mean * mean, 9.0,
				5.0 * 9.0 * sqrt(2.0 / tasks));
	/* cut at 1 below: the mean moves by 0.083 */
	ck_assert_double_eq_tol(t.mem / tasks, 16.08, 5.0 * 8.0 /
				sqrt(tasks));
	ck_assert_double_eq(t.mem_min, 1.0);
	ck_assert_double_gt(t.mem_max, 45.0);
	ck_assert_double_eq_tol(t.out / tasks, 0.5, 5.0 * 0.2 / sqrt(tasks));
}
END_TEST

/* Every pair of earlier nodes is equally likely as predecessors of node 3. */
START_TEST(uniform_parents)
{
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	double single[3] = { 0 }, pair[3] = { 0 }, singles = 0, pairs = 0;
	sim_config_t config;

	HELP_CONFIG(&config, "duration=0", "workflows=20000", "tasks_min=4",
		    "tasks_max=4");
	help_workload(&config, 2, flow, MANY);
	for (int k = 0; k < MANY; k++) {
		const uint32_t *first = flow[k].parent_first + 3;
		const uint32_t *parent = flow[k].parent + first[0];

		if (first[1] - first[0] == 1) {
			single[parent[0]]++;
			singles++;
		} else {
			/* 0+1, 0+2, 1+2 */
			pair[parent[0] + parent[1] - 1]++;
			pairs++;
		}
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_double_eq_tol(single[i] / singles, 1.0 / 3.0,
					5.0 * sqrt(2.0 / 9.0 / singles));
		ck_assert_double_eq_tol(pair[i] / pairs, 1.0 / 3.0,
					5.0 * sqrt(2.0 / 9.0 / pairs));
	}
	free(flow);
}
END_TEST

static bool same(const double *a, const double *b, uint32_t n)
{
	return !memcmp(a, b, n * sizeof(*a));
}

/* One stream per purpose: a change of one distribution leaves the others'
 * draws as they were. */
START_TEST(streams)
{
	static const char *const change[] = {
		"rate=3", "two_parents=0.9", "gflop_sd=1", "need_mean=30",
		"out_mean=2",
	};
	help_flow_t a[50], b[50];
	sim_config_t config, other;

	HELP_CONFIG(&config, "duration=0", "workflows=50");
	HELP_CONFIG(&other, "duration=0", "workflows=50", change[_i]);
	help_workload(&config, 3, a, 50);
	help_workload(&other, 3, b, 50);
	for (int k = 0; k < 50; k++) {
		uint32_t n = a[k].spec.n;

		if (_i != 1)	/* shapes */
			ck_assert_uint_eq(n, b[k].spec.n);
		ck_assert_int_eq(a[k].arrival == b[k].arrival, _i != 0);
		if (_i == 1)
			break;	/* sizes follow the number of primitives */
		ck_assert(!memcmp(a[k].parent_first, b[k].parent_first,
				  (n + 1) * sizeof(uint32_t)));
		ck_assert_int_eq(same(a[k].gflop, b[k].gflop, n), _i != 2);
		ck_assert_int_eq(same(a[k].mem_gb, b[k].mem_gb, n), _i != 3);
		ck_assert_int_eq(same(a[k].out_gb, b[k].out_gb, n), _i != 4);
	}
}
END_TEST

/* How many primitives there are is part of the shape: other bounds leave the
 * sizes of the first workflow as they were. */
START_TEST(shape_is_a_stream)
{
	sim_config_t config;
	help_flow_t a, b;

	HELP_CONFIG(&config, "duration=0", "workflows=1");
	help_workload(&config, 3, &a, 1);
	HELP_CONFIG(&config, "duration=0", "workflows=1", "tasks_min=8");
	help_workload(&config, 3, &b, 1);
	ck_assert_uint_eq(b.spec.n, 8);
	ck_assert_double_eq(a.arrival, b.arrival);
	ck_assert(same(a.gflop, b.gflop, a.spec.n));
	ck_assert(same(a.mem_gb, b.mem_gb, a.spec.n));
	HELP_CONFIG(&config, "duration=0", "workflows=1", "tasks_min=8",
		    "gflop_min=30");
	help_workload(&config, 3, &b, 1);
	ck_assert_double_eq(b.gflop[0], 30.0);
	ck_assert(same(a.mem_gb, b.mem_gb, a.spec.n));
}
END_TEST

/* Neighbouring seeds share nothing: the first gap and the first size of 4096
 * pairs of seeds are uncorrelated. */
START_TEST(neighbouring_seeds)
{
	const int pairs = 4096;
	sim_config_t config;
	help_flow_t a, b;
	double gaps = 0.0, sizes = 0.0;

	HELP_CONFIG(&config, "duration=0", "workflows=1", "rate=1");
	for (int seed = 0; seed < pairs; seed++) {
		help_workload(&config, (uint64_t) seed, &a, 1);
		help_workload(&config, (uint64_t) seed + 1, &b, 1);
		gaps += (a.arrival - 1.0) * (b.arrival - 1.0);
		sizes += (a.gflop[0] - 10.0) * (b.gflop[0] - 10.0) / 9.0;
	}
	/* means of products of two with deviation 1: five standard errors */
	ck_assert_double_lt(fabs(gaps / pairs), 5.0 / sqrt(pairs));
	ck_assert_double_lt(fabs(sizes / pairs), 5.0 / sqrt(pairs));
}
END_TEST

typedef struct workload_seen {
	double arrival[200];
	uint32_t n[200];
	size_t count;
} workload_seen_t;

static void see(void *arg, const sim_note_t *note)
{
	workload_seen_t *seen = arg;

	if (note->kind != SIM_NOTE_ARRIVE)
		return;
	seen->arrival[seen->count] = note->time;
	seen->n[seen->count++] = note->index;
}

/* Another policy meets the same arrivals and the same primitives. */
START_TEST(policy_changes_nothing)
{
	workload_seen_t seen[2] = { 0 };
	double demand[2] = { 0.0, 0.0 };
	sim_config_t config;

	HELP_CONFIG(&config, "duration=0", "workflows=200");
	for (int i = 0; i < 2; i++) {
		sim_t *sim = help_start(&config, 9);

		sim_observe(sim, see, &seen[i]);
		while (help_next(sim) == SIM_DECIDE) {
			const scale_cluster_t *c = sim_cluster(sim);
			ssize_t j = help_fastest(sim);
			const scale_ready_t *r = sim_ready(sim);
			double name = (double) (10 * r->workflow + r->index);

			for (size_t k = 0; i && k < c->n; k++)
				if (!c->busy[k] &&
				    scale_fits(c, sim_task(sim), k))
					j = (ssize_t) k;
			/* a sum that knows which primitive has which size */
			if (help_act(sim, j).effect == SIM_ASSIGNED)
				demand[i] += sin(name) *
					     sim_task(sim)->gflop *
					     sim_task(sim)->mem_gb;
		}
		ck_assert_uint_eq(help_metrics(sim).workflows_finished, 200);
		sim_destroy(sim);
	}
	ck_assert(!memcmp(&seen[0], &seen[1], sizeof(seen[0])));
	/* the same terms in another order */
	ck_assert_double_eq_tol(demand[0], demand[1], 1e-6);
}
END_TEST

/* The i-th workflow does not depend on how many there are. */
START_TEST(prefix)
{
	help_flow_t a[5], b[30];
	sim_config_t config;

	HELP_CONFIG(&config, "duration=0", "workflows=5");
	ck_assert_uint_eq(help_workload(&config, 4, a, 5), 5);
	HELP_CONFIG(&config, "duration=0", "workflows=30");
	help_workload(&config, 4, b, 30);
	for (int k = 0; k < 5; k++) {
		ck_assert_double_eq(a[k].arrival, b[k].arrival);
		ck_assert(same(a[k].gflop, b[k].gflop, a[k].spec.n));
	}
	/* and arrivals stop before the duration */
	HELP_CONFIG(&config, "duration=10");
	ck_assert_uint_lt(help_workload(&config, 4, b, 30), 30);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, distributions);
	tcase_add_test(tc, uniform_parents);
	tcase_add_loop_test(tc, streams, 0, 5);
	tcase_add_test(tc, shape_is_a_stream);
	tcase_add_test(tc, neighbouring_seeds);
	tcase_add_test(tc, policy_changes_nothing);
	tcase_add_test(tc, prefix);
	return test_run("workload", tc);
}
