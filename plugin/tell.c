/*
 * tell.c - from Slurm's records to those of the decision log
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdio.h>

#include "tell.h"
#include "text.h"

static void _job(scale_log_job_t *to, const scale_job_t *job,
		 const job_record_t *job_ptr)
{
	const scale_stage_t *stage = job->stage;

	to->job_id = job_ptr->job_id;
	to->array_job = job_ptr->array_job_id;
	to->array_task = job_ptr->array_job_id ? scale_job_task(job_ptr)
					       : SCALE_LOG_NO_TASK;
	to->uid = stage->uid;
	scale_workflow_name(stage->workflow, to->workflow);
	scale_text_copy(to->task, sizeof(to->task), stage->task);
}

static void _parents(scale_log_seen_t *seen, const scale_stage_t *stage)
{
	for (size_t i = 0; i < stage->in_count; i++) {
		uint32_t id, j = 0;

		if (!stage->in[i]->parent)
			continue;
		id = stage->in[i]->parent->id;
		while (j < seen->parent_count && seen->parent[j] != id)
			j++;
		if (j == seen->parent_count && j < SCALE_LOG_PARENTS)
			seen->parent[seen->parent_count++] = id;
	}
}

void scale_tell_seen(scale_pass_t *pass, const scale_job_t *job)
{
	const scale_stage_t *stage = job->stage;
	scale_record_t record = { .type = SCALE_RECORD_SEEN,
				  .time = pass->now };
	scale_log_seen_t *seen = &record.seen;
	scale_demand_t demand;

	scale_job_demand(pass, job->ptr, stage, job->task, &demand);
	_job(&record.job, job, job->ptr);
	record.job.job_id = stage->id;
	record.job.array_task = SCALE_LOG_NO_TASK;
	*seen = (scale_log_seen_t) {
		.submit = stage->submitted,
		.count = stage->count,
		.gflop = demand.gflop,
		.out_gb = demand.out_gb,
		.mem_gb = job->ptr->details ? scale_job_mem_gb(job->ptr) : 0.0,
		.run_s = demand.gflop / pass->view->gflops_mean *
			 pass->site->time_scale,
		.spread = demand.spread,
	};
	scale_text_copy(seen->source, sizeof(seen->source),
			scale_source_name(demand.source));
	_parents(seen, stage);
	scale_journal_put(pass->journal, &record);
}

static double _score(const scale_ask_t *ask, size_t server)
{
	if (ask->choice.logit)
		return ask->choice.logit[server];
	return (ssize_t) server == ask->choice.server
		? ask->choice.score : ask->choice.runner_up_score;
}

/* The best candidates, best first: the choice, the runner-up, then, for a
 * model, those with the next scores. */
static uint32_t _best(const scale_ask_t *ask, size_t best[])
{
	const float *logit = ask->choice.logit;
	double least = -HUGE_VAL;	/* of those that are listed, once full */
	uint32_t n = 0;

	for (size_t j = 0; j < ask->cluster.n; j++) {
		uint32_t at = n;

		if (logit && logit[j] <= least)
			continue;
		if (!ask->choice.logit &&
		    (ssize_t) j != ask->choice.server &&
		    (ssize_t) j != ask->choice.runner_up)
			continue;
		while (at > 0 && _score(ask, best[at - 1]) < _score(ask, j))
			at--;
		if (at == SCALE_LOG_CANDIDATES)
			continue;
		if (n < SCALE_LOG_CANDIDATES)
			n++;
		for (uint32_t k = n - 1; k > at; k--)
			best[k] = best[k - 1];
		best[at] = j;
		if (n == SCALE_LOG_CANDIDATES)
			least = _score(ask, best[n - 1]);
	}
	return n;
}

static void _candidates(scale_log_decision_t *to, const scale_ask_t *ask)
{
	const scale_cluster_t *c = &ask->cluster;
	double scale = ask->pass->site->time_scale;
	size_t best[SCALE_LOG_CANDIDATES];

	to->candidate_total = (uint32_t) c->n;
	to->candidate_count = _best(ask, best);
	for (uint32_t i = 0; i < to->candidate_count; i++) {
		scale_candidate_t *one = &to->candidate[i];
		size_t j = best[i];

		scale_text_copy(one->node, sizeof(one->node),
				scale_ask_name(ask, (ssize_t) j));
		one->score = _score(ask, j);
		one->run_s = scale_exec_time(c, &ask->features, j) * scale;
		one->transfer_s = scale_comm_delay(c, &ask->features, j) *
				  scale;
		one->busy = c->busy[j];
		one->wait_s = one->busy ? scale_remaining(c, j) * scale : 0.0;
		one->mem_gb = c->mem_gb[j];
	}
}

