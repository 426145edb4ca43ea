/*
 * compare_test.c - grids, entrants, paired differences, kept results
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "sim/compare_report.h"
#include "sim/dist.h"
#include "sim/episode.h"
#include "sim/report.h"
#include "sim_help.h"

static char dir[TEST_PATH];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "compare")));
}

static const char *write_grid(const char *text)
{
	static char path[TEST_PATH + 16];

	snprintf(path, sizeof(path), "%s/grid.yaml", dir);
	ck_assert_int_eq(scale_file_write(path, text, strlen(text), NULL), 0);
	return path;
}

static sim_grid_t read_grid(const char *text)
{
	scale_err_t err = { "" };
	sim_grid_t grid;

	ck_assert_msg(!sim_grid_load(&grid, write_grid(text), &err), "%s",
		      err.text);
	return grid;
}

/* Two parts; the last axis counts fastest, later settings win. */
START_TEST(grid_cells)
{
	static const char *const want[] = {
		"core: wide, load 0.3, mix 4:10:2",
		"core: wide, load 0.3, mix 1:1:1",
		"core: wide, load 0.9, mix 4:10:2",
		"core: wide, load 0.9, mix 1:1:1",
		"servers: base, steady",
		"servers: base, failing",
	};
	sim_grid_t grid = read_grid(
		"seed: 7\nseeds: 3\n"
		"set: {duration: 33, workflows: 5}\n"
		"parts:\n"
		"  core:\n"
		"    load: [0.3, 0.9]\n"
		"    config: [wide]\n"
		"    mix: [[4, 10, 2], [1, 1, 1]]\n"
		"    set: {duration: 44}\n"
		"  servers:\n"
		"    state:\n"
		"      steady: {}\n"
		"      failing: {mtbf: 50, duration: 55}\n");

	ck_assert_uint_eq(grid.seed, 7);
	ck_assert_uint_eq(grid.seeds, 3);
	ck_assert_int_eq((int) grid.cells, TEST_COUNT(want));
	for (int i = 0; i < TEST_COUNT(want); i++) {
		ck_assert_str_eq(grid.cell[i].name, want[i]);
		ck_assert_int_eq(grid.cell[i].config.workflows, 5);
	}
	ck_assert_double_eq(grid.cell[0].config.gflops.value[2], 25.0);
	ck_assert_double_eq(grid.cell[1].config.mix.value[1], 1.0);
	ck_assert_double_eq(grid.cell[2].config.load, 0.9);
	ck_assert_double_eq(grid.cell[2].config.duration, 44.0);
	ck_assert_double_eq(grid.cell[4].config.duration, 33.0);
	ck_assert_double_eq(grid.cell[4].config.mtbf, 0.0);
	ck_assert_double_eq(grid.cell[5].config.duration, 55.0);
	ck_assert_double_eq(grid.cell[5].config.mtbf, 50.0);
	sim_grid_free(&grid);
}
END_TEST

