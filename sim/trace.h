/*
 * trace.h - everything that happened in an episode, as JSON lines
 *
 * The first line is a header with configuration, seed and policy, then there
 * is one for each arrival, decision, start, finish, failure and change of the
 * cluster with its simulated time, last the metrics.  docs/man/scale-sim.1
 * describes the lines.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "sim.h"

enum { SIM_TRACE_VERSION = 1 };

typedef struct sim_trace_head {
	sim_config_t config;
	uint64_t seed;
	char policy[256];
} sim_trace_head_t;

/* A trace that is being recorded, in memory until it is complete. */
typedef struct sim_trace sim_trace_t;

/* Write the header.  RET NULL with ENOMEM. */
sim_trace_t *sim_trace_create(const sim_trace_head_t *head,
			      scale_err_t *err);
void sim_trace_destroy(sim_trace_t *trace);

/* For sim_observe(): arg is the trace.  Failures show in finish. */
void sim_trace_note(void *trace, const sim_note_t *note);

/* Write the last line.  OUT *text, *size: all lines, which the trace owns.
 * RET 0, or -1 with ENOMEM */
int sim_trace_finish(sim_trace_t *trace, const sim_metrics_t *metrics,
		     const char **text, size_t *size, scale_err_t *err);

/* A trace that was read. */
typedef struct sim_trace_file {
	sim_trace_head_t head;
	sim_note_t *note;	/* [notes] */
	size_t notes;
	bool complete;		/* the line with the metrics is there */
	char *text;		/* as read */
	size_t size;
} sim_trace_file_t;

/* RET 0; -1 with EINVAL (err says FILE:LINE and why), ENOMEM or the errno of
 * open and read.  A trace without its last line is read with complete
 * false. */
int sim_trace_load(sim_trace_file_t *file, const char *path,
		   scale_err_t *err);
void sim_trace_free(sim_trace_file_t *file);

/*
 * Run the episode again with the recorded choices and compare all lines.
 * RET 0 when they are the same; -1 with EPROTO (err says at which line the
 * two part) or ENOMEM
 */
int sim_trace_replay(const sim_trace_file_t *file, const char *path,
		     scale_err_t *err);

#endif
