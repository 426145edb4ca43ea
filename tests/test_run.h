/*
 * test_run.h - what every test program's main does
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_RUN_H
#define TEST_RUN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_COUNT(table) ((int) (sizeof(table) / sizeof((table)[0])))

enum { TEST_PATH = 64 };

/* A name for mkdtemp() or mkstemp(), below what the test driver removes. */
static inline char *test_template(char path[TEST_PATH], const char *name)
{
	const char *dir = getenv("TMPDIR");

	ck_assert_int_lt(snprintf(path, TEST_PATH, "%s/scale-%s-XXXXXX",
				  dir ? dir : "/tmp", name), TEST_PATH);
	return path;
}

/* Run one suite of one case, which it then owns; each test may take so many
 * seconds.  RET main's status. */
static inline int test_run_within(const char *name, TCase *tc, double seconds)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, seconds);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline int test_run(const char *name, TCase *tc)
{
	return test_run_within(name, tc, 60);
}

#endif
