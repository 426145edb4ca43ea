/*
 * place.c - second level: choose a node for a ready primitive and start it
 *
 * Follows _schedule() and _start_job() of Slurm's own schedulers in what is
 * tested before and done after a start.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <time.h>

#include "place.h"

enum { MAX_TRIES = 3 };		/* nodes that Slurm may refuse in a row */

/* Everything about one decision. */
typedef struct attempt {
	scale_pass_t *pass;
	scale_job_t *job;
	job_record_t *job_ptr;
	uint32_t task;
	scale_facts_t facts;
	scale_task_t features;
	scale_cluster_t cluster;
	scale_choice_t choice;
	double took_us;
} attempt_t;

static double _clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

/*
 * Nodes of job_ptr->part_ptr that Slurm would allow, busy or not.
 * RET bitmap for the caller to free, or NULL when Slurm has to judge itself
 */
static bitstr_t *_allowed(job_record_t *job_ptr)
{
	scale_details_t *details = job_ptr->details;
	bitstr_t *nodes = NULL;

	if (!scale_reservations_leave(job_ptr, &nodes)) {
		FREE_NULL_BITMAP(nodes);
		return bit_alloc(node_record_count);
	}
	bit_and(nodes, job_ptr->part_ptr->node_bitmap);
	bit_and(nodes, avail_node_bitmap);
	if (details->exc_node_bitmap)
		bit_and_not(nodes, details->exc_node_bitmap);
	if (details->req_node_bitmap)
		bit_and(nodes, details->req_node_bitmap);
	filter_by_node_owner(job_ptr, nodes);
	scale_filter_mcs(job_ptr, nodes);
	if (job_req_node_filter(job_ptr, nodes, true) != SLURM_SUCCESS)
		FREE_NULL_BITMAP(nodes);
	return nodes;
}

/* Index within the gathered cluster of the node where the parent ran. */
static ssize_t _parent_server(const attempt_t *a)
{
	node_record_t *node;

	if (!a->facts.has_parent)
		return SCALE_PARENT_NONE;
	if (!a->facts.parent_node)
		return SCALE_PARENT_GONE;
	node = find_node_record((char *) a->facts.parent_node);
	if (!node)
		return SCALE_PARENT_GONE;
	for (size_t j = 0; j < a->cluster.n; j++)
		if (a->pass->view->node[j] == (int) node->index)
			return j;
	return SCALE_PARENT_GONE;
}

static void _describe(attempt_t *a)
{
	scale_annotation_t note;

	a->task = scale_job_task(a->job_ptr);
	scale_flow_facts(a->job->stage, a->task, &a->facts);
	scale_job_costs(a->pass, a->job_ptr, a->job->stage, a->task, &note,
			NULL);
	a->features = (scale_task_t) {
		.gflop = note.gflop,
		.mem_gb = scale_job_mem_gb(a->job_ptr),
		.out_gb = note.out_gb,
		.successors = a->facts.successors,
		.workflow_done = a->facts.workflow_done,
		.workflow_size = a->facts.workflow_size,
		.parent_out_gb = a->facts.parent_out_gb,
	};
}

/* Ask the policy; the fallback where it fails.  RET Slurm's node or -1. */
static int _ask(attempt_t *a, bitstr_t *allowed, bitstr_t *idle)
{
	scale_brain_t *brain = a->pass->brain;
	scale_view_t *view = a->pass->view;
	double before = _clock_us();
	scale_err_t err;

	scale_view_gather(view, &brain->site, allowed, idle, a->pass->now,
			  &a->cluster);
	if (!a->cluster.n)
		return -1;
	a->features.parent_server = _parent_server(a);
	if (scale_policy_choose(brain->policy, &a->cluster, &a->features,
				&a->choice, &err)) {
		if (!brain->reported)
			error("sched/scale: %s: %s; %s decides instead",
			      brain->model_name, err.text,
			      scale_policy_name(brain->fallback));
		brain->reported = true;
		if (scale_policy_choose(brain->fallback, &a->cluster,
					&a->features, &a->choice, NULL))
			a->choice.server = SCALE_WAIT;
	}
	a->took_us = _clock_us() - before;
	return a->choice.server < 0 ? -1 : view->node[a->choice.server];
}

/*
 * The node to start on now, or -1 to wait.  A choice that is busy is waited
 * for, but not longer than the site allows: then the best idle one is taken.
 */
static int _choose(attempt_t *a, bitstr_t *allowed, bitstr_t *idle)
{
	int node;

	if (!bit_overlap_any(allowed, idle))
		return -1;
	node = _ask(a, allowed, idle);
	if (node >= 0 && bit_test(idle, node))
		return node;
	if (a->pass->now - a->job->ready_at < a->pass->site->max_wait)
		return -1;
	bit_and(allowed, idle);
	return _ask(a, allowed, idle);
}

static const char *_node_name(const attempt_t *a, ssize_t server)
{
	if (server < 0)
		return "-";
	return node_record_table_ptr[a->pass->view->node[server]]->name;
}

static void _log_placement(const attempt_t *a, const char *runner_up)
{
	const scale_stage_t *stage = a->job->stage;
	const scale_workflow_t *wf = stage->workflow;
	char number[32];

	snprintf(number, sizeof(number), "%u", wf->first->id);
	sched_info("scale: %pJ wf=%s task=%s node=%s score=%.4g runner_up=%s runner_up_score=%.4g hops=%u waited=%.3f us=%.0f",
		   a->job_ptr, *wf->name ? wf->name : number,
		   *stage->task ? stage->task : "-", a->job_ptr->nodes,
		   a->choice.score, runner_up, a->choice.runner_up_score,
		   stage->hops, MAX(a->pass->now - a->job->ready_at, 0.0),
		   a->took_us);
}

