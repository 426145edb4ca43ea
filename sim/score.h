/*
 * score.h - what is compared of an episode
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_SCORE_H
#define SIM_SCORE_H

#include "sim.h"

typedef enum {
	SIM_SCORE_TASK,		/* mean response of a primitive, s */
	SIM_SCORE_FLOW,		/* that of a workflow, s */
	SIM_SCORE_TASK_MEDIAN,
	SIM_SCORE_TASK_P95,
	SIM_SCORE_TASK_P99,
	SIM_SCORE_FLOW_P99,
	SIM_SCORE_SLOWDOWN,	/* mean, of a workflow */
	SIM_SCORE_FAIRNESS,	/* Jain's index of the slowdowns: 1 is equal,
				   1/n one workflow bears all */
	SIM_SCORE_UNFINISHED,	/* share of the primitives */
	SIM_SCORE_INVALID,	/* share of the decisions */
	SIM_SCORE_TASK_BOUND,	/* lower bounds of the first two, s */
	SIM_SCORE_FLOW_BOUND,
	SIM_SCORE_DECIDE,	/* time of a decision on this machine, us */
	SIM_SCORES
} sim_score_id_t;

/* Those before it are compared: smaller is better, and none is 0. */
enum { SIM_SCORE_COMPARED = SIM_SCORE_FAIRNESS };

typedef struct sim_score {
	double value[SIM_SCORES];
} sim_score_t;

/* "task_mean", as in files; and for people. */
const char *sim_score_name(sim_score_id_t id);
const char *sim_score_label(sim_score_id_t id);

/* IN  decide_s: time of all decisions, s */
void sim_score_from(const sim_metrics_t *metrics, double decide_s,
		    sim_score_t *score);

/*
 * Jain's index (sum x)^2 / (n sum x^2) from mean and deviation (n - 1):
 * with m and s, m^2 / (m^2 + s^2 (n - 1) / n).  1 where there is nothing.
 */
double sim_jain(const sim_dist_t *x);

#endif
