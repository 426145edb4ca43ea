/*
 * live.c - the tasks of a workflow that Slurm knows already
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "annotate.h"
#include "live.h"

static int compare_task(const void *a, const void *b)
{
	const wf_live_task_t *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->id > y->id) - (x->id < y->id);
}

/* Failed beats all, then whatever is least far. */
static wf_state_t worse(wf_state_t a, wf_state_t b)
{
	if (a == WF_STATE_FAILED || b == WF_STATE_FAILED)
		return WF_STATE_FAILED;
	return a < b ? a : b;
}

static void add_row(wf_live_t *live, const wf_row_t *row)
{
	wf_live_task_t task = { .id = row->id,
				.element = -1,
				.width = row->element >= 0,
				.state = wf_row_state(row) };
	wf_live_task_t *last = live->count ? &live->task[live->count - 1] :
					     NULL;
	bool siblings;

	if (!wf_annotation_task(row->comment, row->element, task.name,
				&siblings))
		return;
	if (siblings) {
		task.element = row->element;
		task.width = 0;
	} else if (last && last->id == row->id) {
		last->width++;
		last->state = worse(last->state, task.state);
		return;
	}
	live->task[live->count++] = task;
}

int wf_live_find(const wf_queue_t *queue, const char *workflow,
		 wf_live_t *live, scale_err_t *err)
{
	size_t kept = 0;

	*live = (wf_live_t){ calloc(queue->count + 1, sizeof(*live->task)),
			     0 };
	if (!live->task)
		return scale_err_set(err, ENOMEM, "no memory for the queue");
	for (size_t i = 0; i < queue->count; i++) {
		char name[WF_NAME_SIZE];

		if (wf_annotation_workflow(queue->row[i].comment, name) &&
		    !strcmp(name, workflow))
			add_row(live, &queue->row[i]);
	}
	qsort(live->task, live->count, sizeof(*live->task), compare_task);
	for (size_t i = 0; i < live->count; i++)
		if (i + 1 == live->count ||
		    strcmp(live->task[i].name, live->task[i + 1].name))
			live->task[kept++] = live->task[i];
	live->count = kept;
	return 0;
}

int wf_live_read(const char *workflow, wf_live_t *live, scale_err_t *err)
{
	wf_queue_t queue;
	int rc;

	*live = (wf_live_t){ 0 };
	if (wf_slurm_queue(&queue, err))
		return -1;
	rc = wf_live_find(&queue, workflow, live, err);
	wf_queue_free(&queue);
	return rc;
}

void wf_live_free(wf_live_t *live)
{
	free(live->task);
	*live = (wf_live_t){ 0 };
}

static int compare_name(const void *name, const void *task)
{
	return strcmp(name, ((const wf_live_task_t *) task)->name);
}

const wf_live_task_t *wf_live_task(const wf_live_t *live, const char *name)
{
	if (!live->count)
		return NULL;
	return bsearch(name, live->task, live->count, sizeof(*live->task),
		       compare_name);
}

bool wf_live_known(const char *name, void *arg)
{
	return wf_live_task(arg, name);
}
