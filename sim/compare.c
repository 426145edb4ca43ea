/*
 * compare.c - entrants on the cells of a grid, with paired seeds
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "compare_file.h"
#include "episode.h"
#include "parallel.h"

/* One seed of an entrant in a cell. */
typedef struct piece {
	size_t job;		/* cell * entrants + entrant */
	size_t seed;		/* from 0 */
} piece_t;

typedef struct work {
	sim_compare_t *compare;
	piece_t *piece;
	size_t pieces;
	atomic_size_t *left;	/* [jobs] seeds that are not done */
	pthread_mutex_t lock;	/* of what follows */
	size_t done;		/* pieces */
} work_t;

static size_t jobs(const sim_compare_t *c)
{
	return c->grid->cells * c->field->count;
}

static sim_score_t *job_scores(const sim_compare_t *c, size_t job)
{
	return c->score + job * c->grid->seeds;
}

const sim_score_t *sim_compare_scores(const sim_compare_t *c, size_t cell,
				      size_t entrant)
{
	return job_scores(c, cell * c->field->count + entrant);
}

static int simulate(const sim_compare_t *c, size_t job, size_t seed,
		    scale_err_t *err)
{
	const sim_entrant_t *who = &c->field->entrant[job % c->field->count];
	sim_config_t config = c->grid->cell[job / c->field->count].config;
	sim_player_t player;
	sim_metrics_t metrics;
	double decide_s;
	sim_t *sim = NULL;
	int saved, rc = -1;

	if (sim_entrant_player(who, &player, err))
		return -1;
	if (*who->order)
		strcpy(config.order, who->order);
	config.check |= c->verify;
	sim = sim_create(&config, err);
	if (sim && !sim_play(sim, &player, c->grid->seed + seed, &decide_s,
			     err))
		rc = sim_metrics(sim, &metrics, err);
	if (!rc)
		sim_score_from(&metrics, decide_s,
			       &job_scores(c, job)[seed]);
	saved = errno;
	sim_destroy(sim);
	sim_player_free(&player);
	errno = saved;
	return rc;
}

static int do_piece(void *arg, size_t i, scale_err_t *err)
{
	work_t *work = arg;
	sim_compare_t *c = work->compare;
	const piece_t *p = &work->piece[i];

	if (simulate(c, p->job, p->seed, err))
		return scale_err_prefix(err, "%s, %s, seed %llu",
			c->field->entrant[p->job % c->field->count].name,
			c->grid->cell[p->job / c->field->count].name,
			(unsigned long long) (c->grid->seed + p->seed));
	if (atomic_fetch_sub(&work->left[p->job], 1) == 1 && c->dir &&
	    sim_compare_write(c, p->job / c->field->count,
			      p->job % c->field->count,
			      job_scores(c, p->job), err))
		return -1;
	pthread_mutex_lock(&work->lock);
	work->done++;
	if (c->progress)
		c->progress(c->arg, work->done, work->pieces);
	pthread_mutex_unlock(&work->lock);
	return 0;
}

/* Take what is kept; the seeds of all else are pieces. */
static int plan(work_t *work, scale_err_t *err)
{
	sim_compare_t *c = work->compare;

	for (size_t job = 0; job < jobs(c); job++) {
		if (c->dir && !sim_compare_read(c, job / c->field->count,
						job % c->field->count,
						job_scores(c, job), err)) {
			c->kept++;
			continue;
		}
		if (c->dir && errno == ENOMEM)
			return -1;
		atomic_init(&work->left[job], c->grid->seeds);
		for (size_t seed = 0; seed < c->grid->seeds; seed++)
			work->piece[work->pieces++] = (piece_t) { job, seed };
	}
	return 0;
}

/* The pairs of one cell, for the bootstrap. */
static void pair(const sim_compare_t *c, size_t cell, size_t entrant,
		 sim_score_id_t id, sim_ratio_t *out)
{
	const sim_score_t *a = sim_compare_scores(c, cell, entrant);
	const sim_score_t *b = sim_compare_scores(c, cell, c->reference);

	for (size_t i = 0; i < c->grid->seeds; i++)
		out[i] = (sim_ratio_t) {
			100.0 * (a[i].value[id] - b[i].value[id]),
			b[i].value[id],
		};
}

