/*
 * stranger_test.c - comments that are not read again and again
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/stranger.h"
#include "tests/test_run.h"

static scale_strangers_t strangers;

START_TEST(read_once_in_a_while)
{
	const char *text = "x", *other = "y";

	scale_strangers_begin(&strangers);
	ck_assert(scale_strangers_may_read(&strangers, 7, text, 100.0));
	ck_assert(scale_strangers_note(&strangers, 7, text, 100.0));
	ck_assert(!scale_strangers_note(&strangers, 7, text, 100.0));
	ck_assert(!scale_strangers_may_read(&strangers, 7, text, 101.0));
	ck_assert(scale_strangers_may_read(&strangers, 7, other, 101.0));
	ck_assert(scale_strangers_may_read(&strangers, 7 + SCALE_STRANGERS,
					   text, 101.0));
	ck_assert(scale_strangers_may_read(&strangers, 7, text, 131.0));
}
END_TEST

START_TEST(so_many_at_a_time)
{
	uint32_t reads = 0;

	scale_strangers_begin(&strangers);
	for (uint32_t id = 1; id <= 5000; id++)
		reads += scale_strangers_may_read(&strangers, id, "x", 0.0);
	ck_assert_uint_gt(reads, 10);
	ck_assert_uint_lt(reads, 200);
	ck_assert_uint_eq(strangers.reads, 0);
	scale_strangers_begin(&strangers);
	ck_assert(scale_strangers_may_read(&strangers, 1, "x", 0.0));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stranger");

	tcase_add_test(tc, read_once_in_a_while);
	tcase_add_test(tc, so_many_at_a_time);
	return test_run("stranger", tc);
}
