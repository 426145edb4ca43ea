/*
 * ctl_jobs.h - jobs and workflows as a decision log tells them
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_JOBS_H
#define CTL_JOBS_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl_log.h"
#include "log_record.h"
#include "model/err.h"

typedef enum {
	CTL_PENDING, CTL_RUNNING, CTL_DONE, CTL_FAILED, CTL_STATES
} ctl_state_t;

const char *ctl_state_name(ctl_state_t state);		/* "pending" */

/* One primitive: a job, or a task of an array.  Times are unix time, NAN
 * where the log does not tell. */
typedef struct ctl_task {
	uint32_t job, index;		/* SCALE_LOG_NO_TASK: not of an array */
	double ready, start, end, elapsed;
	double room;			/* since when it could have started on
					   some node, up to its start */
	bool room_told;			/* the log knows of such things */
	char node[SCALE_LOG_NAME];	/* where it ran */
	char state[24];			/* Slurm's, at its end */
	size_t decisions, waits;
	bool placed;			/* by us, not by stock scheduling */
	char policy[32], mode[16];	/* of its last decision */
	char wanted[SCALE_LOG_NAME];	/* node of its last shadow decision */
	double free_at;			/* its first decision came then and
					   named an idle node; else NAN */
	json_t *last;			/* last decision, where kept */
} ctl_task_t;

/* One job or job array. */
typedef struct ctl_stage {
	uint32_t id, uid;
	char workflow[SCALE_LOG_NAME], task[SCALE_LOG_NAME];
	double submit, gflop, out_gb, mem_gb, run_s, spread;
	char source[16];
	uint32_t count;			/* primitives; at least task_count */
	bool gone;			/* an array's tasks without a record were
					   cancelled together */
	uint32_t *parent;		/* ids of stages */
	size_t parent_count;
	ctl_task_t *tasks;
	size_t task_count;
	struct scale_idmap *by_index;	/* index -> task's place + 1 */
} ctl_stage_t;

typedef struct ctl_jobs {
	ctl_stage_t **stage;		/* [count] by first record */
	size_t count;
	struct scale_idmap *map;	/* id -> stage */
	size_t us_count;		/* of decisions */
	double *us;
	json_t *fallbacks;		/* records, oldest first */
	ctl_log_info_t info;
	bool no_memory;
	uint32_t id;			/* of jobid, or 0 */
	char job[32], array[32];	/* of jobid, as its lines have it */
} ctl_jobs_t;

/*
 * IN  jobid "123" or "123_4": the job, or array, of which the last decisions
 *     are kept, and alone the candidates read; "" of none; NULL to read all
 *     candidates (free_at) and keep none
 * RET NULL with what ctl_log_read() sets
 */
ctl_jobs_t *ctl_jobs_read(const char *log, const char *jobid,
			  scale_err_t *err);
void ctl_jobs_destroy(ctl_jobs_t *jobs);

ctl_stage_t *ctl_jobs_stage(const ctl_jobs_t *jobs, uint32_t id);
/* JOBID as squeue prints it: "123", "123_4" or "123_[4-7]".  RET NULL where the
 * log does not know it; *stage may be set then: a job that nothing was decided
 * for, or an array as a whole. */
ctl_task_t *ctl_jobs_find(const ctl_jobs_t *jobs, const char *jobid,
			  ctl_stage_t **stage);

/* Bring the stages of a workflow together: by its name, user, job id. */
void ctl_jobs_sort(ctl_jobs_t *jobs);
/* Of sorted jobs: the first stage after those of the workflow of stage i. */
size_t ctl_jobs_next(const ctl_jobs_t *jobs, size_t i);

ctl_state_t ctl_task_state(const ctl_task_t *task);
/* Number of primitives in a state; those without a record are pending. */
uint32_t ctl_stage_count(const ctl_stage_t *stage, ctl_state_t state);

#endif
