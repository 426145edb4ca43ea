/*
 * err.h - one sentence that says what went wrong
 *
 * Functions of this project return 0, or -1 (pointers: NULL) with errno set.
 * A trailing scale_err_t, which may be NULL, carries the sentence for people.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ERR_H
#define SCALE_ERR_H

#define SCALE_ERR_TEXT 1024

typedef struct scale_err {
	char text[SCALE_ERR_TEXT];	/* empty when nothing went wrong */
} scale_err_t;

/*
 * Format a sentence into err (unless NULL) and set errno to errnum.
 * Bytes below 0x20 and 0x7f from the arguments become '?', so that hostile
 * file content cannot forge log lines.
 * RET -1 always, so that "return scale_err_set(...)" is a whole error path.
 */
int scale_err_set(scale_err_t *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Put "prefix: " before the sentence that err already holds.
 * RET -1 always; errno stays as it is.
 */
int scale_err_prefix(scale_err_t *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
