/*
 * instances_test.c - recorded workflows as a topology
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <unistd.h>

#include "sim_help.h"

#define WF(tasks, runs) "{\"name\": \"w\", \"schemaVersion\": \"1.5\"," \
	" \"workflow\": {\"specification\": {\"tasks\": [" tasks "]}," \
	" \"execution\": {\"tasks\": [" runs "]}}}"
#define TASK(id, parents, children) "{\"name\": \"" id "\", \"id\": \"" id \
	"\", \"parents\": [" parents "], \"children\": [" children "]}"

/* A diamond, the last one first in the file. */
static const char diamond[] = WF(
	TASK("join", "\"l\", \"r\"", "") "," TASK("l", "\"root\"", "\"join\"")
	"," TASK("r", "\"root\"", "\"join\"") ","
	TASK("root", "", "\"l\", \"r\""),
	"{\"id\": \"join\", \"runtimeInSeconds\": 3},"
	"{\"id\": \"l\", \"runtimeInSeconds\": 2,"
	" \"memoryInBytes\": 200000000000},"
	"{\"id\": \"root\", \"runtimeInSeconds\": 1,"
	" \"writtenBytes\": 2000000000}");
/* Two by themselves, one of them hardly there. */
static const char pair[] = WF(
	TASK("big", "", "") "," TASK("tiny", "", ""),
	"{\"id\": \"big\", \"runtimeInSeconds\": 10000},"
	"{\"id\": \"tiny\", \"runtimeInSeconds\": 1}");
static const char cycle[] = WF(
	TASK("a", "\"b\"", "\"b\"") "," TASK("b", "\"a\"", "\"a\""), "");

static char dir[TEST_PATH];

static void put(const char *name, const char *text)
{
	char path[TEST_PATH + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "instances")));
}

static void teardown(void)
{
	static const char *const name[] = { "a.json", "b.json", "note.txt" };
	char path[TEST_PATH + 32];

	for (int i = 0; i < TEST_COUNT(name); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		unlink(path);
	}
	rmdir(dir);
}

static void put_both(void)
{
	put("b.json", pair);
	put("a.json", diamond);
	put("note.txt", "not read");
}

/* r has the mean of the known ones, 2 s: 1, 2, 2 and 3 of 8.  The mean of
 * the pair is 5000.5 s, so that the tiny one counts as 5.0005 s. */
START_TEST(by_hand)
{
	static const double share[] = { 0.125, 0.25, 0.25, 0.375 };
	static const uint32_t first[] = { 0, 0, 1, 2, 4 };
	static const uint32_t parent[] = { 0, 0, 1, 2 };
	scale_err_t err = { "" };
	const sim_workflow_spec_t *s;
	sim_instances_t *all;

	put_both();
	all = sim_instances_read(dir, &err);
	ck_assert_msg(all != NULL, "%s", err.text);
	ck_assert_uint_eq(all->count, 2);
	ck_assert_uint_eq(all->tasks_max, 4);
	ck_assert_uint_eq(all->edges_max, 4);
	s = &all->item[0].spec;
	ck_assert_uint_eq(s->n, 4);
	ck_assert(!memcmp(s->parent_first, first, sizeof(first)));
	ck_assert(!memcmp(s->parent, parent, sizeof(parent)));
	for (int i = 0; i < 4; i++) {
		ck_assert_double_eq_tol(s->gflop[i], share[i], 1e-12);
		ck_assert_int_eq(isnan(s->mem_gb[i]), i != 1);
		ck_assert_int_eq(isnan(s->out_gb[i]), i != 0);
	}
	ck_assert_double_eq_tol(s->mem_gb[1], 200.0, 1e-9);
	ck_assert_double_eq_tol(s->out_gb[0], 2.0, 1e-12);
	s = &all->item[1].spec;
	ck_assert_uint_eq(s->n, 2);
	ck_assert_uint_eq(s->parent_first[2], 0);
	ck_assert_double_eq_tol(s->gflop[1], 5.0005 / 10005.0005, 1e-12);
	sim_instances_destroy(all);
}
END_TEST

enum { MANY = 2000 };

/* Both come equally often, with replacement; all have their work, memory
 * within its bounds, and the load is what it says. */
