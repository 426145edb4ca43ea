/*
 * trace_fuzz.c - fuzz target: traces of the simulator
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz.h"
#include "sim/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sim_trace_file_t file;
	scale_err_t err;

	if (sim_trace_load(&file, fuzz_file(data, size), &err) == 0)
		sim_trace_free(&file);
	return 0;
}
