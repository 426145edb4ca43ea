/*
 * err.c - one sentence that says what went wrong
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

static void make_printable(char *text)
{
	for (unsigned char *p = (unsigned char *) text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

int scale_err_set(scale_err_t *err, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		make_printable(err->text);
	}
	errno = errnum;
	return -1;
}

int scale_err_prefix(scale_err_t *err, const char *fmt, ...)
{
	int saved = errno;
	char text[SCALE_ERR_TEXT];
	size_t used;
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	make_printable(text);
	used = strnlen(text, sizeof(text) - 4);
	snprintf(text + used, sizeof(text) - used, ": %.*s",
		 (int) (sizeof(text) - used - 3), err->text);
	memcpy(err->text, text, sizeof(text));
	errno = saved;
	return -1;
}
