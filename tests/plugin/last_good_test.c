/*
 * last_good_test.c - settings that served come back, bad ones do not
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "plugin/journal.h"
#include "plugin/last_good.h"
#include "tests/test_run.h"

static char dir[TEST_PATH];
static scale_journal_t *journal;
static scale_err_t err;

static const char *in_dir(const char *name)
{
	static char path[4][128];
	static int next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static void say(const char *text)
{
	ck_abort_msg("%s", text);
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "last-good")));
	journal = scale_journal_create(dir, say, &err);
	ck_assert_ptr_nonnull(journal);
}

static void teardown(void)
{
	static const char *const names[] = {
		"conf", "model", SCALE_LAST_CONF, SCALE_LAST_MODEL,
	};

	for (int i = 0; i < TEST_COUNT(names); i++)
		unlink(in_dir(names[i]));
	ck_assert_int_eq(rmdir(dir), 0);
}

static void save_net(const scale_dims_t *dims, const char *time_scale)
{
	scale_net_t *net = scale_net_create(dims, &err);
	scale_model_t *model;

	ck_assert_msg(net != NULL, "%s", err.text);
	scale_net_init(net, 1);
	model = scale_model_create(net, &err);
	ck_assert_int_eq(scale_model_set_meta(model, "time_scale", time_scale,
					      &err), 0);
	ck_assert_msg(!scale_model_save(model, in_dir("model"), &err), "%s",
		      err.text);
	chmod(in_dir("model"), 0600);
	scale_model_destroy(model);
}

static void save_model(const char *time_scale)
{
	const scale_dims_t dims = scale_dims_paper();

	save_net(&dims, time_scale);
}

static scale_brain_t *load(const char *conf)
{
	scale_brain_source_t source = { .conf = in_dir("conf"),
					.dflt_model = in_dir("model"),
					.owner = geteuid() };

	ck_assert_int_eq(scale_file_write(source.conf, conf, strlen(conf),
					  &err), 0);
	chmod(source.conf, 0600);
	return scale_brain_load(&source, &err);
}

/* Have brain kept, and all that belongs to it gone. */
static void keep(scale_brain_t *brain)
{
	ck_assert_msg(brain != NULL, "%s", err.text);
	scale_journal_keep(journal, brain);
	strcpy(brain->site.log, "off");
	strcpy(brain->site.status, "off");
	scale_journal_open(journal, &brain->site, NULL);
	scale_journal_destroy(journal);
	unlink(in_dir("conf"));
	unlink(in_dir("model"));
}

/* A network for a fixed number of servers is a bad model, and says so. */
START_TEST(mlp_is_refused)
{
	const scale_dims_t dims = { 5, 5, 4, 0, 0, 3, 4, SCALE_MLP, 16, 0 };

	save_net(&dims, "1");
	errno = 0;
	ck_assert_ptr_null(load("mode: active\n"));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, in_dir("model")));
	ck_assert_ptr_nonnull(strstr(err.text, "an MLP for exactly 16 servers "
					       "cannot place jobs"));
	scale_journal_destroy(journal);
}
END_TEST

START_TEST(settings_and_model)
{
	scale_brain_t *brain, *last;

	save_model("60");
	brain = load("max_wait: 7\n");
	keep(brain);
	last = scale_last_good_load(dir, geteuid(), &err);
	ck_assert_msg(last != NULL, "%s", err.text);
	ck_assert_double_eq(last->site.max_wait, 7.0);
	ck_assert_str_eq(last->model_hash, brain->model_hash);
	ck_assert(scale_brain_learned(last));
	ck_assert_double_eq(last->site.time_scale, 60.0);
	scale_brain_destroy(last);
	scale_brain_destroy(brain);
}
END_TEST

START_TEST(a_rule_needs_no_model)
{
	scale_brain_t *brain = load("policy: eft\ntime_scale: 3\n"), *last;

	keep(brain);
	ck_assert_int_eq(access(in_dir(SCALE_LAST_MODEL), F_OK), -1);
	last = scale_last_good_load(dir, geteuid(), &err);
	ck_assert_msg(last != NULL, "%s", err.text);
	ck_assert_str_eq(last->site.policy, "eft");
	ck_assert_double_eq(last->site.time_scale, 3.0);
	scale_brain_destroy(last);
	scale_brain_destroy(brain);
}
END_TEST

START_TEST(nothing_kept)
{
	scale_journal_destroy(journal);
	ck_assert_ptr_null(scale_last_good_load(dir, geteuid(), &err));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* It is believed no more than the original. */
START_TEST(untrusted)
{
	scale_brain_t *brain = load("policy: eft\n");

	keep(brain);
	ck_assert_int_eq(chmod(in_dir(SCALE_LAST_CONF), 0666), 0);
	ck_assert_ptr_null(scale_last_good_load(dir, geteuid(), &err));
	ck_assert_int_eq(errno, EACCES);
	scale_brain_destroy(brain);
}
END_TEST

/* The site's ratio of seconds, else the model's, else 1. */
START_TEST(ratio_of_seconds)
{
	scale_brain_t *brain;

	scale_journal_destroy(journal);
	save_model("60");
	brain = load("time_scale: 5\n");
	ck_assert_msg(brain != NULL, "%s", err.text);
	ck_assert_double_eq(brain->site.time_scale, 5.0);
	scale_brain_destroy(brain);
	save_model("minutes");
	ck_assert_ptr_null(load("mode: active\n"));
	ck_assert_msg(strstr(err.text, "time_scale") != NULL, "%s", err.text);
	brain = load("policy: eft\n");
	ck_assert_msg(brain != NULL, "%s", err.text);
	ck_assert_double_eq(brain->site.time_scale, 1.0);
	scale_brain_destroy(brain);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, mlp_is_refused);
	tcase_add_test(tc, settings_and_model);
	tcase_add_test(tc, a_rule_needs_no_model);
	tcase_add_test(tc, nothing_kept);
	tcase_add_test(tc, untrusted);
	tcase_add_test(tc, ratio_of_seconds);
	return test_run("last_good", tc);
}
