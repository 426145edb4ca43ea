/*
 * bootstrap.h - confidence intervals by resampling
 *
 * What is resampled are units that are independent of each other: seeds of
 * an evaluation, workflows of a site's log.  2,000 times, percentile
 * interval of 95 %, fixed seed: the same numbers give the same interval.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_BOOTSTRAP_H
#define SIM_BOOTSTRAP_H

#include <stddef.h>

enum { SIM_BOOTSTRAP_DRAWS = 2000 };

/*
 * What one unit adds to a ratio of sums: for a mean over primitives of
 * workflows, the sum of their values and their number; for a paired relative
 * difference, that of a seed and the reference's value there.
 */
typedef struct sim_ratio {
	double sum;
	double count;
} sim_ratio_t;

typedef struct sim_interval {
	double mean, low, high;		/* NAN where there is no value; low and
					   high also where one unit alone of a
					   group has any */
} sim_interval_t;

/* Mean over groups of (sum of sums / sum of counts), x [groups][n]; units are
 * resampled within each group. */
sim_interval_t sim_bootstrap_mean(const sim_ratio_t *x, size_t groups,
				  size_t n);
/* That of a minus that of b, one group each, resampled independently. */
sim_interval_t sim_bootstrap_difference(const sim_ratio_t *a, size_t na,
					const sim_ratio_t *b, size_t nb);

#endif
