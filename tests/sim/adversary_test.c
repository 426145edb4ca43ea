/*
 * adversary_test.c - problems, their files, and the search for bad ones
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/adversary.h"
#include "sim_help.h"

/* Servers of 8 and 1 GFLOPS; a workflow of 8 GFLOP at 0 s and one of 8 at
 * 0.5 s.  fastest-idle runs the second on the slow one: responses 1 and 8 s;
 * eft waits half a second for the fast one: 1 and 1.5 s. */
static const sim_problem_t greed = {
	.servers = 2, .flows = 2,
	.gflops = { 8, 1 }, .mem_gb = { 16, 16 },
	.flow = {
		{ .at = 0, .n = 1, .gflop = { 8 }, .mem_gb = { 4 } },
		{ .at = 0.5, .n = 1, .gflop = { 8 }, .mem_gb = { 4 } },
	},
};

/* Both sides of a duel. */
static void field_of(sim_field_t *field, const char *victim,
		     const char *rival)
{
	scale_err_t err = { "" };

	*field = (sim_field_t) { 0 };
	ck_assert_msg(!sim_field_add(field, victim, &err) &&
		      !sim_field_add(field, rival, &err), "%s", err.text);
}

START_TEST(greed_is_punished)
{
	sim_field_t field;
	sim_loss_t loss;

	field_of(&field, "fastest-idle", "eft");
	for (int flows = 0; flows < 2; flows++) {
		sim_duel_t duel = { &field.entrant[0], &field.entrant[1],
				    .flows = flows };

		ck_assert_int_eq(sim_duel_fight(&duel, &greed, &loss, NULL),
				 0);
		ck_assert_double_eq_tol(loss.victim, 4.5, 1e-12);
		ck_assert_double_eq_tol(loss.rival, 1.25, 1e-12);
		ck_assert_double_eq_tol(sim_loss_ratio(&loss), 3.6, 1e-12);
		ck_assert_uint_eq(loss.starved, 0);
	}
	sim_field_free(&field);
}
END_TEST

START_TEST(perturbed_stays_sound)
{
	scale_err_t err = { "" };
	sim_problem_t problem, before;
	scale_rng_t rng;
	int changed = 0;

	scale_rng_seed(&rng, 7, 0);
	for (int k = 0; k < 20; k++) {
		sim_problem_draw(&problem, &rng);
		for (int i = 0; i < 500; i++) {
			ck_assert_msg(!sim_problem_check(&problem, &err),
				      "%s", err.text);
			before = problem;
			sim_problem_perturb(&problem, &rng);
			changed += memcmp(&before, &problem,
					  sizeof(problem)) != 0;
		}
	}
	ck_assert_int_gt(changed, 5000);
}
END_TEST

START_TEST(file_brings_it_back)
{
	char path[TEST_PATH];
	sim_problem_t problem, again;
	scale_rng_t rng;
	int fd = mkstemp(test_template(path, "problem"));

	ck_assert_int_ge(fd, 0);
	close(fd);
	scale_rng_seed(&rng, 8, 0);
	for (int k = 0; k < 10; k++) {
		sim_problem_draw(&problem, &rng);
		ck_assert_int_eq(sim_problem_write(&problem, path, NULL), 0);
		ck_assert_int_eq(sim_problem_read(&again, path, NULL), 0);
		ck_assert_uint_eq(again.servers, problem.servers);
		ck_assert_uint_eq(again.flows, problem.flows);
		ck_assert_mem_eq(again.gflops, problem.gflops,
				 sizeof(again.gflops));
		for (uint32_t w = 0; w < again.flows; w++)
			ck_assert_mem_eq(&again.flow[w], &problem.flow[w],
					 sizeof(again.flow[w]));
	}
	unlink(path);
}
END_TEST

/* A start that is level, and a search that leaves it. */
START_TEST(search_finds_a_loss)
{
	sim_problem_t worst, again;
	sim_loss_t loss, same, first;
	sim_field_t field;
	sim_duel_t duel = { .seed = 5, .steps = 1 };

	field_of(&field, "fastest-idle", "k-eft:5");
	duel.victim = &field.entrant[0];
	duel.rival = &field.entrant[1];
	ck_assert_int_eq(sim_duel_search(&duel, 0, &worst, &first, NULL), 0);
	duel.steps = 1000;
	ck_assert_int_eq(sim_duel_search(&duel, 0, &worst, &loss, NULL), 0);
	ck_assert_double_gt(sim_loss_ratio(&loss),
			    1.3 * sim_loss_ratio(&first));
	ck_assert_int_eq(sim_duel_search(&duel, 0, &again, &same, NULL), 0);
	ck_assert_mem_eq(&worst, &again, sizeof(worst));
	ck_assert_int_eq(sim_duel_fight(&duel, &worst, &same, NULL), 0);
	ck_assert_double_eq(same.victim, loss.victim);
	ck_assert_double_eq(same.rival, loss.rival);
	sim_field_free(&field);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("adversary");

	tcase_add_test(tc, greed_is_punished);
	tcase_add_test(tc, perturbed_stays_sound);
	tcase_add_test(tc, file_brings_it_back);
	tcase_add_test(tc, search_finds_a_loss);
	return test_run("adversary", tc);
}
