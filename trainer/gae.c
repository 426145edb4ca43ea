/*
 * gae.c - generalised advantage estimation
 *
 * Schulman and others, "High-dimensional continuous control using
 * generalized advantage estimation", 2016, eq. (16); Algorithm 1 line 17.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "gae.h"

void train_gae(size_t n, const real_t *reward, const real_t *value,
	       const real_t *next_value, const real_t *discount,
	       const unsigned char *last, double lambda, real_t *advantage,
	       real_t *ret)
{
	double a = 0.0;

	for (size_t t = n; t-- > 0;) {
		double delta = reward[t] +
			       (double) discount[t] * next_value[t] - value[t];

		a = delta + (last[t] ? 0.0 : discount[t] * lambda * a);
		advantage[t] = (real_t) a;
		ret[t] = (real_t) (a + value[t]);
	}
}
