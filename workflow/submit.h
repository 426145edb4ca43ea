/*
 * submit.h - a plan into Slurm's queue
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_SUBMIT_H
#define WF_SUBMIT_H

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

#include "live.h"
#include "plan.h"

typedef struct wf_submit {
	const wf_t *wf;
	const wf_plan_t *plan;
	const char *workflow;	/* wf= of the annotation */
	const wf_words_t *option;	/* for every sbatch */
	const wf_live_t *live;	/* tasks submitted before, or NULL */
	uint32_t *id;		/* [plan->count] of the jobs; 0: not
				   submitted */
} wf_submit_t;

/*
 * Submit all jobs, parents first.  *stop: set by a signal, ends it.
 * RET 0; -1 with what was submitted cancelled (err says so, and when that
 * failed, which jobs are left), EINTR when stopped
 */
int wf_submit_all(wf_submit_t *s, const volatile sig_atomic_t *stop,
		  scale_err_t *err);

/* The commands that wf_submit_all() would run, for people.  RET 0, or -1 */
int wf_submit_print(const wf_submit_t *s, FILE *out, scale_err_t *err);

/* {"workflow": ..., "jobs": [{"id", "name", "tasks", ...}]}, with "command"
 * and "script" where nothing was submitted.  RET NULL with ENOMEM or what
 * reading a script says */
json_t *wf_submit_json(const wf_submit_t *s, scale_err_t *err);

#endif
