/*
 * ctl_site.c - what slurm.conf and Slurm's commands say of the site
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_site.h"
#include "model/file.h"

enum { CONF_MAX = 1 << 24, DEEPEST = 8 };

/* Join lines that end with a backslash, cut comments; in place. */
static void tidy(char *text)
{
	char *to = text;
	int comment = 0;

	for (char *from = text; *from; from++) {
		if (*from == '\\' && from[1] == '\n') {
			from++;
			continue;
		}
		if (*from == '\\' && from[1] == '#' && !comment) {
			*to++ = *++from;
			continue;
		}
		if (*from == '#')
			comment = 1;
		if (*from == '\n')
			comment = 0;
		if (!comment)
			*to++ = *from;
	}
	*to = '\0';
}

static char *relative_to(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	char *path;
	int n = slash && *name != '/' ? (int) (slash - file) + 1 : 0;

	return asprintf(&path, "%.*s%s", n, file, name) < 0 ? NULL : path;
}

static int search(const char *file, const char *key, char **value, int depth,
		  scale_err_t *err);

/* One line: "Include FILE", or the key. */
static int look(const char *file, char *line, const char *key, char **value,
		int depth, scale_err_t *err)
{
	size_t n = strlen(key);
	char *word, *end, *path;
	int rc;

	word = line + strspn(line, " \t\r");
	if (!strncasecmp(word, "include", 7) && isspace((unsigned char)
							 word[7])) {
		word += 8 + strspn(word + 8, " \t");
		word[strcspn(word, " \t\r")] = '\0';
		path = relative_to(file, word);
		rc = path ? search(path, key, value, depth + 1, err) : -1;
		free(path);
		return rc;
	}
	if (strncasecmp(word, key, n))
		return 0;
	word += n + strspn(word + n, " \t");
	if (*word != '=')
		return 0;
	word += 1 + strspn(word + 1, " \t");
	end = word + strcspn(word, " \t\r");
	if (*word == '"' && (end = strchr(word + 1, '"')))
		word++;
	free(*value);
	*value = strndup(word, end ? (size_t) (end - word) : strlen(word));
	return *value ? 0 : scale_err_set(err, ENOMEM, "out of memory");
}

static int search(const char *file, const char *key, char **value, int depth,
		  scale_err_t *err)
{
	char *text, *save = NULL;
	size_t size;
	int rc = 0;

	if (depth > DEEPEST)
		return scale_err_set(err, ELOOP, "%s: Include is nested too "
				     "deep", file);
	if (scale_file_read(file, CONF_MAX, &text, &size, err) < 0)
		return -1;
	tidy(text);
	for (char *line = strtok_r(text, "\n", &save); line && rc == 0;
	     line = strtok_r(NULL, "\n", &save))
		rc = look(file, line, key, value, depth, err);
	free(text);
	return rc;
}

char *ctl_conf_value(const char *slurm_conf, const char *key,
		     scale_err_t *err)
{
	char *value = NULL;

	if (err)
		err->text[0] = '\0';
	if (search(slurm_conf, key, &value, 0, err) < 0) {
		int saved = errno;

		free(value);
		errno = saved;
		return NULL;
	}
	if (!value)
		errno = ENOENT;
	return value;
}

uint32_t ctl_slurm_version(const char *text)
{
	unsigned major, minor, micro;

	text += strcspn(text, "0123456789");
	if (sscanf(text, "%3u.%2u.%3u", &major, &minor, &micro) != 3 ||
	    major > 255 || micro > 255)
		return 0;
	return major << 16 | minor << 8 | micro;
}

void ctl_slurm_version_text(uint32_t version, char text[32])
{
	snprintf(text, 32, "%u.%02u.%u", version >> 16 & 255,
		 version >> 8 & 255, version & 255);
}
