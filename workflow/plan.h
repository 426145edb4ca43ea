/*
 * plan.h - from tasks to the jobs and job arrays that Slurm is asked to run
 *
 * Siblings that differ in nothing but command and costs become one job
 * array: one submission, one entry of the queue.  Where element k needs only
 * element k of another array, that is one aftercorr.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_PLAN_H
#define WF_PLAN_H

#include "workflow.h"

enum {
	WF_COMMENT_MAX = 1023,		/* bytes; Slurm has 1,024 */
	WF_ARRAY_MAX = 1000,		/* siblings in one array: below Slurm's
					   default MaxArraySize */
};

typedef enum {
	WF_DEP_OK,		/* the whole job, afterok:ID */
	WF_DEP_ELEMENT,		/* one element, afterok:ID_K */
	WF_DEP_CORR,		/* element by element, aftercorr:ID */
} wf_dep_type_t;

typedef struct wf_dep {
	wf_dep_type_t type;
	uint32_t job;		/* index in the plan; WF_OUTSIDE: see need */
	uint32_t element;	/* WF_DEP_ELEMENT */
	const wf_need_t *need;	/* outside: the name of the task */
} wf_dep_t;

typedef struct wf_job {
	char name[WF_NAME_SIZE];	/* of the task; of siblings FIRST+MORE */
	uint32_t *task;		/* [count] siblings, or the one task */
	uint32_t *element;	/* [count] their numbers in the array */
	size_t count;
	int64_t width;		/* elements; 0: not an array */
	wf_dep_t *dep;		/* [dep_count] */
	size_t dep_count;
	uint32_t hops;		/* to the end of the workflow */
} wf_job_t;

typedef struct wf_plan {
	wf_job_t *job;		/* [count] parents first */
	size_t count;
	uint32_t *job_of;	/* [tasks] */
	uint32_t *element_of;	/* [tasks] */
} wf_plan_t;

/* wf has been through wf_check() and outlives the plan; arrays: make arrays
 * of siblings.  RET NULL with ENOMEM */
wf_plan_t *wf_plan_create(const wf_t *wf, bool arrays, scale_err_t *err);
void wf_plan_destroy(wf_plan_t *plan);

/* True when siblings share the array: more than one task in it. */
bool wf_job_siblings(const wf_job_t *job);

/*
 * What --comment says: "scale:wf=W,task=T,gflop=C,out_gb=D,hops=H", and for
 * siblings "tasks=A|B|C", from which later commands know them.
 * RET allocated text, or NULL with ENOMEM
 */
char *wf_job_annotation(const wf_t *wf, const wf_job_t *job,
			const char *workflow, scale_err_t *err);

#endif
