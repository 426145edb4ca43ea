/*
 * problem_fuzz.c - fuzz target: problem files of the adversary
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz.h"
#include "sim/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sim_problem_t problem;
	scale_err_t err;

	if (sim_problem_read(&problem, fuzz_file(data, size), &err) == 0)
		fuzz_assert(sim_problem_check(&problem, &err) == 0, err.text);
	return 0;
}
