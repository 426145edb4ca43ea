/*
 * stats.h - counters, gauges and latencies of the running plugin
 *
 * The agent's thread counts while it works, also under Slurm's locks: atomic
 * additions, nothing blocks.  The log's thread takes snapshots and publishes
 * them (status.h).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_STATS_H
#define SCALE_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "decision_log.h"
#include "guard.h"
#include "latency.h"
#include "model/err.h"

typedef enum {
	SCALE_COUNT_CYCLES,		/* passes of the agent */
	SCALE_COUNT_PLACED,		/* decisions by outcome */
	SCALE_COUNT_WAIT,
	SCALE_COUNT_REFUSED,
	SCALE_COUNT_SHADOW,
	SCALE_COUNT_STARVED,		/* max_wait was reached */
	SCALE_COUNT_AGED,		/* placed after max_age */
	SCALE_COUNT_STARTS,
	SCALE_COUNT_ENDS,
	SCALE_COUNT_BAD_ANNOTATIONS,
	SCALE_COUNT_RELOADS,
	SCALE_COUNT_RELOADS_FAILED,
	SCALE_COUNT_HELD_BACK,		/* passes, for max_rpc_cnt */
	SCALE_COUNTS
} scale_count_t;

typedef enum {
	SCALE_GAUGE_NODES,		/* that the agent sees */
	SCALE_GAUGE_WORKFLOWS,		/* with a primitive in the job list */
	SCALE_GAUGE_PRIMITIVES,		/* likewise, not ended */
	SCALE_GAUGE_READY,		/* dependencies met, not started */
	SCALE_GAUGE_LEASED,
	SCALE_GAUGES
} scale_gauge_t;

typedef enum {
	SCALE_TIME_DECISION,		/* snapshot to choice */
	SCALE_TIME_INFERENCE,		/* the network alone */
	SCALE_TIME_LOCKED,		/* Slurm's locks, one stretch */
	SCALE_TIME_LOCKED_CPU,		/* of it, what the thread ran */
	SCALE_TIME_WAITING,		/* for Slurm's locks */
	SCALE_TIMES
} scale_time_t;

/* What changes with a (re)load only. */
typedef struct scale_identity {
	char mode[16];			/* guard.h, or "off" */
	char policy[32];		/* "model" or a rule */
	char fallback[32];
	char model_path[256];
	char model_sha256[65];		/* "" without a model */
	char version[32];		/* of the plugin */
	char slurm_version[32];		/* it was built for */
} scale_identity_t;

typedef struct scale_stats scale_stats_t;

typedef struct scale_stats_view {
	double time, started;		/* unix time */
	double last_cycle;		/* unix time, 0: none yet */
	int64_t pid;
	scale_identity_t identity;
	uint64_t count[SCALE_COUNTS];
	uint64_t fallback[SCALE_CAUSES];
	uint64_t gauge[SCALE_GAUGES];
	scale_latency_view_t latency[SCALE_TIMES];
	double drift;			/* guard.h */
	double load;			/* of the last hour; NAN: not known */
	scale_decision_log_counts_t log;
} scale_stats_view_t;

scale_stats_t *scale_stats_create(scale_err_t *err);
void scale_stats_destroy(scale_stats_t *stats);

void scale_stats_count(scale_stats_t *stats, scale_count_t which);
void scale_stats_outcome(scale_stats_t *stats, scale_outcome_t outcome);
void scale_stats_fallback(scale_stats_t *stats, scale_cause_t cause);
void scale_stats_gauge(scale_stats_t *stats, scale_gauge_t which,
		       uint64_t value);
void scale_stats_time(scale_stats_t *stats, scale_time_t which, double us);
void scale_stats_drift(scale_stats_t *stats, double drift);
/* Share of the cluster's speed that is in use at unix time now; its mean over
 * the last hour, about, is what is published. */
void scale_stats_load(scale_stats_t *stats, double share, double now);
/* End of a pass at unix time now. */
void scale_stats_cycle(scale_stats_t *stats, double now);
/* Copied under a mutex that both sides hold for a memcpy at most. */
void scale_stats_identity(scale_stats_t *stats,
			  const scale_identity_t *identity);

/* Any thread; log may be NULL. */
void scale_stats_read(scale_stats_t *stats, const scale_decision_log_t *log,
		      scale_stats_view_t *view);

#endif
