/*
 * ctl_bootstrap.c - confidence intervals by resampling whole workflows
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "ctl_bootstrap.h"
#include "model/rng.h"

enum { SEED = 42 };

static double mean_of(const ctl_cluster_t *c, size_t n)
{
	double sum = 0.0, count = 0.0;

	for (size_t i = 0; i < n; i++) {
		sum += c[i].sum;
		count += c[i].count;
	}
	return count > 0.0 ? sum / count : NAN;
}

/* An interval needs two workflows that say something. */
static bool varies(const ctl_cluster_t *c, size_t n)
{
	size_t full = 0;

	for (size_t i = 0; i < n && full < 2; i++)
		full += c[i].count > 0.0;
	return full == 2;
}

static double draw(scale_rng_t *rng, const ctl_cluster_t *c, size_t n)
{
	double sum = 0.0, count = 0.0;

	do {		/* again where only empty workflows were drawn */
		for (size_t i = 0; i < n; i++) {
			const ctl_cluster_t *one =
				&c[scale_rng_below(rng, n)];

			sum += one->sum;
			count += one->count;
		}
	} while (count <= 0.0);
	return sum / count;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static ctl_interval_t interval(double mean, double *draws)
{
	const size_t tail = CTL_BOOTSTRAP_DRAWS / 40;	/* 2.5 % */

	qsort(draws, CTL_BOOTSTRAP_DRAWS, sizeof(*draws), compare);
	return (ctl_interval_t) {
		mean, draws[tail], draws[CTL_BOOTSTRAP_DRAWS - 1 - tail],
	};
}

ctl_interval_t ctl_bootstrap_mean(const ctl_cluster_t *c, size_t n)
{
	double draws[CTL_BOOTSTRAP_DRAWS], mean = mean_of(c, n);
	scale_rng_t rng;

	if (!isfinite(mean) || !varies(c, n))
		return (ctl_interval_t) { mean, NAN, NAN };
	scale_rng_seed(&rng, SEED, 0);
	for (int i = 0; i < CTL_BOOTSTRAP_DRAWS; i++)
		draws[i] = draw(&rng, c, n);
	return interval(mean, draws);
}

ctl_interval_t ctl_bootstrap_difference(const ctl_cluster_t *a, size_t na,
					const ctl_cluster_t *b, size_t nb)
{
	double draws[CTL_BOOTSTRAP_DRAWS];
	double mean = mean_of(a, na) - mean_of(b, nb);
	scale_rng_t rng_a, rng_b;

	if (!isfinite(mean) || !varies(a, na) || !varies(b, nb))
		return (ctl_interval_t) { mean, NAN, NAN };
	scale_rng_seed(&rng_a, SEED, 1);
	scale_rng_seed(&rng_b, SEED, 2);
	for (int i = 0; i < CTL_BOOTSTRAP_DRAWS; i++)
		draws[i] = draw(&rng_a, a, na) - draw(&rng_b, b, nb);
	return interval(mean, draws);
}

json_t *ctl_interval_json(ctl_interval_t x)
{
	return json_pack("{s:o, s:o, s:o}", "mean", ctl_real(x.mean),
			 "low", ctl_real(x.low), "high", ctl_real(x.high));
}

void ctl_interval_print(ctl_interval_t x, const char *unit)
{
	char text[64];

	if (!isfinite(x.mean))
		snprintf(text, sizeof(text), "-");
	else if (!isfinite(x.low))
		snprintf(text, sizeof(text), "%.4g%s", x.mean, unit);
	else
		snprintf(text, sizeof(text), "%.4g%s [%.4g, %.4g]", x.mean,
			 unit, x.low, x.high);
	printf(" %-26s", text);
}
