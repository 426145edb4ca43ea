/*
 * letter_box_test.c - the newest text is written, once, and kept until then
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "plugin/letter_box.h"
#include "tests/test_run.h"

static scale_letter_box_t box;
static char written[64];
static int writes;

static int write_text(const char *dir, const char *text, size_t size,
		      scale_err_t *err)
{
	(void) err;
	snprintf(written, sizeof(written), "%s/%.*s", dir, (int) size, text);
	writes++;
	return 0;
}

static int fail_to_write(const char *dir, const char *text, size_t size,
			 scale_err_t *err)
{
	(void) text;
	(void) size;
	return scale_err_set(err, ENOSPC, "%s: full", dir);
}

/* Something newer comes while the older is on its way. */
static int overtaken(const char *dir, const char *text, size_t size,
		     scale_err_t *err)
{
	scale_letter_box_put(&box, strdup("newer"), 5);
	return fail_to_write(dir, text, size, err);
}

START_TEST(newest_wins)
{
	scale_err_t err;

	ck_assert_int_eq(scale_letter_box_flush(&box, write_text, "d", &err),
			 0);
	scale_letter_box_put(&box, strdup("older"), 5);
	scale_letter_box_put(&box, strdup("new"), 3);
	ck_assert_int_eq(scale_letter_box_flush(&box, write_text, "d", &err),
			 1);
	ck_assert_str_eq(written, "d/new");
	ck_assert_int_eq(scale_letter_box_flush(&box, write_text, "d", &err),
			 0);
	ck_assert_int_eq(writes, 1);
}
END_TEST

START_TEST(stays_after_a_failure)
{
	scale_err_t err;

	scale_letter_box_put(&box, strdup("text"), 4);
	ck_assert_int_eq(scale_letter_box_flush(&box, fail_to_write, "d",
						&err), -1);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_str_eq(err.text, "d: full");
	ck_assert_int_eq(scale_letter_box_flush(&box, write_text, "d", &err),
			 1);
	ck_assert_str_eq(written, "d/text");
}
END_TEST

START_TEST(overtaken_by_a_newer_one)
{
	scale_err_t err;

	scale_letter_box_put(&box, strdup("older"), 5);
	ck_assert_int_eq(scale_letter_box_flush(&box, overtaken, "d", &err),
			 -1);
	ck_assert_int_eq(scale_letter_box_flush(&box, write_text, "d", &err),
			 1);
	ck_assert_str_eq(written, "d/newer");
	ck_assert_int_eq(writes, 1);
}
END_TEST

enum { TEXTS = 20000 };

static void *put_many(void *arg)
{
	(void) arg;
	for (int i = 0; i < TEXTS; i++)
		scale_letter_box_put(&box, strdup("text"), 4);
	return NULL;
}

/* For the sanitizers: nothing is lost, freed twice or written twice. */
START_TEST(two_threads)
{
	pthread_t thread;
	scale_err_t err;
	int flushed = 0;

	ck_assert_int_eq(pthread_create(&thread, NULL, put_many, NULL), 0);
	for (int i = 0; i < TEXTS; i++)
		flushed += scale_letter_box_flush(&box, write_text, "d", &err);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	flushed += scale_letter_box_flush(&box, write_text, "d", &err);
	ck_assert_int_eq(flushed, writes);
	ck_assert_int_ge(flushed, 1);
}
END_TEST

static void setup(void)
{
	writes = 0;
}

static void teardown(void)
{
	scale_letter_box_put(&box, strdup("left"), 4);
	scale_letter_box_empty(&box);
	scale_letter_box_empty(&box);
}

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, newest_wins);
	tcase_add_test(tc, stays_after_a_failure);
	tcase_add_test(tc, overtaken_by_a_newer_one);
	tcase_add_test(tc, two_threads);
	return test_run("letter_box", tc);
}