/* The grids that ship can be read, and no two cells have one name. */
START_TEST(shipped_grids)
{
	static const char *const name[] = { "quick", "standard" };
	static const size_t least[] = { 9, 164 };
	scale_err_t err = { "" };
	sim_grid_t grid;
	char path[4096];

	snprintf(path, sizeof(path), TEST_SRCDIR "/../../etc/eval/%s.yaml",
		 name[_i]);
	ck_assert_msg(!sim_grid_load(&grid, path, &err), "%s", err.text);
	ck_assert_uint_ge(grid.cells, least[_i]);
	for (size_t i = 0; i < grid.cells; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(grid.cell[i].name,
					 grid.cell[k].name);
	sim_grid_free(&grid);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{ "", "is empty" },
	{ "[1]", "grid.yaml:1:1: the grid: must be a map" },
	{ "seeds: 3\n", "parts is missing" },
	{ "seeds: 0\nparts: {a: {load: [1]}}\n", "yaml:1:8: seeds: 0 is not" },
	{ "sedes: 3\n", "did you mean \"seed" },
	{ "parts: {a: {laod: [0.5]}}\n",
	  "unknown key \"laod\"; did you mean \"load\"" },
	{ "parts: {a: {load: [0.5, x]}}\n", "yaml:1:25: load: must be a num" },
	{ "parts: {a: {load: 0.5}}\n", "load: must be a list" },
	{ "parts: {a: {load: []}}\n", "load: has no values" },
	{ "parts: {}\n", "parts: must be a map with something in it" },
	{ "parts: {a: {x: {y: {mtfb: 3}}}}\n", "did you mean \"mtbf\"" },
	{ "parts: {a: {config: [narrow]}}\n", "narrow" },
	{ "parts: {a: {tasks_min: [9]}}\n",
	  "a: base, tasks_min 9: tasks_min 9 is above" },
	{ "parts: {a: {load: [1]}, a: {load: [1]}}\n",
	  "key \"a\" stands in parts twice" },
	{ "parts: {a: {need_min: [90], need_max: [95]}}\n",
	  "no server can hold" },
};

START_TEST(grid_refused)
{
	scale_err_t err = { "" };
	sim_grid_t grid;

	ck_assert_int_eq(sim_grid_load(&grid, write_grid(bad[_i].text), &err),
			 -1);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s", err.text);
	ck_assert_uint_eq(grid.cells, 0);
}
END_TEST

static void add(sim_field_t *field, const char *text)
{
	scale_err_t err = { "" };

	ck_assert_msg(!sim_field_add(field, text, &err), "%s", err.text);
}

START_TEST(entrants)
{
	static const char *const wrong[] = {
		"best", "best+eft", "srpt+best", "srpt+", "+eft", "",
		"srpt+k-eft:5", "/none.safetensors", "srpt+./none",
	};
	sim_field_t field = { 0 };
	scale_err_t err;

	add(&field, "eft");
	add(&field, "fair:0.50+k-eft:2.50");
	add(&field, "srpt+k-eft");
	ck_assert_int_eq(sim_field_add(&field, "srpt+heft", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "orders by itself"));
	ck_assert_str_eq(field.entrant[0].name, "eft");
	ck_assert_str_eq(field.entrant[0].order, "");
	ck_assert_str_eq(field.entrant[1].name, "fair:0.5+k-eft:2.5");
	ck_assert_str_eq(field.entrant[1].order, "fair:0.5");
	ck_assert_str_eq(field.entrant[1].rule, "k-eft:2.5");
	for (int i = 0; i < TEST_COUNT(wrong); i++)
		ck_assert_msg(sim_field_add(&field, wrong[i], &err) == -1,
			      "%s", wrong[i]);
	ck_assert_uint_eq(field.count, 3);
	sim_field_free(&field);
	add(&field, "las+all");
	ck_assert_uint_eq(field.count, 11);
	ck_assert_str_eq(field.entrant[2].name, "las+fastest-idle");
	sim_field_free(&field);
	add(&field, "all");
	ck_assert_uint_eq(field.count, 11 * SCALE_ORDER_COUNT);
	sim_field_free(&field);
}
END_TEST

/* Of three workflows with slowdowns 1, 1, 4: 36 / (3 x 18) = 2/3; of n equal
 * ones 1; of 1 and nearly nothing 1/2. */
START_TEST(jain)
{
	double three[] = { 4, 1, 1 }, equal[] = { 2, 2 }, one[] = { 5 };
	double skew[] = { 1, 0 };
	sim_dist_t d = sim_dist(three, 3);

	ck_assert_double_eq_tol(sim_jain(&d), 2.0 / 3.0, 1e-12);
	d = sim_dist(equal, 2);
	ck_assert_double_eq_tol(sim_jain(&d), 1.0, 1e-12);
	d = sim_dist(one, 1);
	ck_assert_double_eq_tol(sim_jain(&d), 1.0, 1e-12);
	d = sim_dist(skew, 2);
	ck_assert_double_eq_tol(sim_jain(&d), 0.5, 1e-12);
}
END_TEST

START_TEST(scores)
{
	sim_metrics_t m = {
		.task_response = { .mean = 3, .median = 2, .p95 = 5, .p99 = 6 },
		.workflow_response = { .mean = 8, .p99 = 9 },
		.workflow_slowdown = { .count = 2, .mean = 1.5 },
		.tasks_finished = 30, .tasks_unfinished = 10,
		.decisions = 50, .invalid = 5,
		.task_bound = 1, .workflow_bound = 4,
	};
	static const double want[SIM_SCORES] = {
		3, 8, 2, 5, 6, 9, 1.5, 1, 0.25, 0.1, 1, 4, 40,
	};
	sim_score_t got;

	sim_score_from(&m, 0.002, &got);
	for (int i = 0; i < SIM_SCORES; i++)
		ck_assert_msg(fabs(got.value[i] - want[i]) < 1e-12, "%s",
			      sim_score_name((sim_score_id_t) i));
}
END_TEST

START_TEST(verdicts)
{
	ck_assert_int_eq(sim_verdict((sim_interval_t) { -2, -3, -1 }), 1);
	ck_assert_int_eq(sim_verdict((sim_interval_t) { 2, 1, 3 }), -1);
	ck_assert_int_eq(sim_verdict((sim_interval_t) { 1, -1, 3 }), 0);
	ck_assert_int_eq(sim_verdict((sim_interval_t) { 0, 0, 0 }), 0);
	ck_assert_int_eq(sim_verdict((sim_interval_t) { 5, NAN, NAN }), 0);
}
END_TEST

static const char small[] =
	"seeds: 3\nset: {duration: 10}\n"
	"parts: {a: {config: [base, wide], load: [0.5, 0.9]}}\n";

static void run(sim_compare_t *c, const sim_grid_t *grid,
		const sim_field_t *field, size_t threads, const char *keep)
{
	scale_err_t err = { "" };

	*c = (sim_compare_t) {
		.grid = grid,
		.field = field,
		.threads = threads,
		.dir = keep,
		.verify = true,
	};
	ck_assert_msg(!sim_compare_run(c, &err), "%s", err.text);
}

/* Scores are those of the episodes, differences those of their sums, and
 * whoever is no better than himself neither wins nor loses. */
START_TEST(differences)
{
	sim_grid_t grid = read_grid(small);
	sim_field_t field = { 0 };
	double sum[2] = { 0 }, best;
	sim_compare_t c;

	add(&field, "fastest-idle");
	add(&field, "random");
	run(&c, &grid, &field, 1, NULL);
	for (int e = 0; e < 2; e++) {
		scale_policy_t *p = scale_policy_create(
			field.entrant[e].rule, NULL);
		sim_t *sim = sim_create(&grid.cell[3].config, NULL);

		for (uint64_t s = 0; s < 3; s++) {
			sim_metrics_t m;

			ck_assert(!sim_episode(sim, p, 1000 + s, NULL));
			ck_assert(!sim_metrics(sim, &m, NULL));
			ck_assert_double_eq(
				sim_compare_scores(&c, 3, (size_t) e)[s]
					.value[SIM_SCORE_FLOW],
				m.workflow_response.mean);
			sum[e] += m.workflow_response.mean;
		}
		ck_assert_double_eq_tol(sim_compare_mean(&c, 3, (size_t) e,
							 SIM_SCORE_FLOW),
					sum[e] / 3.0, 1e-12);
		sim_destroy(sim);
		scale_policy_destroy(p);
	}
	ck_assert_double_eq_tol(
		sim_compare_cell(&c, 3, 1, SIM_SCORE_FLOW).mean,
		100.0 * (sum[1] - sum[0]) / sum[0], 1e-9);
	ck_assert_double_eq(sim_compare_all(&c, 0, SIM_SCORE_FLOW).low, 0.0);
	ck_assert_int_eq(sim_verdict(sim_compare_all(&c, 1, SIM_SCORE_TASK)),
			 -1);
	best = fmin(sum[0], sum[1]);
	ck_assert_double_eq_tol(sim_compare_behind(&c, 3, 1, SIM_SCORE_FLOW),
				100.0 * (sum[1] / best - 1.0), 1e-9);
	sim_compare_free(&c);
	sim_field_free(&field);
	sim_grid_free(&grid);
}
END_TEST

static char *as_json(const sim_compare_t *c)
{
	json_t *root = sim_compare_json(c, "grid", false);
	char *text = json_dumps(root, SIM_JSON_FLAGS);

	ck_assert_ptr_nonnull(text);
	json_decref(root);
	return text;
}

/* The same bytes at any number of threads, and from what was kept. */
START_TEST(threads_and_files)
{
	sim_grid_t grid = read_grid(small);
	sim_field_t field = { 0 };
	sim_compare_t c;
	char *want;

	add(&field, "heft");
	add(&field, "las+eft");
	run(&c, &grid, &field, 1, NULL);
	want = as_json(&c);
	sim_compare_free(&c);
	for (size_t i = 0; i < 4; i++) {
		char *got;

		run(&c, &grid, &field, i + 1, i ? dir : NULL);
		got = as_json(&c);
		ck_assert_str_eq(got, want);
		ck_assert_uint_eq(c.kept, i < 2 ? 0 : 8);
		free(got);
		sim_compare_free(&c);
	}
	free(want);
	sim_field_free(&field);
	sim_grid_free(&grid);
}
END_TEST

static size_t count_kept(const sim_grid_t *grid, const char *policy)
{
	sim_field_t field = { 0 };
	sim_compare_t c;
	size_t kept;

	add(&field, policy);
	run(&c, grid, &field, 1, dir);
	kept = c.kept;
	sim_compare_free(&c);
	sim_field_free(&field);
	return kept;
}

/* Damage every file that is kept. */
static void damage(void)
{
	char path[TEST_PATH + 300];
	struct dirent *entry;
	DIR *cells;

	snprintf(path, sizeof(path), "%s/cells", dir);
	cells = opendir(path);
	ck_assert_ptr_nonnull(cells);
	while ((entry = readdir(cells))) {
		snprintf(path, sizeof(path), "%s/cells/%s", dir,
			 entry->d_name);
		if (*entry->d_name != '.')
			ck_assert_int_eq(truncate(path, 100), 0);
	}
	closedir(cells);
}

/* What has changed is made anew: policy, parameter, order, seeds, settings;
 * what is damaged, too. */
START_TEST(stale)
{
	sim_grid_t grid = read_grid(small);

	ck_assert_uint_eq(count_kept(&grid, "k-eft"), 0);
	ck_assert_uint_eq(count_kept(&grid, "k-eft"), 4);
	ck_assert_uint_eq(count_kept(&grid, "k-eft:5"), 4);
	ck_assert_uint_eq(count_kept(&grid, "k-eft:6"), 0);
	ck_assert_uint_eq(count_kept(&grid, "fifo+k-eft"), 0);
	grid.seed++;
	ck_assert_uint_eq(count_kept(&grid, "k-eft"), 0);
	grid.cell[2].config.out_min *= 2.0;
	ck_assert_uint_eq(count_kept(&grid, "k-eft"), 3);
	damage();
	ck_assert_uint_eq(count_kept(&grid, "k-eft"), 0);
	ck_assert_uint_eq(count_kept(&grid, "k-eft"), 4);
	sim_grid_free(&grid);
}
END_TEST

/* A loss stands in the table with the word, and in the picture in red. */
START_TEST(losses_show)
{
	sim_grid_t grid = read_grid(small);
	sim_field_t field = { 0 };
	char *text, *svg;
	sim_compare_t c;
	size_t size;
	FILE *out;

	add(&field, "fastest-idle");
	add(&field, "random");
	run(&c, &grid, &field, 1, NULL);
	out = open_memstream(&text, &size);
	ck_assert_int_eq(sim_compare_text(&c, "g", true, false, out), 0);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "LOSS"));
	ck_assert_ptr_null(strstr(text, "WIN"));
	ck_assert_ptr_nonnull(strstr(text, "random loses 16 of 16"));
	ck_assert_ptr_nonnull(strstr(text, "lower bound"));
	ck_assert_int_eq(sim_compare_plot(&c, SIM_SCORE_TASK, &svg, &size,
					  NULL), 0);
	ck_assert_ptr_nonnull(strstr(svg, "hsl(8,"));
	ck_assert_ptr_null(strstr(svg, "hsl(212,"));
	ck_assert_ptr_nonnull(strstr(svg, "</svg>"));
	free(text);
	free(svg);
	sim_compare_free(&c);
	sim_field_free(&field);
	sim_grid_free(&grid);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, grid_cells);
	tcase_add_loop_test(tc, shipped_grids, 0, 2);
	tcase_add_loop_test(tc, grid_refused, 0, TEST_COUNT(bad));
	tcase_add_test(tc, entrants);
	tcase_add_test(tc, jain);
	tcase_add_test(tc, scores);
	tcase_add_test(tc, verdicts);
	tcase_add_test(tc, differences);
	tcase_add_test(tc, threads_and_files);
	tcase_add_test(tc, stale);
	tcase_add_test(tc, losses_show);
	return test_run("compare", tc);
}
