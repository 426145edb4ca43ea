/*
 * decision_log.h - the decision log and its thread
 *
 * The agent (and any other thread) puts records; the log's own thread writes
 * them as JSON lines (log_record.h, log_file.h) and, between them, calls a
 * hook that publishes status and state.  Everything that may block on a disk
 * happens on that thread.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_DECISION_LOG_H
#define SCALE_DECISION_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_record.h"
#include "model/err.h"

typedef struct scale_decision_log scale_decision_log_t;

/* Called on the log's thread, which blocks all signals. */
typedef void (*scale_log_hook_f)(void *arg);
/* A write failed for the first time, or again after one that succeeded. */
typedef void (*scale_log_error_f)(void *arg, const char *text);

typedef struct scale_decision_log_config {
	const char *path;		/* absolute; NULL: hook alone */
	size_t max_bytes;		/* of a file before it is rotated */
	unsigned keep;			/* rotated files */
	size_t queue;			/* records, a power of two */
	unsigned period_ms;		/* of the hook; 0: no hook */
	unsigned grace_ms;		/* that its thread gets to end */
	scale_log_hook_f hook;		/* or NULL; also once before the end */
	scale_log_error_f error;	/* or NULL */
	void *arg;			/* of both */
} scale_decision_log_config_t;

/* Copies config.  RET NULL with EINVAL, ENOMEM or EAGAIN (no thread). */
scale_decision_log_t *
scale_decision_log_create(const scale_decision_log_config_t *config,
			  scale_err_t *err);

/*
 * Write what is queued, end the thread, wait for it up to grace_ms; not under
 * Slurm's locks.  Nobody puts any more.  NULL is fine.
 * RET 0; -1 with ETIMEDOUT: the thread hangs, on a disk that does not answer,
 *     say.  It keeps the log and arg for ever, and our code stays mapped; when
 *     it comes back it ends, without another call of hook or error
 */
int scale_decision_log_destroy(scale_decision_log_t *log);

/*
 * Hand over a copy.  Any thread, also under Slurm's locks: never blocks and
 * never allocates.  NULL log is fine.
 * RET false where the queue was full: the record is counted as dropped
 */
bool scale_decision_log_put(scale_decision_log_t *log,
			    const scale_record_t *record);

typedef struct scale_decision_log_counts {
	uint64_t written;		/* records in the file */
	uint64_t dropped;		/* queue full */
	uint64_t failed;		/* could not be written */
	uint64_t rotated;		/* files */
} scale_decision_log_counts_t;

/* Any thread. */
void scale_decision_log_counts(const scale_decision_log_t *log,
			       scale_decision_log_counts_t *counts);

#endif
