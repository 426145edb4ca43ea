/*
 * log_file.h - a file of lines that is rotated by size
 *
 * PATH grows; when the next line does not fit, PATH becomes PATH.1, that
 * PATH.2 and so on; the oldest goes.  A line is in the file whole or not at
 * all, whatever the disk does.  One thread; may block on the disk.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LOG_FILE_H
#define SCALE_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "model/err.h"

enum { SCALE_LOG_KEEP_MAX = 99 };

typedef struct scale_log_file {
	char *path;
	size_t max_bytes;		/* of one file; 0: no bound */
	unsigned keep;			/* rotated files beside PATH */
	int fd;				/* -1: closed */
	time_t looked;			/* whether path is still this file */
	off_t size;			/* where the next line begins */
	uint64_t rotated;
} scale_log_file_t;

/* Nothing is opened before the first line.  RET 0, or -1 with EINVAL (path
 * not absolute, keep above its limit) or ENOMEM. */
int scale_log_file_init(scale_log_file_t *file, const char *path,
			size_t max_bytes, unsigned keep, scale_err_t *err);
void scale_log_file_fini(scale_log_file_t *file);

/*
 * Append size bytes, of which the last is a newline.  Opens PATH if needed:
 * a regular file of mode 0640, no symbolic link, no second name.
 * RET 0; -1 with the errno of what failed (ENOSPC, ELOOP, ...), the file
 * then ends with the line before and the next call tries again
 */
int scale_log_file_append(scale_log_file_t *file, const char *line,
			  size_t size, scale_err_t *err);

/* Name of the i-th rotated file, 0 for PATH itself; allocated. */
char *scale_log_file_name(const char *path, unsigned i);

#endif
