/*
 * cma.h - CMA-ES: a normal distribution that moves to lower values
 *
 * Hansen, The CMA Evolution Strategy: A Tutorial (2016), with candidates in
 * mirrored pairs around the mean.  All of it follows from the seed and the
 * values.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_CMA_H
#define TRAIN_CMA_H

#include "part.h"
#include "../model/rng.h"

typedef struct train_cma {
	size_t n;			/* dimensions */
	size_t candidates;		/* of a generation, even, >= 4 */
	double sigma;			/* step size */
	uint64_t generation;		/* finished ones */
	scale_rng_t rng;
	double *mean;			/* [n] */
	/* private */
	double *cov;			/* [n][n] */
	double *path_sigma, *path_cov;	/* [n] */
	double *axis;			/* [n][n] of cov, in columns */
	double *length;			/* [n] */
	double *step;			/* [candidates][n] of sigma */
	double *work;			/* [n][n] */
	double *move;			/* [n] of the mean, in steps */
	size_t *order;			/* [candidates] from the best */
} train_cma_t;

/* IN mean [n].  RET 0, or -1 with ENOMEM; *cma is then empty */
int train_cma_init(train_cma_t *cma, size_t n, size_t candidates,
		   const double *mean, double sigma, uint64_t seed);
void train_cma_fini(train_cma_t *cma);

/* OUT x [candidates][n] */
void train_cma_sample(train_cma_t *cma, double *x);
/* IN value [candidates] of those sampled last; less is better */
void train_cma_update(train_cma_t *cma, const double *value);

/* What a checkpoint must keep.  RET 0, or what part says */
int train_cma_parts(train_cma_t *cma, train_part_f part, void *arg);

#endif
