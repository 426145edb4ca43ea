/*
 * adversary.h - small problems on which one policy loses most to another
 *
 * Simulated annealing over problems, in the manner of PISA (Coleman and
 * Krishnamachari, 2024): whether the ratio of two mean responses is large
 * somewhere, which no mean over random workloads can show.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_ADVERSARY_H
#define SIM_ADVERSARY_H

#include "entrant.h"
#include "problem.h"

/* Who is to lose, against whom, in which mean. */
typedef struct sim_duel {
	const sim_entrant_t *victim, *rival;	/* borrowed */
	bool flows;			/* of workflows, else of primitives */
	uint64_t seed;
	size_t steps;			/* problems that a search looks at */
} sim_duel_t;

typedef struct sim_loss {
	double victim, rival;		/* mean responses, s; what starves
					   counts with its age */
	uint64_t starved;		/* primitives that the victim leaves */
} sim_loss_t;

/* victim / rival: above 1 the victim is slower. */
double sim_loss_ratio(const sim_loss_t *loss);

/* Let both run the problem.  RET 0; -1 as sim_play() and sim_create() */
int sim_duel_fight(const sim_duel_t *duel, const sim_problem_t *problem,
		   sim_loss_t *loss, scale_err_t *err);

/*
 * One search, which duel->seed and its number alone determine.
 * OUT *worst the problem of the largest ratio that was met, *loss of it
 * RET 0; -1 as sim_duel_fight()
 */
int sim_duel_search(const sim_duel_t *duel, size_t number,
		    sim_problem_t *worst, sim_loss_t *loss,
		    scale_err_t *err);

#endif
