/*
 * feat_relative.c - the input of a network with a prior: schema "scale/2"
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "feat_relative.h"

#define MOST 12.0f	/* of a logarithm: e^12 times tau is for ever */
#define LEAST_S 1e-9	/* of tau */

enum { SPEED, MEMORY, IDLE, WAIT, DELAY, BEHIND, FITS };	/* rows of psi */

static float grow(double seconds, double tau)
{
	return seconds > 0.0 ? fminf(log1pf((float) (seconds / tau)), MOST) :
			       0.0f;
}

static double least_cost(const scale_relative_t *r)
{
	double least = INFINITY;

	for (size_t j = 0; j < r->c->n; j++)
		if (r->t->mem_gb <= r->c->mem_gb[j] && r->log_cost[j] < least)
			least = r->log_cost[j];
	return least;
}

/* Of one kind: neighbours often are. */
static bool is_like_last(const scale_cluster_t *c, size_t j)
{
	return j && c->gflops[j] == c->gflops[j - 1] &&
	       c->mem_gb[j] == c->mem_gb[j - 1];
}

static void kinds(const scale_relative_t *r, float *psi, size_t ld)
{
	const scale_cluster_t *c = r->c;
	float *speed = psi + SPEED * ld, *memory = psi + MEMORY * ld;

	for (size_t j = 0; j < c->n; j++) {
		bool like = is_like_last(c, j);

		speed[j] = like ? speed[j - 1] :
			   (float) log(c->gflops[j] / r->gflops_max);
		memory[j] = like ? memory[j - 1] :
			    (float) log(c->mem_gb[j] / r->mem_max_gb);
		psi[FITS * ld + j] = r->t->mem_gb <= c->mem_gb[j] ? 1.0f :
								    0.0f;
	}
}

/* Behind the best by so much; nothing is behind where nothing is possible. */
static void costs(const scale_relative_t *r, float *behind)
{
	double least = least_cost(r);

	for (size_t j = 0; j < r->c->n; j++)
		behind[j] = isinf(least) ? 0.0f :
			fmaxf(-MOST, fminf(MOST, (float) (r->log_cost[j] -
							  least)));
}

/* The mean of logarithms rather than of waits: one that is drained for ever
 * must not hide the others. */
void scale_relative_features(const scale_relative_t *r, float *phi, float *psi,
			     size_t ld)
{
	const scale_cluster_t *c = r->c;
	const scale_task_t *t = r->t;
	double tau = fmax(t->gflop / r->gflops_max, LEAST_S);
	double size = t->workflow_size, n = (double) c->n, wait = 0.0;
	double left = size > t->workflow_done ? size - t->workflow_done : 1.0;
	float delay = grow(scale_comm_delay(c, t, c->n), tau);
	size_t idle = 0;

	kinds(r, psi, ld);
	costs(r, psi + BEHIND * ld);
	for (size_t j = 0; j < c->n; j++) {
		idle += !c->busy[j];
		psi[IDLE * ld + j] = c->busy[j] ? 0.0f : 1.0f;
		psi[WAIT * ld + j] = grow(r->wait[j], tau);
		psi[DELAY * ld + j] = delay;
		wait += (double) psi[WAIT * ld + j];
	}
	if (t->parent_server >= 0 && (size_t) t->parent_server < c->n)
		psi[DELAY * ld + (size_t) t->parent_server] = 0.0f;
	phi[0] = grow(tau, 1.0);
	phi[1] = (float) (t->mem_gb / r->mem_max_gb);
	phi[2] = (float) log1p(t->successors);
	phi[3] = (float) log(left);
	phi[4] = (float) (t->workflow_done / size);
	phi[5] = (float) log(n / 32.0);
	phi[6] = (float) ((double) idle / n);
	phi[7] = delay;
	phi[8] = (float) (wait / n);
}
