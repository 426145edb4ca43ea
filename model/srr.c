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

/* L_c of the covariances, and in place of X^T X the matrix M of
 * srr_backward(). */
static double of_covariance(real_t *m, size_t d, size_t states)
{
	double sum = 0.0, n = (double) (states - 1);

	for (size_t i = 0; i < d; i++)
		for (size_t k = 0; k < d; k++) {
			real_t c = i == k ? 0 : m[i * d + k];

			sum += fabs((double) c);
			m[i * d + k] = (real_t) (((c > 0) - (c < 0)) * 2.0 / n);
		}
	return sum / n;
}

/*
 * The same of the correlations r_ik = c_ik / (n_i n_k), n_i^2 = c_ii:
 * dr_ik/dx_bi = x_bk / (n_i n_k) - r_ik x_bi / n_i^2.
 */
static double of_correlation(real_t *m, size_t d, const real_t *var,
			     size_t states)
{
	double sum = 0.0, n = (double) (states - 1);
	double pairs = d > 1 ? (double) (d * (d - 1)) : 1.0;

	for (size_t i = 0; i < d; i++) {
		double of_row = 0.0;

		for (size_t k = 0; k < d; k++) {
			double norm = n * sqrt((double) var[i] * var[k]);
			double r = m[i * d + k] / norm;

			if (i == k)
				continue;
			of_row += fabs(r);
			m[i * d + k] = (real_t) (((r > 0) - (r < 0)) *
						 2.0 / (pairs * norm));
		}
		m[i * d + i] = (real_t) (-of_row * 2.0 /
					 (pairs * n * var[i]));
		sum += of_row;
	}
	return sum / pairs;
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
 * The matrix of L_c's form is symmetric: dL_c/df = x M.  Subtracting the mean
 * adds nothing: columns of x sum to zero.
 * L_d: mu_i / (d B), and (1 - 1/s_i^2) / (2d) times 2 x_i / (B-1).
 */
static void srr_backward(const real_t *x, size_t states, size_t d,
			 const real_t *m, const real_t *mean,
			 const real_t *var, double w_c, double w_d,
			 real_t *df)
{
	real_t pair = (real_t) w_c;
	real_t shift = (real_t) (w_d / ((double) d * (double) states));
	real_t scale = (real_t) (w_d / ((double) d * (double) (states - 1)));

	for (size_t b = 0; b < states; b++)
		for (size_t i = 0; i < d; i++) {
			const real_t *row = x + b * d;
			real_t sum = 0;

			for (size_t k = 0; k < d; k++)
				sum += row[k] * m[i * d + k];
			df[b * d + i] += pair * sum + shift * mean[i] +
					 scale * (1 - 1 / var[i]) * row[i];
		}
}

int scale_srr_with(const real_t *f, size_t states, size_t d,
		   scale_srr_form_t form, double w_c, double w_d,
		   double *l_c, double *l_d, real_t *df, real_t *scratch,
		   scale_err_t *err)
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
	*l_c = form == SCALE_SRR_CORRELATION ?
	       of_correlation(cov, d, var, states) :
	       of_covariance(cov, d, states);
	*l_d = divergence(mean, var, d);
	if (df)
		srr_backward(x, states, d, cov, mean, var, w_c, w_d, df);
	return 0;
}

int scale_srr(const real_t *f, size_t states, size_t d,
	      scale_srr_form_t form, double w_c, double w_d, double *l_c,
	      double *l_d, real_t *df, scale_err_t *err)
{
	real_t *scratch = calloc(scale_srr_scratch(states, d),
				 sizeof(*scratch));
	int rc;

	if (!scratch)
		return scale_err_set(err, ENOMEM,
				     "no memory for %zu states", states);
	rc = scale_srr_with(f, states, d, form, w_c, w_d, l_c, l_d, df,
			    scratch, err);
	free(scratch);
	return rc;
}
