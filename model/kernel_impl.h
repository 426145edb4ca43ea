/*
 * kernel_impl.h - the vector loops of kernel.h in GNU vector types
 *
 * Included once per instruction set with KERNEL_BYTES (of a vector),
 * KERNEL_ROWS x KERNEL_VECS (the register block of mul), KERNEL_TARGET (the
 * function attribute), KERNEL_TABLE, KERNEL_NAME and KERNEL_USABLE.  A
 * product feeds exactly one sum, so that fusing it is never ambiguous: full
 * blocks and edges round alike.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel.h"
#include "net.h"

enum { VLEN = KERNEL_BYTES / sizeof(real_t) };

typedef real_t vec_t __attribute__((vector_size(KERNEL_BYTES)));
/* As it lies in memory, perhaps unaligned. */
typedef real_t mem_t __attribute__((vector_size(KERNEL_BYTES),
				    aligned(sizeof(real_t)), may_alias));
#ifdef SCALE_REAL_DOUBLE
typedef int64_t ivec_t __attribute__((vector_size(KERNEL_BYTES)));
#else
typedef int32_t ivec_t __attribute__((vector_size(KERNEL_BYTES)));
#endif

typedef uint8_t bytes_t __attribute__((vector_size(VLEN)));

#define INLINE static inline __attribute__((always_inline)) KERNEL_TARGET
#define KERNEL static KERNEL_TARGET
#define UNROLL _Pragma("GCC unroll 16")

INLINE vec_t load(const real_t *p)
{
	return *(const mem_t *) p;
}

INLINE void store(real_t *p, vec_t x)
{
	*(mem_t *) p = x;
}

INLINE vec_t splat(real_t x)
{
	return x - (vec_t) { 0 };
}

/* Where mask is set (-1) a, else b. */
INLINE vec_t choose(ivec_t mask, vec_t a, vec_t b)
{
	return (vec_t) ((mask & (ivec_t) a) | (~mask & (ivec_t) b));
}

INLINE vec_t vmax(vec_t a, vec_t b)
{
	return choose(a > b, a, b);
}

INLINE vec_t relu(vec_t x)
{
	return (vec_t) (~(x < 0) & (ivec_t) x);
}

/*
 * Lane by lane the largest of top and n lanes of x.  Four chains: one would
 * wait for each comparison.
 */
INLINE vec_t max_lanes(size_t n, const real_t *x, vec_t top)
{
	vec_t a = top, b = top, c = top;
	size_t j = 0;

	for (; j + 4 * VLEN <= n; j += 4 * VLEN) {
		top = vmax(load(x + j), top);
		a = vmax(load(x + j + VLEN), a);
		b = vmax(load(x + j + 2 * VLEN), b);
		c = vmax(load(x + j + 3 * VLEN), c);
	}
	for (; j < n; j += VLEN)
		top = vmax(load(x + j), top);
	return vmax(vmax(a, b), vmax(c, top));
}

/*
 * Sums over the lanes of VLEN vectors at once: lane i of the result belongs
 * to a[i].  Each step joins two vectors, interleaving their lower and their
 * upper halves.
 */
#if KERNEL_BYTES == 64 && !defined(SCALE_REAL_DOUBLE)
#define LOWER 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define UPPER 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif KERNEL_BYTES == 64 || (KERNEL_BYTES == 32 && !defined(SCALE_REAL_DOUBLE))
#define LOWER 0, 8, 1, 9, 2, 10, 3, 11
#define UPPER 4, 12, 5, 13, 6, 14, 7, 15
#elif KERNEL_BYTES == 32 || !defined(SCALE_REAL_DOUBLE)
#define LOWER 0, 4, 1, 5
#define UPPER 2, 6, 3, 7
#else
#define LOWER 0, 2
#define UPPER 1, 3
#endif

INLINE vec_t sum_each(vec_t *a)
{
	UNROLL
	for (int half = VLEN / 2; half > 0; half /= 2)
		UNROLL
		for (int i = 0; i < half; i++)
			a[i] = __builtin_shufflevector(a[i], a[i + half],
						       LOWER) +
			       __builtin_shufflevector(a[i], a[i + half],
						       UPPER);
	return a[0];
}