/* Is it what was told of this job before?  A busy node is waited for in
 * every pass. */
static bool _known(scale_job_t *job, uint32_t task, scale_outcome_t outcome,
		   int node)
{
	bool known = scale_job_told(job, task) &&
		     job->told_outcome == outcome && job->told_node == node;

	job->told = true;
	job->told_task = task;
	job->told_outcome = outcome;
	job->told_node = node;
	return known && outcome != SCALE_OUTCOME_PLACED;
}

void scale_tell_decision(const scale_ask_t *ask, scale_outcome_t outcome,
			 const char *reason)
{
	const scale_pass_t *pass = ask->pass;
	ssize_t server = ask->choice.server;
	scale_record_t record = { .type = SCALE_RECORD_DECISION,
				  .time = pass->now };
	scale_log_decision_t *to = &record.decision;

	if (_known(ask->job, ask->task, outcome,
		   server < 0 ? -1 : pass->view->snapshot.node[server]))
		return;
	scale_stats_outcome(scale_journal_stats(pass->journal), outcome);
	_job(&record.job, ask->job, ask->job_ptr);
	scale_text_copy(to->mode, sizeof(to->mode),
			scale_rollout_name(pass->site->mode));
	scale_text_copy(to->policy, sizeof(to->policy), ask->policy);
	to->outcome = outcome;
	scale_text_copy(to->reason, sizeof(to->reason), reason);
	to->hops = ask->job->stage->hops;
	to->us = ask->us;
	scale_text_copy(to->node, sizeof(to->node),
			scale_ask_name(ask, server));
	to->score = ask->choice.score;
	scale_text_copy(to->runner_up, sizeof(to->runner_up),
			scale_ask_name(ask, ask->choice.runner_up));
	to->runner_up_score = ask->choice.runner_up_score;
	_candidates(to, ask);
	scale_journal_put(pass->journal, &record);
}

void scale_tell_start(scale_pass_t *pass, const scale_job_t *job,
		      const job_record_t *job_ptr)
{
	scale_record_t record = { .type = SCALE_RECORD_START,
				  .time = pass->now };

	scale_stats_count(scale_journal_stats(pass->journal),
			  SCALE_COUNT_STARTS);
	_job(&record.job, job, job_ptr);
	scale_text_copy(record.start.node, sizeof(record.start.node),
			job_ptr->nodes);
	/* 0 where Slurm started what we never saw ready */
	record.start.ready = job->ready_at > 0.0 ? job->ready_at : NAN;
	record.start.room = job->free_since > 0.0 ? job->free_since : NAN;
	scale_journal_put(pass->journal, &record);
}

static void _tell_end(scale_pass_t *pass, const scale_job_t *job,
		      const job_record_t *job_ptr, double ended,
		      const char *state)
{
	const scale_run_t *run = scale_flow_run(job->stage, job->task);
	scale_record_t record = { .type = SCALE_RECORD_END,
				  .time = pass->now };

	_job(&record.job, job, job_ptr);
	if (run && run->node) {
		scale_text_copy(record.end.node, sizeof(record.end.node),
				run->node);
		record.end.elapsed_s = MAX(ended - run->started, 0.0);
	}
	scale_text_copy(record.end.state, sizeof(record.end.state), state);
	scale_journal_put(pass->journal, &record);
}

void scale_tell_end(scale_pass_t *pass, const scale_job_t *job,
		    const job_record_t *job_ptr)
{
	const scale_run_t *run = scale_flow_run(job->stage, job->task);

	scale_stats_count(scale_journal_stats(pass->journal),
			  SCALE_COUNT_ENDS);
	_tell_end(pass, job, job_ptr, run ? run->ended : 0.0,
		  job_state_string(job_ptr->job_state));
}

void scale_tell_requeue(scale_pass_t *pass, const scale_job_t *job,
			const job_record_t *job_ptr)
{
	_tell_end(pass, job, job_ptr, pass->now, "REQUEUED");
}

void scale_tell_fallback(scale_pass_t *pass, scale_cause_t cause)
{
	const scale_brain_t *brain = pass->brain;
	scale_record_t record = { .type = SCALE_RECORD_FALLBACK,
				  .time = pass->now };

	scale_text_copy(record.fallback.cause, sizeof(record.fallback.cause),
			scale_cause_name(cause));
	scale_text_copy(record.fallback.policy, sizeof(record.fallback.policy),
			scale_policy_name(brain->fallback));
	scale_text_copy(record.fallback.reason,
			sizeof(record.fallback.reason),
			scale_cause_text(cause));
	scale_journal_put(pass->journal, &record);
}
