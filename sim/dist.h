/*
 * dist.h - mean, deviation and quantiles of what was measured
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_DIST_H
#define SIM_DIST_H

#include "sim.h"

/*
 * Mean, standard deviation (n - 1) and exact quantiles of finite value
 * [count].  Quantile q is at position q (count - 1) of the sorted values,
 * linear between neighbours.  Changes the order of value, in O(count); all
 * zero when count is 0.
 */
sim_dist_t sim_dist(double *value, size_t count);

#endif
