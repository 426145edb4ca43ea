/*
 * cluster_test.c - servers that come and go
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim/cluster.h"
#include "sim_help.h"

#define EXACT 1e-12

/* SPEC 2: 16 servers are 4 + 10 + 2, others in proportion. */
START_TEST(shares)
{
	static const struct {
		int64_t nodes;
		uint32_t want[3];
	} table[] = {
		{ 16, { 4, 10, 2 } },	{ 32, { 8, 20, 4 } },
		{ 48, { 12, 30, 6 } },	{ 1, { 0, 1, 0 } },
		{ 3, { 1, 2, 0 } },	/* .75 1.875 .375: two left */
		{ 4, { 1, 3, 0 } },	/* 1 2.5 .5: the first of equal */
	};
	sim_config_t config;
	uint32_t count[SCALE_CONF_NUMBERS];

	HELP_CONFIG(&config, "nodes=16");
	for (int i = 0; i < TEST_COUNT(table); i++) {
		config.nodes = table[i].nodes;
		sim_cluster_shares(&config, count);
		for (int k = 0; k < 3; k++)
			ck_assert_uint_eq(count[k], table[i].want[k]);
	}
}
END_TEST

/* Random adds, starts, stops and leaves keep all books in agreement, and
 * positions dense. */
START_TEST(books)
{
	sim_cluster_t c;
	sim_config_t config;
	scale_rng_t rng;

	HELP_CONFIG(&config, "nodes=5", "mem_gb=[16, 80, 16]");
	sim_cluster_init(&c, &config);
	ck_assert_uint_eq(c.classes, 2);
	ck_assert_uint_eq(sim_cluster_class(&c, 16.0), 0);
	ck_assert_uint_eq(sim_cluster_class(&c, 16.1), 1);
	ck_assert_uint_eq(sim_cluster_class(&c, 81.0), 2);
	ck_assert_int_eq(sim_cluster_reset(&c, &config, 1), 0);
	scale_rng_seed(&rng, 1, 1);
	for (int i = 0; i < 5000; i++) {
		uint32_t uid = (uint32_t) scale_rng_below(&rng, c.servers);
		sim_server_t *s = &c.server[uid];

		if (scale_rng_below(&rng, 100) == 0)
			ck_assert(!sim_cluster_add(&c, i % 3, i));
		else if (s->pos == SIM_NO_INDEX && i % 3)
			sim_cluster_join(&c, uid, i);
		else if (s->pos == SIM_NO_INDEX)
			sim_cluster_expel(&c, uid);
		else if (s->task != SIM_NO_INDEX)
			sim_cluster_stop(&c, uid, i);
		else if (scale_rng_below(&rng, 3))
			sim_cluster_start(&c, uid, 7, i, i + 1);
		else
			sim_cluster_leave(&c, uid, i % 2 ? SIM_SERVER_OUT :
					  SIM_SERVER_DOWN, i);
		ck_assert(sim_cluster_selfcheck(&c));
	}
	ck_assert_uint_gt(c.servers, 5);
	sim_cluster_fini(&c);
}
END_TEST

static void give_changes(sim_config_t *config, const char *yaml)
{
	scale_err_t err = { "" };

	ck_assert_msg(!scale_conf_parse(sim_conf_table, config, yaml,
					strlen(yaml), "test", &err), "%s",
		      err.text);
}

/* The simulator keeps a copy of the changes. */
static sim_t *start_with(sim_config_t *config, const char *yaml)
{
	sim_t *sim;

	give_changes(config, yaml);
	sim = help_start(config, 1);
	scale_conf_free(sim_conf_table, config);
	return sim;
}

/* A drained server ends what it runs, leaves, and returns; predecessors on
 * it are far away meanwhile; C_max and M_max follow. */
START_TEST(drain_and_return)
{
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "mix=[1, 1]", "gflops=[4, 1]",
		    "mem_gb=[16, 8]", "idle_w=[1, 1]", "busy_w=[1, 1]",
		    "tasks_min=2", "tasks_max=2", "rate=1000");
	sim = start_with(&config, "changes: [{at: 1, what: drain, server: 0}, "
			"{at: 5, what: return, server: 0}]");
	ck_assert_double_eq(sim_cluster(sim)->gflops_max, 4.0);
	help_act(sim, 0);		/* runs from 0.0 to 2.5 */
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_gt(sim_now(sim), 2.5);
	ck_assert_uint_eq(sim_cluster(sim)->n, 1);	/* left at 2.5 */
	ck_assert_int_eq(sim_task(sim)->parent_server, SCALE_PARENT_GONE);
	ck_assert_double_eq(sim_cluster(sim)->gflops_max, 1.0);
	ck_assert_double_eq(sim_cluster(sim)->mem_max_gb, 8.0);
	help_act(sim, SIM_DEFER);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq(sim_now(sim), 5.0);
	ck_assert_uint_eq(sim_cluster(sim)->n, 2);
	ck_assert_double_eq(sim_cluster(sim)->gflops_max, 4.0);
	ck_assert_int_eq(sim_task(sim)->parent_server, 1);
	ck_assert_double_eq(sim_cluster(sim)->gflops[1], 4.0);
	help_finish(sim);
	ck_assert_uint_eq(help_metrics(sim).tasks_finished, 2);
	sim_destroy(sim);
}
END_TEST

