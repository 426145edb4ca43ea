/*
 * log_file.c - a file of lines that is rotated by size
 *
 * Invariant: while fd is open, the file is ours up to size and ends there
 * with a newline.  A line that was written in part (full disk) is cut off
 * again; if even that fails, the file is closed and the next open repairs it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log_file.h"

static int fail(scale_err_t *err, const char *path, const char *what)
{
	int errnum = errno;

	return scale_err_set(err, errnum, "%s: cannot %s: %s", path, what,
			     strerror(errnum));
}

int scale_log_file_init(scale_log_file_t *file, const char *path,
			size_t max_bytes, unsigned keep, scale_err_t *err)
{
	if (path[0] != '/')
		return scale_err_set(err, EINVAL,
			"decision log \"%s\": give an absolute path", path);
	if (keep > SCALE_LOG_KEEP_MAX)
		return scale_err_set(err, EINVAL,
			"decision log %s: cannot keep %u files, at most %d",
			path, keep, SCALE_LOG_KEEP_MAX);
	*file = (scale_log_file_t) {
		.path = strdup(path), .max_bytes = max_bytes, .keep = keep,
		.fd = -1,
	};
	return file->path ? 0 : scale_err_set(err, ENOMEM, "out of memory");
}

static void close_file(scale_log_file_t *file)
{
	int saved = errno;

	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	errno = saved;
}

void scale_log_file_fini(scale_log_file_t *file)
{
	close_file(file);
	free(file->path);
	file->path = NULL;
}

char *scale_log_file_name(const char *path, unsigned i)
{
	char *name;

	if (i == 0)
		return strdup(path);
	return asprintf(&name, "%s.%u", path, i) < 0 ? NULL : name;
}

/* A crash may have left half a line: cut it off. */
static int repair(scale_log_file_t *file)
{
	char part[4096];
	off_t end = file->size;

	while (end > 0) {
		off_t from = end > (off_t) sizeof(part)
				? end - (off_t) sizeof(part) : 0;
		ssize_t n = pread(file->fd, part, (size_t) (end - from), from);
		char *newline;

		if (n != end - from)
			return -1;
		newline = memrchr(part, '\n', (size_t) n);
		end = newline ? from + (newline - part) + 1 : from;
		if (newline)
			break;
	}
	if (end < file->size && ftruncate(file->fd, end) < 0)
		return -1;
	file->size = end;
	return 0;
}

static int inspect(scale_log_file_t *file)
{
	struct stat st;

	if (fstat(file->fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1) {
		errno = ELOOP;	/* a device, or somebody else's file */
		return -1;
	}
	file->size = st.st_size;
	return repair(file);
}

/* Somebody removed or moved the file away under us: begin another. */
static void look_after(scale_log_file_t *file)
{
	struct stat ours, named;
	time_t now = time(NULL);

	if (file->fd < 0 || now == file->looked)
		return;
	file->looked = now;
	if (fstat(file->fd, &ours) < 0 || stat(file->path, &named) < 0 ||
	    ours.st_dev != named.st_dev || ours.st_ino != named.st_ino)
		close_file(file);
}

static int open_file(scale_log_file_t *file)
{
	look_after(file);
	if (file->fd >= 0)
		return 0;
	/* O_NONBLOCK: a FIFO must not hold us before it is refused */
	file->fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW |
			O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
	if (file->fd < 0)
		return -1;
	if (inspect(file) < 0) {
		close_file(file);
		return -1;
	}
	return 0;
}

/* PATH.k-1 -> PATH.k, ..., PATH -> PATH.1.  A missing one is no error. */
static int rotate(scale_log_file_t *file)
{
	int rc = 0;

	close_file(file);
	if (file->keep == 0)
		return unlink(file->path);
	for (unsigned i = file->keep; i > 0 && rc == 0; i--) {
		char *from = scale_log_file_name(file->path, i - 1);
		char *to = scale_log_file_name(file->path, i);

		if (!from || !to)
			rc = -1;
		else if (rename(from, to) < 0 && errno != ENOENT)
			rc = -1;
		free(from);
		free(to);
	}
	if (rc == 0)
		file->rotated++;
	return rc;
}

static int write_line(scale_log_file_t *file, const char *line, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(file->fd, line + done, size - done);

		if (n > 0) {
			done += (size_t) n;
		} else if (n == 0 || errno != EINTR) {
			int saved = n == 0 ? EIO : errno;

			if (done && ftruncate(file->fd, file->size) < 0)
				close_file(file);
			errno = saved;
			return -1;
		}
	}
	file->size += (off_t) size;
	return 0;
}

int scale_log_file_append(scale_log_file_t *file, const char *line,
			  size_t size, scale_err_t *err)
{
	if (open_file(file) < 0)
		return fail(err, file->path, "open");
	if (file->max_bytes && file->size > 0 &&
	    (size_t) file->size + size > file->max_bytes) {
		if (rotate(file) < 0)
			return fail(err, file->path, "rotate");
		if (open_file(file) < 0)
			return fail(err, file->path, "open");
	}
	if (write_line(file, line, size) < 0)
		return fail(err, file->path, "write");
	return 0;
}
