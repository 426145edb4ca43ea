/*
 * state_file.h - what the plugin remembers across restarts
 *
 * Edges, where primitives ran, and the history of demand, in Slurm's
 * StateSaveLocation.  docs/state-format.md describes the bytes.  Slurm keeps
 * the jobs themselves: without this file the plugin rebuilds from the job
 * list and loses nothing but memory.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_STATE_FILE_H
#define SCALE_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history.h"
#include "model/err.h"

#define SCALE_STATE_NAME "scale_state"	/* in StateSaveLocation */

enum {
	SCALE_STATE_VERSION = 2,		/* 1 is read as well */
	SCALE_STATE_TEXT = 64,			/* bytes of a name with 0 */
	SCALE_STATE_STAGES_MAX = 1 << 22,
	SCALE_STATE_EDGES_MAX = 1 << 24,
};

/* A job or job array (workflow.h: scale_stage_t). */
typedef struct scale_state_stage {
	uint32_t id;			/* job id; array job id */
	uint32_t uid;
	uint32_t count, task_first, task_step;
	uint32_t hops_given;
	double submitted;		/* unix time */
	double gflop, out_gb;
	char workflow[SCALE_STATE_TEXT];	/* name that it was given */
	char task[SCALE_STATE_TEXT];
	bool weak;			/* the name is an engine's, not the
					   user's */
	uint32_t label;			/* of a workflow without one, or 0 */
} scale_state_stage_t;

/* A task that started. */
typedef struct scale_state_run {
	uint32_t id;			/* of its stage */
	uint32_t task;
	bool done;
	double started, ended;		/* unix time; ended 0: not yet */
	char node[SCALE_STATE_TEXT];
} scale_state_run_t;

typedef struct scale_state_edge {
	uint32_t child, parent;		/* ids of stages */
	uint32_t task;			/* of the parent, or SCALE_TASK_* */
} scale_state_edge_t;

/* Owns its arrays. */
typedef struct scale_state {
	double saved;			/* unix time */
	size_t stage_count, run_count, edge_count, entry_count;
	scale_state_stage_t *stage;
	scale_state_run_t *run;
	scale_state_edge_t *edge;
	scale_history_entry_t *entry;	/* least recently used first */
	scale_estimate_t ratio;		/* elapsed / limit */
} scale_state_t;

void scale_state_free(scale_state_t *state);	/* arrays; NULL is fine */

/* The agent's thread, outside Slurm's locks: allocates, does not block.
 * OUT *text allocated; RET 0, or -1 with ENOMEM or EDOM (not finite) */
int scale_state_encode(const scale_state_t *state, char **text, size_t *size,
		       scale_err_t *err);
/*
 * name stands for the file in errors.  OUT *state, complete; untouched on error
 * RET 0; -1 with EBADMSG (damaged, truncated, not ours), EPROTONOSUPPORT
 * (another version) or ENOMEM
 */
int scale_state_decode(const char *text, size_t size, const char *name,
		       scale_state_t *state, scale_err_t *err);

/*
 * The log's thread: write DIR/scale_state as Slurm writes its own files: to
 * .new, then the present file becomes .old and .new takes its place.  At each
 * moment one of the two is whole.  May block.
 */
int scale_state_write(const char *dir, const char *text, size_t size,
		      scale_err_t *err);

/*
 * init(): read DIR/scale_state, else .old.  May block.
 * RET 0; 1 where only .old could be read (err says why); -1: neither, rebuild
 * (ENOENT: there is none, nothing to complain of)
 */
int scale_state_read(const char *dir, scale_state_t *state, scale_err_t *err);

#endif
