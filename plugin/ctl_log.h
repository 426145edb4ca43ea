/*
 * ctl_log.h - read a decision log with its rotated files
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_LOG_H
#define CTL_LOG_H

#include <stddef.h>

#include <jansson.h>
#include <stdbool.h>

#include "model/err.h"

typedef struct ctl_log_info {
	size_t files;
	size_t records;			/* given to the function */
	size_t skipped;			/* lines that are no record */
} ctl_log_info_t;

/* RET 0 to go on, else ctl_log_read() ends with -1. */
typedef int (*ctl_log_f)(void *arg, const json_t *record);

/* Is the line of interest as a whole? */
typedef bool (*ctl_log_whole_f)(void *arg, const char *line);

/*
 * Each record, oldest first.  A file that is rotated meanwhile is read once.
 * Candidates of a decision, most of a log, are left unread and out of the
 * record where whole says no; NULL: never.
 * RET 0; -1 with ENOENT (no log at all), the errno of open and read, or what
 * the function left
 */
int ctl_log_read(const char *path, ctl_log_f each, ctl_log_whole_f whole,
		 void *arg, ctl_log_info_t *info, scale_err_t *err);

/* Members of a record; where missing or of another type "", 0, NAN. */
const char *ctl_text(const json_t *record, const char *key);
long long ctl_integer(const json_t *record, const char *key);
double ctl_number(const json_t *record, const char *key);

#endif
