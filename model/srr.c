/*
 * srr.c - structural representation regularisation
 *
 * Paper section 4.3; Algorithm 1, lines 27 and 28.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "layers.h"
#include "workspace.h"

/* Centred features [B][d], then covariance [d][d], then mean and variance
 * [d] each. */
size_t scale_srr_scratch(size_t states, size_t d)
{
	return states * d + d * d + 2 * d;
}

static void centre(const real_t *f, size_t states, size_t d, real_t *x,
		   real_t *mean, real_t *var)
{
	for (size_t i = 0; i < d; i++)
		mean[i] = var[i] = 0;
	for (size_t b = 0; b < states; b++)
		scale_add(d, f + b * d, mean);
	for (size_t i = 0; i < d; i++)
		mean[i] /= (real_t) states;
	for (size_t b = 0; b < states; b++)
		for (size_t i = 0; i < d; i++) {
			x[b * d + i] = f[b * d + i] - mean[i];
			var[i] += x[b * d + i] * x[b * d + i];
		}
	for (size_t i = 0; i < d; i++)
		var[i] /= (real_t) (states - 1);
}

/* L_c and, in place of C, the sign of its off-diagonal elements. */
static double decorrelation(real_t *cov, size_t d, size_t states)
{
	double sum = 0.0;

	for (size_t i = 0; i < d; i++)
		for (size_t k = 0; k < d; k++) {
			real_t c = i == k ? 0 : cov[i * d + k];

			sum += fabs((double) c);
			cov[i * d + k] = (real_t) ((c > 0) - (c < 0));
		}
	return sum / (double) (states - 1);
}

/* L_d */
static double divergence(const real_t *mean, const real_t *var, size_t d)
{
	double sum = 0.0;

	for (size_t i = 0; i < d; i++)
		sum += (double) mean[i] * mean[i] + var[i] -
		       log((double) var[i]) - 1.0;
	return sum / (2.0 * (double) d);
}

/*
 * dC_ik/df is symmetric, each pair counts twice: df = 2 x sign(C) / (B-1).
 * Subtracting the mean adds nothing: columns of x sum to zero.
 * L_d: mu_i / (d B), and (1 - 1/s_i^2) / (2d) times 2 x_i / (B-1).
 */
static void srr_backward(const real_t *x, size_t states, size_t d,
			 const real_t *sign, const real_t *mean,
			 const real_t *var, double w_c, double w_d,
			 real_t *df)
{
	real_t pair = (real_t) (2.0 * w_c / (double) (states - 1));
	real_t shift = (real_t) (w_d / ((double) d * (double) states));
	real_t scale = (real_t) (w_d / ((double) d * (double) (states - 1)));

	for (size_t b = 0; b < states; b++)
		for (size_t i = 0; i < d; i++) {
			const real_t *row = x + b * d;
			real_t sum = 0;

			for (size_t k = 0; k < d; k++)
				sum += row[k] * sign[i * d + k];
			df[b * d + i] += pair * sum + shift * mean[i] +
					 scale * (1 - 1 / var[i]) * row[i];
		}
}

int scale_srr_with(const real_t *f, size_t states, size_t d, double w_c,
		   double w_d, double *l_c, double *l_d, real_t *df,
		   real_t *scratch, scale_err_t *err)
{
	real_t *x = scratch, *cov = x + states * d;
	real_t *mean = cov + d * d, *var = mean + d;

	if (states < 2)
		return scale_err_set(err, EINVAL,
				     "a covariance needs two states, not %zu",
				     states);
	centre(f, states, d, x, mean, var);
	for (size_t i = 0; i < d; i++)
		if (!(var[i] > 0) || !isfinite(var[i]))
			return scale_err_set(err, EDOM, "dimension %zu of the "
					     "attention feature has variance "
					     "%g", i, (double) var[i]);
	scale_gemm(1, 0, d, d, states, x, d, x, d, 0, cov, d);
	*l_c = decorrelation(cov, d, states);
	*l_d = divergence(mean, var, d);
	if (df)
		srr_backward(x, states, d, cov, mean, var, w_c, w_d, df);
	return 0;
}

int scale_srr(const real_t *f, size_t states, size_t d, double w_c,
	      double w_d, double *l_c, double *l_d, real_t *df,
	      scale_err_t *err)
{
	real_t *scratch = calloc(scale_srr_scratch(states, d),
				 sizeof(*scratch));
	int rc;

	if (!scratch)
		return scale_err_set(err, ENOMEM,
				     "no memory for %zu states", states);
	rc = scale_srr_with(f, states, d, w_c, w_d, l_c, l_d, df, scratch,
			    err);
	free(scratch);
	return rc;
}
