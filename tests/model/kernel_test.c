/*
 * kernel_test.c - vector loops of every instruction set against plain loops
 *
 * Widths from one vector to past a tile, odd numbers of rows.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/kernel.h"
#include "model/net.h"
#include "model/rng.h"

enum { ROWS = 19, LD = 528 };

static const size_t widths[] = { 16, 32, 48, 256, 272, 512 };
static const size_t counts[] = { 1, 3, 4, 5, 8, 15, 16, 19 };
enum {
	WIDTHS = sizeof(widths) / sizeof(widths[0]),
	COUNTS = sizeof(counts) / sizeof(counts[0]),
};

static float a[ROWS * LD], x[ROWS * LD], y[ROWS * LD], bias[LD];

static void fill(uint64_t seed)
{
	scale_rng_t rng;

	scale_rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < ROWS * LD; i++) {
		a[i] = (float) scale_rng_normal(&rng);
		x[i] = (float) scale_rng_normal(&rng);
		y[i] = (float) scale_rng_normal(&rng);
	}
	for (size_t i = 0; i < LD; i++)
		bias[i] = (float) scale_rng_normal(&rng);
}

/* Sums of up to 512 products of size one, rounded to float. */
static void near(double got, double want)
{
	ck_assert_double_eq_tol(got, want, 1e-4);
}

static void check_mul(const scale_kernel_t *kernel, size_t m, size_t k,
		      size_t n, int transposed, int flags)
{
	static float got[ROWS * LD];
	size_t row = transposed ? 1 : LD, col = transposed ? LD : 1;

	memcpy(got, y, sizeof(got));
	kernel->mul(m, k, n, a, row, col, flags & SCALE_MUL_ADD ? NULL : bias,
		    x, LD, got, LD, flags);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < LD; j++) {
			double sum = flags & SCALE_MUL_ADD ? y[i * LD + j] :
							     bias[i];

			for (size_t l = 0; l < k; l++)
				sum += (double) a[i * row + l * col] *
				       x[l * LD + j];
			if (flags & SCALE_MUL_RELU)
				sum = fmax(sum, 0.0);
			near(got[i * LD + j], j < n ? sum : y[i * LD + j]);
		}
}

static void check_dot(const scale_kernel_t *kernel, size_t m, size_t k,
		      size_t n)
{
	static float got[ROWS * LD];

	memcpy(got, y, sizeof(got));
	kernel->dot(m, k, n, a, LD, x, LD, got, LD);
	for (size_t i = 0; i < m; i++)
		for (size_t l = 0; l < k; l++) {
			double sum = y[i * LD + l];

			for (size_t j = 0; j < n; j++)
				sum += (double) a[i * LD + j] * x[l * LD + j];
			near(got[i * LD + l], sum);
		}
	for (size_t l = k; l < LD; l++)
		ck_assert(got[l] == y[l]);
}

START_TEST(products)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);

	if (!kernel)
		return;
	fill(1);
	for (size_t i = 0; i < COUNTS; i++)
		for (size_t l = 0; l < COUNTS; l++) {
			size_t n = widths[(i + l) % WIDTHS];

			check_mul(kernel, counts[i], counts[l], n, 0, 0);
			check_mul(kernel, counts[i], counts[l], n, 1,
				  SCALE_MUL_ADD);
			check_mul(kernel, counts[i], counts[l], n, 0,
				  SCALE_MUL_RELU);
			check_dot(kernel, counts[i], counts[l], n);
		}
}
END_TEST

START_TEST(one_vector)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	float got[64];

	if (!kernel)
		return;
	fill(2);
	for (size_t i = 0; i < COUNTS; i++)
		for (size_t n = 16; n <= 64; n += 16) {
			kernel->vec(counts[i], n, a, i % 2 ? bias : NULL, x,
				    got, i % 3 ? 0 : SCALE_MUL_RELU);
			for (size_t j = 0; j < n; j++) {
				double sum = i % 2 ? bias[j] : 0.0;

				for (size_t l = 0; l < counts[i]; l++)
					sum += (double) x[l] * a[l * n + j];
				near(got[j], i % 3 ? sum : fmax(sum, 0.0));
			}
		}
}
END_TEST

/* e^x through softmax: exact 1 and 0 at the ends, 2 ulp between. */
START_TEST(softmax_is_exact)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	double worst = 0.0;

	if (!kernel)
		return;
	for (double top = 1e-4; top < 85.0; top *= 1.01) {
		float row[16] = { 0 };
		double sum = 0.0, want[16];

		for (int j = 0; j < 16; j++) {
			row[j] = (float) (-top * j / 15.0);
			want[j] = exp((double) row[j]);
			sum += want[j];
		}
		kernel->softmax(1, 16, row, 16);
		for (int j = 0; j < 16; j++)
			worst = fmax(worst, fabs(row[j] / (want[j] / sum) -
						 1.0));
	}
	/* exponential, sum, division and product: half an ulp each */
	ck_assert_double_lt(worst, 3.0 * 0x1p-23);
}
END_TEST

