/*
 * replay.c - the corpus of a fuzz target, file by file, without libFuzzer
 *
 * Usage: TARGET-fuzz [FILE...]; without a file all of corpus/TARGET, which
 * must not be empty.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/file.h"

enum { INPUT_MAX = 16 << 20 };

static int run(const char *path)
{
	scale_err_t err;
	uint8_t *exact;
	char *text;
	size_t size;

	if (scale_file_read(path, INPUT_MAX, &text, &size, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	/* as libFuzzer does it: nothing behind the last byte */
	exact = malloc(size ? size : 1);
	if (exact) {
		memcpy(exact, text, size);
		LLVMFuzzerTestOneInput(exact, size);
	}
	free(exact);
	free(text);
	return exact ? 0 : -1;
}

/* corpus/NAME of .../NAME-fuzz, lt-NAME-fuzz where libtool wrapped it */
static int corpus_of(const char *program, char *dir, size_t size)
{
	const char *name = strrchr(program, '/');
	size_t length;

	name = name ? name + 1 : program;
	if (strncmp(name, "lt-", 3) == 0)
		name += 3;
	length = strlen(name);
	if (length <= 5 || strcmp(name + length - 5, "-fuzz"))
		return -1;
	return snprintf(dir, size, "%s/corpus/%.*s", TEST_SRCDIR,
			(int) length - 5, name) < (int) size ? 0 : -1;
}

static int run_all(const char *dir)
{
	struct dirent **entry;
	int n = scandir(dir, &entry, NULL, alphasort), done = 0, rc = 0;
	char path[4096];

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if (*entry[i]->d_name != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir,
				 entry[i]->d_name);
			rc |= run(path);
			done++;
		}
		free(entry[i]);
	}
	free(entry);
	printf("%d inputs\n", done);
	return done ? rc : -1;
}

int main(int argc, char **argv)
{
	char dir[2048];
	int rc = 0;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			rc |= run(argv[i]);
		return rc ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	if (corpus_of(argv[0], dir, sizeof(dir)) < 0) {
		fprintf(stderr, "%s: name a file\n", argv[0]);
		return EXIT_FAILURE;
	}
	return run_all(dir) ? EXIT_FAILURE : EXIT_SUCCESS;
}
