/*
 * stream.h - print into memory, and know when there was too little of it
 *
 * open_memstream() of glibc loses what it has no room for and reports neither
 * by ferror() nor by fclose(); nothing that is kept may be printed with it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_STREAM_H
#define SCALE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

typedef struct scale_stream {
	char *text;			/* allocated, a 0 byte after its end */
	size_t size;			/* bytes, without that */
	size_t room;			/* bytes allocated */
	bool failed;			/* something was lost */
} scale_stream_t;

/* stream has to live until the close.  RET NULL with ENOMEM */
FILE *scale_stream_open(scale_stream_t *stream);

/*
 * Close out.
 * OUT stream->text, which is then the caller's to free; stream->size
 * RET 0, or -1 with ENOMEM; then text is NULL
 */
int scale_stream_close(scale_stream_t *stream, FILE *out);

/*
 * json_dumps(), which in jansson 2.14 can leave out a key that it had no memory
 * for, and succeed.
 * RET allocated text, or NULL: no memory, or what cannot be printed
 */
char *scale_stream_json(const json_t *json, size_t flags);

#endif
