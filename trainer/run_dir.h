/*
 * run_dir.h - the directory of a training run
 *
 * config.yaml, command.txt, progress.csv, progress.jsonl, checkpoint,
 * best.safetensors, last.safetensors.  Every file is replaced whole or grows
 * by whole lines: a full disk or a crash loses nothing that was there.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_RUN_DIR_H
#define TRAIN_RUN_DIR_H

#include <stddef.h>

#include "../model/err.h"

#define TRAIN_FILE_CONFIG	"config.yaml"
#define TRAIN_FILE_COMMAND	"command.txt"
#define TRAIN_FILE_CSV		"progress.csv"
#define TRAIN_FILE_JSON		"progress.jsonl"
#define TRAIN_FILE_CHECKPOINT	"checkpoint"
#define TRAIN_FILE_BEST		"best.safetensors"
#define TRAIN_FILE_LAST		"last.safetensors"

typedef struct train_run_dir train_run_dir_t;

/*
 * Make path, or take it when it is an empty directory.
 * RET NULL with ENOTEMPTY when it holds anything, or errno of the call
 */
train_run_dir_t *train_run_dir_create(const char *path, scale_err_t *err);

/* Open the directory of an earlier run.  RET NULL with EBUSY when another
 * process trains in it, ENOENT when it holds no checkpoint. */
train_run_dir_t *train_run_dir_open(const char *path, scale_err_t *err);
void train_run_dir_close(train_run_dir_t *dir);

/* Path of a file in it; lives as long as dir, until the next call. */
const char *train_run_dir_path(train_run_dir_t *dir, const char *name);

/* Replace a file. */
int train_run_dir_write(train_run_dir_t *dir, const char *name,
			const void *data, size_t size, scale_err_t *err);

/* Add lines to the end of a file, all of the text or nothing. */
int train_run_dir_append(train_run_dir_t *dir, const char *name,
			 const char *text, scale_err_t *err);

/* Keep the first so many lines of a file.  RET -1 with EINVAL when it has
 * fewer. */
int train_run_dir_keep_lines(train_run_dir_t *dir, const char *name,
			     size_t lines, scale_err_t *err);

#endif
