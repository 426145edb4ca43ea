/*
 * state_file.c - what the plugin remembers across restarts: files
 *
 * What is in them: state_code.c.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/file.h"
#include "state_file.h"

static const size_t longest = (size_t) 1 << 30;	/* bytes of a file */

/* DIR/scale_stateSUFFIX, allocated. */
static char *path_of(const char *dir, const char *suffix)
{
	char *path;

	return asprintf(&path, "%s/%s%s", dir, SCALE_STATE_NAME, suffix) < 0
			? NULL : path;
}

static int fail(scale_err_t *err, const char *path, const char *what)
{
	int errnum = errno;

	return scale_err_set(err, errnum, "%s: cannot %s: %s", path, what,
			     strerror(errnum));
}

/* Keep the present file under another name; there may be none, and some file
 * systems know no second name. */
static int keep_old(const char *now, const char *old, scale_err_t *err)
{
	if (unlink(old) < 0 && errno != ENOENT)
		return fail(err, old, "remove");
	if (link(now, old) < 0 && errno != ENOENT && errno != EPERM &&
	    errno != EOPNOTSUPP && errno != EMLINK)
		return fail(err, old, "make");
	return 0;
}

int scale_state_write(const char *dir, const char *text, size_t size,
		      scale_err_t *err)
{
	char *now = path_of(dir, ""), *old = path_of(dir, ".old");
	char *new = path_of(dir, ".new");
	int saved, rc = -1;

	if (!now || !old || !new) {
		scale_err_set(err, ENOMEM, "%s: out of memory", dir);
		goto out;
	}
	if (scale_file_write_private(new, text, size, err) < 0 ||
	    keep_old(now, old, err) < 0)
		goto out;
	if (rename(new, now) < 0) {
		fail(err, now, "replace");
		goto out;
	}
	rc = 0;
out:
	saved = errno;
	free(now);
	free(old);
	free(new);
	errno = saved;
	return rc;
}

static int read_one(const char *dir, const char *suffix, scale_state_t *state,
		    scale_err_t *err)
{
	char *path = path_of(dir, suffix), *text = NULL;
	size_t size;
	int saved, rc = -1;

	if (!path)
		return scale_err_set(err, ENOMEM, "%s: out of memory", dir);
	if (scale_file_read(path, longest, &text, &size, err) == 0)
		rc = scale_state_decode(text, size, path, state, err);
	saved = errno;
	free(text);
	free(path);
	errno = saved;
	return rc;
}

int scale_state_read(const char *dir, scale_state_t *state, scale_err_t *err)
{
	scale_err_t ignored;
	int errnum;

	if (read_one(dir, "", state, err) == 0)
		return 0;
	errnum = errno;
	if (read_one(dir, ".old", state, &ignored) == 0)
		return 1;
	/* the first complaint matters, unless there was no first file */
	if (errnum == ENOENT && errno != ENOENT) {
		errnum = errno;
		if (err)
			*err = ignored;
	}
	errno = errnum;
	return -1;
}
