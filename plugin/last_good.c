/*
 * last_good.c - the settings that served last
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "last_good.h"
#include "model/file.h"

static char *path_of(const char *dir, const char *name, scale_err_t *err)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) >= 0)
		return path;
	scale_err_set(err, ENOMEM, "out of memory");
	return NULL;
}

static int write_text(const char *dir, const char *name, const char *text,
		      size_t size, scale_err_t *err)
{
	char *path = path_of(dir, name, err);
	int saved, rc;

	if (!path)
		return -1;
	rc = scale_file_write_private(path, text, size, err);
	saved = errno;
	free(path);
	errno = saved;
	return rc;
}

int scale_last_good_write_conf(const char *dir, const char *text, size_t size,
			       scale_err_t *err)
{
	return write_text(dir, SCALE_LAST_CONF, text, size, err);
}

int scale_last_good_write_model(const char *dir, const char *text,
				size_t size, scale_err_t *err)
{
	return write_text(dir, SCALE_LAST_MODEL, text, size, err);
}

scale_brain_t *scale_last_good_load(const char *dir, uid_t owner,
				    scale_err_t *err)
{
	char *conf = path_of(dir, SCALE_LAST_CONF, err);
	char *model = path_of(dir, SCALE_LAST_MODEL, err);
	scale_brain_source_t source = { .conf = conf, .model = model,
					.owner = owner };
	scale_brain_t *brain = NULL;
	int saved;

	if (conf && model)
		brain = scale_brain_load(&source, err);
	saved = errno;
	free(conf);
	free(model);
	errno = saved;
	return brain;
}
