/*
 * ctl_log.c - read a decision log with its rotated files
 *
 * All files are opened before any is read, newest first: what is rotated in
 * between shows up twice, under two names, and is recognised by its inode.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl_log.h"
#include "log_file.h"

typedef struct part {
	FILE *file;
	struct stat st;
} part_t;

static int fail(scale_err_t *err, const char *path)
{
	int errnum = errno;

	return scale_err_set(err, errnum, "%s: %s", path, strerror(errnum));
}

/* RET 1 opened, 0 there is none, -1. */
static int open_part(const char *path, unsigned i, part_t *part,
		     scale_err_t *err)
{
	char *name = scale_log_file_name(path, i);
	int fd = -1, rc = -1;

	if (!name)
		return scale_err_set(err, ENOMEM, "out of memory");
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		rc = 0;
	else if (fd < 0 || fstat(fd, &part->st) < 0)
		fail(err, name);
	else if (!S_ISREG(part->st.st_mode))
		scale_err_set(err, EINVAL, "%s: not a regular file", name);
	else if (!(part->file = fdopen(fd, "r")))
		fail(err, name);
	else
		rc = 1;
	if (rc < 0 && fd >= 0)
		close(fd);
	free(name);
	return rc;
}

/* Candidates come last in a decision, and inside a string the quotes would
 * have a backslash.  RET the line's new length */
static size_t leave_out(char *line, size_t n)
{
	static const char key[] = ",\"candidates\":[", tail[] = "]}\n";
	char *at = strstr(line, key);

	if (!at || n < sizeof(tail) || strcmp(line + n - strlen(tail), tail))
		return n;
	strcpy(at, "}\n");
	return (size_t) (at - line) + 2;
}

static int read_part(part_t *part, ctl_log_f each, ctl_log_whole_f whole,
		     void *arg, ctl_log_info_t *info)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &room, part->file)) > 0) {
		json_t *record;

		if (whole && !whole(arg, line))
			n = (ssize_t) leave_out(line, (size_t) n);
		record = line[n - 1] != '\n' ? NULL :
			json_loadb(line, (size_t) n, JSON_REJECT_DUPLICATES,
				   NULL);

		if (json_is_object(record)) {
			info->records++;
			rc = each(arg, record);
		} else {
			info->skipped++;
		}
		json_decref(record);
	}
	free(line);
	return rc;
}

static bool seen_before(const part_t *part, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (part[k].st.st_ino == part[i].st.st_ino &&
		    part[k].st.st_dev == part[i].st.st_dev)
			return true;
	return false;
}

int ctl_log_read(const char *path, ctl_log_f each, ctl_log_whole_f whole,
		 void *arg, ctl_log_info_t *info, scale_err_t *err)
{
	part_t part[SCALE_LOG_KEEP_MAX + 1] = { { .file = NULL } };
	unsigned n = 0;
	int rc = 0;

	*info = (ctl_log_info_t) { 0 };
	while (n <= SCALE_LOG_KEEP_MAX) {
		rc = open_part(path, n, &part[n], err);
		/* PATH itself may be away for a moment */
		if (rc < 0 || (rc == 0 && n > 0))
			break;
		n++;
	}
	for (unsigned i = n; i > 0 && rc >= 0; i--) {
		if (!part[i - 1].file || seen_before(part, i - 1))
			continue;
		info->files++;
		rc = read_part(&part[i - 1], each, whole, arg, info);
	}
	for (unsigned i = 0; i < n; i++)
		if (part[i].file)
			fclose(part[i].file);
	if (rc == 0 && info->files == 0)
		return scale_err_set(err, ENOENT, "%s: no such file; is the "
				     "plugin running, and is the path right?",
				     path);
	return rc < 0 ? -1 : 0;
}

const char *ctl_text(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "";
}

long long ctl_integer(const json_t *record, const char *key)
{
	return json_integer_value(json_object_get(record, key));
}

double ctl_number(const json_t *record, const char *key)
{
	const json_t *value = json_object_get(record, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}