START_TEST(softmax_of_extremes)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	float row[32];

	if (!kernel)
		return;
	for (int j = 0; j < 32; j++)
		row[j] = -INFINITY;
	row[3] = 3e38f;
	row[20] = -3e38f;
	kernel->softmax(1, 32, row, 32);
	for (int j = 0; j < 32; j++)
		ck_assert(row[j] == (j == 3));
	row[7] = NAN;
	kernel->softmax(1, 32, row, 32);
	for (int j = 0; j < 32; j++)
		ck_assert(isnan(row[j]));
}
END_TEST

START_TEST(softmax_gradient)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	static float got[3 * LD];

	if (!kernel)
		return;
	for (size_t w = 0; w < WIDTHS; w++) {
		size_t n = widths[w];

		fill(w);
		kernel->softmax(3, n, a, LD);
		memcpy(got, x, sizeof(got));
		kernel->softmax_backward(3, n, a, got, LD);
		for (size_t i = 0; i < 3; i++) {
			double mean = 0.0;

			for (size_t j = 0; j < n; j++)
				mean += (double) a[i * LD + j] * x[i * LD + j];
			for (size_t j = 0; j < n; j++)
				near(got[i * LD + j], a[i * LD + j] *
				     (x[i * LD + j] - mean));
		}
	}
}
END_TEST

/* x Phi(x) and its derivative: relative to x, 4 ulp. */
START_TEST(gelu_is_exact)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	const double tolerance = 4.0 * 0x1p-23;

	if (!kernel)
		return;
	for (double at = -14.0; at < 14.0; at += 16.0 / 512.0) {
		float in[16], out[16], slope[16];

		for (int j = 0; j < 16; j++)
			in[j] = (float) (at + j / 512.0);
		kernel->gelu(16, in, out, slope);
		for (int j = 0; j < 16; j++) {
			double v = in[j], phi = 0.5 * erfc(-v * M_SQRT1_2);
			double bell = exp(-0.5 * v * v) / sqrt(2.0 * M_PI);

			ck_assert_double_eq_tol(out[j], v * phi,
						tolerance * fabs(v) *
						fmax(phi, 1e-3) + 1e-12);
			ck_assert_double_eq_tol(slope[j], phi + v * bell,
						tolerance);
		}
		kernel->gelu(16, in, in, NULL);	/* in place */
		ck_assert(!memcmp(in, out, sizeof(in)));
	}
}
END_TEST

START_TEST(norms)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	static const size_t sizes[] = { 1, 6, 16, 17, 48 };

	if (!kernel)
		return;
	for (size_t s = 0; s < 5; s++) {
		size_t d = sizes[s], n = scale_lanes(d);
		double mean = 0.0, var = 0.0;
		float got[48];

		fill(s);
		for (size_t j = d; j < n; j++)
			a[j] = x[j] = y[j] = bias[j] = 0;
		for (size_t j = 0; j < d; j++)
			mean += ((double) a[j] + x[j]) / (double) d;
		for (size_t j = 0; j < d; j++)
			var += pow((double) a[j] + x[j] - mean, 2.0) /
			       (double) d;
		kernel->norm(d, n, a, x, y, bias, got);
		for (size_t j = 0; j < n; j++)
			near(got[j], j < d ? ((double) a[j] + x[j] - mean) /
			     sqrt(var + SCALE_NORM_EPS) * y[j] + bias[j] : 0);
	}
}
END_TEST

/* The largest at each place of each width, also among equals. */
START_TEST(best_of_each)
{
	const scale_kernel_t *kernel = scale_kernel((size_t) _i);
	uint8_t allowed[70];

	if (!kernel)
		return;
	for (size_t n = 1; n < 70; n++)
		for (size_t at = 0; at < n; at++) {
			float v[70];

			for (size_t j = 0; j < n; j++) {
				v[j] = (float) -(double) j - 1.0f;
				allowed[j] = 1;
			}
			v[at] = 5.0f;
			ck_assert_int_eq(kernel->best(n, v, NULL),
					 (ssize_t) at);
			v[n - 1] = 5.0f;
			ck_assert_int_eq(kernel->best(n, v, allowed),
					 (ssize_t) at);
			allowed[at] = 0;
			ck_assert_int_eq(kernel->best(n, v, allowed),
					 n == 1 ? -1 :
					 at < n - 1 ? (ssize_t) n - 1 : 0);
			v[at] = at % 2 ? NAN : -INFINITY;
			ck_assert_int_ne(kernel->best(n, v, allowed), -2);
			ck_assert_int_eq(kernel->best(n, v, NULL), -2);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	/* up to three instruction sets */
	tcase_add_loop_test(tc, products, 0, 3);
	tcase_add_loop_test(tc, one_vector, 0, 3);
	tcase_add_loop_test(tc, softmax_is_exact, 0, 3);
	tcase_add_loop_test(tc, softmax_of_extremes, 0, 3);
	tcase_add_loop_test(tc, softmax_gradient, 0, 3);
	tcase_add_loop_test(tc, gelu_is_exact, 0, 3);
	tcase_add_loop_test(tc, norms, 0, 3);
	tcase_add_loop_test(tc, best_of_each, 0, 3);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
