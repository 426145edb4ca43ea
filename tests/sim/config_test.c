/*
 * config_test.c - named configurations, loads, checks across keys
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sim_help.h"

/* SPEC 2: rho at rate 1 is 0.57, 0.71 and 0.53; capacities 96, 78, 104 and
 * 55 GFLOP for a workflow (the cut at 1 adds 0.0004 to each primitive). */
START_TEST(named)
{
	static const struct {
		const char *name;
		double gflops[3], mem[3], dt, duration, load;
		int clock;
	} want[] = {
		{ "base", { 2, 5, 10 }, { 16, 32, 80 }, 0.1, 60, 55.0 / 78.0,
		  SIM_CLOCK_EVENT },
		{ "paper", { 3, 6, 12 }, { 16, 28, 80 }, 0.3, 50, 55.0 / 96.0,
		  SIM_CLOCK_PAPER },
		{ "wide", { 1, 5, 25 }, { 16, 32, 80 }, 0.1, 60, 55.0 / 104.0,
		  SIM_CLOCK_EVENT },
	};
	sim_config_t c;
	scale_err_t err;

	ck_assert(!sim_config_named(&c, want[_i].name, &err));
	for (int k = 0; k < 3; k++) {
		ck_assert_double_eq(c.gflops.value[k], want[_i].gflops[k]);
		ck_assert_double_eq(c.mem_gb.value[k], want[_i].mem[k]);
	}
	ck_assert_double_eq(c.dt, want[_i].dt);
	ck_assert_double_eq(c.duration, want[_i].duration);
	ck_assert_int_eq(c.clock, want[_i].clock);
	ck_assert_double_eq_tol(sim_config_load(&c), want[_i].load, 1e-3);
	ck_assert(!sim_config_check(&c, &err));
}
END_TEST

START_TEST(unknown_name)
{
	sim_config_t c;
	scale_err_t err;

	ck_assert_int_eq(sim_config_named(&c, "bass", &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "bass"));
}
END_TEST

/* load sets the rate, at any N and distribution. */
START_TEST(load)
{
	sim_config_t c;

	HELP_CONFIG(&c, "load=0.9", "nodes=48");
	ck_assert_double_eq_tol(sim_config_load(&c), 0.9, 1e-12);
	/* 3 x 78 GFLOPS x 0.9 / 55 GFLOP */
	ck_assert_double_eq_tol(sim_workload_rate(&c), 3.829, 1e-3);
	HELP_CONFIG(&c, "rate=2", "nodes=32");
	ck_assert_double_eq(sim_workload_rate(&c), 4.0);
	/* max(10, X), X ~ N(10, 3^2): 10 + 3 / sqrt(2 pi) */
	HELP_CONFIG(&c, "gflop_min=10");
	ck_assert_double_eq_tol(sim_config_load(&c),
				5.5 * (10.0 + 3.0 / sqrt(2.0 * M_PI)) / 78.0,
				1e-12);
	HELP_CONFIG(&c, "gflop_sd=0", "gflop_mean=4");
	ck_assert_double_eq_tol(sim_config_load(&c), 22.0 / 78.0, 1e-12);
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *set[3], *say;
	} bad[] = {
		{ { "mix=[1, 1]" }, "mix, gflops" },
		{ { "busy_w=[1]" }, "mix, gflops" },
		{ { "mix=[0, 0, 0]" }, "mix: at least one" },
		{ { "duration=0" }, "duration and workflows" },
		{ { "duration=0", "workflows=3", "drain=false" },
		  "drain is false" },
		{ { "warmup=60" }, "warmup 60 s" },
		{ { "tasks_min=9" }, "tasks_min 9" },
		{ { "need_min=81" }, "need_min 81" },
		{ { "rate=1e9" }, "rate: 1e+09 workflows per second are" },
		{ { "gflop_mean=1e9" }, "rate: 1 workflows per second are" },
	};
	sim_config_t c;
	scale_err_t err;
	sim_t *sim;

	HELP_CONFIG(&c, "check=true");
	for (int i = 0; i < 3 && bad[_i].set[i]; i++)
		ck_assert(!scale_conf_set(sim_conf_table, &c, bad[_i].set[i],
					  &err));
	errno = 0;
	sim = sim_create(&c, &err);
	ck_assert_ptr_null(sim);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(!strncmp(err.text, bad[_i].say, strlen(bad[_i].say)),
		      "%s", err.text);
}
END_TEST

START_TEST(refused_changes)
{
	static const struct {
		const char *yaml, *say;
	} bad[] = {
		{ "changes: [{at: 1, what: add, tier: 3}]",
		  "changes[0].tier: 3" },
		{ "changes: [{at: 1, what: drain, server: 15, count: 2}]",
		  "changes[0]: servers 15 to 16, but there are 16" },
		{ "changes: [{at: 1, what: add, count: 9},"
		  " {at: 1, what: fail, server: 25}]",
		  "changes[1]: servers 25 to 25, but there are 25" },
	};
	sim_config_t c;
	scale_err_t err;

	HELP_CONFIG(&c, "check=true");
	ck_assert(!scale_conf_parse(sim_conf_table, &c, bad[_i].yaml,
				    strlen(bad[_i].yaml), "test", &err));
	ck_assert_int_eq(sim_config_check(&c, &err), -1);
	ck_assert_msg(!strncmp(err.text, bad[_i].say, strlen(bad[_i].say)),
		      "%s", err.text);
	scale_conf_free(sim_conf_table, &c);
}
END_TEST

/* What is printed reads back to the same. */
START_TEST(round_trip)
{
	sim_config_t a, b;
	scale_err_t err;
	char *text;

	ck_assert(!sim_config_named(&a, "paper", &err));
	text = scale_conf_print(sim_conf_table, &a, &err);
	ck_assert(!scale_conf_defaults(sim_conf_table, &b, &err));
	ck_assert_msg(!scale_conf_parse(sim_conf_table, &b, text,
					strlen(text), "test", &err), "%s",
		      err.text);
	ck_assert_double_eq(a.dt, b.dt);
	ck_assert_int_eq(a.clock, b.clock);
	ck_assert(!memcmp(&a.gflops, &b.gflops, sizeof(a.gflops)));
	free(text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, named, 0, 3);
	tcase_add_test(tc, unknown_name);
	tcase_add_test(tc, load);
	tcase_add_loop_test(tc, refused, 0, 10);
	tcase_add_loop_test(tc, refused_changes, 0, 3);
	tcase_add_test(tc, round_trip);
	return test_run("sim-config", tc);
}
