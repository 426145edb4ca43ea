/*
 * adversary.c - small problems on which one policy loses most to another
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "adversary.h"

/* Temperatures of the logarithm of the ratio, first and last. */
#define HOT	0.3
#define COLD	0.003

/* Both sides, with what one thread needs of its own. */
typedef struct fighters {
	sim_player_t victim, rival;
} fighters_t;

double sim_loss_ratio(const sim_loss_t *loss)
{
	return loss->victim / loss->rival;
}

static int enter(const sim_duel_t *duel, fighters_t *f, scale_err_t *err)
{
	if (sim_entrant_player(duel->victim, &f->victim, err))
		return -1;
	if (!sim_entrant_player(duel->rival, &f->rival, err))
		return 0;
	sim_player_free(&f->victim);
	return -1;
}

static void leave(fighters_t *f)
{
	sim_player_free(&f->victim);
	sim_player_free(&f->rival);
}

/* OUT *mean response, s; *left unfinished primitives */
static int play(const sim_duel_t *duel, const sim_entrant_t *who,
		const sim_player_t *player, const sim_problem_t *problem,
		double *mean, uint64_t *left, scale_err_t *err)
{
	sim_problem_world_t world;
	sim_metrics_t metrics;
	sim_t *sim;
	int rc = -1;

	if (sim_problem_world(problem, &world, err))
		return -1;
	if (*who->order)
		strcpy(world.config.order, who->order);
	sim = sim_create_replay(&world.config, &world.list, err);
	if (sim && !sim_play(sim, player, duel->seed, NULL, err) &&
	    !sim_metrics(sim, &metrics, err)) {
		*mean = duel->flows ? metrics.workflow_response.mean :
				      metrics.task_response.mean;
		*left = metrics.tasks_unfinished;
		rc = 0;
	}
	sim_destroy(sim);
	sim_problem_world_free(&world);
	return rc;
}

static int fight(const sim_duel_t *duel, const fighters_t *f,
		 const sim_problem_t *problem, sim_loss_t *loss,
		 scale_err_t *err)
{
	uint64_t rest;

	if (play(duel, duel->victim, &f->victim, problem, &loss->victim,
		 &loss->starved, err) ||
	    play(duel, duel->rival, &f->rival, problem, &loss->rival, &rest,
		 err))
		return -1;
	return 0;
}

int sim_duel_fight(const sim_duel_t *duel, const sim_problem_t *problem,
		   sim_loss_t *loss, scale_err_t *err)
{
	fighters_t f;
	int rc;

	if (enter(duel, &f, err))
		return -1;
	rc = fight(duel, &f, problem, loss, err);
	leave(&f);
	return rc;
}

/* Annealing takes a worse problem the more rarely the colder it is. */
static bool taken(double gain, double heat, scale_rng_t *rng)
{
	double u = scale_rng_uniform(rng);

	return gain >= 0.0 || u < exp(gain / heat);
}

static int anneal(const sim_duel_t *duel, const fighters_t *f,
		  scale_rng_t *rng, sim_problem_t *worst, sim_loss_t *loss,
		  scale_err_t *err)
{
	double here, most;
	sim_problem_t at, next;
	sim_loss_t found;

	sim_problem_draw(&at, rng);
	if (fight(duel, f, &at, loss, err))
		return -1;
	*worst = at;
	here = most = log(sim_loss_ratio(loss));
	for (size_t i = 1; i < duel->steps; i++) {
		double heat = HOT * pow(COLD / HOT, (double) i /
					(double) duel->steps);
		double ratio;

		next = at;
		sim_problem_perturb(&next, rng);
		if (fight(duel, f, &next, &found, err))
			return -1;
		ratio = log(sim_loss_ratio(&found));
		if (!taken(ratio - here, heat, rng))
			continue;
		at = next;
		here = ratio;
		if (ratio > most) {
			most = ratio;
			*worst = next;
			*loss = found;
		}
	}
	return 0;
}

int sim_duel_search(const sim_duel_t *duel, size_t number,
		    sim_problem_t *worst, sim_loss_t *loss,
		    scale_err_t *err)
{
	scale_rng_t rng;
	fighters_t f;
	int rc;

	scale_rng_seed(&rng, duel->seed, number);
	if (enter(duel, &f, err))
		return -1;
	rc = anneal(duel, &f, &rng, worst, loss, err);
	leave(&f);
	return rc;
}
