/*
 * wake.c - noticing within milliseconds that something changed
 *
 * Unlocked reads are of aligned words that a lock holder writes; a torn or
 * stale value costs at most one cycle for nothing or some milliseconds.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wake.h"

#define HOT_SEC		1.5	/* a stamp of this or the last second */

#define EXPLAIN_SHARE	0.02	/* of the time, to answer Slurm's passes */

#define READ(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)

static void _read_counters(scale_counters_t *c)
{
	*c = (scale_counters_t) { 0 };
	c->submitted = READ(slurmctld_diag_stats.jobs_submitted);
	c->completed = READ(slurmctld_diag_stats.jobs_completed);
	c->canceled = READ(slurmctld_diag_stats.jobs_canceled);
	c->failed = READ(slurmctld_diag_stats.jobs_failed);
	c->backfilled = READ(slurmctld_diag_stats.backfilled_jobs);
	c->job = READ(last_job_update);
	c->node = READ(last_node_update);
	c->part = READ(last_part_update);
	c->resv = READ(last_resv_update);
	c->conf = READ(slurm_conf.last_update);
}

bool scale_wake_counters(const scale_wake_t *wake)
{
	scale_counters_t now;

	_read_counters(&now);
	return memcmp(&now, &wake->counters, sizeof(now)) != 0;
}

double scale_wake_silence(double now)
{
	return now - MAX(READ(last_job_update), READ(last_node_update));
}

bool scale_wake_hot(double now)
{
	return scale_wake_silence(now) < HOT_SEC;
}

/* One of the jobs that were in their epilog has left it. */
static bool _closed(const scale_wake_t *wake)
{
	for (size_t i = 0; i < wake->closing_count; i++) {
		const job_record_t *job_ptr =
			find_job_record(wake->closing[i]);

		if (!job_ptr || !IS_JOB_COMPLETING(job_ptr))
			return true;
	}
	return false;
}

static bool _differs(bitstr_t *known, bitstr_t *now)
{
	return !known || !now || bit_size(known) != bit_size(now) ||
	       !bit_equal(known, now);
}

static bool _nodes_differ(const scale_wake_t *wake)
{
	return _differs(wake->idle, idle_node_bitmap) ||
	       _differs(wake->completing, cg_node_bitmap) ||
	       _differs(wake->avail, avail_node_bitmap) || _closed(wake);
}

bool scale_wake_differs(const scale_wake_t *wake)
{
	return scale_wake_counters(wake) || _nodes_differ(wake);
}

bool scale_wake_look(scale_wake_t *wake, double now)
{
	slurmctld_lock_t locks = { .job = READ_LOCK, .node = READ_LOCK };
	bool changed;

	wake->looked = now;
	lock_slurmctld(locks);
	changed = _nodes_differ(wake);
	unlock_slurmctld(locks);
	return changed;
}

static void _copy(bitstr_t **known, bitstr_t *now)
{
	FREE_NULL_BITMAP(*known);
	if (now)
		*known = bit_copy(now);
}

void scale_wake_mark(scale_wake_t *wake, const scale_table_t *table)
{
	_read_counters(&wake->counters);
	_copy(&wake->idle, idle_node_bitmap);
	_copy(&wake->completing, cg_node_bitmap);
	_copy(&wake->avail, avail_node_bitmap);
	if (wake->closing_size < table->closing) {
		wake->closing_size = MAX(16, 2 * table->closing);
		xrecalloc(wake->closing, wake->closing_size,
			  sizeof(*wake->closing));
	}
	wake->closing_count = 0;
	for (size_t i = 0; i < table->count; i++)
		if (table->job[i]->phase == SCALE_PHASE_CLOSING &&
		    wake->closing_count < wake->closing_size)
			wake->closing[wake->closing_count++] =
				table->job[i]->job_id;
}

/* Backfill gives the locks back in the middle of a pass. */
static void _read_passes(uint32_t passes[3])
{
	passes[0] = READ(slurmctld_diag_stats.schedule_cycle_counter);
	passes[1] = READ(slurmctld_diag_stats.bf_cycle_counter);
	passes[2] = READ(slurmctld_diag_stats.bf_active);
}

bool scale_wake_passed(const scale_wake_t *wake, double clock)
{
	uint32_t passes[3];

	_read_passes(passes);
	return clock >= wake->explain_after &&
	       memcmp(passes, wake->passes, sizeof(passes));
}

void scale_wake_answered(scale_wake_t *wake, double clock, double took)
{
	_read_passes(wake->passes);
	wake->explain_after = clock + took / EXPLAIN_SHARE;
}

void scale_wake_free(scale_wake_t *wake)
{
	FREE_NULL_BITMAP(wake->idle);
	FREE_NULL_BITMAP(wake->completing);
	FREE_NULL_BITMAP(wake->avail);
	xfree(wake->closing);
	*wake = (scale_wake_t) { 0 };
}
