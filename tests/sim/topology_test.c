/*
 * topology_test.c - shapes, roles and the load that follows from them
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim_help.h"

enum { MANY = 4000 };

/* Every demand is its mean, 10 GFLOP, 16 GB and 0.5 GB, times the factor. */
#define EXACT "gflop_sd=0", "need_sd=0", "out_sd=0", "duration=0", \
	"workflows=4000"

/* Small shapes by hand: one word of predecessors for each primitive, "-" for
 * none, and its work in GFLOP. */
static const struct shape {
	const char *set[4];
	const char *parents;
	double gflop[7];
} shapes[] = {
	{ { "topology=chain", "chain_min=3", "chain_max=3" }, "- 0 1",
	  { 10, 10, 10 } },
	{ { "topology=fan", "fan_min=5", "fan_max=5" }, "- 0 0 0 123",
	  { 10, 10, 10, 10, 10 } },
	{ { "topology=edges", "edge_probability=1", "tasks_min=4",
	    "tasks_max=4" }, "- 0 01 012", { 10, 10, 10, 10 } },
	{ { "topology=edges", "edge_probability=0", "tasks_min=3",
	    "tasks_max=3" }, "- - -", { 10, 10, 10 } },
	{ { "topology=plan-act", "loops_min=2", "loops_max=2" },
	  "- 0 1 2 3 4 5", { 15, 4, 8, 15, 4, 8, 15 } },
	{ { "topology=map-reduce", "tools_min=2", "tools_max=2" },
	  "- 0 0 1 2 34", { 15, 4, 4, 8, 8, 15 } },
	{ { "topology=debate", "debaters_max=2", "rounds_max=2" },
	  "- 0 0 12 12 34", { 8, 15, 15, 15, 15, 15 } },
	{ { "topology=rerank", "tools_min=2", "tools_max=2" },
	  "- 0 0 12 3 4", { 8, 4, 4, 8, 15, 8 } },
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

static void describe(const help_flow_t *f, char *text)
{
	*text = '\0';
	for (uint32_t i = 0; i < f->spec.n; i++) {
		strcat(text, i ? " " : "");
		if (f->parent_first[i] == f->parent_first[i + 1])
			strcat(text, "-");
		for (uint32_t e = f->parent_first[i];
		     e < f->parent_first[i + 1]; e++)
			sprintf(text + strlen(text), "%u", f->parent[e]);
	}
}

START_TEST(by_hand)
{
	const struct shape *s = &shapes[_i];
	sim_config_t config;
	help_flow_t f;
	char text[256];

	HELP_CONFIG(&config, EXACT, s->set[0], s->set[1], s->set[2],
		    s->set[3]);
	ck_assert_uint_eq(help_workload(&config, 1, &f, 1), 1);
	describe(&f, text);
	ck_assert_str_eq(text, s->parents);
	for (uint32_t i = 0; i < f.spec.n; i++) {
		ck_assert_double_eq_tol(f.gflop[i], s->gflop[i], 1e-12);
		ck_assert_double_eq(f.lag[i], 0.0);
	}
}
END_TEST

/* A tool needs a quarter of the memory and hands on twice as much. */
START_TEST(roles)
{
	sim_config_t config;
	help_flow_t f;

	HELP_CONFIG(&config, EXACT, "topology=plan-act");
	help_workload(&config, 1, &f, 1);
	ck_assert_double_eq(f.mem_gb[0], 16.0);
	ck_assert_double_eq(f.mem_gb[1], 4.0);
	ck_assert_double_eq(f.mem_gb[2], 8.0);
	ck_assert_double_eq(f.out_gb[0], 0.25);
	ck_assert_double_eq(f.out_gb[1], 1.0);
	ck_assert_double_eq(f.out_gb[2], 0.25);
}
END_TEST

static void set_mixture(sim_config_t *config)
{
	static const char text[] = "mixture:\n"
				   "  - {topology: chain, weight: 3}\n"
				   "  - {topology: agentic}\n";
	scale_err_t err = { "" };

	ck_assert_msg(!scale_conf_parse(sim_conf_table, config, text,
					strlen(text), "test", &err),
		      "%s", err.text);
}

/* The work that arrives is load times the capacity (78 GFLOPS), to five
 * standard errors; the last is a mixture. */
START_TEST(load_is_right)
{
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	char topology[64] = "topology=paper";
	double sum = 0.0, sum2 = 0.0, mean, error;
	sim_config_t config;

	if (_i < SIM_TOPOLOGY_COUNT && _i != SIM_TOPOLOGY_INSTANCES)
		sprintf(topology, "topology=%s", sim_topology_names[_i]);
	HELP_CONFIG(&config, "duration=0", "workflows=4000", "load=0.8",
		    "gflop_mean=3", topology);
	if (_i == SIM_TOPOLOGY_COUNT)
		set_mixture(&config);
	ck_assert_double_eq_tol(sim_config_load(&config), 0.8, 1e-12);
	ck_assert_uint_eq(help_workload(&config, 5, flow, MANY), MANY);
	for (int k = 0; k < MANY; k++) {
		double work = 0.0;

		for (uint32_t i = 0; i < flow[k].spec.n; i++)
			work += flow[k].gflop[i];
		sum += work;
		sum2 += work * work;
	}
	mean = sum / MANY;
	error = sqrt((sum2 / MANY - mean * mean) / MANY);
	ck_assert_double_eq_tol(mean * sim_workload_rate(&config), 0.8 * 78.0,
				5.0 * error * sim_workload_rate(&config));
	/* tight enough to tell a wrong factor */
	ck_assert_double_lt(error, 0.01 * mean);
	scale_conf_free(sim_conf_table, &config);
	free(flow);
}
END_TEST

/* No workflow is larger than its bounds, and the largest one reaches them. */
START_TEST(bounds)
{
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	char topology[64];
	sim_config_t config;
	size_t tasks, edges, most = 0;

	sprintf(topology, "topology=%s", sim_topology_names[_i]);
	HELP_CONFIG(&config, "duration=0", "workflows=4000", topology);
	tasks = sim_topology_bounds(&config, (sim_topology_t) _i, &edges);
	help_workload(&config, 6, flow, MANY);
	for (int k = 0; k < MANY; k++) {
		ck_assert_uint_le(flow[k].spec.n, tasks);
		ck_assert_uint_le(flow[k].parent_first[flow[k].spec.n],
				  edges);
		most = flow[k].spec.n > most ? flow[k].spec.n : most;
	}
	ck_assert_uint_eq(most, tasks);
	free(flow);
}
END_TEST

/* Earlier primitives are predecessors with probability 0.3. */
START_TEST(edge_probability)
{
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	double pairs = 0.0, edges = 0.0;
	sim_config_t config;

	HELP_CONFIG(&config, EXACT, "topology=edges");
	help_workload(&config, 7, flow, MANY);
	for (int k = 0; k < MANY; k++) {
		double n = flow[k].spec.n;

		pairs += n * (n - 1.0) / 2.0;
		edges += flow[k].parent_first[flow[k].spec.n];
	}
	ck_assert_double_eq_tol(edges / pairs, 0.3, 5.0 * sqrt(0.21 / pairs));
	free(flow);
}
END_TEST

/* Three chains to one agentic workflow, which are four kinds: each has its
 * number of predecessors of the second, third and last primitive. */
START_TEST(mixture)
{
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	double chains = 0.0, share = 0.75;
	sim_config_t config, plain;
	help_flow_t other;

	/* no chain of 10 to 14 in what is agentic: plan-act has 7 */
	HELP_CONFIG(&config, EXACT, "loops_max=2");
	set_mixture(&config);
	help_workload(&config, 8, flow, MANY);
	for (int k = 0; k < MANY; k++) {
		uint32_t n = flow[k].spec.n;

		chains += n >= 10 && flow[k].parent_first[n] == n - 1 &&
			  flow[k].parent[n - 2] == n - 2 &&
			  flow[k].parent[1] == 1;
	}
	ck_assert_double_eq_tol(chains / MANY, share,
				5.0 * sqrt(share * (1 - share) / MANY));
	/* arrivals have a stream of their own */
	HELP_CONFIG(&plain, EXACT);
	help_workload(&plain, 8, &other, 1);
	ck_assert_double_eq(other.arrival, flow[0].arrival);
	scale_conf_free(sim_conf_table, &config);
	free(flow);
}
END_TEST

START_TEST(refused)
{
	static const char *const bad[][3] = {
		{ "chain_min=15", "chain_max=14", "chain_min 15 is above" },
		{ "fan_min=19", "fan_max=18", "fan_min 19 is above" },
		{ "debaters_min=5", "debaters_max=4", "debaters_min 5" },
		{ "topology=edges", "tasks_max=1001", "too many" },
	};
	scale_err_t err = { "" };
	sim_config_t c;

	HELP_CONFIG(&c, bad[_i][0], bad[_i][1]);
	ck_assert_int_eq(sim_config_check(&c, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i][2]), "%s", err.text);
}
END_TEST

