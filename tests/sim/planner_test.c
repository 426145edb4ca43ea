/*
 * planner_test.c - plans that are followed, and made again when they must
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim/episode.h"
#include "sim_help.h"

static sim_metrics_t play(const sim_config_t *config, const char *name,
			  uint64_t seed, sim_observe_f watch, void *arg)
{
	scale_err_t err = { "" };
	sim_player_t player = {
		.planner = sim_planner_create(name, &err),
	};
	sim_t *sim = sim_create(config, &err);
	sim_metrics_t m;

	ck_assert_msg(sim && player.planner, "%s", err.text);
	sim_observe(sim, watch, arg);
	ck_assert_msg(!sim_play(sim, &player, seed, NULL, &err), "%s",
		      err.text);
	m = help_metrics(sim);
	sim_destroy(sim);
	sim_planner_destroy(player.planner);
	return m;
}

/* Servers of 8, 4 and 1 GFLOPS, all idle at 0 s, and what arrives then. */
#define THREE "nodes=3", "mix=[1, 1, 1]", "gflops=[8, 4, 1]", \
	"mem_gb=[16, 16, 16]", "idle_w=[1, 1, 1]", "busy_w=[1, 1, 1]", \
	"duration=0", "check=true"

typedef struct started {
	double at[8][8];	/* s, by workflow and index */
	uint32_t server[8][8];
} started_t;

static void note_start(void *arg, const sim_note_t *note)
{
	started_t *s = arg;

	if (note->kind != SIM_NOTE_START)
		return;
	s->at[note->workflow][note->index] = note->time;
	s->server[note->workflow][note->index] = note->server;
}

/* Three primitives of 8, 8 and 8 GFLOP at once: 1 s each on the fastest, 2 s
 * on the next.  mct commits the first to the fastest (ends at 1), the second
 * to either at 2 (lowest number: the fastest, behind the first), the third to
 * the next (2 s).  They arrive as roots of workflows of one. */
static sim_metrics_t replay(const char *name, size_t flows, started_t *seen,
			    const char *change)
{
	static double gflop[] = { 8 }, mem[] = { 4 }, out[] = { 0 };
	static double lag[] = { 0 };
	static uint32_t first[] = { 0, 0 }, parent[1];
	sim_arrival_t item[8];
	sim_arrivals_t list = { item, flows };
	sim_change_t fail = { .at = 0.5, .what = SIM_CHANGE_FAIL,
			      .count = 1, .server = 0 };
	sim_player_t player = { .planner = sim_planner_create(name, NULL) };
	sim_config_t config;
	sim_metrics_t m;
	sim_t *sim;

	HELP_CONFIG(&config, THREE, "workflows=1", "order=fifo");
	config.workflows = (int64_t) flows;
	if (change)
		config.changes = (scale_conf_list_t) { 1, &fail };
	for (size_t i = 0; i < flows; i++)
		item[i] = (sim_arrival_t) { 0.0, {
			.n = 1, .gflop = gflop, .mem_gb = mem, .out_gb = out,
			.lag = lag, .parent_first = first, .parent = parent,
		} };
	sim = sim_create_replay(&config, &list, NULL);
	ck_assert_ptr_nonnull(sim);
	sim_observe(sim, note_start, seen);
	ck_assert_int_eq(sim_play(sim, &player, 1, NULL, NULL), 0);
	m = help_metrics(sim);
	sim_destroy(sim);
	sim_planner_destroy(player.planner);
	return m;
}

START_TEST(commits)
{
	static const char *const name[] = { "mct", "heft", "cpop" };
	started_t seen;
	sim_metrics_t m = replay(name[_i], 3, &seen, NULL);

	ck_assert_uint_eq(m.tasks_finished, 3);
	ck_assert_uint_eq(seen.server[0][0], 0);
	ck_assert_double_eq(seen.at[0][0], 0.0);
	ck_assert_uint_eq(seen.server[1][0], 0);
	ck_assert_double_eq(seen.at[1][0], 1.0);
	ck_assert_uint_eq(seen.server[2][0], 1);
	ck_assert_double_eq(seen.at[2][0], 0.0);
	/* (1 + 2 + 2) / 3 */
	ck_assert_double_eq_tol(m.task_response.mean, 5.0 / 3.0, 1e-12);
}
END_TEST

