/*
 * layers.c - dense layers over the states of a batch
 *
 * Matrix products go to CBLAS at every size.  Measured with OpenBLAS 0.3.21
 * (Haswell kernels, one thread): 16x16x16 takes 0.18 us, 4x16x16 0.1 us,
 * 256x64x64 20 us (106 GFLOP/s); a plain loop is not ahead anywhere that a
 * batch reaches.  A single decision has its own path (decide.c), and what is
 * done per server stays out of BLAS (kernel_impl.h): products with 4 or 5
 * rows over 16 columns are too small for it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "layers.h"
#include "net.h"

#ifdef SCALE_REAL_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

void scale_gemm(int trans_a, int trans_b, size_t m, size_t n, size_t k,
		const real_t *a, size_t lda, const real_t *b, size_t ldb,
		real_t beta, real_t *c, size_t ldc)
{
	GEMM(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans,
	     trans_b ? CblasTrans : CblasNoTrans, (blasint) m, (blasint) n,
	     (blasint) k, 1, a, (blasint) lda, b, (blasint) ldb, beta, c,
	     (blasint) ldc);
}

void scale_linear_forward(size_t states, size_t out, size_t in,
			  const real_t *x, const real_t *w, const real_t *b,
			  real_t *y)
{
	if (b)
		for (size_t i = 0; i < states; i++)
			memcpy(y + i * out, b, out * sizeof(*y));
	scale_gemm(0, 1, states, out, in, x, in, w, in, b ? 1 : 0, y, out);
}

void scale_linear_backward(size_t states, size_t out, size_t in,
			   const real_t *x, const real_t *w,
			   const real_t *dy, real_t *dx, real_t *dw,
			   real_t *db)
{
	scale_gemm(1, 0, out, in, states, dy, out, x, in, 1, dw, in);
	if (db)
		for (size_t i = 0; i < states; i++)
			scale_add(out, dy + i * out, db);
	if (dx)
		scale_gemm(0, 0, states, in, out, dy, out, w, in, 0, dx, in);
}

void scale_relu_forward(size_t count, real_t *x)
{
	for (size_t i = 0; i < count; i++)
		x[i] = x[i] < 0 ? 0 : x[i];
}

void scale_relu_backward(size_t count, const real_t *y, real_t *dy)
{
	for (size_t i = 0; i < count; i++)
		dy[i] = y[i] > 0 ? dy[i] : 0;
}

void scale_add(size_t count, const real_t *x, real_t *y)
{
	for (size_t i = 0; i < count; i++)
		y[i] += x[i];
}

void scale_norm_forward(size_t states, size_t d, const real_t *a,
			const real_t *r, const real_t *w, const real_t *b,
			real_t *xhat, real_t *rstd, real_t *y)
{
	for (size_t s = 0; s < states; s++) {
		real_t mean = 0, var = 0, scale;

		for (size_t i = 0; i < d; i++) {
			xhat[i] = a[i] + r[i];
			mean += xhat[i];
		}
		mean /= (real_t) d;
		for (size_t i = 0; i < d; i++) {
			xhat[i] -= mean;
			var += xhat[i] * xhat[i];
		}
		var /= (real_t) d;
		scale = 1 / (real_t) sqrt((double) var + SCALE_NORM_EPS);
		for (size_t i = 0; i < d; i++) {
			xhat[i] *= scale;
			y[i] = xhat[i] * w[i] + b[i];
		}
		rstd[s] = scale;
		a += d;
		r += d;
		xhat += d;
		y += d;
	}
}

void scale_norm_backward(size_t states, size_t d, const real_t *xhat,
			 const real_t *rstd, const real_t *w,
			 const real_t *dy, real_t *dx, real_t *dw,
			 real_t *db)
{
	for (size_t s = 0; s < states; s++) {
		real_t mean = 0, along = 0;	/* of dxhat, of dxhat xhat */

		for (size_t i = 0; i < d; i++) {
			real_t dxhat = dy[i] * w[i];

			dw[i] += dy[i] * xhat[i];
			db[i] += dy[i];
			mean += dxhat;
			along += dxhat * xhat[i];
		}
		mean /= (real_t) d;
		along /= (real_t) d;
		for (size_t i = 0; i < d; i++)
			dx[i] = rstd[s] * (dy[i] * w[i] - mean -
					   xhat[i] * along);
		xhat += d;
		dy += d;
		dx += d;
	}
}