static int resample(const sim_compare_t *c, size_t first, size_t cells,
		    size_t entrant, sim_interval_t *out, scale_err_t *err)
{
	size_t seeds = c->grid->seeds;
	sim_ratio_t *x = calloc(cells * seeds, sizeof(*x));

	if (!x)
		return scale_err_set(err, ENOMEM, "no memory for %zu cells",
				     cells);
	for (int id = 0; id < SIM_SCORE_COMPARED; id++) {
		for (size_t k = 0; k < cells; k++)
			pair(c, first + k, entrant, (sim_score_id_t) id,
			     x + k * seeds);
		out[id] = sim_bootstrap_mean(x, cells, seeds);
	}
	free(x);
	return 0;
}

/* Pieces: each entrant in each cell, then each over all cells. */
static int differ(void *arg, size_t i, scale_err_t *err)
{
	sim_compare_t *c = arg;
	size_t count = c->field->count;

	if (i < jobs(c))
		return resample(c, i / count, 1, i % count,
				c->diff + i * SIM_SCORE_COMPARED, err);
	i -= jobs(c);
	return resample(c, 0, c->grid->cells, i,
			c->overall + i * SIM_SCORE_COMPARED, err);
}

/* Refuse before anything runs what would be refused in its course. */
static int check_clocks(const sim_compare_t *c, scale_err_t *err)
{
	for (size_t e = 0; e < c->field->count; e++)
		for (size_t k = 0; k < c->grid->cells; k++)
			if (sim_planner_exists(c->field->entrant[e].rule) &&
			    c->grid->cell[k].config.clock != SIM_CLOCK_EVENT)
				return scale_err_set(err, EINVAL,
						     "%s needs clock: event, which cell \"%s\" has not",
						     c->field->entrant[e].name,
						     c->grid->cell[k].name);
	return 0;
}

int sim_compare_run(sim_compare_t *c, scale_err_t *err)
{
	size_t episodes = jobs(c) * c->grid->seeds;
	work_t work = { .compare = c };
	int rc = -1;

	if (check_clocks(c, err))
		return -1;
	pthread_mutex_init(&work.lock, NULL);
	c->kept = 0;
	c->score = calloc(episodes, sizeof(*c->score));
	work.piece = calloc(episodes, sizeof(*work.piece));
	work.left = calloc(jobs(c), sizeof(*work.left));
	c->diff = calloc(jobs(c) * SIM_SCORE_COMPARED, sizeof(*c->diff));
	c->overall = calloc(c->field->count * SIM_SCORE_COMPARED,
			    sizeof(*c->overall));
	if (!c->score || !c->diff || !c->overall || !work.piece ||
	    !work.left) {
		scale_err_set(err, ENOMEM, "no memory for %zu episodes",
			      episodes);
		goto out;
	}
	if (c->dir && sim_compare_prepare(c->dir, err))
		goto out;
	if (plan(&work, err))
		goto out;
	rc = sim_parallel(work.pieces, c->threads, do_piece, &work, err);
	if (!rc)
		rc = sim_parallel(jobs(c) + c->field->count, c->threads,
				  differ, c, err);
out:
	pthread_mutex_destroy(&work.lock);
	free(work.piece);
	free(work.left);
	if (rc)
		sim_compare_free(c);
	return rc;
}

void sim_compare_free(sim_compare_t *c)
{
	int saved = errno;

	free(c->score);
	free(c->diff);
	free(c->overall);
	c->score = NULL;
	c->diff = c->overall = NULL;
	errno = saved;
}

double sim_compare_mean(const sim_compare_t *c, size_t cell, size_t entrant,
			sim_score_id_t id)
{
	const sim_score_t *score = sim_compare_scores(c, cell, entrant);
	double sum = 0.0;

	for (size_t i = 0; i < c->grid->seeds; i++)
		sum += score[i].value[id];
	return sum / (double) c->grid->seeds;
}

sim_interval_t sim_compare_cell(const sim_compare_t *c, size_t cell,
				size_t entrant, sim_score_id_t id)
{
	return c->diff[(cell * c->field->count + entrant) *
		       SIM_SCORE_COMPARED + id];
}

sim_interval_t sim_compare_all(const sim_compare_t *c, size_t entrant,
			       sim_score_id_t id)
{
	return c->overall[entrant * SIM_SCORE_COMPARED + id];
}

int sim_verdict(sim_interval_t x)
{
	return (x.high < 0.0) - (x.low > 0.0);
}

double sim_compare_behind(const sim_compare_t *c, size_t cell,
			  size_t entrant, sim_score_id_t id)
{
	double best = INFINITY;

	for (size_t e = 0; e < c->field->count; e++)
		best = fmin(best, sim_compare_mean(c, cell, e, id));
	return 100.0 * (sim_compare_mean(c, cell, entrant, id) / best - 1.0);
}
