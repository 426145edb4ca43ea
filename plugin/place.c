/*
 * place.c - second level: choose a node for a ready primitive and start it
 *
 * Follows _schedule() and _start_job() of Slurm's own schedulers in what is
 * tested before and done after a start.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "ask.h"
#include "place.h"
#include "shadow.h"
#include "tell.h"

enum { MAX_TRIES = 3 };		/* nodes that Slurm may refuse in a row */

/*
 * Nodes of job_ptr->part_ptr that Slurm would allow, busy or not.
 * RET bitmap for the caller to free, or NULL when Slurm has to judge itself
 */
static bitstr_t *_allowed(const scale_ask_t *ask)
{
	job_record_t *job_ptr = ask->job_ptr;
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
	if (nodes)
		scale_view_equipped(ask->pass->view, &ask->share, nodes);
	return nodes;
}

/* When it would have run to its end there, site s. */
static double _done_at(const scale_ask_t *ask, int node)
{
	const scale_pass_t *pass = ask->pass;
	double speed = scale_view_speed(pass->view, node, &ask->share);

	return scale_view_fits_at(pass->view, node, &ask->share, pass->now) +
	       ask->demand.gflop / speed * pass->site->time_scale;
}

/* The earliest of nodes, or HUGE_VAL without any. */
static double _first_done(const scale_ask_t *ask, bitstr_t *nodes)
{
	const scale_view_t *view = ask->pass->view;
	double first = HUGE_VAL;

	for (int i = 0; i < view->size; i++)
		if (bit_test(nodes, i) && view->server[i].gflops > 0.0)
			first = MIN(first, _done_at(ask, i));
	return first;
}

/*
 * Nodes that are powered down are for when no other is idle, and then only
 * where a busy one would not be sooner than a boot.
 * OUT idle  without them, unless one is to be woken
 */
static void _let_sleep(const scale_ask_t *ask, bitstr_t *allowed,
		       bitstr_t *idle)
{
	bitstr_t *asleep = scale_view_asleep(ask->pass->view, allowed);
	bitstr_t *awake;

	if (!asleep)
		return;
	awake = bit_copy(allowed);
	bit_and_not(awake, asleep);
	bit_and(asleep, idle);
	if (bit_overlap_any(awake, idle) ||
	    _first_done(ask, awake) <= _first_done(ask, asleep))
		bit_and(idle, awake);
	FREE_NULL_BITMAP(asleep);
	FREE_NULL_BITMAP(awake);
}

/*
 * The node to start on now, or -1 to wait.  A choice that is busy is waited
 * for, but not longer than the site allows: then the best idle one is taken.
 */
static int _choose(scale_ask_t *ask, bitstr_t *allowed, bitstr_t *idle)
{
	int node;

	if (!bit_overlap_any(allowed, idle))
		return -1;
	node = scale_ask(ask, allowed, idle);
	if (node >= 0 && bit_test(idle, node))
		return node;
	if (ask->pass->now - ask->job->ready_at < ask->pass->site->max_wait) {
		scale_tell_decision(ask, SCALE_OUTCOME_WAIT,
				    node < 0 ? "no node suits now"
					     : "its node is busy");
		return -1;
	}
	scale_stats_count(scale_journal_stats(ask->pass->journal),
			  SCALE_COUNT_STARVED);
	bit_and(allowed, idle);
	return scale_ask(ask, allowed, idle);
}

