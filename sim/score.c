/*
 * score.c - what is compared of an episode
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "score.h"

static const struct {
	const char *name, *label;
} scores[SIM_SCORES] = {
	[SIM_SCORE_TASK] = { "task_mean", "primitive" },
	[SIM_SCORE_FLOW] = { "workflow_mean", "workflow" },
	[SIM_SCORE_TASK_MEDIAN] = { "task_median", "median" },
	[SIM_SCORE_TASK_P95] = { "task_p95", "p95" },
	[SIM_SCORE_TASK_P99] = { "task_p99", "p99" },
	[SIM_SCORE_FLOW_P99] = { "workflow_p99", "wf p99" },
	[SIM_SCORE_SLOWDOWN] = { "slowdown", "slowdown" },
	[SIM_SCORE_FAIRNESS] = { "fairness", "fairness" },
	[SIM_SCORE_UNFINISHED] = { "unfinished", "unfin. %" },
	[SIM_SCORE_INVALID] = { "invalid", "invalid %" },
	[SIM_SCORE_TASK_BOUND] = { "task_bound", "primitive" },
	[SIM_SCORE_FLOW_BOUND] = { "workflow_bound", "workflow" },
	[SIM_SCORE_DECIDE] = { "decide_us", "us" },
};

const char *sim_score_name(sim_score_id_t id)
{
	return scores[id].name;
}

const char *sim_score_label(sim_score_id_t id)
{
	return scores[id].label;
}

double sim_jain(const sim_dist_t *x)
{
	double n = (double) x->count, square = x->mean * x->mean;

	if (!(square > 0.0))
		return 1.0;
	return square / (square + x->sd * x->sd * (n - 1.0) / n);
}

static double share(uint64_t part, uint64_t all)
{
	return all ? (double) part / (double) all : 0.0;
}

void sim_score_from(const sim_metrics_t *m, double decide_s,
		    sim_score_t *score)
{
	*score = (sim_score_t) { .value = {
		[SIM_SCORE_TASK] = m->task_response.mean,
		[SIM_SCORE_FLOW] = m->workflow_response.mean,
		[SIM_SCORE_TASK_MEDIAN] = m->task_response.median,
		[SIM_SCORE_TASK_P95] = m->task_response.p95,
		[SIM_SCORE_TASK_P99] = m->task_response.p99,
		[SIM_SCORE_FLOW_P99] = m->workflow_response.p99,
		[SIM_SCORE_SLOWDOWN] = m->workflow_slowdown.mean,
		[SIM_SCORE_FAIRNESS] = sim_jain(&m->workflow_slowdown),
		[SIM_SCORE_UNFINISHED] = share(m->tasks_unfinished,
					       m->tasks_finished +
					       m->tasks_unfinished),
		[SIM_SCORE_INVALID] = share(m->invalid, m->decisions),
		[SIM_SCORE_TASK_BOUND] = m->task_bound,
		[SIM_SCORE_FLOW_BOUND] = m->workflow_bound,
		[SIM_SCORE_DECIDE] = m->decisions ?
			decide_s * 1e6 / (double) m->decisions : 0.0,
	} };
}
