/*
 * kernel.h - the few vector loops under the network, for each processor
 *
 * kernel_impl.h is compiled once per instruction set; the best that the
 * machine has is picked when a network is prepared.  Matrices are row-major.
 * "Lanes" are servers (or outputs): the fast dimension, always a multiple of
 * SCALE_LANES.  Every lane sees the same operations in the same order,
 * wherever it stands: equal servers get equal numbers to the last bit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_KERNEL_H
#define SCALE_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "real.h"

enum {
	SCALE_LANES = 16,	/* rows of servers are padded to this */
	SCALE_TILE = 256,	/* lanes that share one block of memory, so
				   that d rows of it stay in the L1 cache */
};

enum {				/* flags of mul */
	SCALE_MUL_ADD = 1,	/* Y += */
	SCALE_MUL_RELU = 2,	/* max(0, .) at the end; NaN stays */
};

typedef struct scale_kernel {
	const char *isa;	/* "avx512f", "avx2", "portable" */
	int (*usable)(void);	/* on this machine */

	/* Y [m][n] = W X + bias.  W [m][k] is element (i, l) at
	 * w[i * w_row + l * w_col]; bias [m] or NULL for zero; X [k][n] with
	 * row stride ldx, Y likewise; n lanes. */
	void (*mul)(size_t m, size_t k, size_t n, const real_t *w,
		    size_t w_row, size_t w_col, const real_t *bias,
		    const real_t *x, size_t ldx, real_t *y, size_t ldy,
		    int flags);

	/* C [m][k] += A [m][n] X [k][n]^T: sums over n lanes. */
	void (*dot)(size_t m, size_t k, size_t n, const real_t *a, size_t lda,
		    const real_t *x, size_t ldx, real_t *c, size_t ldc);

	/* y [n] = W x + bias for one vector x [k]; wt [k][n] is W
	 * transposed; bias [n] or NULL.  Sums in four chains. */
	void (*vec)(size_t k, size_t n, const real_t *wt, const real_t *bias,
		    const real_t *x, real_t *y, int flags);

	/* Each row of x [m][n] becomes its softmax; -INFINITY becomes 0. */
	void (*softmax)(size_t m, size_t n, real_t *x, size_t ldx);

	/*
	 * The same for a row that comes in tiles: x [m][n] becomes
	 * count e^(x - max), max [m] and sum [m] go on from tile to tile (from
	 * -INFINITY and 0); where max grows, sum and mean [m][d] are scaled
	 * down to it.  count [n]: how often each lane occurs; NULL: once.
	 */
	void (*softmax_step)(size_t m, size_t n, real_t *x, size_t ldx,
			     const real_t *count, real_t *max, real_t *sum,
			     size_t d, real_t *mean);

	/* da [m][n] becomes ds = a (da - sum(a da)), a the softmax. */
	void (*softmax_backward)(size_t m, size_t n, const real_t *a,
				 real_t *da, size_t ld);

	/* y [n] = norm(x + r) w + b over the first d of n lanes, eps
	 * SCALE_NORM_EPS; the lanes after d are zero in x, r, w, b and y. */
	void (*norm)(size_t d, size_t n, const real_t *x, const real_t *r,
		     const real_t *w, const real_t *b, real_t *y);

	/* Index of the largest allowed x [n] (allowed NULL: all), the lowest
	 * of equal ones; -1 without any, -2 when one is not finite. */
	ssize_t (*best)(size_t n, const real_t *x, const uint8_t *allowed);

	/* y = x Phi(x), the exact (erf) form; dy = dy/dx unless NULL. */
	void (*gelu)(size_t n, const real_t *x, real_t *y, real_t *dy);
} scale_kernel_t;

/* The i-th that this machine can run, best first; NULL past the last. */
const scale_kernel_t *scale_kernel(size_t i);

extern const scale_kernel_t scale_kernel_avx512;
extern const scale_kernel_t scale_kernel_avx2;
extern const scale_kernel_t scale_kernel_portable;

static inline size_t scale_lanes(size_t n)
{
	return (n + SCALE_LANES - 1) / SCALE_LANES * SCALE_LANES;
}

#endif
