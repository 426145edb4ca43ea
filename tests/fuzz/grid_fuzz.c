/*
 * grid_fuzz.c - fuzz target: grids of scale-sim compare
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz.h"
#include "sim/grid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sim_grid_t grid;
	scale_err_t err;

	if (sim_grid_load(&grid, fuzz_file(data, size), &err) == 0)
		sim_grid_free(&grid);
	return 0;
}
