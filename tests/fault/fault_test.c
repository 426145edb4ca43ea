/*
 * fault_test.c - each call fails once, the power fails before each call
 *
 * A case reads or writes one of our files.  It runs with its first call
 * failing, then with its second, until it reaches no more: either it says
 * that it failed, and why, or it succeeded, and nothing is leaked.  A file is
 * afterwards what it was or what it was to be, never a mixture.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE	/* nftw() */
#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/file.h"
#include "model/model_file.h"
#include "plugin/site_conf.h"
#include "plugin/state_file.h"
#include "shim.h"
#include "tests/test_run.h"
#include "trainer/checkpoint.h"

enum { CALLS_MAX = 20000 };

static const char training[] =
	"seed: 7\nepochs: 2\nenvs: 1\nsteps: 8\nmask: idle\n"
	"ppo: {minibatch: 8}\n"
	"env: {nodes: 2, mix: [1, 1], gflops: [1, 10], mem_gb: [80, 80],"
	" idle_w: [1, 1], busy_w: [2, 2], load: 0.1, duration: 400}\n";

static char dir[TEST_PATH], file[TEST_PATH + 16];

/* What the cases write, made once and without faults. */
static scale_model_t *model;
static scale_state_stage_t stage = {
	10, 1000, 1, 0, 1, 0, 1.7e9, 1.0, 0.5, "rag", "plan", true, 0
};
static scale_state_t state = { .saved = 1, .stage_count = 1, .stage = &stage };
static train_config_t config;
static train_t *train;

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return strcmp(path, dir) ? remove(path) : 0;
}

static void empty_dir(void)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* While armed nothing may be asserted: check allocates. */
static bool wrong;

static int expect(bool holds)
{
	wrong = wrong || !holds;
	return 0;
}

static int model_save(scale_err_t *err)
{
	return scale_model_save(model, file, err);
}

static int model_load(scale_err_t *err)
{
	scale_model_t *got = scale_model_load(file, err);
	bool same = got && !memcmp(got->net->params, model->net->params,
				   sizeof(real_t) * model->net->param_count);

	if (!got)
		return -1;
	scale_model_destroy(got);
	return expect(same);
}

/* A file that the site can write, in full. */
static void site_make(void)
{
	static const char text[] =
		"mode: canary\npolicy: eft\n"
		"exclude:\n  - {partition: gpu}\n  - {account: x}\n";

	ck_assert_int_eq(scale_file_write(file, text, strlen(text), NULL), 0);
}

static int site_read(scale_err_t *err)
{
	scale_site_t site = { 0 };
	int rc = -1;

	if (scale_conf_defaults(scale_site_table, &site, err) == 0 &&
	    scale_conf_read(scale_site_table, &site, file, err) == 0 &&
	    scale_site_check(&site, file, err) == 0)
		rc = expect(site.exclude.count == 2);
	scale_conf_free(scale_site_table, &site);
	return rc;
}

static int state_write(scale_err_t *err)
{
	char *text = NULL;
	size_t size;
	int rc = -1;

	if (scale_state_encode(&state, &text, &size, err) == 0)
		rc = scale_state_write(dir, text, size, err);
	free(text);
	return rc;
}

static int state_read(scale_err_t *err)
{
	scale_state_t got = { 0 };
	bool same;

	if (scale_state_read(dir, &got, err) < 0)
		return -1;
	same = got.stage_count == 1 && !strcmp(got.stage->workflow, "rag");
	scale_state_free(&got);
	return expect(same);
}

static int checkpoint_write(scale_err_t *err)
{
	char *data = NULL;
	size_t size;
	int rc = -1;

	if (train_checkpoint_make(train, &data, &size, err) == 0)
		rc = train_checkpoint_write(data, size, file, err);
	free(data);
	return rc;
}

