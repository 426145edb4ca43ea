/*
 * engine_test.c - workflows of engines that write no dependencies
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <string.h>

#include "plugin/engine.h"
#include "tests/test_run.h"

static const scale_engine_rule_t rules[] = {
	{ "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
	  "^rule_(.+)_wildcards_", 1, 0 },	/* Snakemake */
	{ "^([^.]+\\.[0-9TZ]+)\\.(.+)$", "", 2, 1 },	/* Cylc */
};

static const struct {
	const char *name, *comment, *wf, *task;		/* wf NULL: no match */
} cases[] = {
	{ "0f8fad5b-d9cb-469f-a165-70867728950e", "rule_map_wildcards_a",
	  "0f8fad5b-d9cb-469f-a165-70867728950e", "map" },
	{ "0f8fad5b-d9cb-469f-a165-70867728950e", "other", NULL, NULL },
	{ "0f8fad5b-d9cb-469f-a165-70867728950e", NULL, NULL, NULL },
	{ "model.20261122T0000Z.forecast", "", "forecast",
	  "model.20261122T0000Z" },
	{ "model.20261122T0000Z.fore\033[1mcast", NULL, "fore?[1mcast",
	  "model.20261122T0000Z" },
	{ "wrap", "rule_map_wildcards_a", NULL, NULL },
	{ NULL, NULL, NULL, NULL },
	/* longer than a name can be: cut */
	{ "a.1.0123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890", NULL,
	  "0123456789012345678901234567890123456789"
	  "01234567890123456789012", "a.1" },
};

START_TEST(matches)
{
	scale_err_t err = { "" };
	scale_engines_t *engines = scale_engines_create(rules, 2, &err);
	char wf[SCALE_NAME_SIZE] = "", task[SCALE_NAME_SIZE] = "";
	bool found;

	ck_assert_msg(engines != NULL, "%s", err.text);
	found = scale_engines_match(engines, cases[_i].name,
				    cases[_i].comment, wf, task);
	ck_assert_int_eq(found, cases[_i].wf != NULL);
	ck_assert_str_eq(wf, cases[_i].wf ? cases[_i].wf : "");
	ck_assert_str_eq(task, cases[_i].task ? cases[_i].task : "");
	scale_engines_destroy(engines);
}
END_TEST

static const struct {
	scale_engine_rule_t rule;
	const char *says;
} bad[] = {
	{ { "^run-.*$", "", 1, 0 }, "0 groups" },
	{ { "", "(x)", 1, 0 }, "0 groups" },
	{ { "(a)(b)", "", 3, 0 }, "workflow is 3" },
	{ { "(a)", "", 1, 2 }, "task 2" },
	{ { "(a", "", 1, 0 }, "(a" },
	{ { "(a)", "[", 1, 0 }, "[" },
	{ { "(a)", "", 0, 0 }, "workflow is 0" },
};

START_TEST(refused)
{
	scale_engine_rule_t two[] = { rules[0], bad[_i].rule };
	scale_err_t err = { "" };

	ck_assert_ptr_null(scale_engines_create(two, 2, &err));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.text, "entry 2") != NULL, "%s", err.text);
}
END_TEST

START_TEST(none)
{
	scale_engines_t *engines = scale_engines_create(NULL, 0, NULL);
	char wf[SCALE_NAME_SIZE] = "x", task[SCALE_NAME_SIZE] = "y";

	ck_assert_ptr_nonnull(engines);
	ck_assert(!scale_engines_match(engines, "a", "b", wf, task));
	ck_assert_str_eq(wf, "x");
	scale_engines_destroy(engines);
	scale_engines_destroy(NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, matches, 0, TEST_COUNT(cases));
	tcase_add_loop_test(tc, refused, 0, TEST_COUNT(bad));
	tcase_add_test(tc, none);
	return test_run("engine", tc);
}
