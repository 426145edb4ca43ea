/*
 * history.h - what jobs of a name needed before
 *
 * Demand (GFLOP: elapsed seconds times the node's speed) and output volume,
 * keyed by user and job name (or rule of the workflow engine).  At most a
 * fixed number of keys: the one that was not used for longest goes.
 *
 * Estimator: moving average of the logarithm with clipped innovations.  Run
 * times are about log-normal, so the mean of the logarithm estimates the
 * median; unlike a running quantile (P2) it follows a change of the inputs;
 * clipping at SCALE_HISTORY_CLIP mean absolute deviations keeps single
 * outliers out (below one third of all observations the deviation stays
 * bounded), while a lasting change widens the deviation by a fifth with each
 * observation and so gets through.
 *
 * Owned by the agent's thread, which alone calls; no call but create
 * allocates or blocks.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_HISTORY_H
#define SCALE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "model/err.h"

enum {
	SCALE_HISTORY_NAME = 96,	/* bytes of a name that count, with 0 */
	SCALE_HISTORY_KEYS_MAX = 1 << 20,
};

#define SCALE_HISTORY_CLIP 3.0		/* mean absolute deviations */
#define SCALE_HISTORY_WEIGHT 0.1	/* of a new observation, at least */
#define SCALE_HISTORY_RATIO 0.3		/* elapsed/limit before anything ran */
#define SCALE_HISTORY_CLASS UINT32_MAX	/* uid of a class's key */

/* Moving average of ln x. */
typedef struct scale_estimate {
	uint64_t count;			/* observations; 0: unknown */
	double mean;			/* of ln x */
	double spread;			/* mean |ln x - mean|, > 0 */
} scale_estimate_t;

/* x > 0 and finite, else ignored. */
void scale_estimate_add(scale_estimate_t *e, double x);
/* Median of x; 0 where unknown. */
double scale_estimate_value(const scale_estimate_t *e);

typedef struct scale_history_entry {
	uint32_t uid;			/* or SCALE_HISTORY_CLASS */
	char name[SCALE_HISTORY_NAME];
	scale_estimate_t gflop;
	scale_estimate_t out_gb;
} scale_history_entry_t;

typedef struct scale_history scale_history_t;

/* RET NULL with EINVAL (keys 0 or above the maximum) or ENOMEM. */
scale_history_t *scale_history_create(size_t keys, scale_err_t *err);
void scale_history_destroy(scale_history_t *history);

/* A primitive that completed (not one that failed or was cancelled). */
typedef struct scale_observation {
	uint32_t uid;
	const char *name;		/* job name or rule */
	const char *class_name;		/* e.g. partition; NULL: none */
	double elapsed_s;		/* 0 (under Slurm's second) is 0.5 */
	double limit_s;			/* time limit; 0: none */
	double gflops;			/* of the node's share, > 0 */
	double out_gb;			/* < 0: unknown */
} scale_observation_t;

void scale_history_observe(scale_history_t *history,
			   const scale_observation_t *seen);

typedef enum {
	SCALE_SOURCE_ANNOTATION,	/* the user said so */
	SCALE_SOURCE_HISTORY,		/* of user and name */
	SCALE_SOURCE_LIMIT,		/* time limit times learned ratio */
	SCALE_SOURCE_CLASS,		/* median of the class */
	SCALE_SOURCE_DEFAULT,
	SCALE_SOURCES
} scale_source_t;

const char *scale_source_name(scale_source_t source);	/* "annotation" */

typedef struct scale_question {
	uint32_t uid;
	const char *name, *class_name;	/* as above */
	double annotated_gflop;		/* <= 0 or not finite: not given */
	double annotated_out_gb;	/* < 0 or not finite: not given */
	double limit_s;			/* 0: none */
	double gflops;			/* reference speed for limits */
	double dflt_gflop;		/* when nothing is known */
} scale_question_t;

typedef struct scale_demand {
	double gflop;			/* > 0 */
	double out_gb;			/* >= 0, default 0 */
	double spread;			/* of ln gflop; 0: unknown */
	scale_source_t source;		/* of gflop */
} scale_demand_t;

/* What to reckon with.  At most limit_s x gflops, unless annotated. */
void scale_history_demand(scale_history_t *history,
			  const scale_question_t *question,
			  scale_demand_t *demand);

/* Learned median of elapsed / limit, in (0, 1]. */
double scale_history_ratio(const scale_history_t *history);

/* For state_file.h: everything, least recently used first. */
size_t scale_history_count(const scale_history_t *history);
size_t scale_history_keys(const scale_history_t *history);	/* at most */
size_t scale_history_export(const scale_history_t *history,
			    scale_history_entry_t *entry, size_t room);
const scale_estimate_t *scale_history_ratio_state(const scale_history_t *h);
/* Replaces what is there.  More entries than keys: the last ones stay. */
void scale_history_import(scale_history_t *history,
			  const scale_history_entry_t *entry, size_t count,
			  const scale_estimate_t *ratio);

#endif
