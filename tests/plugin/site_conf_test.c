/*
 * site_conf_test.c - scale.yaml: defaults, the sample, and what is refused
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/brain.h"
#include "tests/test_run.h"

/* where no directory on the way may be written by others */
static char path[TEST_PATH];

static void write_conf(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fchmod(fileno(file), 0600), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static scale_brain_t *load(const char *text, scale_err_t *err)
{
	const scale_brain_source_t source = {
		.conf = path,
		.dflt_model = "/nonexistent/default.safetensors",
		.owner = geteuid(),
	};

	write_conf(text);
	return scale_brain_load(&source, err);
}

START_TEST(api_defaults)
{
	scale_err_t err = { "" };
	scale_brain_t *brain = load("policy: fastest-idle\n", &err);

	ck_assert_msg(brain != NULL, "%s", err.text);
	ck_assert_int_eq(brain->site.mode, SCALE_MODE_ACTIVE);
	ck_assert_int_eq(brain->site.jobs, SCALE_JOBS_BOTH);
	ck_assert_int_eq(brain->order.kind, SCALE_ORDER_HOP);
	ck_assert_str_eq(scale_policy_name(brain->policy), "fastest-idle");
	ck_assert_str_eq(brain->model_hash, "");
	ck_assert_uint_eq(brain->site.nodes.count, 0);
	ck_assert_double_eq(brain->site.time_scale, 1.0);
	ck_assert_double_eq(scale_site_max_age(&brain->site), 300.0);
	brain->site.time_scale = 60.0;
	ck_assert_double_eq(scale_site_max_age(&brain->site), 18000.0);
	scale_brain_destroy(brain);
}
END_TEST

START_TEST(api_all_keys)
{
	scale_err_t err = { "" };
	scale_brain_t *brain = load(
		"mode: active\njobs: annotated\npolicy: eft\nfallback: random\n"
		"order: srpt\nnodes:\n"
		"  - {match: 'n[1-4]', gflops: 5, idle_w: 50, busy_w: 100}\n"
		"  - {feature: zen4, gflops: 2400}\n"
		"gflops_per_cpu: 30\nidle_w: 1\nbusy_w: 2\n"
		"bandwidth_gb_s: 12.5\nlatency_s: 0.001\ntime_scale: 60\n"
		"max_wait: 5\nmax_age: 7\nlease: 6\n"
		"exclude:\n  - {partition: debug}\n  - {name: 'x*', qos: q}\n",
		&err);
	const scale_node_class_t *class;

	ck_assert_msg(brain != NULL, "%s", err.text);
	class = brain->site.nodes.item;
	ck_assert_uint_eq(brain->site.nodes.count, 2);
	ck_assert_str_eq(class[0].match, "n[1-4]");
	ck_assert_str_eq(class[1].feature, "zen4");
	ck_assert_double_eq(scale_site_max_age(&brain->site), 7.0);
	ck_assert_double_eq(class[1].gflops, 2400.0);
	ck_assert_double_eq(class[1].idle_w, 100.0);
	ck_assert_int_eq(brain->site.jobs, SCALE_JOBS_ANNOTATED);
	ck_assert_int_eq(brain->order.kind, SCALE_ORDER_SRPT);
	ck_assert_double_eq(brain->site.time_scale, 60.0);
	ck_assert(scale_site_excludes(&brain->site, "debug", NULL, NULL, NULL));
	ck_assert(!scale_site_excludes(&brain->site, "main", "a", "q", "y"));
	ck_assert(!scale_site_excludes(&brain->site, "main", "a", NULL, "x1"));
	ck_assert(scale_site_excludes(&brain->site, "main", "a", "q", "x1"));
	scale_brain_destroy(brain);
}
END_TEST

/* The commented sample that is installed reads back as the defaults. */
START_TEST(api_sample)
{
	const char *top = getenv("top_srcdir");
	char sample[4096];
	scale_site_t site, dflt;
	scale_err_t err = { "" };

	snprintf(sample, sizeof(sample), "%s/etc/scale.yaml",
		 top ? top : TEST_SRCDIR "/../..");
	ck_assert_int_eq(scale_conf_defaults(scale_site_table, &dflt, &err), 0);
	ck_assert_int_eq(scale_conf_defaults(scale_site_table, &site, &err), 0);
	ck_assert_msg(!scale_conf_read(scale_site_table, &site, sample, &err),
		      "%s", err.text);
	ck_assert_double_eq(site.max_wait, dflt.max_wait);
	ck_assert_double_eq(site.lease, dflt.lease);
	ck_assert_double_eq(site.gflops_per_cpu, dflt.gflops_per_cpu);
	ck_assert_double_eq(site.bandwidth_gb_s, dflt.bandwidth_gb_s);
	ck_assert_str_eq(site.policy, dflt.policy);
	ck_assert_str_eq(site.fallback, dflt.fallback);
	ck_assert_str_eq(site.order, dflt.order);
	ck_assert_str_eq(site.model, dflt.model);
	scale_conf_free(scale_site_table, &site);
	scale_conf_free(scale_site_table, &dflt);
}
END_TEST

START_TEST(api_rollout)
{
	scale_err_t err = { "" };
	scale_brain_t *brain = load(
		"mode: canary\ncanary: 0.25\npolicy: eft\n"
		"guard: {budget_us: 500, drift: 3, pause: 7}\n"
		"log: {file: /a/b.jsonl, max_mb: 1.5, keep: 2}\n"
		"status: off\nhistory: 77\n"
		"engines: [{name: '^(.*)-(.*)$', workflow: 2, task: 1}]\n",
		&err);
	char file[SCALE_PATH_SIZE];

	ck_assert_msg(brain != NULL, "%s", err.text);
	ck_assert_int_eq(brain->site.mode, SCALE_MODE_CANARY);
	ck_assert_double_eq(brain->site.canary, 0.25);
	ck_assert_double_eq(brain->site.guard.budget_us, 500.0);
	ck_assert_double_eq(brain->site.guard.size_factor, 2.0);
	ck_assert_double_eq(brain->site.guard.drift_max, 3.0);
	ck_assert_double_eq(brain->site.guard.pause_s, 7.0);
	ck_assert_int_eq(brain->site.history, 77);
	ck_assert_int_eq(brain->site.log_keep, 2);
	ck_assert(!scale_brain_learned(brain));
	scale_site_log_path(&brain->site, "/var/log/slurmctld.log", file);
	ck_assert_str_eq(file, "/a/b.jsonl");
	scale_site_status_path(&brain->site, "/var/log/slurmctld.log", file);
	ck_assert_str_eq(file, "");
	scale_brain_destroy(brain);
}
END_TEST

START_TEST(api_log_beside_slurmctlds)
{
	scale_site_t site = { .log = "" };
	char file[SCALE_PATH_SIZE];

	scale_site_log_path(&site, "/var/log/x/slurmctld.log", file);
	ck_assert_str_eq(file, "/var/log/x/scale.jsonl");
	scale_site_status_path(&site, "/slurmctld.log", file);
	ck_assert_str_eq(file, "/scale-status.json");
	scale_site_log_path(&site, NULL, file);
	ck_assert_str_eq(file, "");
}
END_TEST

/* What anybody may write is not believed. */
START_TEST(api_untrusted)
{
	scale_err_t err = { "" };
	const scale_brain_source_t source = { .conf = path, .dflt_model = "",
					      .owner = geteuid() };

	write_conf("policy: eft\n");
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_ptr_null(scale_brain_load(&source, &err));
	ck_assert_int_eq(errno, EACCES);
	ck_assert_msg(strstr(err.text, path) != NULL, "%s", err.text);
}
END_TEST

/* mode off needs neither a model nor a policy. */
START_TEST(api_off)
{
	scale_err_t err = { "" };
	scale_brain_t *brain = load("mode: off\n", &err);

	ck_assert_msg(brain != NULL, "%s", err.text);
	ck_assert_int_eq(brain->site.mode, SCALE_MODE_OFF);
	ck_assert_ptr_null(brain->policy);
	scale_brain_destroy(brain);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{ "policy: fastest\n", "fastest" },
	{ "fallback: model\npolicy: eft\n", "fallback" },
	{ "order: depth\npolicy: eft\n", "depth" },
	{ "order: las\npolicy: eft\n", "\"las\" needs what only the" },
	{ "order: fair:0.5\npolicy: eft\n", "\"fair:0.5\" needs what" },
	{ "order: min-min:2\npolicy: eft\n", "takes no number" },
	{ "policy: k-eft:-1\n", "k-eft:-1" },
	{ "policy: eft\nnodes:\n  - {gflops: 5}\n", "entry 1" },
	{ "policy: eft\nnodes:\n  - {match: a}\n", "gflops" },
	{ "policy: eft\nnodes:\n  - {match: a, gflops: 0}\n", "gflops" },
	{ "policy: eft\nnodes:\n  - {match: a, gflops: .nan}\n", "gflops" },
	{ "policy: eft\nexclude:\n  - {}\n", "entry 1" },
	{ "policy: eft\ntime_scale: -1\n", "time_scale" },
	{ "policy: eft\nlease: 1\n", "lease" },
	{ "policy: eft\nmax_wiat: 3\n", "max_wait" },
	{ "policy: eft\nmode: shadows\n", "mode" },
	{ "policy: [eft]\n", "policy" },
	{ "[", "site-conf-test" },
	{ "model: /nonexistent/m.safetensors\n", "/nonexistent/m.safetensors" },
	{ "policy: model\n", "/nonexistent/default.safetensors" },
	{ "policy: eft\ncanary: 1.5\n", "canary" },
	{ "policy: eft\nlog: {file: scale.jsonl}\n", "absolute" },
	{ "policy: eft\nmetrics: x.prom\n", "absolute" },
	{ "policy: eft\nengines:\n  - {name: '^run-.*'}\n", "entry 1" },
	{ "policy: eft\nguard: {budget: 3}\n", "guard.budget" },
	{ "policy: eft\nhistory: 0\n", "history" },
	{ "policy: eft\nmodel_sha256: 12ab\n", "model_sha256" },
};

START_TEST(api_refused)
{
	scale_err_t err = { "" };

	ck_assert_ptr_null(load(bad[_i].text, &err));
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s: %s",
		      bad[_i].text, err.text);
}
END_TEST

START_TEST(api_missing_file)
{
	scale_err_t err = { "" };
	const scale_brain_source_t source = {
		.conf = "/nonexistent/scale.yaml", .dflt_model = "",
		.owner = geteuid(),
	};

	ck_assert_ptr_null(scale_brain_load(&source, &err));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/scale.yaml"));
	scale_brain_destroy(NULL);
}
END_TEST

static void setup(void)
{
	int fd = mkstemp(test_template(path, "site-conf-test"));

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, api_defaults);
	tcase_add_test(tc, api_all_keys);
	tcase_add_test(tc, api_sample);
	tcase_add_test(tc, api_off);
	tcase_add_test(tc, api_rollout);
	tcase_add_test(tc, api_log_beside_slurmctlds);
	tcase_add_test(tc, api_untrusted);
	tcase_add_loop_test(tc, api_refused, 0, TEST_COUNT(bad));
	tcase_add_test(tc, api_missing_file);
	return test_run("site_conf", tc);
}
