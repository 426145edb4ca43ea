/*
 * latency.c - histogram of durations with logarithmic buckets
 *
 * In units of 1/8 us: values below 8 have a bucket each, value v = 2^e m
 * with 8 <= m < 16 falls into bucket 8 e + m.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "latency.h"

static const double unit_us = 0.125;

static unsigned bucket_of(double us)
{
	uint64_t v = us < 1e15 ? (uint64_t) (us / unit_us) : UINT64_MAX;
	unsigned e, b;

	if (v < 16)
		return (unsigned) v;
	e = 60 - (unsigned) __builtin_clzll(v);
	b = 8 * e + (unsigned) (v >> e);
	return b < SCALE_LATENCY_BUCKETS ? b : SCALE_LATENCY_BUCKETS - 1;
}

/* Middle of the values that fall into bucket b. */
static double value_of(unsigned b)
{
	unsigned e = b < 16 ? 0 : b / 8 - 1;
	double from = ldexp((double) (b - 8 * e), (int) e);

	return (from + ldexp(0.5, (int) e)) * unit_us;
}

void scale_latency_add(scale_latency_t *latency, double us)
{
	if (!isfinite(us) || us < 0.0)
		us = 0.0;
	atomic_fetch_add_explicit(&latency->bucket[bucket_of(us)], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&latency->sum_ns,
				  (uint64_t) fmin(us * 1e3, 1e18),
				  memory_order_relaxed);
}

void scale_latency_read(const scale_latency_t *latency,
			scale_latency_view_t *view)
{
	uint64_t n[SCALE_LATENCY_BUCKETS], below = 0;
	double *want[] = { &view->p50_us, &view->p95_us, &view->p99_us,
			   &view->max_us };
	static const double share[] = { 0.50, 0.95, 0.99, 1.0 };
	unsigned next = 0;

	*view = (scale_latency_view_t) { 0 };
	for (unsigned b = 0; b < SCALE_LATENCY_BUCKETS; b++) {
		n[b] = atomic_load_explicit(&latency->bucket[b],
					    memory_order_relaxed);
		view->count += n[b];
	}
	view->sum_us = (double) atomic_load_explicit(&latency->sum_ns,
					memory_order_relaxed) / 1e3;
	for (unsigned b = 0; b < SCALE_LATENCY_BUCKETS && view->count; b++) {
		below += n[b];
		while (next < 4 &&
		       (double) below >= share[next] * (double) view->count)
			*want[next++] = value_of(b);
	}
}
