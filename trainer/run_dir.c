/*
 * run_dir.c - the directory of a training run
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../model/file.h"
#include "run_dir.h"

enum { MAX_PROGRESS = 1 << 30 }; /* bytes of a progress file */

struct train_run_dir {
	int fd; /* of the directory, locked */
	char *path;
	char *name; /* "path/" and room for a file's name */
	size_t size;
};

static int fail(scale_err_t *err, const char *path, const char *what)
{
	int errnum = errno;

	return scale_err_set(err, errnum, "%s: cannot %s: %s", path, what,
			     strerror(errnum));
}

/* True when the directory holds no entry. */
static int check_empty(const char *path, scale_err_t *err)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return fail(err, path, "open");
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			break;
	closedir(dir);
	if (!entry)
		return 0;
	return scale_err_set(
		err, ENOTEMPTY,
		"%s: is not empty; name another directory, or continue with --resume %s",
		path, path);
}

void train_run_dir_close(train_run_dir_t *dir)
{
	int saved = errno;

	if (!dir)
		return;
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	free(dir->name);
	free(dir);
	errno = saved;
}

static train_run_dir_t *open_locked(const char *path, scale_err_t *err)
{
	train_run_dir_t *dir = calloc(1, sizeof(*dir));

	if (!dir)
		goto nomem;
	dir->fd = -1;
	dir->size = strlen(path) + 64;
	dir->path = strdup(path);
	dir->name = malloc(dir->size);
	if (!dir->path || !dir->name)
		goto nomem;
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0) {
		fail(err, path, "open");
		goto fail;
	}
	if (flock(dir->fd, LOCK_EX | LOCK_NB)) {
		scale_err_set(err, EBUSY, "%s: another scale-train works here",
			      path);
		goto fail;
	}
	return dir;
nomem:
	scale_err_set(err, ENOMEM, "no memory for a run directory");
fail:
	train_run_dir_close(dir);
	return NULL;
}

train_run_dir_t *train_run_dir_create(const char *path, scale_err_t *err)
{
	train_run_dir_t *dir;

	if (mkdir(path, 0777) && errno != EEXIST) {
		fail(err, path, "create the directory");
		return NULL;
	}
	dir = open_locked(path, err);
	if (dir && check_empty(path, err)) {
		train_run_dir_close(dir);
		dir = NULL;
	}
	return dir;
}

train_run_dir_t *train_run_dir_open(const char *path, scale_err_t *err)
{
	train_run_dir_t *dir = open_locked(path, err);

	if (dir && faccessat(dir->fd, TRAIN_FILE_CHECKPOINT, F_OK, 0)) {
		scale_err_set(err, ENOENT,
			      "%s: holds no checkpoint, nothing to resume; delete it and start again with -o",
			      path);
		train_run_dir_close(dir);
		dir = NULL;
	}
	return dir;
}

const char *train_run_dir_path(train_run_dir_t *dir, const char *name)
{
	snprintf(dir->name, dir->size, "%s/%s", dir->path, name);
	return dir->name;
}

int train_run_dir_write(train_run_dir_t *dir, const char *name,
			const void *data, size_t size, scale_err_t *err)
{
	return scale_file_write(train_run_dir_path(dir, name), data, size, err);
}

/* RET 0, or -1 with errno */
static int write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		size -= n;
	}
	return fsync(fd);
}

int train_run_dir_append(train_run_dir_t *dir, const char *name,
			 const char *text, scale_err_t *err)
{
	int fd = openat(dir->fd, name,
			O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	off_t before;
	int rc = -1;

	if (fd < 0)
		return fail(err, train_run_dir_path(dir, name), "open");
	before = lseek(fd, 0, SEEK_END);
	if (!write_all(fd, text, strlen(text))) {
		rc = 0;
	} else {
		fail(err, train_run_dir_path(dir, name), "write");
		/* not half a line; shrinking needs no space */
		if (ftruncate(fd, before))
			scale_err_prefix(err, "its last line is incomplete");
	}
	close(fd);
	return rc;
}

int train_run_dir_keep_lines(train_run_dir_t *dir, const char *name,
			     size_t lines, scale_err_t *err)
{
	const char *path = train_run_dir_path(dir, name);
	size_t size, used = 0, seen = 0;
	char *text;
	int rc = 0;

	if (scale_file_read(path, MAX_PROGRESS, &text, &size, err))
		return -1;
	while (seen < lines && used < size)
		seen += text[used++] == '\n';
	if (seen < lines)
		rc = scale_err_set(
			err, EINVAL,
			"%s: has %zu complete lines, the checkpoint knows of %zu",
			path, seen, lines);
	else if (used < size)
		rc = scale_file_write(path, text, used, err);
	free(text);
	return rc;
}
