/*
 * bootstrap.c - confidence intervals by resampling
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../model/rng.h"
#include "bootstrap.h"

enum { SEED = 42 };

static double ratio(const sim_ratio_t *x, size_t n)
{
	double sum = 0.0, count = 0.0;

	for (size_t i = 0; i < n; i++) {
		sum += x[i].sum;
		count += x[i].count;
	}
	return count > 0.0 ? sum / count : NAN;
}

static double mean_of(const sim_ratio_t *x, size_t groups, size_t n)
{
	double sum = 0.0;

	for (size_t g = 0; g < groups; g++)
		sum += ratio(x + g * n, n);
	return sum / (double) groups;
}

/* An interval needs two units that say something. */
static bool varies(const sim_ratio_t *x, size_t groups, size_t n)
{
	for (size_t g = 0; g < groups; g++) {
		size_t full = 0;

		for (size_t i = 0; i < n && full < 2; i++)
			full += x[g * n + i].count > 0.0;
		if (full < 2)
			return false;
	}
	return true;
}

static double draw_group(scale_rng_t *rng, const sim_ratio_t *x, size_t n)
{
	double sum = 0.0, count = 0.0;

	do {		/* again where only empty units were drawn */
		for (size_t i = 0; i < n; i++) {
			const sim_ratio_t *one = &x[scale_rng_below(rng, n)];

			sum += one->sum;
			count += one->count;
		}
	} while (count <= 0.0);
	return sum / count;
}

static double draw(scale_rng_t *rng, const sim_ratio_t *x, size_t groups,
		   size_t n)
{
	double sum = 0.0;

	for (size_t g = 0; g < groups; g++)
		sum += draw_group(rng, x + g * n, n);
	return sum / (double) groups;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static sim_interval_t interval(double mean, double *draws)
{
	const size_t tail = SIM_BOOTSTRAP_DRAWS / 40;	/* 2.5 % */

	qsort(draws, SIM_BOOTSTRAP_DRAWS, sizeof(*draws), compare);
	return (sim_interval_t) {
		mean, draws[tail], draws[SIM_BOOTSTRAP_DRAWS - 1 - tail],
	};
}

sim_interval_t sim_bootstrap_mean(const sim_ratio_t *x, size_t groups,
				  size_t n)
{
	double draws[SIM_BOOTSTRAP_DRAWS], mean = mean_of(x, groups, n);
	scale_rng_t rng;

	if (!isfinite(mean) || !varies(x, groups, n))
		return (sim_interval_t) { mean, NAN, NAN };
	scale_rng_seed(&rng, SEED, 0);
	for (int i = 0; i < SIM_BOOTSTRAP_DRAWS; i++)
		draws[i] = draw(&rng, x, groups, n);
	return interval(mean, draws);
}

sim_interval_t sim_bootstrap_difference(const sim_ratio_t *a, size_t na,
					const sim_ratio_t *b, size_t nb)
{
	double draws[SIM_BOOTSTRAP_DRAWS];
	double mean = ratio(a, na) - ratio(b, nb);
	scale_rng_t rng_a, rng_b;

	if (!isfinite(mean) || !varies(a, 1, na) || !varies(b, 1, nb))
		return (sim_interval_t) { mean, NAN, NAN };
	scale_rng_seed(&rng_a, SEED, 1);
	scale_rng_seed(&rng_b, SEED, 2);
	for (int i = 0; i < SIM_BOOTSTRAP_DRAWS; i++)
		draws[i] = draw_group(&rng_a, a, na) -
			   draw_group(&rng_b, b, nb);
	return interval(mean, draws);
}
