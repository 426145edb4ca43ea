/*
 * workflow.h - a workflow in memory: tasks, what they need, what they cost
 *
 * Readers (reader.h) fill it task by task; wf_check() then resolves names
 * and refuses what is no DAG.  Positions are kept so that an error found
 * late still says "FILE:LINE:COLUMN: ...".
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_WORKFLOW_H
#define WF_WORKFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/dag.h"
#include "model/err.h"

enum {
	WF_NAME_SIZE = 64,		/* of workflow and task, with its 0 */
	WF_MAX_TASKS = 100000,
	WF_MAX_NEEDS = 1000000,		/* of all tasks together */
	WF_MAX_WIDTH = 1000000,		/* elements of an array task */
	WF_MAX_RETRIES = 100,
	WF_MAX_COMMAND = 1 << 16,	/* bytes */
};

#define WF_OUTSIDE	UINT32_MAX	/* wf_need_t.task: submitted before */
#define WF_GFLOP_MAX	1e15
#define WF_GB_MAX	1e9

/* Where something stands in the file, from 1; 0: not known. */
typedef struct wf_pos {
	size_t line, column;
} wf_pos_t;

/* A growing list of texts. */
typedef struct wf_words {
	size_t count;
	char **word;		/* [count], then NULL */
} wf_words_t;

typedef struct wf_need {
	char *id;		/* of the task that must end first */
	bool each;		/* element k after element k */
	uint32_t task;		/* index of it, or WF_OUTSIDE; wf_check() */
	wf_pos_t pos;
} wf_need_t;

typedef struct wf_task {
	char *id;		/* unique; wf_name_check() holds */
	char *label;		/* as the file calls it, NULL if that is id */
	char *command;		/* a line or more for /bin/sh, or NULL */
	char *script;		/* path of a batch script, or NULL */
	double gflop;		/* work, GFLOP; < 0: not known */
	double mem_gb;		/* likewise */
	double out_gb;		/* likewise */
	int64_t width;		/* elements of an array; 0: not an array */
	int64_t retries;	/* runs after a failed one */
	wf_words_t option;	/* for sbatch: "--time=10" */
	wf_need_t *need;	/* [need_count] */
	size_t need_count;
	wf_pos_t pos;
} wf_task_t;

typedef struct wf {
	char *file;		/* for errors */
	char *name;		/* wf_name_check() holds, or NULL */
	wf_task_t *task;	/* [count] in order of the file */
	size_t count;
	size_t need_total;
	wf_words_t note;	/* what a user should know of the import */
	/* from wf_check() */
	uint32_t *by_id;	/* [count] sorted by id */
	uint32_t *order;	/* [count] parents first */
	uint32_t *hops;		/* [count] edges to the end */
	uint32_t *child_first;	/* [count + 1] */
	uint32_t *child;	/* [edges] */
} wf_t;

wf_t *wf_create(const char *file, scale_err_t *err);
void wf_destroy(wf_t *wf);

/* A new empty task at the end, or NULL with EFBIG or ENOMEM.  Pointers to
 * tasks are valid until the next call. */
wf_task_t *wf_add_task(wf_t *wf, wf_pos_t pos, scale_err_t *err);
/* Copies id.  RET 0, or -1 with EFBIG or ENOMEM */
int wf_add_need(wf_t *wf, wf_task_t *task, const char *id, bool each,
		wf_pos_t pos, scale_err_t *err);
/* Copies word.  RET 0, or -1 with ENOMEM */
int wf_words_add(wf_words_t *words, const char *word, scale_err_t *err);
void wf_words_free(wf_words_t *words);
/* A sentence for the user.  RET 0, or -1 with ENOMEM */
int wf_note(wf_t *wf, scale_err_t *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "FILE:LINE:COLUMN: sentence" with errnum.  RET -1 */
int wf_fail(const wf_t *wf, wf_pos_t pos, scale_err_t *err, int errnum,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Known to Slurm already, wf_check(). */
typedef bool (*wf_known_f)(const char *id, void *arg);

/*
 * Resolve needs and refuse duplicates, missing parents and cycles; fills the
 * fields that say so.  known may be NULL.
 * RET 0; -1 with EEXIST, ENOENT, ELOOP, EINVAL or ENOMEM
 */
int wf_check(wf_t *wf, wf_known_f known, void *arg, scale_err_t *err);

/* Index of the task, or -1.  After wf_check(). */
ssize_t wf_find(const wf_t *wf, const char *id);

scale_dag_t wf_dag(const wf_t *wf);

/*
 * Names of workflows and tasks: 1 to 63 of A-Z a-z 0-9 . _ : @ / -, which is
 * what the annotation of a job can carry ('+' is kept for names of arrays).
 * RET NULL, or why it is not one
 */
const char *wf_name_check(const char *name);
/* The nearest name to text; what is too long ends in a hash of text. */
void wf_name_fit(const char *text, char name[WF_NAME_SIZE]);

#endif
