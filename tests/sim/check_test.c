/*
 * check_test.c - the checker of the four constraints catches each violation
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim/check.h"
#include "sim_help.h"

/* 0 -> 1, 8 and 4 GFLOP, 10 GB; servers 0 (2 GFLOPS, 16 GB), 1 (4, 16) and
 * 2 (4, 8). */
static sim_check_t *start(void)
{
	static double gflop[] = { 8, 4 }, gb[] = { 10, 10 }, out[] = { 1, 1 };
	static uint32_t first[] = { 0, 0, 1 }, parent[] = { 0 };
	const sim_workflow_spec_t spec = {
		.n = 2, .gflop = gflop, .mem_gb = gb, .out_gb = out,
		.parent_first = first, .parent = parent,
	};
	sim_check_t *check = sim_check_create(2, 4);

	ck_assert_ptr_nonnull(check);
	ck_assert(!sim_check_join(check, 0, 2.0, 16.0));
	ck_assert(!sim_check_join(check, 1, 4.0, 16.0));
	ck_assert(!sim_check_join(check, 2, 4.0, 8.0));
	ck_assert(!sim_check_arrive(check, 0, &spec, NULL));
	ck_assert(!sim_check_arrive(check, 1, &spec, NULL));
	return check;
}

static void expect(int rc, const scale_err_t *err, const char *what)
{
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_msg(!strncmp(err->text, what, strlen(what)), "%s",
		      err->text);
}

START_TEST(sound)
{
	sim_check_t *check = start();
	scale_err_t err;

	ck_assert(!sim_check_start(check, 0, 0, 0, 1.0, &err));
	ck_assert(!sim_check_finish(check, 0, 0, 0, 5.0, &err));
	ck_assert(!sim_check_start(check, 0, 1, 0, 5.0, &err));
	ck_assert(!sim_check_kill(check, 0, 1, 0, &err));
	ck_assert(!sim_check_leave(check, 0, &err));
	ck_assert(!sim_check_start(check, 0, 1, 1, 6.0, &err));
	ck_assert(!sim_check_finish(check, 0, 1, 1, 7.0, &err));
	sim_check_destroy(check);
	sim_check_destroy(NULL);
}
END_TEST

START_TEST(readiness)
{
	sim_check_t *check = start();
	scale_err_t err;

	expect(sim_check_start(check, 0, 1, 0, 0.0, &err), &err,
	       "readiness: primitive 1 of slot 0 starts before its predecessor 0");
	ck_assert(!sim_check_start(check, 0, 0, 0, 0.0, &err));
	expect(sim_check_start(check, 0, 1, 1, 1.0, &err), &err,
	       "readiness: ");
	expect(sim_check_start(check, 0, 0, 1, 1.0, &err), &err,
	       "readiness: primitive 0 of slot 0 starts a second time");
	ck_assert(!sim_check_finish(check, 0, 0, 0, 4.0, &err));
	expect(sim_check_start(check, 0, 0, 1, 5.0, &err), &err,
	       "readiness: ");
	sim_check_destroy(check);
}
END_TEST

START_TEST(idleness)
{
	sim_check_t *check = start();
	scale_err_t err;

	ck_assert(!sim_check_start(check, 0, 0, 0, 0.0, &err));
	expect(sim_check_start(check, 1, 0, 0, 1.0, &err), &err,
	       "idleness: server 0 runs");
	expect(sim_check_start(check, 1, 0, 99, 1.0, &err), &err,
	       "idleness: server 99 is not there");
	ck_assert(!sim_check_leave(check, 1, &err));
	expect(sim_check_start(check, 1, 0, 1, 1.0, &err), &err,
	       "idleness: server 1 is not there");
	expect(sim_check_leave(check, 0, &err), &err,
	       "server 0 left with a primitive");
	sim_check_destroy(check);
}
END_TEST

START_TEST(memory)
{
	sim_check_t *check = start();
	scale_err_t err;

	expect(sim_check_start(check, 0, 0, 2, 0.0, &err), &err,
	       "memory: primitive 0 of slot 0 needs 10 GB, server 2 has 8 GB");
	sim_check_destroy(check);
}
END_TEST

START_TEST(preemption)
{
	sim_check_t *check = start();
	scale_err_t err;

	ck_assert(!sim_check_start(check, 0, 0, 0, 1.0, &err));
	expect(sim_check_finish(check, 0, 0, 0, 4.9, &err), &err,
	       "non-preemption: primitive 0 of slot 0 ends at 4.9");
	expect(sim_check_finish(check, 0, 0, 1, 5.0, &err), &err,
	       "non-preemption: primitive 0 of slot 0 does not run on server 1");
	expect(sim_check_kill(check, 1, 0, 0, &err), &err, "non-preemption");
	expect(sim_check_finish(check, 1, 0, 0, 5.0, &err), &err,
	       "non-preemption");
	sim_check_destroy(check);
}
END_TEST

START_TEST(reuse)
{
	double one = 1.0;
	uint32_t first[2] = { 0, 0 };
	const sim_workflow_spec_t spec = {
		.n = 1, .gflop = &one, .mem_gb = &one, .out_gb = &one,
		.parent_first = first, .parent = first,
	};
	sim_check_t *check = start();
	scale_err_t err;

	expect(sim_check_arrive(check, 0, &spec, &err), &err,
	       "workflow slot 0 is reused");
	sim_check_reset(check);
	ck_assert(!sim_check_arrive(check, 0, &spec, &err));
	sim_check_destroy(check);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, sound);
	tcase_add_test(tc, readiness);
	tcase_add_test(tc, idleness);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, preemption);
	tcase_add_test(tc, reuse);
	return test_run("check", tc);
}
