/*
 * tune_cma.h - CMA-ES: a normal distribution that moves to lower values
 *
 * N. Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv:1604.00772),
 * with its default constants, but for mirrored pairs of candidates.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TUNE_CMA_H
#define TUNE_CMA_H

#include "model/rng.h"

enum { CMA_DIMS = 14, CMA_CANDIDATES = 12, CMA_PARENTS = 6 };

typedef struct cma {
	double mean[CMA_DIMS], sigma;
	double cov[CMA_DIMS][CMA_DIMS];
	double path_sigma[CMA_DIMS], path_cov[CMA_DIMS];
	double axis[CMA_DIMS][CMA_DIMS];	/* columns: eigenvectors */
	double length[CMA_DIMS];		/* roots of the eigenvalues */
	double step[CMA_CANDIDATES][CMA_DIMS];	/* of the last sample */
	unsigned generation;
	scale_rng_t rng;
} cma_t;

/* Identity around mean, which is to be set. */
void cma_init(cma_t *cma, double sigma, uint64_t seed);
/* Draw candidates around the mean. */
void cma_sample(cma_t *cma, double x[CMA_CANDIDATES][CMA_DIMS]);
/* value[i] of candidate i; the smaller the better. */
void cma_update(cma_t *cma, const double value[CMA_CANDIDATES]);

#endif