/*
 * select_nodes() with every other node excluded.  The list of excluded nodes
 * that the user gave is put back, also in the array record that a split
 * leaves behind.
 */
static int _select(job_record_t *job_ptr, int node)
{
	bitstr_t *given = job_ptr->details->exc_node_bitmap;
	bitstr_t *others = bit_alloc(node_record_count);
	bool head = job_ptr->array_recs;
	int rc;

	bit_set_all(others);
	bit_clear(others, node);
	job_ptr->details->exc_node_bitmap = others;
	rc = scale_select_nodes(job_ptr);
	if (head && job_ptr->details) {
		job_record_t *base = find_job_record(job_ptr->array_job_id);

		if (base && base != job_ptr && base->array_recs) {
			FREE_NULL_BITMAP(base->details->exc_node_bitmap);
			if (given)
				base->details->exc_node_bitmap =
					bit_copy(given);
		}
	}
	if (job_ptr->details) {
		FREE_NULL_BITMAP(job_ptr->details->exc_node_bitmap);
		job_ptr->details->exc_node_bitmap = given;
	} else {
		FREE_NULL_BITMAP(given);
	}
	return rc;
}

static void _launch(job_record_t *job_ptr)
{
	last_job_update = time(NULL);
	if (job_ptr->batch_flag == 0)
		srun_allocate(job_ptr);
	else if (!IS_JOB_CONFIGURING(job_ptr))
		launch_job(job_ptr);
}

static int _start(job_record_t *job_ptr, int node)
{
	int rc;

	if (fed_mgr_job_lock(job_ptr))
		return ESLURM_FED_JOB_LOCK;
	rc = _select(job_ptr, node);
	if (rc == SLURM_SUCCESS) {
		fed_mgr_job_start(job_ptr, job_ptr->start_time);
		_launch(job_ptr);
	} else {
		fed_mgr_job_unlock(job_ptr);
	}
	return rc;
}

/* Errors that another node would not mend, and that pass by themselves. */
static bool _must_wait(int rc)
{
	return rc == ESLURM_ACCOUNTING_POLICY || rc == ESLURM_FED_JOB_LOCK ||
	       rc == ESLURM_RESERVATION_BUSY || rc == ESLURM_JOB_HELD ||
	       rc == ESLURM_BURST_BUFFER_WAIT;
}

/* One partition: choose, start, and on refusal try the next best. */
static scale_place_t _try_partition(attempt_t *a)
{
	job_record_t *job_ptr = a->job_ptr;
	scale_place_t result = SCALE_WAITING;
	bitstr_t *allowed = _allowed(job_ptr), *idle;
	double now = a->pass->now;

	if (!allowed || bit_ffs(allowed) < 0) {
		FREE_NULL_BITMAP(allowed);
		return SCALE_LEFT;
	}
	idle = scale_view_idle(a->pass->view, job_ptr);
	scale_rivals_mask(&a->pass->table->rivals, job_ptr, (time_t) now,
			  (time_t) (now + scale_job_limit_sec(job_ptr)), idle);
	_describe(a);
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		int node = _choose(a, allowed, idle), rc;
		const char *runner_up;

		if (node < 0)
			break;
		runner_up = _node_name(a, a->choice.runner_up);
		rc = _start(job_ptr, node);
		if (rc == SLURM_SUCCESS) {
			_log_placement(a, runner_up);
			result = SCALE_PLACED;
			break;
		}
		sched_debug("scale: %pJ refused on %s: %s", job_ptr,
			    node_record_table_ptr[node]->name,
			    slurm_strerror(rc));
		if (!IS_JOB_PENDING(job_ptr) || _must_wait(rc))
			break;
		bit_clear(allowed, node);
		bit_clear(idle, node);
		result = SCALE_REFUSED;
	}
	FREE_NULL_BITMAP(allowed);
	FREE_NULL_BITMAP(idle);
	return result;
}

/* Slurm's own conditions that do not depend on the node. */
static bool _runnable(job_record_t *job_ptr)
{
	if (!(job_ptr->part_ptr->state_up & PARTITION_SCHED) ||
	    !job_ptr->part_ptr->node_bitmap ||
	    job_limits_check(&job_ptr, false) != WAIT_NO_REASON ||
	    license_job_test(job_ptr, time(NULL), true) != SLURM_SUCCESS)
		return false;
	return assoc_mgr_validate_assoc_id(acct_db_conn, job_ptr->assoc_id,
					   accounting_enforce) == SLURM_SUCCESS;
}

scale_place_t scale_place(scale_pass_t *pass, scale_job_t *job,
			  job_record_t **started)
{
	job_record_t *job_ptr = job->ptr;
	attempt_t a = { .pass = pass, .job = job, .job_ptr = job_ptr };
	part_record_t *part = job_ptr->part_ptr;
	scale_place_t result = SCALE_WAITING;
	scale_iter_t iter = NULL;

	job_ptr->last_sched_eval = (time_t) pass->now;
	job_ptr->details->features_use = job_ptr->details->features;
	job_ptr->details->feature_list_use = job_ptr->details->feature_list;
	if (job_ptr->part_ptr_list) {
		iter = list_iterator_create(job_ptr->part_ptr_list);
		part = list_next(iter);
	}
	for (; part; part = iter ? list_next(iter) : NULL) {
		scale_place_t here = SCALE_WAITING;

		job_ptr->part_ptr = part;
		if (_runnable(job_ptr))
			here = _try_partition(&a);
		if (here != SCALE_WAITING)
			result = here;
		if (here == SCALE_PLACED || !IS_JOB_PENDING(job_ptr))
			break;
	}
	if (iter)
		list_iterator_destroy(iter);
	*started = job_ptr;
	return result;
}
