/*
 * cma.c - CMA-ES: a normal distribution that moves to lower values
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cma.h"

enum { SWEEPS = 12 };

int train_cma_init(train_cma_t *cma, size_t n, size_t candidates,
		   const double *mean, double sigma, uint64_t seed)
{
	double *data = calloc(3 * n * n + 5 * n + candidates * n,
			      sizeof(*data));
	size_t *order = calloc(candidates, sizeof(*order));

	*cma = (train_cma_t){ .n = n, .candidates = candidates,
			      .sigma = sigma };
	if (!data || !order) {
		free(data);
		free(order);
		return -1;
	}
	cma->order = order;
	cma->mean = data;
	cma->path_sigma = data + n;
	cma->path_cov = data + 2 * n;
	cma->length = data + 3 * n;
	cma->move = data + 4 * n;
	cma->cov = data + 5 * n;
	cma->axis = cma->cov + n * n;
	cma->work = cma->axis + n * n;
	cma->step = cma->work + n * n;
	memcpy(cma->mean, mean, n * sizeof(*mean));
	for (size_t i = 0; i < n; i++)
		cma->cov[i * n + i] = 1.0;
	scale_rng_seed(&cma->rng, seed, 0x636d61 /* "cma" */);
	return 0;
}

void train_cma_fini(train_cma_t *cma)
{
	free(cma->mean);
	free(cma->order);
	*cma = (train_cma_t){ 0 };
}

/* Columns p and q of a, turned by an angle of that cosine and sine. */
static void turn_columns(double *a, size_t n, size_t p, size_t q, double c,
			 double s)
{
	for (size_t k = 0; k < n; k++) {
		double x = a[k * n + p], y = a[k * n + q];

		a[k * n + p] = c * x - s * y;
		a[k * n + q] = s * x + c * y;
	}
}

static void turn_rows(double *a, size_t n, size_t p, size_t q, double c,
		      double s)
{
	for (size_t k = 0; k < n; k++) {
		double x = a[p * n + k], y = a[q * n + k];

		a[p * n + k] = c * x - s * y;
		a[q * n + k] = s * x + c * y;
	}
}

/* Turn a so that a[p][q] vanishes, and v with it. */
static void rotate(double *a, double *v, size_t n, size_t p, size_t q)
{
	double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
	double t = copysign(1.0, theta) /
		   (fabs(theta) + sqrt(theta * theta + 1.0));
	double c = 1.0 / sqrt(t * t + 1.0), s = t * c;

	turn_columns(a, n, p, q, c, s);
	turn_rows(a, n, p, q, c, s);
	turn_columns(v, n, p, q, c, s);
}

/* Axes and lengths of cov by Jacobi's rotations. */
static void decompose(train_cma_t *cma)
{
	size_t n = cma->n;
	double *a = cma->work;

	memcpy(a, cma->cov, n * n * sizeof(*a));
	for (size_t i = 0; i < n * n; i++)
		cma->axis[i] = i % (n + 1) == 0;
	for (int sweep = 0; sweep < SWEEPS; sweep++)
		for (size_t p = 0; p < n; p++)
			for (size_t q = p + 1; q < n; q++)
				if (fabs(a[p * n + q]) > 1e-18)
					rotate(a, cma->axis, n, p, q);
	for (size_t i = 0; i < n; i++)
		cma->length[i] = sqrt(fmax(a[i * n + i], 1e-12));
}

/* One from the distribution around zero. */
static void draw_step(train_cma_t *cma, double *step)
{
	size_t n = cma->n;
	double *z = cma->work;

	for (size_t j = 0; j < n; j++)
		z[j] = cma->length[j] * scale_rng_normal(&cma->rng);
	for (size_t i = 0; i < n; i++) {
		step[i] = 0.0;
		for (size_t j = 0; j < n; j++)
			step[i] += cma->axis[i * n + j] * z[j];
	}
}

void train_cma_sample(train_cma_t *cma, double *x)
{
	size_t n = cma->n;

	decompose(cma);
	for (size_t c = 0; c < cma->candidates; c++) {
		double *step = cma->step + c * n;

		if (c % 2 == 0)
			draw_step(cma, step);
		for (size_t i = 0; i < n; i++) {
			if (c % 2)
				step[i] = -step[i - n];
			x[c * n + i] = cma->mean[i] + cma->sigma * step[i];
		}
	}
}

/* The candidate of that place in the order of values; equal ones by number. */
static size_t of_rank(const double *value, size_t candidates, size_t rank)
{
	for (size_t c = 0; c < candidates; c++) {
		size_t before = 0;

		for (size_t k = 0; k < candidates; k++)
			before += value[k] < value[c] ||
				  (value[k] == value[c] && k < c);
		if (before == rank)
			return c;
	}
	return rank;	/* a value that is no number */
}