/* A failing server's primitive is ready again at once and runs in full. */
START_TEST(failure)
{
	sim_config_t config;
	sim_metrics_t m;
	double arrival;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "rate=1000");
	sim = start_with(&config, "changes: [{at: 1, what: fail, server: 0}]");
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	arrival = sim_ready(sim)->arrival;
	ck_assert_double_eq(sim_now(sim), 1.0);
	ck_assert_uint_eq(sim_cluster(sim)->n, 1);
	help_act(sim, 0);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	m = help_metrics(sim);
	ck_assert_uint_eq(m.restarted, 1);
	ck_assert_uint_eq(m.assigned, 2);
	ck_assert_double_eq_tol(m.task_response.mean, 3.5 - arrival, EXACT);
	ck_assert_double_eq(m.task_wait.mean, 0.0);
	/* busy 1 - a and 2.5 s; present 1 and 3.5 s */
	ck_assert_double_eq_tol(m.utilisation, (3.5 - arrival) / 4.5, EXACT);
	sim_destroy(sim);
}
END_TEST

/* What fits no server waits for one that is announced. */
START_TEST(add)
{
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "mix=[1, 0]", "gflops=[4, 8]",
		    "mem_gb=[2, 16]", "idle_w=[1, 1]", "busy_w=[1, 1]",
		    _i ? "clock=paper" : "clock=event", "rate=1000");
	sim = start_with(&config, "changes: [{at: 9, what: add, tier: 1}]");
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq_tol(sim_now(sim), 9.0, EXACT);
	ck_assert_uint_eq(sim_cluster(sim)->n, 3);
	ck_assert_double_eq(help_act(sim, 2).tau, 1.25);
	ck_assert_int_eq(help_next(sim), SIM_DONE);
	sim_destroy(sim);
}
END_TEST

/* A change brings the deferred back like any event. */
START_TEST(change_wakes)
{
	sim_config_t config;
	sim_t *sim;

	HELP_CONFIG(&config, PLAIN, "rate=1000");
	sim = start_with(&config, "changes: [{at: 2, what: drain, server: 1}]");
	help_act(sim, SIM_DEFER);
	ck_assert_int_eq(help_next(sim), SIM_DECIDE);
	ck_assert_double_eq(sim_now(sim), 2.0);
	ck_assert_uint_eq(sim_cluster(sim)->n, 1);	/* idle: at once */
	sim_destroy(sim);
}
END_TEST

typedef struct outages {
	double at[64];
	uint32_t server[64];
	size_t count;
} outages_t;

static void note_outage(void *arg, const sim_note_t *note)
{
	outages_t *o = arg;

	if (note->kind != SIM_NOTE_LEAVE || o->count == 64)
		return;
	o->at[o->count] = note->time;
	o->server[o->count++] = note->server;
}

/* Failures by chance depend on the seed alone, not on the policy, and cost
 * nothing but time; the average gap is right. */
START_TEST(chance)
{
	outages_t seen[2] = { 0 };
	sim_config_t config;
	double span;

	HELP_CONFIG(&config, "mtbf=20", "mttr=3", "duration=100",
		    "check=true");
	for (int i = 0; i < 2; i++) {
		sim_t *sim = help_start(&config, 11);
		sim_metrics_t m;

		sim_observe(sim, note_outage, &seen[i]);
		while (help_next(sim) == SIM_DECIDE) {
			const scale_cluster_t *c = sim_cluster(sim);
			ssize_t j = help_fastest(sim);

			/* the other policy: the first that fits */
			for (size_t k = 0; i && k < c->n; k++)
				if (!c->busy[k] &&
				    scale_fits(c, sim_task(sim), k))
					j = (ssize_t) k;
			help_act(sim, j);
		}
		m = help_metrics(sim);
		ck_assert_uint_eq(m.tasks_unfinished, 0);
		ck_assert_uint_gt(m.restarted, 10);
		sim_destroy(sim);
	}
	ck_assert_uint_eq(seen[0].count, 64);
	ck_assert(!memcmp(seen[0].at, seen[1].at, sizeof(seen[0].at)));
	ck_assert(!memcmp(seen[0].server, seen[1].server,
			  sizeof(seen[0].server)));
	/* each server has a stream of its own */
	for (int i = 1; i < 64; i++)
		ck_assert_double_gt(seen[0].at[i], seen[0].at[i - 1]);
	/* 16 servers, each up 20 of 23 s: a gap of 23/16 s; 64 gaps have a
	 * standard error below 1/8 */
	span = seen[0].at[63] / 64.0;
	ck_assert_double_eq_tol(span, 23.0 / 16.0, 0.5 * 23.0 / 16.0);
}
END_TEST

/* What only a server under repair can hold waits for it, on both clocks. */
START_TEST(waits_for_repair)
{
	sim_config_t config;

	HELP_CONFIG(&config, PLAIN, "nodes=1", "mtbf=3", "mttr=3",
		    "drain_limit=0", _i ? "clock=paper" : "clock=event");
	for (uint64_t seed = 0; seed < 20; seed++) {
		sim_t *sim = help_start(&config, seed);

		help_finish(sim);
		ck_assert_uint_eq(help_metrics(sim).tasks_finished, 1);
		sim_destroy(sim);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, shares);
	tcase_add_test(tc, books);
	tcase_add_test(tc, drain_and_return);
	tcase_add_test(tc, failure);
	tcase_add_loop_test(tc, add, 0, 2);
	tcase_add_test(tc, change_wakes);
	tcase_add_test(tc, chance);
	tcase_add_loop_test(tc, waits_for_repair, 0, 2);
	return test_run("cluster", tc);
}
