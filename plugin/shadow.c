/*
 * shadow.c - decisions about primitives that Slurm's own schedulers place
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "place.h"
#include "shadow.h"
#include "tell.h"

#define LOOK_SEC	0.002	/* looking back stops after so long */
#define RECENT_SEC	2.0

bool scale_shadow_decide(scale_ask_t *ask, bitstr_t *allowed, bitstr_t *idle,
			 const char *remark)
{
	int node;

	if (!bit_overlap_any(allowed, idle))
		return false;
	scale_ask_describe(ask);
	node = scale_ask(ask, allowed, idle);
	if (node < 0 || !bit_test(idle, node))
		return false;
	scale_tell_decision(ask, SCALE_OUTCOME_SHADOW, remark);
	return true;
}

/* Is it still to be decided about?  Finds its record again. */
static bool _wanted(const scale_pass_t *pass, scale_job_t *job)
{
	if (!job->undecided)
		return false;
	job->ptr = find_job_record(job->job_id);
	job->undecided = job->shadow && job->phase == SCALE_PHASE_RUNNING &&
		job->ptr && job->ptr->details && job->ptr->part_ptr &&
		IS_JOB_RUNNING(job->ptr) && job->node >= 0 &&
		job->node < pass->view->size &&
		pass->now - job->ptr->start_time < RECENT_SEC;
	return job->undecided;
}

/* taken: nodes of these primitives that were idle when this one started */
static void _look_back(scale_pass_t *pass, scale_job_t *job, bitstr_t *taken)
{
	scale_ask_t ask = { .pass = pass, .job = job, .job_ptr = job->ptr,
			    .share = scale_share_of(job->ptr) };
	bitstr_t *allowed, *idle;

	job->undecided = false;
	if (!scale_place_nodes(&ask, &allowed, &idle)) {
		bit_set(allowed, job->node);
		bit_or(idle, taken);
		bit_and(idle, allowed);
		scale_shadow_decide(&ask, allowed, idle,
				    "when Slurm had just started it");
		FREE_NULL_BITMAP(allowed);
		FREE_NULL_BITMAP(idle);
	}
	bit_clear(taken, job->node);
}

void scale_shadow_look_back(scale_pass_t *pass)
{
	scale_table_t *table = pass->table;
	double begin = scale_pass_clock();
	bitstr_t *taken = bit_alloc(node_record_count);
	size_t left = 0;

	for (size_t i = 0; i < table->count; i++)
		if (_wanted(pass, table->job[i]))
			bit_set(taken, table->job[i]->node);
	for (size_t i = 0; i < table->count; i++) {
		if (!table->job[i]->undecided)
			continue;
		if (scale_pass_clock() - begin < LOOK_SEC)
			_look_back(pass, table->job[i], taken);
		else
			left++;
	}
	table->undecided = left;
	FREE_NULL_BITMAP(taken);
}
