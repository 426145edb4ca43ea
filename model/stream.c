/*
 * stream.c - print into memory, and know when there was too little of it
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE	/* fopencookie() */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

enum { FIRST = 1024 };

/* Room for so many more bytes and the 0 byte. */
static int reserve(scale_stream_t *stream, size_t more)
{
	size_t need = stream->size + more + 1;
	size_t room = stream->room ? stream->room : FIRST;
	char *text;

	if (need <= stream->room)
		return 0;
	while (room < need)
		room *= 2;
	text = realloc(stream->text, room);
	if (!text)
		return -1;
	stream->text = text;
	stream->room = room;
	return 0;
}

/* A gap is never filled: once something was lost, so is all that follows. */
static ssize_t put(void *cookie, const char *data, size_t size)
{
	scale_stream_t *stream = cookie;

	if (stream->failed || reserve(stream, size) < 0) {
		stream->failed = true;
		errno = ENOMEM;
		return 0;
	}
	memcpy(stream->text + stream->size, data, size);
	stream->size += size;
	stream->text[stream->size] = '\0';
	return (ssize_t) size;
}

static int put_json(const char *data, size_t size, void *stream)
{
	return put(stream, data, size) == (ssize_t) size ? 0 : -1;
}

char *scale_stream_json(const json_t *json, size_t flags)
{
	scale_stream_t stream = { 0 };

	if (json_dump_callback(json, put_json, &stream, flags) == 0 &&
	    !stream.failed)
		return stream.text;
	free(stream.text);
	return NULL;
}

FILE *scale_stream_open(scale_stream_t *stream)
{
	*stream = (scale_stream_t) { 0 };
	return fopencookie(stream, "w",
			   (cookie_io_functions_t) { .write = put });
}

int scale_stream_close(scale_stream_t *stream, FILE *out)
{
	bool lost = ferror(out) != 0;

	if (fclose(out) || lost || stream->failed || reserve(stream, 0) < 0) {
		free(stream->text);
		*stream = (scale_stream_t) { .failed = true };
		errno = ENOMEM;
		return -1;
	}
	stream->text[stream->size] = '\0';
	return 0;
}