/* The sum, or the largest, of all lanes, in every lane. */
INLINE vec_t sum_all(vec_t x)
{
	UNROLL
	for (int half = VLEN / 2; half > 0; half /= 2)
		x = __builtin_shufflevector(x, x, LOWER) +
		    __builtin_shufflevector(x, x, UPPER);
	return x;
}

INLINE vec_t max_all(vec_t x)
{
	UNROLL
	for (int half = VLEN / 2; half > 0; half /= 2)
		x = vmax(__builtin_shufflevector(x, x, LOWER),
			 __builtin_shufflevector(x, x, UPPER));
	return x;
}

#ifdef SCALE_REAL_DOUBLE
/* The double build serves tests alone: the C library is exact and slow. */
INLINE vec_t vexp(vec_t x)
{
	for (int i = 0; i < VLEN; i++)
		x[i] = exp(x[i]);
	return x;
}
#else
/*
 * e^x for x <= 0, within 1.2 units in the last place; 0 below -87.3, NaN
 * for NaN.  x = n ln 2 + r with |r| <= ln(2)/2, then a polynomial that was
 * fitted to (e^r - 1 - r) / r^2 for the least largest relative error.
 */
INLINE vec_t vexp(vec_t x)
{
	const vec_t magic = splat(0x1.8p23f);	/* rounds to an integer */
	const ivec_t tiny = x < splat(-87.3f);
	vec_t shifted = x * splat(0x1.715476p+0f) + magic;
	vec_t n = shifted - magic;
	vec_t r = x - n * splat(0x1.62e4p-1f);	/* ln 2 in two parts; */
	vec_t p;

	r = r - n * splat(0x1.7f7d1cp-20f);	/* n times the first is exact */
	p = splat(0.00138144672f);
	p = p * r + splat(0.00836878084f);
	p = p * r + splat(0.0416683927f);
	p = p * r + splat(0.166665196f);
	p = p * r + splat(0.49999994f);
	p = p * (r * r) + r;
	p = p + splat(1.0f);
	p = p * (vec_t) (((ivec_t) shifted << 23) + 0x3f800000);
	return (vec_t) (~tiny & (ivec_t) p);
}
#endif

/*
 * Phi(x), the normal distribution function; *bell = e^(-x^2/2).
 * Float: Phi(-|x|) = bell * R(t), t = 1 / (1 + 0.275 |x|), R a polynomial
 * fitted for the least largest relative error (4e-8) on 0 <= |x| <= 14.
 */
#ifdef SCALE_REAL_DOUBLE
INLINE vec_t normal_cdf(vec_t x, vec_t *bell)
{
	vec_t phi;

	for (int i = 0; i < VLEN; i++) {
		(*bell)[i] = exp(-0.5 * x[i] * x[i]);
		phi[i] = 0.5 * erfc(-x[i] * M_SQRT1_2);
	}
	return phi;
}
#else
INLINE vec_t normal_cdf(vec_t x, vec_t *bell)
{
	vec_t size = (vec_t) ((ivec_t) x & 0x7fffffff);
	vec_t t = 1.0f / (splat(0.275f) * size + 1.0f);
	vec_t p = splat(0.026248984f);

	*bell = vexp(-0.5f * x * x);
	p = p * t + splat(-0.106019102f);
	p = p * t + splat(0.120180026f);
	p = p * t + splat(-0.0233421028f);
	p = p * t + splat(0.0796016082f);
	p = p * t + splat(0.0826023445f);
	p = p * t + splat(0.101236053f);
	p = p * t + splat(0.109789468f);
	p = p * t + splat(0.109702744f);
	p = p * t * *bell;
	return choose(x < 0, p, 1.0f - p);
}
#endif

