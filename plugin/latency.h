/*
 * latency.h - histogram of durations with logarithmic buckets
 *
 * From 1/8 us to a day, eight buckets to each power of two: a percentile is
 * exact to 1/16 of its value.  Any thread adds (relaxed atomics, no locks);
 * any thread takes a snapshot, which may miss what is added meanwhile.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LATENCY_H
#define SCALE_LATENCY_H

#include <stdatomic.h>
#include <stdint.h>

enum { SCALE_LATENCY_BUCKETS = 320 };

typedef struct scale_latency {
	atomic_uint_fast64_t bucket[SCALE_LATENCY_BUCKETS];
	atomic_uint_fast64_t sum_ns;
} scale_latency_t;		/* starts as zeros */

typedef struct scale_latency_view {
	uint64_t count;
	double sum_us;
	double p50_us, p95_us, p99_us, max_us;	/* 0 when count is 0 */
} scale_latency_view_t;

/* Negative and not finite count as 0. */
void scale_latency_add(scale_latency_t *latency, double us);
void scale_latency_read(const scale_latency_t *latency,
			scale_latency_view_t *view);

#endif
