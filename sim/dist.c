/*
 * dist.c - mean, deviation and quantiles of what was measured
 *
 * Sorting a million values takes longer than simulating them.  A quantile
 * needs two: values are counted in bins of equal width, and only the bin
 * that holds the two is looked at further.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"

enum {
	BINS = 2048,
	FEW = 64,		/* sorted rather than counted */
	LANES = 8,		/* partial sums that wait for nobody */
};

typedef struct bins {
	double low, high;	/* least and largest value */
	double scale;		/* bins per unit; infinite: too close together */
	size_t count[BINS];
} bins_t;

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

/* A larger value is never in a lower bin. */
static size_t bin_of(const bins_t *bins, double x)
{
	return (size_t) ((x - bins->low) * bins->scale);
}

static void fill(bins_t *bins, const double *value, size_t n)
{
	double low[LANES], high[LANES];

	for (int k = 0; k < LANES; k++)
		low[k] = high[k] = value[0];
	for (size_t i = 0; i < n; i += LANES)
		for (size_t k = 0; k < LANES && i + k < n; k++) {
			double x = value[i + k];

			low[k] = x < low[k] ? x : low[k];
			high[k] = x > high[k] ? x : high[k];
		}
	bins->low = low[0];
	bins->high = high[0];
	for (int k = 1; k < LANES; k++) {
		bins->low = fmin(bins->low, low[k]);
		bins->high = fmax(bins->high, high[k]);
	}
	bins->scale = (BINS - 1) / (bins->high - bins->low);
	memset(bins->count, 0, sizeof(bins->count));
	if (!isfinite(bins->scale))
		return;
	for (size_t i = 0; i < n; i++)
		bins->count[bin_of(bins, value[i])]++;
}

/* Whether any of LANES values is in a bin, from low to low + 1. */
static bool has_any(const bins_t *bins, const double *value, double low)
{
	int found = 0;

	for (int k = 0; k < LANES; k++) {
		double at = (value[k] - bins->low) * bins->scale;

		found |= (at >= low) & (at < low + 1.0);
	}
	return found;
}

/* Move the values of a bin to the front.  RET how many */
static size_t gather(const bins_t *bins, size_t bin, double *value, size_t n)
{
	size_t found = 0, i = 0;

	while (i < n && found < bins->count[bin]) {
		double x = value[i];

		/* most of what is asked for is elsewhere */
		if (i % LANES == 0 && i + LANES <= n &&
		    !has_any(bins, value + i, (double) bin)) {
			i += LANES;
			continue;
		}
		if (bin_of(bins, x) == bin) {
			value[i] = value[found];
			value[found++] = x;
		}
		i++;
	}
	return found;
}

/* The least value above a bin; there is one. */
static double least_above(const bins_t *bins, size_t bin, const double *value,
			  size_t n)
{
	double least = bins->high;

	for (size_t i = 0; i < n; i++)
		if (value[i] < least && bin_of(bins, value[i]) > bin)
			least = value[i];
	return least;
}

/*
 * The values that rank others precede, and rank + 1 (or the last).
 * IN  all  bins of value [n];  OUT pair
 */
static void pick(const bins_t *all, double *value, size_t n, size_t rank,
		 double pair[2])
{
	const bins_t *bins = all;
	bins_t inner;
	bool next = rank + 1 < n;

	pair[1] = INFINITY;
	while (isfinite(bins->scale) && n > FEW) {
		size_t bin = 0;

		while (rank >= bins->count[bin])
			rank -= bins->count[bin++];
		if (next && rank + 1 == bins->count[bin]) {
			pair[1] = least_above(bins, bin, value, n);
			next = false;
		}
		n = gather(bins, bin, value, n);
		fill(&inner, value, n);
		bins = &inner;
	}
	if (bins->low != bins->high)
		qsort(value, n, sizeof(*value), compare);
	pair[0] = value[rank];
	if (next)
		pair[1] = value[rank + 1];
}

static double quantile(const bins_t *bins, double *value, size_t count,
		       double q)
{
	double at = q * (double) (count - 1);
	size_t i = (size_t) at;
	double pair[2];

	pick(bins, value, count, i, pair);
	if (i + 1 >= count)
		return pair[0];
	return pair[0] + (at - (double) i) * (pair[1] - pair[0]);
}

/* Sum of (value - centre)^power, power 1 or 2. */
static double sum(const double *value, size_t n, double centre, int power)
{
	double part[LANES] = { 0.0 }, all = 0.0;

	for (size_t i = 0; i < n; i += LANES)
		for (size_t k = 0; k < LANES && i + k < n; k++) {
			double d = value[i + k] - centre;

			part[k] += power == 2 ? d * d : d;
		}
	for (int k = 0; k < LANES; k++)
		all += part[k];
	return all;
}

sim_dist_t sim_dist(double *value, size_t count)
{
	sim_dist_t d = { .count = count };
	bins_t bins;

	if (!count)
		return d;
	d.mean = sum(value, count, 0.0, 1) / (double) count;
	if (count > 1)
		d.sd = sqrt(sum(value, count, d.mean, 2) /
			    (double) (count - 1));
	fill(&bins, value, count);
	d.median = quantile(&bins, value, count, 0.5);
	d.p95 = quantile(&bins, value, count, 0.95);
	d.p99 = quantile(&bins, value, count, 0.99);
	d.max = bins.high;
	return d;
}
