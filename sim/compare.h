/*
 * compare.h - entrants on the cells of a grid, with paired seeds
 *
 * All entrants of a cell see the same workloads.  A result depends on cell,
 * seed and entrant alone (but for the time of a decision), so the number of
 * threads changes nothing.  With a directory, each entrant's scores in a cell
 * are kept in a file of their own, whose name is a hash of all they depend
 * on: another run takes what is there, and what has changed is made anew.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include "bootstrap.h"
#include "entrant.h"
#include "grid.h"
#include "score.h"

typedef struct sim_compare {
	const sim_grid_t *grid;		/* borrowed, as the next two */
	const sim_field_t *field;
	const char *dir;		/* NULL: nothing is kept */
	size_t threads;
	size_t reference;		/* entrant that others differ from */
	bool verify;			/* check the four constraints */
	/* After each episode, never two at once; or NULL. */
	void (*progress)(void *arg, size_t done, size_t all);
	void *arg;
	/* results */
	sim_score_t *score;		/* [cells][entrants][seeds] */
	sim_interval_t *diff;		/* [cells][entrants][COMPARED] */
	sim_interval_t *overall;	/* [entrants][COMPARED] */
	size_t kept;			/* files that were there already */
} sim_compare_t;

/*
 * Run what is not kept and fill the results, to be freed.
 * RET 0; -1 with EINVAL (a planner in a cell of the paper clock), EPROTO
 *     (a broken constraint), EDOM (a model's output), ENOMEM or the errno of
 *     writing
 */
int sim_compare_run(sim_compare_t *compare, scale_err_t *err);
void sim_compare_free(sim_compare_t *compare);

const sim_score_t *sim_compare_scores(const sim_compare_t *compare,
				      size_t cell, size_t entrant);
/* Mean over the seeds. */
double sim_compare_mean(const sim_compare_t *compare, size_t cell,
			size_t entrant, sim_score_id_t id);

/*
 * Of the first SIM_SCORE_COMPARED scores.  Relative difference from the reference, in percent, of the means over the
 * seeds: 100 (sum x - sum x_ref) / sum x_ref, with the interval of paired
 * resampling.
 */
sim_interval_t sim_compare_cell(const sim_compare_t *compare, size_t cell,
				size_t entrant, sim_score_id_t id);
/* Its mean over all cells; seeds are resampled in each. */
sim_interval_t sim_compare_all(const sim_compare_t *compare, size_t entrant,
			       sim_score_id_t id);

/* Which side of 0 the interval is on: 1 the entrant wins, -1 it loses, 0
 * neither can be said. */
int sim_verdict(sim_interval_t x);

/* How far the entrant is behind the best one of the cell, percent, >= 0. */
double sim_compare_behind(const sim_compare_t *compare, size_t cell,
			  size_t entrant, sim_score_id_t id);

#endif
