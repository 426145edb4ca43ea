/*
 * log_record.h - what the decision log says, and how it is written
 *
 * A record is plain data of fixed size: the agent fills it on its stack and
 * hands over a copy.  docs/decision-log.md explains every member.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LOG_RECORD_H
#define SCALE_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCALE_LOG_VERSION = 1,
	SCALE_LOG_NAME = 64,		/* bytes of a name with the final 0 */
	SCALE_LOG_TEXT = 160,		/* of a sentence */
	SCALE_LOG_CANDIDATES = 8,
	SCALE_LOG_PARENTS = 32,
};

#define SCALE_LOG_NO_TASK UINT32_MAX	/* array_task of a job alone */

typedef enum {
	SCALE_RECORD_SEEN,		/* a primitive came, or more parents */
	SCALE_RECORD_DECISION,
	SCALE_RECORD_START,
	SCALE_RECORD_END,
	SCALE_RECORD_FALLBACK,		/* first of a cause, guard.h */
	SCALE_RECORD_TYPES
} scale_record_type_t;

typedef enum {
	SCALE_OUTCOME_PLACED,		/* Slurm started it there */
	SCALE_OUTCOME_WAIT,		/* for a busy node, or none suits */
	SCALE_OUTCOME_REFUSED,		/* select_nodes() said no; see reason */
	SCALE_OUTCOME_SHADOW,		/* only logged: stock places it */
	SCALE_OUTCOMES
} scale_outcome_t;

typedef struct scale_log_job {
	uint32_t job_id;
	uint32_t array_job;		/* 0: not of an array */
	uint32_t array_task;		/* or SCALE_LOG_NO_TASK */
	uint32_t uid;
	char workflow[SCALE_LOG_NAME];	/* wf=, else "job-" and the id of its
					   first job: never "" */
	char task[SCALE_LOG_NAME];	/* or "" */
} scale_log_job_t;

/* One node as the decision saw it; site seconds. */
typedef struct scale_candidate {
	char node[SCALE_LOG_NAME];
	double score;
	double run_s;			/* estimated run time there */
	double transfer_s;		/* of the predecessor's output */
	double wait_s;			/* until it is free; 0 when idle, or
					   past its expected end */
	double mem_gb;			/* of the node */
	bool busy;			/* not to be had now */
} scale_candidate_t;

typedef struct scale_log_seen {
	double submit;			/* unix time */
	uint32_t count;			/* primitives: tasks of an array */
	double gflop, out_gb, mem_gb;	/* demand as it will be used */
	double run_s;			/* expected run time at mean speed */
	double spread;			/* of ln run_s, history.h; 0 unknown */
	char source[16];		/* of gflop, history.h */
	uint32_t parent_count;
	uint32_t parent[SCALE_LOG_PARENTS];	/* job ids; for an array its
						   array job id */
} scale_log_seen_t;

typedef struct scale_log_decision {
	char mode[16];			/* guard.h */
	char policy[32];		/* model file or rule that chose */
	scale_outcome_t outcome;
	char reason[SCALE_LOG_TEXT];	/* "" or why not (now) */
	uint32_t hops;
	double us;			/* time of the decision */
	char node[SCALE_LOG_NAME];	/* "" where none suits */
	double score;
	char runner_up[SCALE_LOG_NAME];	/* or "" */
	double runner_up_score;
	uint32_t candidate_total;	/* nodes that Slurm allows */
	uint32_t candidate_count;	/* of them listed, best first */
	scale_candidate_t candidate[SCALE_LOG_CANDIDATES];
} scale_log_decision_t;

typedef struct scale_log_start {
	char node[SCALE_LOG_NAME];
	double ready;			/* unix time when it became ready */
	double room;			/* since when there was a node for it,
					   without a break; unix time */
} scale_log_start_t;

typedef struct scale_log_end {
	char node[SCALE_LOG_NAME];	/* "" when it never ran */
	char state[24];			/* Slurm's: "COMPLETED", ... */
	double elapsed_s;
} scale_log_end_t;

typedef struct scale_log_fallback {
	char cause[24];			/* guard.h */
	char policy[32];		/* rule that decided instead */
	char reason[SCALE_LOG_TEXT];
} scale_log_fallback_t;

typedef struct scale_record {
	scale_record_type_t type;
	double time;			/* unix time */
	scale_log_job_t job;		/* zero where there is none */
	union {
		scale_log_seen_t seen;
		scale_log_decision_t decision;
		scale_log_start_t start;
		scale_log_end_t end;
		scale_log_fallback_t fallback;
	};
} scale_record_t;

const char *scale_record_name(scale_record_type_t type);	/* "seen" */
const char *scale_outcome_name(scale_outcome_t outcome);	/* "placed" */

/*
 * The record as one line of JSON with its newline; the log's thread calls.
 * Numbers that are not finite become null; strings are made safe once more.
 * OUT *size; RET allocated text without a final 0, or NULL with ENOMEM or
 * EINVAL (its type)
 */
char *scale_record_json(const scale_record_t *record, size_t *size);

#endif