/* One register block of mul: rows x vecs vectors of Y. */
INLINE void mul_block(const int rows, const int vecs, size_t k,
		      const real_t *w, size_t w_row, size_t w_col,
		      const real_t *bias, const real_t *x, size_t ldx,
		      real_t *y, size_t ldy, int flags)
{
	vec_t acc[KERNEL_ROWS][KERNEL_VECS];

	UNROLL
	for (int i = 0; i < rows; i++)
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[i][v] = flags & SCALE_MUL_ADD ?
				load(y + i * ldy + v * VLEN) :
				splat(bias ? bias[i] : 0);
	for (size_t l = 0; l < k; l++, x += ldx) {
		UNROLL
		for (int i = 0; i < rows; i++) {
			vec_t weight = splat(w[i * w_row + l * w_col]);

			UNROLL
			for (int v = 0; v < vecs; v++)
				acc[i][v] += weight * load(x + v * VLEN);
		}
	}
	UNROLL
	for (int i = 0; i < rows; i++)
		UNROLL
		for (int v = 0; v < vecs; v++)
			store(y + i * ldy + v * VLEN,
			      flags & SCALE_MUL_RELU ? relu(acc[i][v]) :
						       acc[i][v]);
}

INLINE void mul_rows(const int rows, size_t k, size_t n, const real_t *w,
		     size_t w_row, size_t w_col, const real_t *bias,
		     const real_t *x, size_t ldx, real_t *y, size_t ldy,
		     int flags)
{
	size_t j = 0;

	for (; j + KERNEL_VECS * VLEN <= n; j += KERNEL_VECS * VLEN)
		mul_block(rows, KERNEL_VECS, k, w, w_row, w_col, bias, x + j,
			  ldx, y + j, ldy, flags);
	for (; j < n; j += VLEN)
		mul_block(rows, 1, k, w, w_row, w_col, bias, x + j, ldx,
			  y + j, ldy, flags);
}

KERNEL void mul(size_t m, size_t k, size_t n, const real_t *w, size_t w_row,
		size_t w_col, const real_t *bias, const real_t *x, size_t ldx,
		real_t *y, size_t ldy, int flags)
{
	size_t i = 0;

	for (; i + KERNEL_ROWS <= m; i += KERNEL_ROWS)
		mul_rows(KERNEL_ROWS, k, n, w + i * w_row, w_row, w_col,
			 bias ? bias + i : NULL, x, ldx, y + i * ldy, ldy,
			 flags);
#if KERNEL_ROWS > 4
	for (; i + 4 <= m; i += 4)
		mul_rows(4, k, n, w + i * w_row, w_row, w_col,
			 bias ? bias + i : NULL, x, ldx, y + i * ldy, ldy,
			 flags);
#endif
	for (; i < m; i++)
		mul_rows(1, k, n, w + i * w_row, w_row, w_col,
			 bias ? bias + i : NULL, x, ldx, y + i * ldy, ldy,
			 flags);
}

/* rows x cols sums of dot; rows * cols is 16 or 1. */
INLINE void dot_block(const int rows, const int cols, size_t n,
		      const real_t *a, size_t lda, const real_t *x,
		      size_t ldx, real_t *c, size_t ldc)
{
	vec_t acc[16];
	real_t sum[16];

	UNROLL
	for (int i = 0; i < rows * cols; i++)
		acc[i] = (vec_t) { 0 };
	for (size_t j = 0; j < n; j += VLEN)
		UNROLL
		for (int i = 0; i < rows; i++) {
			vec_t left = load(a + i * lda + j);

			UNROLL
			for (int l = 0; l < cols; l++)
				acc[i * cols + l] += left *
						     load(x + l * ldx + j);
		}
	if (rows * cols == 1) {
		*c += sum_all(acc[0])[0];
		return;
	}
	UNROLL
	for (int i = 0; i < 16; i += VLEN)
		store(sum + i, sum_each(acc + i));
	UNROLL
	for (int i = 0; i < rows; i++)
		UNROLL
		for (int l = 0; l < cols; l++)
			c[i * ldc + l] += sum[i * cols + l];
}

