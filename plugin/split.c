/*
 * split.c - tasks of arrays get records of their own
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ready.h"
#include "split.h"

#define SPLIT_SEC	0.003	/* of a stretch; the rest is for next time */

/*
 * Tasks of an array with aftercorr start one by one as their counterparts
 * end; each needs a record of its own.  Slurm's schedulers split off the
 * first few; we split those that can go.
 */
static bool _corresponding_done(const job_record_t *job_ptr, uint32_t task)
{
	scale_iter_t iter = list_iterator_create(job_ptr->details->depend_list);
	bool corresponding = false, done = true;
	depend_spec_t *dep;

	while (done && (dep = list_next(iter))) {
		const job_record_t *other;

		if (dep->depend_type != SLURM_DEPEND_AFTER_CORRESPOND)
			continue;
		corresponding = true;
		other = find_job_array_rec(dep->job_id, task);
		done = !other || (IS_JOB_COMPLETED(other) &&
				  other->array_task_id == task);
	}
	list_iterator_destroy(iter);
	return corresponding && done;
}

/* RET false when the time was up before all tasks were looked at. */
static bool _split(scale_job_t *job, double until)
{
	job_record_t *job_ptr = job->ptr;
	int64_t tasks;

	if (!job_ptr->details->depend_list ||
	    !list_count(job_ptr->details->depend_list) ||
	    !job_ptr->array_recs->task_id_bitmap)
		return true;
	scale_lease_drop(&job->lease, &job_ptr->details->begin_time);
	tasks = bit_size(job_ptr->array_recs->task_id_bitmap);
	for (int64_t i = job->split_next; i < tasks; i++) {
		job_record_t *rest;

		if (i % 16 == 15 && scale_pass_clock() > until) {
			job->split_next = (uint32_t) i;
			return false;
		}
		if (!bit_test(job_ptr->array_recs->task_id_bitmap, i) ||
		    !_corresponding_done(job_ptr, i))
			continue;
		job_ptr->array_task_id = i;
		if (job_ptr->array_recs->task_cnt <= 1) {
			scale_array_last(job_ptr);
			break;
		}
		rest = scale_array_split(job_ptr);
		if (!rest) {
			job_ptr->array_task_id = NO_VAL;
			break;
		}
		/* the record of the rest keeps the id of the array */
		job->ptr = job_ptr = rest;
		if (job_ptr->array_task_id != NO_VAL)
			break;		/* one task is left: itself */
	}
	job->split_next = 0;
	return true;
}

bool scale_split_all(const scale_pass_t *pass)
{
	scale_table_t *table = pass->table;
	int before = list_count(job_list);
	double until = scale_pass_clock() + SPLIT_SEC;

	table->unsplit = false;
	for (size_t i = 0; i < table->count && !table->unsplit; i++) {
		scale_job_t *job = table->job[i];

		if (job->head && job->mine && !scale_ready_left(job, pass->now) &&
		    (job->check || job->split_next || pass->deep))
			table->unsplit |= !_split(job, until);
	}
	return list_count(job_list) != before;
}
