/*
 * feature_stats.c - distribution of the attention feature f
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feature_stats.h"

int scale_feature_sums_init(scale_feature_sums_t *sums, size_t d,
			    scale_err_t *err)
{
	*sums = (scale_feature_sums_t){ .d = d };
	sums->sum = calloc(d + d * d, sizeof(*sums->sum));
	if (!sums->sum)
		return scale_err_set(err, ENOMEM,
				     "no memory for feature statistics");
	sums->product = sums->sum + d;
	return 0;
}

void scale_feature_sums_fini(scale_feature_sums_t *sums)
{
	free(sums->sum);
	sums->sum = NULL;
}

void scale_feature_sums_clear(scale_feature_sums_t *sums)
{
	sums->count = 0;
	memset(sums->sum, 0, (sums->d + sums->d * sums->d) * sizeof(double));
}

void scale_feature_sums_add(scale_feature_sums_t *sums, const float *f)
{
	size_t d = sums->d;

	sums->count++;
	for (size_t k = 0; k < d; k++) {
		sums->sum[k] += f[k];
		for (size_t l = 0; l < d; l++)
			sums->product[k * d + l] += (double) f[k] * f[l];
	}
}

void scale_feature_sums_merge(scale_feature_sums_t *sums,
			      const scale_feature_sums_t *other)
{
	size_t d = sums->d;

	sums->count += other->count;
	for (size_t i = 0; i < d + d * d; i++)
		sums->sum[i] += other->sum[i];
}

double scale_feature_mean(const scale_feature_sums_t *sums, size_t k)
{
	return sums->sum[k] / sums->count;
}

double scale_feature_cov(const scale_feature_sums_t *sums, size_t k, size_t l)
{
	double n = sums->count;
	double c = sums->product[k * sums->d + l] -
		   sums->sum[k] * sums->sum[l] / n;

	/* rounding must not make a variance negative */
	if (k == l && c < 0.0)
		c = 0.0;
	return c / (n - 1.0);
}

void scale_feature_stats(const scale_feature_sums_t *sums,
			 scale_feature_stats_t *stats)
{
	double cov = 0.0, cor = 0.0, kl = 0.0;
	size_t d = sums->d;
	double pairs = d > 1 ? (double) (d * (d - 1)) : 1.0;

	if (sums->count < 2) {
		*stats = (scale_feature_stats_t){ NAN, NAN, NAN };
		return;
	}
	for (size_t k = 0; k < d; k++) {
		double mean = scale_feature_mean(sums, k);
		double var = scale_feature_cov(sums, k, k);

		kl += mean * mean + var - log(var) - 1.0;
		for (size_t l = 0; l < d; l++) {
			double c = fabs(scale_feature_cov(sums, k, l));
			double s = sqrt(var * scale_feature_cov(sums, l, l));

			if (l == k)
				continue;
			cov += c;
			cor += s > 0.0 ? c / s : 0.0;
		}
	}
	stats->covariance = cov / pairs;
	stats->correlation = cor / pairs;
	stats->kl = kl / (2.0 * d);
}
