/*
 * fuzz.c - what the fuzz targets share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz_assert(fd >= 0 && ftruncate(fd, 0) == 0 &&
		    pwrite(fd, data, size, 0) == (ssize_t) size,
		    "no file in memory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_assert(text != NULL, "no memory");
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void fuzz_assert(int holds, const char *text)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: %s\n", text);
	abort();
}