/* Weight of the parent of that rank. */
static double weight(size_t parents, size_t rank)
{
	double sum = 0.0;

	for (size_t k = 0; k < parents; k++)
		sum += log(parents + 0.5) - log(k + 1.0);
	return (log(parents + 0.5) - log(rank + 1.0)) / sum;
}

/* Their effective number. */
static double effective_parents(size_t parents)
{
	double squares = 0.0;

	for (size_t k = 0; k < parents; k++)
		squares += weight(parents, k) * weight(parents, k);
	return 1.0 / squares;
}

/* Component k of C^(-1/2) y along the axes, turned back. */
static void whiten(const train_cma_t *cma, const double *y, double *out)
{
	size_t n = cma->n;

	memset(out, 0, n * sizeof(*out));
	for (size_t j = 0; j < n; j++) {
		double along = 0.0;

		for (size_t i = 0; i < n; i++)
			along += cma->axis[i * n + j] * y[i];
		for (size_t i = 0; i < n; i++)
			out[i] += cma->axis[i * n + j] * along /
				  cma->length[j];
	}
}

/* Step size: longer where steps agree.  RET whether the path is short
 * enough for that of the covariance to go on */
static bool adapt_sigma(train_cma_t *cma, double effective)
{
	double n = (double) cma->n, length = 0.0;
	double c = (effective + 2.0) / (n + effective + 5.0);
	double expect = sqrt(n) * (1.0 - 1.0 / (4.0 * n) +
				   1.0 / (21.0 * n * n));
	double *white = cma->work;

	whiten(cma, cma->move, white);
	for (size_t i = 0; i < cma->n; i++) {
		double *path = &cma->path_sigma[i];

		*path = (1.0 - c) * *path +
			sqrt(c * (2.0 - c) * effective) * white[i];
		length += *path * *path;
	}
	length = sqrt(length);
	cma->sigma *= exp(c / (1.0 + c) * (length / expect - 1.0));
	return length / sqrt(1.0 - pow(1.0 - c, 2.0 * cma->generation)) <
	       (1.4 + 2.0 / (n + 1.0)) * expect;
}

static void adapt_cov(train_cma_t *cma, size_t parents, double effective,
		      bool go_on)
{
	const double *y = cma->move;
	size_t n = cma->n;
	double d = (double) n, c = 4.0 / (d + 4.0);
	double c1 = 2.0 / ((d + 1.3) * (d + 1.3) + effective);
	double cmu = fmin(1.0 - c1, 2.0 * (effective - 2.0 + 1.0 / effective) /
			  ((d + 2.0) * (d + 2.0) + effective));

	for (size_t i = 0; i < n; i++)
		cma->path_cov[i] = (1.0 - c) * cma->path_cov[i] +
			go_on * sqrt(c * (2.0 - c) * effective) * y[i];
	for (size_t i = 0; i < n * n; i++)
		cma->cov[i] = (1.0 - c1 - cmu) * cma->cov[i] +
			c1 * cma->path_cov[i / n] * cma->path_cov[i % n];
	for (size_t k = 0; k < parents; k++) {
		const double *step = cma->step + cma->order[k] * n;
		double w = cmu * weight(parents, k);

		for (size_t i = 0; i < n * n; i++)
			cma->cov[i] += w * step[i / n] * step[i % n];
	}
}

void train_cma_update(train_cma_t *cma, const double *value)
{
	size_t n = cma->n, parents = cma->candidates / 2;
	double effective = effective_parents(parents);
	bool go_on;

	memset(cma->move, 0, n * sizeof(*cma->move));
	for (size_t k = 0; k < parents; k++) {
		cma->order[k] = of_rank(value, cma->candidates, k);
		for (size_t i = 0; i < n; i++)
			cma->move[i] += weight(parents, k) *
					cma->step[cma->order[k] * n + i];
	}
	for (size_t i = 0; i < n; i++)
		cma->mean[i] += cma->sigma * cma->move[i];
	cma->generation++;
	go_on = adapt_sigma(cma, effective);
	adapt_cov(cma, parents, effective, go_on);
}

int train_cma_parts(train_cma_t *cma, train_part_f part, void *arg)
{
	size_t n = cma->n;

	return part(arg, &cma->sigma, sizeof(cma->sigma)) ||
	       part(arg, &cma->generation, sizeof(cma->generation)) ||
	       part(arg, &cma->rng, sizeof(cma->rng)) ||
	       part(arg, cma->mean, n * sizeof(*cma->mean)) ||
	       part(arg, cma->path_sigma, n * sizeof(*cma->mean)) ||
	       part(arg, cma->path_cov, n * sizeof(*cma->mean)) ||
	       part(arg, cma->cov, n * n * sizeof(*cma->cov)) ? -1 : 0;
}
