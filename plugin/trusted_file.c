/*
 * trusted_file.c - may what this file says be believed?
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trusted_file.h"

static int check(const char *path, uid_t uid, scale_err_t *err)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		int errnum = errno;

		return scale_err_set(err, errnum, "%s: cannot inspect: %s",
				     path, strerror(errnum));
	}
	if (st.st_uid != 0 && st.st_uid != uid)
		return scale_err_set(err, EACCES, "%s: belongs to user %u, "
			"not to root or user %u; chown it", path,
			(unsigned) st.st_uid, (unsigned) uid);
	if (S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX))
		return 0;
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return scale_err_set(err, EACCES, "%s: others than its owner "
			"can write it; run: chmod go-w %s", path, path);
	return 0;
}

int scale_trusted_file(const char *path, uid_t uid, scale_err_t *err)
{
	char *real = realpath(path, NULL);
	int errnum = errno, rc;

	if (!real)
		return scale_err_set(err, errnum, "%s: %s", path,
				     strerror(errnum));
	rc = check(real, uid, err);
	while (rc == 0 && real[1]) {
		char *slash = strrchr(real, '/');

		slash[slash == real] = '\0';	/* "/" stays */
		rc = check(real, uid, err);
	}
	errnum = errno;
	free(real);
	errno = errnum;
	return rc;
}
