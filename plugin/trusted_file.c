/*
 * trusted_file.c - may what this file says be believed?
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "trusted_file.h"

static int judge(const char *path, const struct stat *st, uid_t uid,
		 scale_err_t *err)
{
	if (st->st_uid != 0 && st->st_uid != uid)
		return scale_err_set(err, EACCES, "%s: belongs to user %u, "
			"not to root or user %u; chown it", path,
			(unsigned) st->st_uid, (unsigned) uid);
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
		return 0;
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return scale_err_set(err, EACCES, "%s: others than its owner "
			"can write it; run: chmod go-w %s", path, path);
	return 0;
}

static int no_look(const char *path, scale_err_t *err)
{
	int errnum = errno;

	return scale_err_set(err, errnum, "%s: cannot inspect: %s", path,
			     strerror(errnum));
}

/* Every directory on the way to real, which is cut off piece by piece. */
static int check_way(char *real, uid_t uid, scale_err_t *err)
{
	struct stat st;
	int rc = 0;

	while (rc == 0 && real[1]) {
		char *slash = strrchr(real, '/');

		slash[slash == real] = '\0';	/* "/" stays */
		rc = lstat(real, &st) < 0 ? no_look(real, err)
					  : judge(real, &st, uid, err);
	}
	return rc;
}

/* OUT *fd, where wanted: open for reading, of what was judged. */
static int inspect(const char *path, uid_t uid, int *fd, scale_err_t *err)
{
	char *real = realpath(path, NULL);
	int errnum = errno, rc, opened = -1;
	struct stat st;

	if (!real)
		return scale_err_set(err, errnum, "%s: %s", path,
				     strerror(errnum));
	/* O_PATH: to look at a file takes no right to read it */
	opened = open(real, (fd ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH) |
		      O_NOFOLLOW | O_CLOEXEC);
	if (opened < 0 || fstat(opened, &st) < 0)
		rc = no_look(real, err);
	else if ((rc = judge(real, &st, uid, err)) == 0)
		rc = check_way(real, uid, err);
	errnum = errno;
	if (fd && rc == 0)
		*fd = opened;
	else if (opened >= 0)
		close(opened);
	free(real);
	errno = errnum;
	return rc;
}

int scale_trusted_file(const char *path, uid_t uid, scale_err_t *err)
{
	return inspect(path, uid, NULL, err);
}

int scale_trusted_read(const char *path, uid_t uid, size_t limit, char **data,
		       size_t *size, scale_err_t *err)
{
	int fd, rc, saved;

	if (inspect(path, uid, &fd, err) < 0)
		return -1;
	rc = scale_file_read_fd(fd, path, limit, data, size, err);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}
