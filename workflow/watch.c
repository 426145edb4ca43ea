/*
 * watch.c - follow the jobs of a workflow until all have ended
 *
 * Slurm forgets a job some minutes after it ended (MinJobAge); what was seen
 * last stays.  A job that is gone without having been seen at its end counts
 * as done when it was running and one of its children got to run, else as
 * failed: its end is not known.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

void wf_watch_destroy(wf_watch_t *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; watch->element && i < watch->plan->count; i++)
		free(watch->element[i]);
	free(watch->element);
	free(watch->by_id);
	free(watch);
}

size_t wf_watch_elements(const wf_watch_t *watch, size_t job)
{
	int64_t width = watch->plan->job[job].width;

	return width ? width : 1;
}

static int compare_id(const void *a, const void *b, void *arg)
{
	const uint32_t *id = arg;
	uint32_t x = id[*(const uint32_t *) a], y = id[*(const uint32_t *) b];

	return (x > y) - (x < y);
}

wf_watch_t *wf_watch_create(const wf_t *wf, const wf_plan_t *plan,
			    const uint32_t *id, scale_err_t *err)
{
	wf_watch_t *watch = calloc(1, sizeof(*watch));

	if (!watch)
		goto nomem;
	*watch = (wf_watch_t){ .wf = wf, .plan = plan, .id = id };
	watch->element = calloc(plan->count, sizeof(*watch->element));
	watch->by_id = calloc(plan->count, sizeof(*watch->by_id));
	if (!watch->element || !watch->by_id)
		goto nomem;
	for (uint32_t i = 0; i < plan->count; i++) {
		size_t count = wf_watch_elements(watch, i);

		watch->by_id[i] = i;
		watch->total += count;
		watch->element[i] = calloc(count, sizeof(wf_element_t));
		if (!watch->element[i])
			goto nomem;
		for (size_t e = 0; e < count; e++)
			strcpy(watch->element[i][e].shown, "SUBMITTED");
	}
	watch->state[WF_STATE_WAITS] = watch->total;
	qsort_r(watch->by_id, plan->count, sizeof(*watch->by_id), compare_id,
		(void *) id);
	return watch;
nomem:
	wf_watch_destroy(watch);
	scale_err_set(err, ENOMEM, "no memory to watch the workflow");
	return NULL;
}

static bool has_ended(wf_state_t state)
{
	return state == WF_STATE_DONE || state == WF_STATE_FAILED;
}

/* The job of that id, or -1. */
static ssize_t find_job(const wf_watch_t *watch, uint32_t id)
{
	size_t low = 0, high = watch->plan->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		uint32_t job = watch->by_id[middle];

		if (watch->id[job] == id)
			return job;
		if (watch->id[job] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

/* Index of the element numbered so, or -1.  Numbers of siblings ascend. */
static ssize_t find_element(const wf_job_t *job, int64_t number)
{
	if (!job->width)
		return number < 0 ? 0 : -1;
	if (!wf_job_siblings(job))
		return number < job->width ? number : -1;
	for (size_t i = 0; i < job->count; i++)
		if (job->element[i] == number)
			return i;
	return -1;
}

static void set_state(wf_watch_t *watch, size_t job, size_t index,
		      wf_state_t state, const char *shown, const char *node,
		      wf_changed_f changed, void *arg)
{
	wf_element_t *element = &watch->element[job][index];
	bool same = !strncmp(element->shown, shown,
			     sizeof(element->shown) - 1);

	watch->state[element->state]--;
	watch->state[state]++;
	element->state = state;
	snprintf(element->shown, sizeof(element->shown), "%s", shown);
	snprintf(element->node, sizeof(element->node), "%s", node);
	if (!same && changed)
		changed(watch, job, index, arg);
}

static bool has_run(const wf_watch_t *watch, size_t job)
{
	for (size_t e = 0; e < wf_watch_elements(watch, job); e++)
		if (watch->element[job][e].state == WF_STATE_RUNS ||
		    watch->element[job][e].state == WF_STATE_DONE)
			return true;
	return false;
}

/* True when a job that needs this one got to run. */
static bool child_ran(const wf_watch_t *watch, size_t parent)
{
	for (size_t i = parent + 1; i < watch->plan->count; i++) {
		const wf_job_t *job = &watch->plan->job[i];
		bool needs = false;

		for (size_t k = 0; k < job->dep_count; k++)
			needs |= job->dep[k].job == parent;
		if (needs && has_run(watch, i))
			return true;
	}
	return false;
}

/* Jobs that Slurm has told of before and does not tell of now; children
 * first, for their parents' sake. */
static void settle_gone(wf_watch_t *watch, const bool *told,
			wf_changed_f changed, void *arg)
{
	for (size_t i = watch->plan->count; i-- > 0;) {
		if (told[i])
			continue;
		for (size_t e = 0; e < wf_watch_elements(watch, i); e++) {
			wf_element_t *element = &watch->element[i][e];

			if (!element->seen || has_ended(element->state))
				continue;
			if (child_ran(watch, i))
				set_state(watch, i, e, WF_STATE_DONE,
					  "COMPLETED", element->node, changed,
					  arg);
			else
				set_state(watch, i, e, WF_STATE_FAILED,
					  "FORGOTTEN", element->node, changed,
					  arg);
		}
	}
}

void wf_watch_update(wf_watch_t *watch, const wf_queue_t *queue,
		     wf_changed_f changed, void *arg)
{
	bool *told = calloc(watch->plan->count, sizeof(*told));

	for (size_t i = 0; i < queue->count; i++) {
		const wf_row_t *row = &queue->row[i];
		ssize_t job = find_job(watch, row->id), index;
		wf_state_t state = wf_row_state(row);

		if (job < 0)
			continue;
		if (told)
			told[job] = true;
		index = find_element(&watch->plan->job[job], row->element);
		if (index < 0)
			continue;
		watch->element[job][index].seen = true;
		set_state(watch, job, index, state,
			  state == WF_STATE_FAILED &&
					  !strcmp(row->state, "PENDING") ?
				  "NEVER_RUN" :
				  row->state,
			  row->node, changed, arg);
	}
	if (told)
		settle_gone(watch, told, changed, arg);
	free(told);
}

bool wf_watch_over(const wf_watch_t *watch)
{
	return !watch->state[WF_STATE_WAITS] && !watch->state[WF_STATE_RUNS];
}

void wf_watch_name(const wf_watch_t *watch, size_t job, size_t element,
		   char name[WF_NAME_SIZE + 16])
{
	const wf_job_t *j = &watch->plan->job[job];

	if (wf_job_siblings(j))
		snprintf(name, WF_NAME_SIZE + 16, "%s",
			 watch->wf->task[j->task[element]].id);
	else if (j->width)
		snprintf(name, WF_NAME_SIZE + 16, "%.63s[%zu]", j->name,
			 element);
	else
		snprintf(name, WF_NAME_SIZE + 16, "%s", j->name);
}
