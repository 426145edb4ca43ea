/*
 * ready.c - may a job start, and who keeps it from starting elsewhere?
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <time.h>

#include "ready.h"

/* A requeued job whose last run is not cleared away yet. */
static bool _cleaning(const job_record_t *job_ptr)
{
	return scale_select_cleaning(job_ptr) ||
	       job_ptr->details->prolog_running ||
	       (job_ptr->step_list && list_count(job_ptr->step_list));
}

static bool _depends(const scale_details_t *details)
{
	return details && details->depend_list &&
	       list_count(details->depend_list);
}

/*
 * Slurm lets a job's age begin when it sees it with a begin time that is over,
 * which under a lease it never does; and where it enforces no limits, with any
 * begin time, so also a lease's.
 */
static void _accrue(job_record_t *job_ptr, bool independent)
{
	scale_details_t *details = job_ptr->details;

	if (!(accounting_enforce & ACCOUNTING_ENFORCE_LIMITS) &&
	    !(slurm_conf.priority_flags & PRIORITY_FLAGS_ACCRUE_ALWAYS) &&
	    details->accrue_time > details->begin_time)
		details->accrue_time = details->begin_time;
	if (independent)
		acct_policy_handle_accrue_time(job_ptr, false);
}

/* Put the begin time back and ask Slurm. */
static bool _independent(scale_job_t *job)
{
	job_record_t *job_ptr = job->ptr;
	bool independent;

	scale_lease_drop(&job->lease, &job_ptr->details->begin_time);
	if (!job_ptr->priority || IS_JOB_REVOKED(job_ptr) ||
	    _cleaning(job_ptr))
		return false;
	independent = job_independent(job_ptr);
	if (IS_JOB_PENDING(job_ptr) && job_ptr->details)
		_accrue(job_ptr, independent);
	if (!independent)
		return false;
	if (job_ptr->deadline && job_ptr->deadline != NO_VAL &&
	    !deadline_ok(job_ptr, "sched/scale"))
		return false;
	return IS_JOB_PENDING(job_ptr) && job_ptr->details;
}

bool scale_ready_left(const scale_job_t *job, double now)
{
	return !job->mine || !job->ptr->priority || now < job->retry_at;
}

/* In squeue, a begin time of ours must not look like the user's.  No update
 * of last_job_update: Slurm notes none when it writes the begin time there,
 * and it would call for another pass of backfill each time. */
static void _explain(scale_job_t *job)
{
	job_record_t *job_ptr = job->ptr;
	uint32_t reason = job_ptr->state_reason;

	if (!job->mine || !job->ready || !job->lease.until ||
	    (reason != WAIT_NO_REASON && reason != WAIT_TIME &&
	     reason != job->said))
		return;
	job->said = job->why != WAIT_NO_REASON ? job->why : WAIT_RESOURCES;
	if (reason == job->said)
		return;
	job_ptr->state_reason = job->said;
	xfree(job_ptr->state_desc);
}

void scale_ready_explain(scale_table_t *table)
{
	for (size_t i = 0; i < table->count; i++) {
		scale_job_t *job = table->job[i];

		if (job->ready && job->lease.until && scale_table_find(job))
			_explain(job);
	}
}

void scale_ready_lease(const scale_pass_t *pass, scale_job_t *job)
{
	scale_details_t *details = job->ptr ? job->ptr->details : NULL;

	if (!details || !IS_JOB_PENDING(job->ptr))
		return;
	if (scale_ready_left(job, pass->now))
		scale_lease_drop(&job->lease, &details->begin_time);
	else
		scale_lease_take(&job->lease, &details->begin_time,
				 (time_t) pass->now,
				 (time_t) pass->site->lease);
	_explain(job);
}

void scale_ready_test(const scale_pass_t *pass, scale_job_t *job)
{
	double now = pass->now;
	bool ask = job->shadow ? job->ptr->priority != 0
			       : !scale_ready_left(job, now);

	job->tested = pass->stretch;
	job->check = false;
	job->ready = ask && _independent(job);
	job->dependent = _depends(job->ptr->details);
	if (job->ready && job->ready_at <= 0.0)
		job->ready_at = now;
	/* held, or waiting for another or its array's limit: it starts over */
	if (!job->ptr->priority || job->dependent || (ask && !job->ready))
		job->ready_at = job->free_since = 0.0;
}
