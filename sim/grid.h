/*
 * grid.h - what policies are compared on: a file of cells
 *
 *	seed: 1000		# first of the seeds, the same in every cell
 *	seeds: 20		# how many
 *	set: {clock: event}	# keys of the simulator, for all cells
 *	parts:
 *	  core:
 *	    config: [base, wide]	# named configurations (base)
 *	    load: [0.3, 0.9]		# any key of the simulator: its values
 *	    mix: [[4, 10, 2], [1, 1, 1]]
 *	    servers:			# no key: variants, each a map of keys
 *	      steady: {}
 *	      failing: {mtbf: 300, mttr: 30}
 *	    set: {duration: 100}	# for this part
 *
 * A part is all combinations of its axes, the last varying fastest.  Later
 * settings win: config, set, set of the part, axes as they stand there.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_GRID_H
#define SIM_GRID_H

#include "sim.h"

typedef struct sim_cell {
	char *name;		/* "core: base, load 0.3, mix 4:10:2, steady" */
	sim_config_t config;
} sim_cell_t;

typedef struct sim_grid {
	uint64_t seed, seeds;	/* seed .. seed + seeds - 1 in each cell */
	sim_cell_t *cell;	/* [cells] */
	size_t cells;
} sim_grid_t;

/* RET 0 with *grid to be freed; -1 with EINVAL (err says where and why),
 * ENOMEM or the errno of open and read */
int sim_grid_load(sim_grid_t *grid, const char *path, scale_err_t *err);
void sim_grid_free(sim_grid_t *grid);

#endif