START_TEST(empty_mixture)
{
	static const char text[] = "mixture: [{topology: fan, weight: 0}]\n";
	scale_err_t err = { "" };
	sim_config_t c;

	HELP_CONFIG(&c, "nodes=4");
	ck_assert(!scale_conf_parse(sim_conf_table, &c, text, strlen(text),
				    "test", &err));
	ck_assert_int_eq(sim_config_check(&c, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "mixture"));
	scale_conf_free(sim_conf_table, &c);
}
END_TEST

/* Whole episodes of each, with the constraints watched. */
START_TEST(runs)
{
	char topology[64];
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	if (_i == SIM_TOPOLOGY_INSTANCES)	/* instances_test.c */
		return;
	sprintf(topology, "topology=%s", sim_topology_names[_i]);
	HELP_CONFIG(&config, "duration=0", "workflows=30", "check=true",
		    "load=0.7", topology);
	sim = help_start(&config, 3);
	help_finish(sim);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.workflows_finished, 30);
	ck_assert_uint_eq(m.workflows_unfinished, 0);
	sim_destroy(sim);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, by_hand, 0, SHAPES);
	tcase_add_test(tc, roles);
	tcase_add_loop_test(tc, load_is_right, 0, SIM_TOPOLOGY_COUNT + 1);
	tcase_add_loop_test(tc, bounds, 0, SIM_TOPOLOGY_INSTANCES);
	tcase_add_test(tc, edge_probability);
	tcase_add_test(tc, mixture);
	tcase_add_loop_test(tc, refused, 0, 4);
	tcase_add_test(tc, empty_mixture);
	tcase_add_loop_test(tc, runs, 0, SIM_TOPOLOGY_COUNT);
	return test_run("topology", tc);
}
