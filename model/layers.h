/*
 * layers.h - dense layers over the states of a batch
 *
 * Matrices are row-major [B][width].  Backward passes add to the gradients
 * of parameters (ACC) and write the gradient of the input (OUT).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LAYERS_H
#define SCALE_LAYERS_H

#include <stddef.h>

#include "real.h"

/* y [B][out] = x [B][in] w^T + b, w [out][in]; b [out] or NULL. */
void scale_linear_forward(size_t states, size_t out, size_t in,
			  const real_t *x, const real_t *w, const real_t *b,
			  real_t *y);

/* IN dy [B][out];  OUT dx [B][in] or NULL;  ACC dw, db (or NULL) */
void scale_linear_backward(size_t states, size_t out, size_t in,
			   const real_t *x, const real_t *w,
			   const real_t *dy, real_t *dx, real_t *dw,
			   real_t *db);

/* In place: x = max(0, x); NaN stays. */
void scale_relu_forward(size_t count, real_t *x);

/* In place: dy = 0 where y, the output of the forward pass, is 0. */
void scale_relu_backward(size_t count, const real_t *y, real_t *dy);

/* y += x */
void scale_add(size_t count, const real_t *x, real_t *y);

/*
 * y = norm(a + r) w + b over each row of d, eps SCALE_NORM_EPS.
 * OUT xhat [B][d] normalised rows, rstd [B] reciprocal deviations
 */
void scale_norm_forward(size_t states, size_t d, const real_t *a,
			const real_t *r, const real_t *w, const real_t *b,
			real_t *xhat, real_t *rstd, real_t *y);

/* OUT dx [B][d], the gradient of a and of r; may be dy.  ACC dw, db */
void scale_norm_backward(size_t states, size_t d, const real_t *xhat,
			 const real_t *rstd, const real_t *w,
			 const real_t *dy, real_t *dx, real_t *dw,
			 real_t *db);

/* C [m][n] = beta C + op(A) op(B); trans_*: the matrix is stored
 * transposed.  ld* are row strides as stored. */
void scale_gemm(int trans_a, int trans_b, size_t m, size_t n, size_t k,
		const real_t *a, size_t lda, const real_t *b, size_t ldb,
		real_t beta, real_t *c, size_t ldc);

#endif