/* The fastest server dies at 0.5 s with the first on it and the second behind
 * it: both are planned again, on what is left, 2 s behind the third. */
START_TEST(replans_on_failure)
{
	static const char *const name[] = { "mct", "heft", "cpop" };
	started_t seen;
	sim_metrics_t m = replay(name[_i], 3, &seen, "fail");

	ck_assert_uint_eq(m.restarted, 1);
	ck_assert_uint_eq(m.tasks_finished, 3);
	ck_assert_uint_ne(seen.server[0][0], 0);
	ck_assert_uint_ne(seen.server[1][0], 0);
	ck_assert_double_ge(seen.at[0][0], 0.5);
	ck_assert_double_ge(seen.at[1][0], 0.5);
}
END_TEST

/* Everything ends, under failures and changes too, with the constraints
 * watched; and again the same. */
START_TEST(everything_ends)
{
	static const char *const name[] = { "mct", "heft", "cpop" };
	static const char *const kind[] = { "mtbf=0", "mtbf=40",
					    "demand=noisy" };
	sim_config_t config;
	sim_metrics_t a, b;

	HELP_CONFIG(&config, kind[_i / 3], "load=0.8", "duration=30",
		    "mttr=5", "check=true");
	a = play(&config, name[_i % 3], 3, NULL, NULL);
	ck_assert_uint_eq(a.tasks_unfinished, 0);
	ck_assert_uint_gt(a.tasks_finished, 50);
	ck_assert_double_ge(a.task_response.mean, a.task_bound);
	b = play(&config, name[_i % 3], 3, NULL, NULL);
	ck_assert(!memcmp(&a, &b, sizeof(a)));
}
END_TEST

/* One workflow alone: HEFT as planned ends no later than it would at random,
 * and no sooner than the critical path; its order is its own. */
START_TEST(heft_needs_no_order)
{
	sim_config_t config;
	sim_metrics_t a, b;

	HELP_CONFIG(&config, "load=0.7", "duration=20", "order=hop");
	a = play(&config, _i ? "cpop" : "heft", 5, NULL, NULL);
	strcpy(config.order, "las");
	b = play(&config, _i ? "cpop" : "heft", 5, NULL, NULL);
	ck_assert_double_eq(a.task_response.mean, b.task_response.mean);
	ck_assert_double_eq(a.workflow_response.max, b.workflow_response.max);
}
END_TEST

/* Only the first is asked for there, and it may not be its turn. */
START_TEST(paper_clock)
{
	sim_player_t player = { .planner = sim_planner_create("heft", NULL) };
	sim_config_t config;
	scale_err_t err;
	sim_t *sim;

	HELP_CONFIG(&config, "clock=paper");
	sim = sim_create(&config, NULL);
	ck_assert_int_eq(sim_play(sim, &player, 1, NULL, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "needs clock: event"));
	sim_destroy(sim);
	sim_planner_destroy(player.planner);
}
END_TEST

START_TEST(names)
{
	const char *summary;
	scale_err_t err;

	ck_assert_str_eq(sim_planner_list(0, &summary), "heft");
	ck_assert_str_eq(sim_planner_list(2, NULL), "mct");
	ck_assert_ptr_null(sim_planner_list(3, NULL));
	ck_assert(sim_planner_orders("cpop"));
	ck_assert(!sim_planner_orders("mct"));
	ck_assert(!sim_planner_exists("eft"));
	ck_assert_ptr_null(sim_planner_create("eft", &err));
	ck_assert_int_eq(errno, EINVAL);
	sim_planner_destroy(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, commits, 0, 3);
	tcase_add_loop_test(tc, replans_on_failure, 0, 3);
	tcase_add_loop_test(tc, everything_ends, 0, 9);
	tcase_add_loop_test(tc, heft_needs_no_order, 0, 2);
	tcase_add_test(tc, paper_clock);
	tcase_add_test(tc, names);
	return test_run("planner", tc);
}
