/*
 * test_run.h - what every test program's main does
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_RUN_H
#define TEST_RUN_H

#include <check.h>
#include <stdlib.h>

#define TEST_COUNT(table) ((int) (sizeof(table) / sizeof((table)[0])))

/* Run one suite of one case, which it then owns.  RET main's status. */
static inline int test_run(const char *name, TCase *tc)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
