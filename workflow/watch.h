/*
 * watch.h - follow the jobs of a workflow until all have ended
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_WATCH_H
#define WF_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "plan.h"
#include "slurm.h"

/* One element of a job. */
typedef struct wf_element {
	wf_state_t state;
	char shown[24];		/* Slurm's word for it: "TIMEOUT" */
	char node[40];		/* where it runs or ran, or "" */
	bool seen;		/* Slurm has told of it at least once */
} wf_element_t;

typedef struct wf_watch {
	const wf_t *wf;
	const wf_plan_t *plan;
	const uint32_t *id;	/* [plan->count] */
	wf_element_t **element;	/* [plan->count][elements] */
	size_t state[WF_STATES];	/* how many elements */
	size_t total;
	uint32_t *by_id;	/* [plan->count] jobs sorted by id */
} wf_watch_t;

/* The arguments outlive the watch.  RET NULL with ENOMEM */
wf_watch_t *wf_watch_create(const wf_t *wf, const wf_plan_t *plan,
			    const uint32_t *id, scale_err_t *err);
void wf_watch_destroy(wf_watch_t *watch);

/* Elements of a job: 1 for what is no array. */
size_t wf_watch_elements(const wf_watch_t *watch, size_t job);

/* Called for each element whose state changed. */
typedef void (*wf_changed_f)(const wf_watch_t *watch, size_t job,
			     size_t element, void *arg);

/* Take in what Slurm says now; changed may be NULL. */
void wf_watch_update(wf_watch_t *watch, const wf_queue_t *queue,
		     wf_changed_f changed, void *arg);

/* True when nothing waits or runs any more. */
bool wf_watch_over(const wf_watch_t *watch);

/* The name of an element for people: "tool", "tool[3]". */
void wf_watch_name(const wf_watch_t *watch, size_t job, size_t element,
		   char name[WF_NAME_SIZE + 16]);

#endif
