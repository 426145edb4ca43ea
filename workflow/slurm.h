/*
 * slurm.h - what we ask of Slurm's commands
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_SLURM_H
#define WF_SLURM_H

#include "workflow.h"

/*
 * Run sbatch.  argv: ends with NULL; script: for its standard input, or NULL.
 * OUT *id of the job.  RET 0, or -1 with err telling what sbatch said
 */
int wf_slurm_sbatch(char *const argv[], const char *script, size_t size,
		    uint32_t *id, scale_err_t *err);

/* Cancel jobs [count] in few calls.  RET 0, or -1 */
int wf_slurm_cancel(const uint32_t *id, size_t count, scale_err_t *err);

/* One job, or one element of an array. */
typedef struct wf_row {
	uint32_t id;		/* of the job, or of the whole array */
	int64_t element;	/* -1: not an array */
	const char *state;	/* "RUNNING" */
	const char *reason;	/* "Dependency" */
	const char *node;
	const char *comment;
} wf_row_t;

typedef struct wf_queue {
	wf_row_t *row;		/* [count] by id, then element */
	size_t count;
	char *text;
} wf_queue_t;

/* All of the user's jobs that Slurm remembers, ended ones, too.
 * RET 0, or -1; *queue to be freed by wf_queue_free() */
int wf_slurm_queue(wf_queue_t *queue, scale_err_t *err);
void wf_queue_free(wf_queue_t *queue);

typedef enum {
	WF_STATE_WAITS,		/* pending */
	WF_STATE_RUNS,
	WF_STATE_DONE,
	WF_STATE_FAILED,	/* ended otherwise, or never to run */
	WF_STATES
} wf_state_t;

wf_state_t wf_row_state(const wf_row_t *row);

#endif