KERNEL void dot(size_t m, size_t k, size_t n, const real_t *a, size_t lda,
		const real_t *x, size_t ldx, real_t *c, size_t ldc)
{
	size_t i = 0, l;

	for (; i + 4 <= m; i += 4) {
		for (l = 0; l + 4 <= k; l += 4)
			dot_block(4, 4, n, a + i * lda, lda, x + l * ldx, ldx,
				  c + i * ldc + l, ldc);
		for (; l < k; l++)
			for (size_t r = i; r < i + 4; r++)
				dot_block(1, 1, n, a + r * lda, lda,
					  x + l * ldx, ldx, c + r * ldc + l,
					  ldc);
	}
	for (; i < m; i++) {
		for (l = 0; l + 16 <= k; l += 16)
			dot_block(1, 16, n, a + i * lda, lda, x + l * ldx,
				  ldx, c + i * ldc + l, ldc);
		for (; l < k; l++)
			dot_block(1, 1, n, a + i * lda, lda, x + l * ldx, ldx,
				  c + i * ldc + l, ldc);
	}
}

KERNEL void vec(size_t k, size_t n, const real_t *wt, const real_t *bias,
		const real_t *x, real_t *y, int flags)
{
	for (size_t j = 0; j < n; j += VLEN) {
		const real_t *w = wt + j;
		vec_t chain[4] = { { 0 } };
		size_t l = 0;

		if (bias)
			chain[0] = load(bias + j);
		for (; l + 4 <= k; l += 4)
			UNROLL
			for (int i = 0; i < 4; i++, w += n)
				chain[i] += x[l + i] * load(w);
		for (; l < k; l++, w += n)
			chain[0] += x[l] * load(w);
		chain[0] = (chain[0] + chain[1]) + (chain[2] + chain[3]);
		store(y + j, flags & SCALE_MUL_RELU ? relu(chain[0]) :
						      chain[0]);
	}
}

/* count e^(x - max) over n lanes, at most a tile: long sums go in two levels, so
 * that 100,000 servers lose no more digits than a few. */
INLINE vec_t exp_lanes(size_t n, real_t *x, vec_t max, const real_t *count)
{
	vec_t sum = { 0 };

	for (size_t j = 0; j < n; j += VLEN) {
		vec_t e = vexp(load(x + j) - max);

		if (count)
			e *= load(count + j);
		sum += e;
		store(x + j, e);
	}
	return sum;
}

INLINE size_t tile_width(size_t left)
{
	return left < SCALE_TILE ? left : SCALE_TILE;
}

KERNEL void softmax(size_t m, size_t n, real_t *x, size_t ldx)
{
	for (size_t i = 0; i < m; i++, x += ldx) {
		vec_t max = max_all(max_lanes(n, x, load(x)));
		vec_t sum = { 0 }, scale;

		for (size_t j = 0; j < n; j += SCALE_TILE)
			sum += exp_lanes(tile_width(n - j), x + j, max, NULL);
		scale = 1 / sum_all(sum);
		for (size_t j = 0; j < n; j += VLEN)
			store(x + j, load(x + j) * scale);
	}
}

KERNEL void softmax_step(size_t m, size_t n, real_t *x, size_t ldx,
			 const real_t *count, real_t *max, real_t *sum,
			 size_t d, real_t *mean)
{
	for (size_t i = 0; i < m; i++, x += ldx, mean += d) {
		vec_t before = splat(max[i]);
		vec_t top = max_all(max_lanes(n, x, before));

		if (top[0] > before[0]) {
			real_t scale = vexp(before - top)[0];

			max[i] = top[0];
			sum[i] *= scale;
			for (size_t l = 0; l < d; l++)
				mean[l] *= scale;
		}
		sum[i] += sum_all(exp_lanes(n, x, top, count))[0];
	}
}

/* Sums of a b over n lanes, at most a tile. */
INLINE vec_t inner_lanes(size_t n, const real_t *a, const real_t *b)
{
	vec_t sum = { 0 };

	for (size_t j = 0; j < n; j += VLEN)
		sum += load(a + j) * load(b + j);
	return sum;
}

