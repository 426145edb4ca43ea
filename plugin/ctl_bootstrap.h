/*
 * ctl_bootstrap.h - confidence intervals by resampling whole workflows
 *
 * Primitives of one workflow share its fate, so workflows are what is
 * resampled: 2,000 times, percentile interval of 95 %, fixed seed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_BOOTSTRAP_H
#define CTL_BOOTSTRAP_H

#include <stddef.h>

#include <jansson.h>

enum { CTL_BOOTSTRAP_DRAWS = 2000 };

/* What one workflow adds to a mean: sum of values and their number. */
typedef struct ctl_cluster {
	double sum;
	double count;
} ctl_cluster_t;

typedef struct ctl_interval {
	double mean, low, high;		/* NAN where there is no value; low and
					   high also where one workflow alone
					   has any */
} ctl_interval_t;

ctl_interval_t ctl_bootstrap_mean(const ctl_cluster_t *c, size_t n);
/* Mean of a minus mean of b, resampled independently. */
ctl_interval_t ctl_bootstrap_difference(const ctl_cluster_t *a, size_t na,
					const ctl_cluster_t *b, size_t nb);

/* {"mean": ..., "low": ..., "high": ...} */
json_t *ctl_interval_json(ctl_interval_t x);
/* " 1.5 s [1, 2]" in a column of 27 characters, "-" where there is none. */
void ctl_interval_print(ctl_interval_t x, const char *unit);

#endif
