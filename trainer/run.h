/*
 * run.h - a training run with its directory
 *
 * Files are written as soon as what they hold is known: a row of progress
 * after each epoch, the best model when it is found, a checkpoint and the
 * last model every checkpoint_every epochs and at the end.  What these two
 * hold is kept in memory after each epoch, so that another thread can write
 * them at any time: train_run_save() alone may be called while
 * train_run_epoch() runs.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include <pthread.h>
#include <time.h>

#include "run_dir.h"
#include "train.h"
#include "train_model.h"

/* The run after its last complete epoch. */
typedef struct train_snapshot {
	int64_t epoch;
	scale_model_t *model;
	char *checkpoint;
	size_t size;
	bool written;		/* to the checkpoint and the last model */
} train_snapshot_t;

typedef struct train_run {
	train_config_t config;
	train_run_dir_t *dir;
	train_t *train;
	const char *program;	/* "scale-train 0.1.0" */
	time_t created;		/* for model files; (time_t) -1: now */
	pthread_mutex_t lock;	/* of dir and snapshot */
	train_snapshot_t snapshot;
} train_run_t;

/*
 * Begin in an empty or new directory.
 * IN  config: taken over, also after an error
 *     command: the command line, for the record
 * RET NULL with EINVAL, ENOTEMPTY, ENOMEM or errno of a file
 */
train_run_t *train_run_begin(train_config_t *config, const char *path,
			     size_t threads, const char *program,
			     const char *command, scale_err_t *err);

/*
 * Go on from the checkpoint of a directory; config.yaml and what the caller
 * set over it must equal the configuration of the checkpoint, but for epochs.
 * IN  assignments [count]: of --set
 */
train_run_t *train_run_resume(const char *path, const char *const *assignments,
			      size_t count, size_t threads,
			      const char *program, const char *command,
			      scale_err_t *err);
void train_run_end(train_run_t *run);

bool train_run_done(const train_run_t *run);

/* One epoch with what it writes.  OUT row */
int train_run_epoch(train_run_t *run, train_progress_t *row,
		    scale_err_t *err);

/* Write checkpoint and last model of the last complete epoch now; from any
 * thread.  RET its number, or -1 */
int64_t train_run_save(train_run_t *run, scale_err_t *err);

#endif
