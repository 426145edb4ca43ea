/*
 * live.h - the tasks of a workflow that Slurm knows already
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_LIVE_H
#define WF_LIVE_H

#include "slurm.h"

typedef struct wf_live_task {
	char name[WF_NAME_SIZE];
	uint32_t id;		/* of its job or array */
	int64_t element;	/* the task is this element; -1: the whole */
	int64_t width;		/* elements seen of an array; 0: none */
	wf_state_t state;	/* FAILED where any element is */
} wf_live_task_t;

typedef struct wf_live {
	wf_live_task_t *task;	/* [count] by name; of a name that was
				   submitted again, the last job */
	size_t count;
} wf_live_t;

/* Ask Slurm.  RET 0, or -1 */
int wf_live_read(const char *workflow, wf_live_t *live, scale_err_t *err);
/* The same from a queue that was read. */
int wf_live_find(const wf_queue_t *queue, const char *workflow,
		 wf_live_t *live, scale_err_t *err);
void wf_live_free(wf_live_t *live);

const wf_live_task_t *wf_live_task(const wf_live_t *live, const char *name);

/* For wf_check(); arg: the wf_live_t. */
bool wf_live_known(const char *name, void *arg);

#endif
