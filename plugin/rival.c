/*
 * rival.c - waiting jobs of others with a higher claim than ours
 *
 * What backfill planned is in the job: start_time and sched_nodes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rival.h"

enum {
	UNPLANNED_SEC = 30,	/* backfill's default interval */
	MAX_RIVALS = 256,
};

void scale_rivals_clear(scale_rivals_t *rivals)
{
	for (size_t i = 0; i < rivals->count; i++)
		FREE_NULL_BITMAP(rivals->rival[i].nodes);
	rivals->count = 0;
}

void scale_rivals_free(scale_rivals_t *rivals)
{
	scale_rivals_clear(rivals);
	xfree(rivals->rival);
	rivals->size = 0;
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

static bool _higher(const job_record_t *a, const job_record_t *b)
{
	if (a->part_ptr->priority_tier != b->part_ptr->priority_tier)
		return a->part_ptr->priority_tier > b->part_ptr->priority_tier;
	return a->priority > b->priority;
}

/* When all places are taken, the lowest claim gives way. */
static void _replace(scale_rivals_t *rivals, job_record_t *job_ptr)
{
	scale_rival_t *lowest = &rivals->rival[rivals->lowest];

	if (!_higher(job_ptr, lowest->ptr))
		return;
	FREE_NULL_BITMAP(lowest->nodes);
	*lowest = (scale_rival_t) { .job_id = job_ptr->job_id,
				    .ptr = job_ptr };
	for (size_t i = 0; i < rivals->count; i++)
		if (_higher(rivals->rival[rivals->lowest].ptr,
			    rivals->rival[i].ptr))
			rivals->lowest = i;
}

void scale_rivals_offer(scale_rivals_t *rivals, job_record_t *job_ptr,
			time_t now)
{
	if (!_waits_for_nodes(job_ptr, now))
		return;
	if (!_planned(job_ptr) && now - _eligible(job_ptr) >= UNPLANNED_SEC)
		return;
	if (rivals->count == MAX_RIVALS) {
		_replace(rivals, job_ptr);
		return;
	}
	if (rivals->count == rivals->size) {
		rivals->size = MAX(16, rivals->size * 2);
		xrecalloc(rivals->rival, rivals->size, sizeof(*rivals->rival));
	}
	if (!rivals->count ||
	    _higher(rivals->rival[rivals->lowest].ptr, job_ptr))
		rivals->lowest = rivals->count;
	rivals->rival[rivals->count++] = (scale_rival_t) {
		.job_id = job_ptr->job_id, .ptr = job_ptr,
	};
}

void scale_rivals_renew(scale_rivals_t *rivals)
{
	size_t kept = 0;

	for (size_t i = 0; i < rivals->count; i++) {
		scale_rival_t *rival = &rivals->rival[i];

		rival->ptr = find_job_record(rival->job_id);
		if (rival->ptr && IS_JOB_PENDING(rival->ptr) &&
		    rival->ptr->details && rival->ptr->part_ptr)
			rivals->rival[kept++] = *rival;
		else
			FREE_NULL_BITMAP(rival->nodes);
	}
	rivals->count = kept;
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
	for (size_t i = 0; i < rivals->count && bit_ffs(idle) >= 0; i++) {
		scale_rival_t *rival = &rivals->rival[i];

		if (!_higher(rival->ptr, job_ptr) ||
		    (_planned(rival->ptr) && end <= rival->ptr->start_time))
			continue;
		if (!rival->nodes)
			rival->nodes = _nodes(rival->ptr);
		bit_and_not(idle, rival->nodes);
	}
}