static int checkpoint_load(scale_err_t *err)
{
	train_config_t from = { 0 };
	train_t *got = NULL;
	int rc = -1;

	if (train_checkpoint_config(file, &from, err) < 0)
		return -1;
	got = train_create(&from, 1, err);
	if (got && train_checkpoint_load(got, file, err) == 0)
		rc = expect(!memcmp(got->net->params, train->net->params,
				    sizeof(real_t) * got->net->param_count));
	train_destroy(got);
	scale_conf_free(train_conf_table, &from);
	return rc;
}

/* The version is in the file: which one is there? */
static void model_version(int i)
{
	ck_assert_int_eq(scale_model_set_meta(model, "name",
					      i ? "new" : "old", NULL), 0);
}

static int model_seen(scale_err_t *err)
{
	scale_model_t *got = scale_model_load(file, err);
	int i = got && !strcmp(scale_model_meta(got, "name"), "new");

	if (!got)
		return -1;
	scale_model_destroy(got);
	return i;
}

static void state_version(int i)
{
	state.saved = i;
}

static int state_seen(scale_err_t *err)
{
	scale_state_t got = { 0 };
	int i;

	if (scale_state_read(dir, &got, err) < 0)
		return -1;
	i = got.saved == 1.0;
	scale_state_free(&got);
	return i;
}

static void checkpoint_version(int i)
{
	train->wall_s = i;
}

static int checkpoint_seen(scale_err_t *err)
{
	train_t *got = train_create(&config, 1, err);
	int i = -1;

	if (got && train_checkpoint_load(got, file, err) == 0)
		i = got->wall_s == 1.0;
	train_destroy(got);
	return i;
}

static void model_make(void)
{
	ck_assert_int_eq(model_save(NULL), 0);
}

static void state_make(void)
{
	ck_assert_int_eq(state_write(NULL), 0);
}

static void checkpoint_make(void)
{
	ck_assert_int_eq(checkpoint_write(NULL), 0);
}

typedef struct fault_case {
	const char *name;
	void (*make)(void);		/* the file that is there before */
	int (*act)(scale_err_t *err);
	void (*version)(int i);		/* writers: make writes 0, act 1 */
	int (*seen)(scale_err_t *err);	/* RET that version, or -1 */
} fault_case_t;

static const fault_case_t table[] = {
	{ "model save", model_make, model_save, model_version, model_seen },
	{ "checkpoint write", checkpoint_make, checkpoint_write,
	  checkpoint_version, checkpoint_seen },
	{ "state write", state_make, state_write, state_version, state_seen },
	{ "model load", model_make, model_load, NULL, NULL },
	{ "scale.yaml read", site_make, site_read, NULL, NULL },
	{ "state read", state_make, state_read, NULL, NULL },
	{ "checkpoint resume", checkpoint_make, checkpoint_load, NULL, NULL },
};

/* A resumed training is made anew, by too many allocations for a check. */
enum { WRITERS = 3, MEMORY = 6 };

static void setup(void)
{
	scale_dims_t dims = { 5, 5, 2, 1, 1, 1, 1, SCALE_POINTER, 0, 0 };
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_err_t err = { "" };

	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "fault")));
	snprintf(file, sizeof(file), "%s/file", dir);
	ck_assert_ptr_nonnull(net);
	scale_net_init(net, 42);
	model = scale_model_create(net, &err);
	ck_assert_ptr_nonnull(model);
	ck_assert_int_eq(scale_conf_defaults(train_conf_table, &config, &err),
			 0);
	ck_assert_msg(!scale_conf_parse(train_conf_table, &config, training,
					strlen(training), "t", &err),
		      "%s", err.text);
	train = train_create(&config, 1, &err);
	ck_assert_msg(train != NULL, "%s", err.text);
}

static void teardown(void)
{
	train_destroy(train);
	scale_conf_free(train_conf_table, &config);
	scale_model_destroy(model);
	empty_dir();
	rmdir(dir);
}

static void prepare(const fault_case_t *c)
{
	empty_dir();
	if (c->version)
		c->version(0);
	c->make();
	if (c->version)
		c->version(1);
}