KERNEL void softmax_backward(size_t m, size_t n, const real_t *a, real_t *da,
			     size_t ld)
{
	for (size_t i = 0; i < m; i++, a += ld, da += ld) {
		vec_t sum = { 0 };

		for (size_t j = 0; j < n; j += SCALE_TILE)
			sum += inner_lanes(tile_width(n - j), a + j, da + j);
		sum = sum_all(sum);
		for (size_t j = 0; j < n; j += VLEN)
			store(da + j, load(a + j) * (load(da + j) - sum));
	}
}

KERNEL void gelu(size_t n, const real_t *x, real_t *y, real_t *dy)
{
	const real_t per_sqrt_2pi = (real_t) 0.398942280401432678;

	for (size_t j = 0; j < n; j += VLEN) {
		vec_t v = load(x + j), bell, phi = normal_cdf(v, &bell);

		store(y + j, v * phi);
		if (dy)
			store(dy + j, v * (bell * per_sqrt_2pi) + phi);
	}
}

KERNEL void norm(size_t d, size_t n, const real_t *x, const real_t *r,
		 const real_t *w, const real_t *b, real_t *y)
{
	const real_t share = 1 / (real_t) d;
	vec_t sum = { 0 }, square = { 0 }, scale;

	for (size_t j = 0; j < n; j += VLEN) {
		store(y + j, load(x + j) + load(r + j));
		sum += load(y + j);
	}
	sum = sum_all(sum) * share;
	for (size_t j = 0; j < n; j += VLEN)
		store(y + j, load(y + j) - sum);
	for (size_t j = d; j < n; j++)
		y[j] = 0;
	for (size_t j = 0; j < n; j += VLEN)
		square += load(y + j) * load(y + j);
	square = sum_all(square) * share;
	scale = splat((real_t) (1 / sqrt(square[0] + SCALE_NORM_EPS)));
	for (size_t j = 0; j < n; j += VLEN)
		store(y + j, load(y + j) * scale * load(w + j) +
			     load(b + j));
}

/* -1 in the lanes that are allowed. */
INLINE ivec_t allowed_lanes(const uint8_t *allowed)
{
	bytes_t bytes;

	if (!allowed)
		return (ivec_t) { 0 } == 0;
	memcpy(&bytes, allowed, sizeof(bytes));
	return __builtin_convertvector(bytes, ivec_t) != 0;
}

KERNEL ssize_t best(size_t n, const real_t *x, const uint8_t *allowed)
{
	vec_t top = splat(-INFINITY);
	ivec_t where = (ivec_t) { 0 } - 1, bad = { 0 };
	real_t max = -INFINITY;
	ssize_t found = -1;
	size_t j = 0;

	for (; j + VLEN <= n; j += VLEN) {
		vec_t v = load(x + j);
		ivec_t mask = allowed_lanes(allowed ? allowed + j : NULL);
		ivec_t better = mask & (v > top);

		bad |= mask & (v - v != 0);
		top = choose(better, v, top);
		where = (better & (int) j) | (~better & where);
	}
	for (int i = 0; i < VLEN; i++) {
		ssize_t at = where[i] < 0 ? -1 : (ssize_t) where[i] + i;

		if (bad[i])
			return -2;
		if (at >= 0 && (top[i] > max || (top[i] == max && at < found)))
			max = top[i], found = at;
	}
	for (; j < n; j++) {
		if (allowed && !allowed[j])
			continue;
		if (!isfinite(x[j]))
			return -2;
		if (x[j] > max)
			max = x[j], found = (ssize_t) j;
	}
	return found;
}

static int usable(void)
{
	return KERNEL_USABLE;
}

const scale_kernel_t KERNEL_TABLE = {
	.isa = KERNEL_NAME,
	.usable = usable,
	.mul = mul,
	.dot = dot,
	.vec = vec,
	.softmax = softmax,
	.softmax_step = softmax_step,
	.softmax_backward = softmax_backward,
	.norm = norm,
	.best = best,
	.gelu = gelu,
};
