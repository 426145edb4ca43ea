/*
 * metrics.h - what is measured during an episode
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_METRICS_H
#define SIM_METRICS_H

#include "cluster.h"
#include "pool.h"

typedef struct sim_samples {
	double *value;
	size_t count, room;
} sim_samples_t;

typedef struct sim_measure {
	sim_samples_t task_response, task_wait;	/* finished ones */
	sim_samples_t flow_response, flow_slowdown;
	sim_samples_t scratch;	/* for the quantiles */
	double censored_sum;	/* responses of finishes within duration, s */
	uint64_t censored;	/* how many */
	sim_metrics_t count;	/* the plain counters */
	uint64_t open;		/* measured, arrived, unfinished primitives */
	double task_bound, flow_bound;	/* sums of the lower bounds, s */
	uint64_t tasks, flows;	/* measured, arrived */
	double integral;	/* of open over time until settled_at, s */
	double settled_at;	/* s */
} sim_measure_t;

void sim_measure_reset(sim_measure_t *m);
void sim_measure_free(sim_measure_t *m);

/* Let time pass until now, before open changes. */
void sim_measure_settle(sim_measure_t *m, double now);

/* A measured workflow has come; bound: sum of the lower bounds of its
 * primitives' responses, s. */
void sim_measure_arrival(sim_measure_t *m, const sim_flow_t *flow,
			 double bound);

/* A measured primitive (of flow) or workflow is finished.  duration: of the
 * configuration, for the censored mean.  RET 0, or -1 with ENOMEM. */
int sim_measure_task(sim_measure_t *m, const sim_flow_t *flow,
		     const sim_task_t *task, double duration);
int sim_measure_flow(sim_measure_t *m, const sim_flow_t *flow, double now);

/*
 * All of sim_metrics_t.  What is unfinished enters the responses and the
 * slowdown with its age, which is a lower bound: leaving it out would reward
 * a policy that starves.
 * RET 0, or -1 with ENOMEM; *out is then as it was
 */
int sim_measure_report(sim_measure_t *m, const sim_pool_t *pool,
		       const sim_cluster_t *cluster, double now,
		       sim_metrics_t *out);

#endif