static void _log_placement(const scale_ask_t *ask)
{
	const scale_stage_t *stage = ask->job->stage;
	const char *runner_up = scale_ask_name(ask, ask->choice.runner_up);
	char name[SCALE_NAME_SIZE];

	scale_workflow_name(stage->workflow, name);
	sched_info("scale: %pJ wf=%s task=%s node=%s score=%.4g runner_up=%s runner_up_score=%.4g hops=%u waited=%.3f us=%.0f policy=%s",
		   ask->job_ptr, name, *stage->task ? stage->task : "-",
		   ask->job_ptr->nodes, ask->choice.score,
		   *runner_up ? runner_up : "-", ask->choice.runner_up_score,
		   stage->hops, MAX(ask->pass->now - ask->job->ready_at, 0.0),
		   ask->us, ask->policy);
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

/* A deadline cuts the time limit of a job that starts now. */
static uint32_t _limit(const job_record_t *job_ptr)
{
	uint32_t limit = job_ptr->time_limit, left;

	if (!job_ptr->deadline || job_ptr->deadline == NO_VAL)
		return limit;
	left = (job_ptr->deadline - time(NULL)) / 60;
	if (limit == NO_VAL)
		limit = job_ptr->part_ptr->default_time;
	if (limit == NO_VAL)
		limit = job_ptr->part_ptr->max_time;
	return limit == NO_VAL || limit == INFINITE ? left : MIN(limit, left);
}

static int _start(job_record_t *job_ptr, int node)
{
	uint32_t given = job_ptr->time_limit;
	int rc;

	if (fed_mgr_job_lock(job_ptr))
		return ESLURM_FED_JOB_LOCK;
	job_ptr->time_limit = _limit(job_ptr);
	rc = _select(job_ptr, node);
	if (rc == SLURM_SUCCESS) {
		fed_mgr_job_start(job_ptr, job_ptr->start_time);
		_launch(job_ptr);
	} else {
		job_ptr->time_limit = given;
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

/* Nodes on which it would start at once, without harm to a higher claim; the
 * ask remembers whether there was any. */
static bitstr_t *_idle(scale_ask_t *ask, bitstr_t *allowed)
{
	const scale_pass_t *pass = ask->pass;
	bitstr_t *idle = scale_view_idle(pass->view, &ask->share, allowed);
	double end = pass->now + scale_job_limit_sec(ask->job_ptr);

	scale_rivals_mask(&pass->table->rivals, ask->job_ptr,
			  (time_t) pass->now, (time_t) end, idle);
	ask->room |= bit_ffs(idle) >= 0;
	return idle;
}

/* RET true where it runs now; else *result and whether to try again. */
static bool _try_node(scale_ask_t *ask, int node, bool *again,
		      scale_place_t *result)
{
	job_record_t *job_ptr = ask->job_ptr;
	int rc = _start(job_ptr, node);

	if (rc == SLURM_SUCCESS) {
		_log_placement(ask);
		scale_tell_decision(ask, SCALE_OUTCOME_PLACED, NULL);
		*result = SCALE_PLACED;
		return true;
	}
	scale_tell_decision(ask, SCALE_OUTCOME_REFUSED, slurm_strerror(rc));
	sched_debug("scale: %pJ refused on %s: %s", job_ptr,
		    node_record_table_ptr[node]->name, slurm_strerror(rc));
	*again = IS_JOB_PENDING(job_ptr) && !_must_wait(rc);
	if (*again)
		*result = SCALE_REFUSED;
	return false;
}

/* One partition: choose, start, and on refusal try the next best. */
static scale_place_t _try_partition(scale_ask_t *ask)
{
	scale_place_t result = SCALE_WAITING;
	bitstr_t *allowed = _allowed(ask), *idle;
	bool again = true;

	if (!allowed || bit_ffs(allowed) < 0) {
		FREE_NULL_BITMAP(allowed);
		return SCALE_LEFT;
	}
	idle = _idle(ask, allowed);
	scale_ask_describe(ask);
	_let_sleep(ask, allowed, idle);
	for (int tries = 0; again && tries < MAX_TRIES; tries++) {
		int node = _choose(ask, allowed, idle);

		if (node < 0 || _try_node(ask, node, &again, &result))
			break;
		bit_clear(allowed, node);
		bit_clear(idle, node);
	}
	FREE_NULL_BITMAP(allowed);
	FREE_NULL_BITMAP(idle);
	return result;
}

int scale_place_nodes(scale_ask_t *ask, bitstr_t **allowed,
		      bitstr_t **idle)
{
	*allowed = _allowed(ask);
	if (!*allowed)
		return -1;
	*idle = _idle(ask, *allowed);
	return 0;
}

/* As above, but only decide and tell. */
static scale_place_t _look_at_partition(scale_ask_t *ask)
{
	scale_place_t result = SCALE_WAITING;
	bitstr_t *allowed, *idle;

	if (scale_place_nodes(ask, &allowed, &idle))
		return SCALE_LEFT;
	if (scale_shadow_decide(ask, allowed, idle, NULL))
		result = SCALE_LOOKED;
	FREE_NULL_BITMAP(allowed);
	FREE_NULL_BITMAP(idle);
	return result;
}

/* Slurm's own conditions that do not depend on the node. */
static bool _runnable(const scale_ask_t *ask)
{
	job_record_t *job_ptr = ask->job_ptr;
	enum job_state_reason why = WAIT_NO_REASON;

	if (!(job_ptr->part_ptr->state_up & PARTITION_SCHED) ||
	    !job_ptr->part_ptr->node_bitmap)
		return false;
	why = job_limits_check(&job_ptr, false);
	if (why == WAIT_NO_REASON &&
	    license_job_test(job_ptr, time(NULL), true) != SLURM_SUCCESS)
		why = WAIT_LICENSES;
	ask->job->why = why;
	if (why != WAIT_NO_REASON) {
		job_ptr->state_reason = why;
		xfree(job_ptr->state_desc);
		return false;
	}
	return assoc_mgr_validate_assoc_id(acct_db_conn, job_ptr->assoc_id,
					   accounting_enforce) == SLURM_SUCCESS;
}

/* Is there nothing more to try? */
static bool _final(const scale_ask_t *ask, scale_place_t result)
{
	return result == SCALE_PLACED || result == SCALE_LOOKED ||
	       !IS_JOB_PENDING(ask->job_ptr);
}

/* Of two tries the one that says more: a node was chosen, or may be yet. */
static scale_place_t _join(scale_place_t a, scale_place_t b)
{
	if (a == SCALE_LEFT)
		return b;
	return b == SCALE_LEFT || b == SCALE_WAITING ? a : b;
}

/* In the job's present partition and reservation: first the nodes that it
 * would like, where it says so, then all. */
static scale_place_t _try(scale_ask_t *ask)
{
	scale_details_t *details = ask->job_ptr->details;
	scale_place_t result = SCALE_LEFT;

	for (int prefer = details->prefer ? 1 : 0; prefer >= 0; prefer--) {
		details->features_use = prefer ? details->prefer
					       : details->features;
		details->feature_list_use = prefer ? details->prefer_list
						   : details->feature_list;
		result = _join(result, ask->job->shadow
				? _look_at_partition(ask)
				: _try_partition(ask));
		if (_final(ask, result))
			break;
	}
	return result;
}

/* One of those that the job names, in turn. */
static scale_place_t _try_reservations(scale_ask_t *ask)
{
	job_record_t *job_ptr = ask->job_ptr;
	scale_iter_t iter = list_iterator_create(job_ptr->resv_list);
	scale_place_t result = SCALE_LEFT;
	slurmctld_resv_t *resv;

	while (!_final(ask, result) && (resv = list_next(iter))) {
		job_ptr->resv_ptr = resv;
		job_ptr->resv_id = resv->resv_id;
		result = _join(result, _try(ask));
	}
	list_iterator_destroy(iter);
	return result;
}

/* Unless it runs there, it is not in that reservation; nor is the rest of its
 * array, which inherits the name. */
static void _let_go(job_record_t *job_ptr)
{
	job_record_t *base = NULL;

	if (job_ptr->array_job_id)
		base = find_job_record(job_ptr->array_job_id);
	job_resv_clear_magnetic_flag(job_ptr);
	if (base && base != job_ptr && IS_JOB_PENDING(base))
		job_resv_clear_magnetic_flag(base);
}

/* Magnetic ones draw in a job that names none. */
static scale_place_t _try_magnetic(scale_ask_t *ask, scale_place_t result)
{
	job_record_t *job_ptr = ask->job_ptr;
	scale_list_t records = list_create(xfree_ptr);
	job_queue_req_t request = { .job_ptr = job_ptr,
				    .job_queue = records,
				    .part_ptr = job_ptr->part_ptr,
				    .prio = job_ptr->priority };
	job_queue_rec_t *record;

	job_resv_append_magnetic(&request);
	while (!_final(ask, result) && (record = list_pop(records))) {
		job_queue_rec_magnetic_resv(record);
		xfree(record);
		result = _join(result, _try(ask));
		_let_go(job_ptr);
	}
	FREE_NULL_LIST(records);
	return result;
}

static scale_place_t _place_in(scale_ask_t *ask, part_record_t *part)
{
	job_record_t *job_ptr = ask->job_ptr;
	scale_place_t result;

	job_ptr->part_ptr = part;
	ask->share = scale_share_of(job_ptr);
	if (!_runnable(ask))
		return SCALE_WAITING;
	if (job_ptr->resv_list)
		return _try_reservations(ask);
	result = _try(ask);
	if (!_final(ask, result) && !job_ptr->resv_name &&
	    get_magnetic_resv_count())
		result = _try_magnetic(ask, result);
	return result;
}

scale_place_t scale_place(scale_pass_t *pass, scale_job_t *job,
			  job_record_t **started)
{
	job_record_t *job_ptr = job->ptr;
	scale_ask_t ask = { .pass = pass, .job = job, .job_ptr = job_ptr };
	part_record_t *part = job_ptr->part_ptr;
	scale_place_t result = SCALE_LEFT;
	scale_iter_t iter = NULL;

	job_ptr->last_sched_eval = (time_t) pass->now;
	if (job_ptr->part_ptr_list) {
		iter = list_iterator_create(job_ptr->part_ptr_list);
		part = list_next(iter);
	}
	while (part && !_final(&ask, result)) {
		result = _join(result, _place_in(&ask, part));
		part = iter ? list_next(iter) : NULL;
	}
	if (iter)
		list_iterator_destroy(iter);
	if (!ask.room)
		job->free_since = 0.0;
	else if (job->free_since <= 0.0)
		job->free_since = pass->now;
	/* the last one that was tried says nothing about the job */
	if (result != SCALE_PLACED && job_ptr->part_ptr_list)
		job_ptr->part_ptr = list_peek(job_ptr->part_ptr_list);
	*started = job_ptr;
	return result;
}
