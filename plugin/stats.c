/*
 * stats.c - counters, gauges and latencies of the running plugin
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "stats.h"

static const double load_sec = 3600.0;

struct scale_stats {
	atomic_uint_fast64_t count[SCALE_COUNTS];
	atomic_uint_fast64_t fallback[SCALE_CAUSES];
	atomic_uint_fast64_t gauge[SCALE_GAUGES];
	scale_latency_t latency[SCALE_TIMES];
	_Atomic double last_cycle, drift;
	/* of the cluster: mean up to a moment, and the share since then */
	_Atomic double load, share, load_at, load_from;
	double started;
	pthread_mutex_t lock;		/* of identity alone */
	scale_identity_t identity;
};

static double unix_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

scale_stats_t *scale_stats_create(scale_err_t *err)
{
	scale_stats_t *stats = calloc(1, sizeof(*stats));

	if (!stats) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&stats->lock, NULL);
	stats->started = unix_time();
	stats->load = stats->share = NAN;
	return stats;
}

void scale_stats_destroy(scale_stats_t *stats)
{
	int saved = errno;

	if (!stats)
		return;
	pthread_mutex_destroy(&stats->lock);
	free(stats);
	errno = saved;
}

static void add(atomic_uint_fast64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void scale_stats_count(scale_stats_t *stats, scale_count_t which)
{
	add(&stats->count[which]);
}

void scale_stats_outcome(scale_stats_t *stats, scale_outcome_t outcome)
{
	static const scale_count_t which[SCALE_OUTCOMES] = {
		[SCALE_OUTCOME_PLACED] = SCALE_COUNT_PLACED,
		[SCALE_OUTCOME_WAIT] = SCALE_COUNT_WAIT,
		[SCALE_OUTCOME_REFUSED] = SCALE_COUNT_REFUSED,
		[SCALE_OUTCOME_SHADOW] = SCALE_COUNT_SHADOW,
	};

	add(&stats->count[which[outcome]]);
}

void scale_stats_fallback(scale_stats_t *stats, scale_cause_t cause)
{
	add(&stats->fallback[cause]);
}

void scale_stats_gauge(scale_stats_t *stats, scale_gauge_t which,
		       uint64_t value)
{
	atomic_store_explicit(&stats->gauge[which], value,
			      memory_order_relaxed);
}

void scale_stats_time(scale_stats_t *stats, scale_time_t which, double us)
{
	scale_latency_add(&stats->latency[which], us);
}

void scale_stats_drift(scale_stats_t *stats, double drift)
{
	atomic_store_explicit(&stats->drift, drift, memory_order_relaxed);
}

/* A plain mean in the first hour. */
static double load_until(const scale_stats_t *stats, double now)
{
	double at = atomic_load(&stats->load_at);
	double span = fmin(now - atomic_load(&stats->load_from), load_sec);
	double load = atomic_load(&stats->load);
	double share = atomic_load(&stats->share);

	if (isnan(load) || now <= at)
		return share;
	return load + fmin((now - at) / span, 1.0) * (share - load);
}

void scale_stats_load(scale_stats_t *stats, double share, double now)
{
	double at = atomic_load(&stats->load_at);

	if (isnan(stats->load) || now < at) {	/* the clock went back */
		atomic_store(&stats->load_from, now);
		atomic_store(&stats->load, share);
	} else if (now > at) {
		atomic_store(&stats->load, load_until(stats, now));
	}
	atomic_store(&stats->share, share);
	atomic_store(&stats->load_at, now);
}

void scale_stats_cycle(scale_stats_t *stats, double now)
{
	add(&stats->count[SCALE_COUNT_CYCLES]);
	atomic_store_explicit(&stats->last_cycle, now, memory_order_relaxed);
}

void scale_stats_identity(scale_stats_t *stats,
			  const scale_identity_t *identity)
{
	pthread_mutex_lock(&stats->lock);
	stats->identity = *identity;
	pthread_mutex_unlock(&stats->lock);
}

void scale_stats_read(scale_stats_t *stats, const scale_decision_log_t *log,
		      scale_stats_view_t *view)
{
	*view = (scale_stats_view_t) {
		.time = unix_time(),
		.started = stats->started,
		.last_cycle = atomic_load(&stats->last_cycle),
		.drift = atomic_load(&stats->drift),
		.pid = getpid(),
	};
	view->load = load_until(stats, view->time);
	for (int i = 0; i < SCALE_COUNTS; i++)
		view->count[i] = get(&stats->count[i]);
	for (int i = 0; i < SCALE_CAUSES; i++)
		view->fallback[i] = get(&stats->fallback[i]);
	for (int i = 0; i < SCALE_GAUGES; i++)
		view->gauge[i] = get(&stats->gauge[i]);
	for (int i = 0; i < SCALE_TIMES; i++)
		scale_latency_read(&stats->latency[i], &view->latency[i]);
	if (log)
		scale_decision_log_counts(log, &view->log);
	pthread_mutex_lock(&stats->lock);
	view->identity = stats->identity;
	pthread_mutex_unlock(&stats->lock);
}
