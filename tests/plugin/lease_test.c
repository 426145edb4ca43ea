/*
 * lease_test.c - begin times taken, renewed, put back and left alone
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>

#include "plugin/lease.h"
#include "tests/test_run.h"

START_TEST(api_take_renew_drop)
{
	scale_lease_t lease = { 0 };
	time_t begin = 7;

	scale_lease_take(&lease, &begin, 100, 10);
	ck_assert_int_eq(begin, 110);
	scale_lease_take(&lease, &begin, 102, 10);	/* enough is left */
	ck_assert_int_eq(begin, 110);
	scale_lease_take(&lease, &begin, 104, 10);
	ck_assert_int_eq(begin, 114);
	scale_lease_take(&lease, &begin, 500, 10);	/* ran out meanwhile */
	ck_assert_int_eq(begin, 510);
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(begin, 7);
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(begin, 7);
}
END_TEST

/* Slurm stamps a begin time of 0 with now once the job is eligible. */
START_TEST(api_keeps_what_slurm_stamped)
{
	scale_lease_t lease = { 0 };
	time_t begin = 0;

	scale_lease_take(&lease, &begin, 100, 10);
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(begin, 0);
	begin = 103;					/* job_independent() */
	scale_lease_take(&lease, &begin, 103, 10);
	ck_assert_int_eq(begin, 113);
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(begin, 103);
}
END_TEST

/* A task that Slurm split off meanwhile carries a copy of the one before. */
START_TEST(api_remembers_the_one_before)
{
	scale_lease_t lease = { 0 };
	time_t begin = 7;

	scale_lease_take(&lease, &begin, 100, 10);
	ck_assert_int_eq(lease.last, 0);
	scale_lease_take(&lease, &begin, 105, 10);
	ck_assert_int_eq(lease.last, 110);
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(lease.last, 115);
	scale_lease_take(&lease, &begin, 120, 10);
	ck_assert_int_eq(lease.until, 130);
	ck_assert_int_eq(lease.last, 115);
}
END_TEST

START_TEST(api_user_changes_begin)
{
	scale_lease_t lease = { 0 };
	time_t begin = 50;

	scale_lease_take(&lease, &begin, 100, 10);
	begin = 5000;					/* scontrol update */
	scale_lease_take(&lease, &begin, 101, 10);
	ck_assert_int_eq(begin, 5000);			/* needs no lease */
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(begin, 5000);
	begin = 102;
	scale_lease_take(&lease, &begin, 102, 10);
	ck_assert_int_eq(begin, 112);
	begin = 105;					/* changed, then dropped */
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(begin, 105);
}
END_TEST

/* A begin time soon to come is never brought forward. */
START_TEST(api_user_begin_soon)
{
	scale_lease_t lease = { 0 };
	time_t begin = 108;

	scale_lease_take(&lease, &begin, 100, 10);
	ck_assert_int_ge(begin, 108);
	scale_lease_drop(&lease, &begin);
	ck_assert_int_eq(begin, 108);
	begin = 111;
	scale_lease_take(&lease, &begin, 100, 10);
	ck_assert_int_eq(begin, 111);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, api_take_renew_drop);
	tcase_add_test(tc, api_keeps_what_slurm_stamped);
	tcase_add_test(tc, api_remembers_the_one_before);
	tcase_add_test(tc, api_user_changes_begin);
	tcase_add_test(tc, api_user_begin_soon);
	return test_run_within("lease", tc, 30);
}
