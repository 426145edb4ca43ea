/*
 * tune_cma.c - CMA-ES: a normal distribution that moves to lower values
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tune_cma.h"

enum { N = CMA_DIMS };

void cma_init(cma_t *cma, double sigma, uint64_t seed)
{
	memset(cma, 0, sizeof(*cma));
	cma->sigma = sigma;
	for (int i = 0; i < N; i++)
		cma->cov[i][i] = 1.0;
	scale_rng_seed(&cma->rng, seed, 0x636d61 /* "cma" */);
}

/* Turn rows and columns p and q so that a[p][q] vanishes. */
static void rotate(double a[N][N], double v[N][N], int p, int q)
{
	double theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
	double t = copysign(1.0, theta) /
		   (fabs(theta) + sqrt(theta * theta + 1.0));
	double c = 1.0 / sqrt(t * t + 1.0), s = t * c, x, y;

	for (int k = 0; k < N; k++) {
		x = a[k][p], y = a[k][q];
		a[k][p] = c * x - s * y;
		a[k][q] = s * x + c * y;
	}
	for (int k = 0; k < N; k++) {
		x = a[p][k], y = a[q][k];
		a[p][k] = c * x - s * y;
		a[q][k] = s * x + c * y;
		x = v[k][p], y = v[k][q];
		v[k][p] = c * x - s * y;
		v[k][q] = s * x + c * y;
	}
}

/* Axes and lengths of cov by Jacobi's rotations. */
static void decompose(cma_t *cma)
{
	double a[N][N];

	memcpy(a, cma->cov, sizeof(a));
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			cma->axis[i][j] = i == j;
	for (int sweep = 0; sweep < 12; sweep++)
		for (int p = 0; p < N; p++)
			for (int q = p + 1; q < N; q++)
				if (fabs(a[p][q]) > 1e-18)
					rotate(a, cma->axis, p, q);
	for (int i = 0; i < N; i++)
		cma->length[i] = sqrt(fmax(a[i][i], 1e-12));
}

static void draw_step(cma_t *cma, double step[N])
{
	double z[N];

	for (int j = 0; j < N; j++)
		z[j] = cma->length[j] * scale_rng_normal(&cma->rng);
	for (int i = 0; i < N; i++) {
		step[i] = 0.0;
		for (int j = 0; j < N; j++)
			step[i] += cma->axis[i][j] * z[j];
	}
}

void cma_sample(cma_t *cma, double x[CMA_CANDIDATES][N])
{
	decompose(cma);
	for (int c = 0; c < CMA_CANDIDATES; c++) {
		if (c % 2 == 0)
			draw_step(cma, cma->step[c]);
		for (int i = 0; i < N; i++) {
			if (c % 2)
				cma->step[c][i] = -cma->step[c - 1][i];
			x[c][i] = cma->mean[i] + cma->sigma * cma->step[c][i];
		}
	}
}

static void rank(const double *value, int order[CMA_CANDIDATES])
{
	for (int c = 0; c < CMA_CANDIDATES; c++) {
		int at = c;

		for (; at && value[order[at - 1]] > value[c]; at--)
			order[at] = order[at - 1];
		order[at] = c;
	}
}

/* Weights of the parents, which sum to 1.  RET their effective number */
static double weigh(double w[CMA_PARENTS])
{
	double sum = 0.0, squares = 0.0;

	for (int k = 0; k < CMA_PARENTS; k++) {
		w[k] = log(CMA_PARENTS + 0.5) - log(k + 1.0);
		sum += w[k];
	}
	for (int k = 0; k < CMA_PARENTS; k++) {
		w[k] /= sum;
		squares += w[k] * w[k];
	}
	return 1.0 / squares;
}

/* C^(-1/2) y */
static void whiten(const cma_t *cma, const double y[N], double out[N])
{
	memset(out, 0, N * sizeof(*out));
	for (int j = 0; j < N; j++) {
		double along = 0.0;

		for (int i = 0; i < N; i++)
			along += cma->axis[i][j] * y[i];
		for (int i = 0; i < N; i++)
			out[i] += cma->axis[i][j] * along / cma->length[j];
	}
}

/* Step size: longer where steps agree.  RET whether the path is short
 * enough for that of the covariance to go on */
static bool adapt_sigma(cma_t *cma, const double y[N], double effective)
{
	double c = (effective + 2.0) / (N + effective + 5.0), white[N];
	double expect = sqrt(N) * (1.0 - 1.0 / (4.0 * N) +
				   1.0 / (21.0 * N * N));
	double length = 0.0;

	whiten(cma, y, white);
	for (int i = 0; i < N; i++) {
		cma->path_sigma[i] = (1.0 - c) * cma->path_sigma[i] +
			sqrt(c * (2.0 - c) * effective) * white[i];
		length += cma->path_sigma[i] * cma->path_sigma[i];
	}
	length = sqrt(length);
	cma->sigma *= exp(c / (1.0 + c) * (length / expect - 1.0));
	return length / sqrt(1.0 - pow(1.0 - c, 2.0 * cma->generation)) <
	       (1.4 + 2.0 / (N + 1)) * expect;
}

static void adapt_cov(cma_t *cma, const int *order, const double *w,
		      const double y[N], double effective, bool go_on)
{
	double c = 4.0 / (N + 4.0);
	double c1 = 2.0 / ((N + 1.3) * (N + 1.3) + effective);
	double cmu = fmin(1.0 - c1, 2.0 * (effective - 2.0 + 1.0 / effective) /
			  ((N + 2.0) * (N + 2.0) + effective));

	for (int i = 0; i < N; i++)
		cma->path_cov[i] = (1.0 - c) * cma->path_cov[i] +
			go_on * sqrt(c * (2.0 - c) * effective) * y[i];
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			double sum = 0.0;

			for (int k = 0; k < CMA_PARENTS; k++)
				sum += w[k] * cma->step[order[k]][i] *
				       cma->step[order[k]][j];
			cma->cov[i][j] = (1.0 - c1 - cmu) * cma->cov[i][j] +
				c1 * cma->path_cov[i] * cma->path_cov[j] +
				cmu * sum;
		}
}

void cma_update(cma_t *cma, const double value[CMA_CANDIDATES])
{
	int order[CMA_CANDIDATES];
	double w[CMA_PARENTS], effective = weigh(w), y[N] = { 0.0 };
	bool go_on;

	rank(value, order);
	cma->generation++;
	for (int i = 0; i < N; i++) {
		for (int k = 0; k < CMA_PARENTS; k++)
			y[i] += w[k] * cma->step[order[k]][i];
		cma->mean[i] += cma->sigma * y[i];
	}
	go_on = adapt_sigma(cma, y, effective);
	adapt_cov(cma, order, w, y, effective, go_on);
}
