/*
 * rival.c - waiting jobs of others with a higher claim than ours
 *
 * What backfill planned is in the job: start_time and sched_nodes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rival.h"

enum { UNPLANNED_SEC = 30 };	/* backfill's default interval */

void scale_rivals_clear(scale_rivals_t *rivals)
{
	for (size_t i = 0; i < SCALE_CLAIMS_MOST; i++)
		FREE_NULL_BITMAP(rivals->nodes[i]);
	rivals->claims.count = 0;
	rivals->found = false;
}

static time_t _eligible(const job_record_t *job_ptr)
{
	return MAX(job_ptr->details->begin_time,
		   job_ptr->details->submit_time);
}

static bool _waits_for_nodes(const job_record_t *job_ptr, time_t now)
{
	if (!job_ptr->priority || !job_ptr->details || !job_ptr->part_ptr ||
	    job_ptr->details->begin_time > now ||
	    !(job_ptr->part_ptr->state_up & PARTITION_SCHED) ||
	    (job_ptr->details->depend_list &&
	     list_count(job_ptr->details->depend_list)))
		return false;
	return job_ptr->state_reason == WAIT_NO_REASON ||
	       job_ptr->state_reason == WAIT_PRIORITY ||
	       job_ptr->state_reason == WAIT_RESOURCES;
}

/* Has backfill said when and where it is to start? */
static bool _planned(const job_record_t *job_ptr)
{
	return job_ptr->start_time && job_ptr->sched_nodes;
}

static scale_claim_t _claim(const job_record_t *job_ptr)
{
	return (scale_claim_t) {
		.tier = job_ptr->part_ptr->priority_tier,
		.priority = job_ptr->priority,
		.job_id = job_ptr->job_id,
	};
}

void scale_rivals_offer(scale_rivals_t *rivals, const job_record_t *job_ptr,
			time_t now)
{
	scale_claim_t claim;

	if (!_waits_for_nodes(job_ptr, now))
		return;
	if (!_planned(job_ptr) && now - _eligible(job_ptr) >= UNPLANNED_SEC)
		return;
	claim = _claim(job_ptr);
	scale_claims_offer(&rivals->claims, &claim);
}

void scale_rivals_renew(scale_rivals_t *rivals)
{
	rivals->found = false;
}

/* The records of this stretch; those that no longer wait are forgotten. */
static void _find(scale_rivals_t *rivals)
{
	scale_claim_t *claim = rivals->claims.claim;
	size_t kept = 0;

	for (size_t i = 0; i < rivals->claims.count; i++) {
		job_record_t *job_ptr = find_job_record(claim[i].job_id);
		bitstr_t *nodes = rivals->nodes[i];

		rivals->nodes[i] = NULL;
		if (!job_ptr || !IS_JOB_PENDING(job_ptr) ||
		    !job_ptr->details || !job_ptr->part_ptr) {
			FREE_NULL_BITMAP(nodes);
			continue;
		}
		claim[kept] = _claim(job_ptr);
		rivals->ptr[kept] = job_ptr;
		rivals->nodes[kept++] = nodes;
	}
	rivals->claims.count = kept;
	rivals->found = true;
}

static bitstr_t *_nodes(job_record_t *job_ptr)
{
	bitstr_t *nodes = NULL;

	if (_planned(job_ptr))
		nodes = scale_named_nodes(job_ptr->sched_nodes);
	if (nodes)
		return nodes;
	if (!job_ptr->part_ptr->node_bitmap)
		return bit_alloc(node_record_count);
	nodes = bit_copy(job_ptr->part_ptr->node_bitmap);
	if (job_ptr->details->exc_node_bitmap)
		bit_and_not(nodes, job_ptr->details->exc_node_bitmap);
	if (job_ptr->details->req_node_bitmap)
		bit_and(nodes, job_ptr->details->req_node_bitmap);
	job_req_node_filter(job_ptr, nodes, true);
	return nodes;
}

void scale_rivals_mask(scale_rivals_t *rivals, const job_record_t *job_ptr,
		       time_t now, time_t end, bitstr_t *idle)
{
	scale_claim_t ours = _claim(job_ptr);

	if (!rivals->found)
		_find(rivals);
	for (size_t i = 0; i < rivals->claims.count && bit_ffs(idle) >= 0;
	     i++) {
		job_record_t *rival = rivals->ptr[i];

		if (!scale_claim_higher(&rivals->claims.claim[i], &ours) ||
		    (_planned(rival) && end <= rival->start_time))
			continue;
		if (!rivals->nodes[i])
			rivals->nodes[i] = _nodes(rival);
		bit_and_not(idle, rivals->nodes[i]);
	}
}