/* Files that are not one of those that a writer may leave. */
static int stray(const char *path, const struct stat *st, int type,
		 struct FTW *ftw)
{
	ck_assert_msg(!strstr(path, ".tmp."), "%s is left", path);
	return 0;
}

static void check_files(const fault_case_t *c, int rc, long n)
{
	scale_err_t err = { "" };
	int seen = c->seen(&err);

	ck_assert_msg(seen >= 0, "%s, call %ld (%s): damaged: %s", c->name, n,
		      shim_failed(), err.text);
	ck_assert_msg(rc < 0 || seen == 1, "%s, call %ld (%s): not written",
		      c->name, n, shim_failed());
	nftw(dir, stray, 8, FTW_PHYS);
}

/* RET false after the last call */
static bool fail_nth(const fault_case_t *c, unsigned kinds, long n)
{
	scale_err_t err = { "" };
	long before, leaked;
	int rc, errnum;

	prepare(c);
	before = shim_blocks();
	shim_arm(kinds, n, SHIM_FAIL);
	errno = 0;
	rc = c->act(&err);
	errnum = errno;
	shim_disarm();
	ck_assert_msg(!wrong, "%s, call %ld (%s): read as something else",
		      c->name, n, shim_failed());
	leaked = shim_blocks() - before;
	ck_assert_msg(leaked == 0,
		      "%s, call %ld (%s): %ld blocks leaked", c->name, n,
		      shim_failed(), leaked);
	ck_assert_msg(rc >= 0 || (err.text[0] && errnum),
		      "%s, call %ld (%s): no error told", c->name, n,
		      shim_failed());
	if (c->seen)
		check_files(c, rc, n);
	return shim_failed()[0];
}

static void fail_all(const fault_case_t *c, unsigned kinds)
{
	long n = 1;

	/* the lexer of jansson (2.14) loses characters, or aborts, without
	 * memory: readers of JSON are shown all other failures */
	json_set_alloc_funcs(c->seen ? malloc : shim_sure_malloc, free);
	prepare(c);		/* what is allocated once and for ever */
	ck_assert_int_eq(c->act(NULL), 0);
	while (fail_nth(c, kinds, n))
		ck_assert_int_lt(++n, CALLS_MAX);
	ck_assert_msg(n > 1, "%s: no call was reached", c->name);
	printf("%s: %ld calls failed, one at a time\n", c->name, n - 1);
}

START_TEST(memory)
{
	fail_all(&table[_i], SHIM_ALLOC);
}
END_TEST

START_TEST(files)
{
	fail_all(&table[_i], SHIM_FILE);
}
END_TEST

/* RET false where the write ended before the n-th call */
static bool power_nth(const fault_case_t *c, long n, shim_mode_t mode)
{
	scale_err_t err = { "" };
	int status, seen;
	pid_t pid;

	prepare(c);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		shim_arm(SHIM_FILE, n, mode);
		_exit(c->act(NULL) < 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	seen = c->seen(&err);
	ck_assert_msg(seen >= 0, "%s, power lost before call %ld: %s", c->name,
		      n, err.text);
	if (WEXITSTATUS(status) == SHIM_STATUS)
		return true;
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(seen, 1);
	return false;
}

static void power_all(const fault_case_t *c, shim_mode_t mode)
{
	long n = 1;

	while (power_nth(c, n, mode))
		ck_assert_int_lt(++n, CALLS_MAX);
	ck_assert_int_gt(n, 1);
}

START_TEST(power)
{
	power_all(&table[_i], SHIM_POWER);
	power_all(&table[_i], SHIM_POWER_HALF);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("fault");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, memory, 0, MEMORY);
	tcase_add_loop_test(tc, files, 0, TEST_COUNT(table));
	tcase_add_loop_test(tc, power, 0, WRITERS);
	return test_run("fault", tc);
}