START_TEST(drawn)
{
	help_flow_t *flow = calloc(MANY, sizeof(*flow));
	double diamonds = 0.0;
	sim_instances_t *all;
	sim_config_t config;

	put_both();
	all = sim_instances_read(dir, NULL);
	ck_assert_ptr_nonnull(all);
	HELP_CONFIG(&config, "duration=0", "workflows=2000", "load=0.5",
		    "topology=instances", "instance_gflop=39", "out_sd=0");
	/* 78 GFLOPS: one workflow per second */
	ck_assert_double_eq_tol(sim_workload_rate(&config), 1.0, 1e-12);
	ck_assert_double_eq_tol(sim_config_load(&config), 0.5, 1e-12);
	ck_assert_uint_eq(help_draw(&config, all, 3, flow, MANY), MANY);
	for (int k = 0; k < MANY; k++) {
		const help_flow_t *f = &flow[k];
		double work = 0.0;

		for (uint32_t i = 0; i < f->spec.n; i++) {
			work += f->gflop[i];
			ck_assert_double_ge(f->mem_gb[i], 1.0);
			ck_assert_double_le(f->mem_gb[i], 80.0);
		}
		ck_assert_double_eq_tol(work, 39.0, 1e-9);
		diamonds += f->spec.n == 4;
		if (f->spec.n != 4)
			continue;
		ck_assert_double_eq(f->mem_gb[1], 80.0);
		ck_assert_double_eq_tol(f->out_gb[0], 2.0, 1e-12);
		ck_assert_double_eq(f->out_gb[1], 0.5);
	}
	ck_assert_double_eq_tol(diamonds / MANY, 0.5, 5.0 * 0.5 / sqrt(MANY));
	sim_instances_destroy(all);
	free(flow);
}
END_TEST

/* Whole episodes in a mixture; nothing is known but the mean. */
START_TEST(episode)
{
	static const char text[] =
		"mixture: [{topology: instances}, {topology: chain}]\n";
	scale_err_t err = { "" };
	sim_config_t config;
	sim_metrics_t m[2];
	char folder[TEST_PATH + 16];

	put_both();
	snprintf(folder, sizeof(folder), "instances=%s", dir);
	HELP_CONFIG(&config, "duration=0", "workflows=40", "check=true",
		    "load=0.6", "demand=unknown", "mtbf=100", folder);
	ck_assert(!scale_conf_parse(sim_conf_table, &config, text,
				    strlen(text), "test", &err));
	for (int i = 0; i < 2; i++) {
		sim_t *sim = help_start(&config, 5);

		help_finish(sim);
		m[i] = help_metrics(sim);
		ck_assert_uint_eq(m[i].workflows_finished, 40);
		sim_destroy(sim);
	}
	ck_assert(!memcmp(&m[0], &m[1], sizeof(m[0])));
	scale_conf_free(sim_conf_table, &config);
}
END_TEST

static void refused(const char *folder, int errnum, const char *words)
{
	scale_err_t err = { "" };

	ck_assert_ptr_null(sim_instances_read(folder, &err));
	ck_assert_int_eq(errno, errnum);
	ck_assert_msg(strstr(err.text, words), "%s", err.text);
}

START_TEST(bad)
{
	scale_err_t err = { "" };
	sim_config_t config;

	refused("/nonexistent", ENOENT, "cannot read /nonexistent");
	refused(dir, EINVAL, "no file in");
	put("b.json", "{\"tasks\": [{\"id\": \"map\", \"command\": \"x\", "
	    "\"width\": 8}]}");
	refused(dir, EINVAL, "task map is an array");
	put("b.json", diamond);
	put("a.json", cycle);
	refused(dir, ELOOP, "a.json");
	put("a.json", "{");
	refused(dir, EINVAL, "a.json");
	HELP_CONFIG(&config, "topology=instances");
	ck_assert_ptr_null(sim_create(&config, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "needs a folder"));
}
END_TEST

/* What others recorded, where it is at hand. */
START_TEST(real)
{
	sim_config_t config;
	sim_t *sim;

	if (access(INSTANCES, R_OK))
		return;
	HELP_CONFIG(&config, "duration=0", "workflows=20", "check=true",
		    "load=0.6", "topology=instances",
		    "instances=" INSTANCES);
	sim = help_start(&config, 5);
	help_finish(sim);
	ck_assert_uint_eq(help_metrics(sim).workflows_finished, 20);
	sim_destroy(sim);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, by_hand);
	tcase_add_test(tc, drawn);
	tcase_add_test(tc, episode);
	tcase_add_test(tc, bad);
	tcase_add_test(tc, real);
	return test_run("instances", tc);
}
