/*
 * options.c - options of sbatch that users may and may not give
 *
 * sbatch accepts a long option shortened as far as it stays unique, so a
 * beginning of a refused name is refused as well.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "options.h"

#define OURS		"is set by scale-submit"
#define NO_JOB		"is not for submitting a job"

static const struct refused {
	const char *name;
	char letter;		/* short form; 0: none */
	const char *why;
} refused[] = {
	{ "array", 'a', "is set by scale-submit; give the task a width" },
	{ "clusters", 'M', "is not supported: the jobs of a workflow run in one cluster" },
	{ "comment", 0, "is set by scale-submit: it carries the annotation" },
	{ "dependency", 'd', "is set by scale-submit; write needs" },
	{ "help", 'h', NO_JOB },
	{ "parsable", 0, OURS },
	{ "quiet", 'Q', OURS },
	{ "test-only", 0, "is not for submitting a job; see --dry-run" },
	{ "usage", 0, NO_JOB },
	{ "version", 'V', NO_JOB },
	{ "wait", 'W', "is not supported; see --wait of scale-submit" },
	{ "wrap", 0, "is set by scale-submit; write a command" },
};

enum { REFUSED = sizeof(refused) / sizeof(refused[0]) };

static const char *find_long(const char *name, size_t size)
{
	for (int i = 0; i < REFUSED; i++)
		if (size <= strlen(refused[i].name) &&
		    !strncmp(refused[i].name, name, size))
			return refused[i].why;
	return NULL;
}

const char *wf_option_check(const char *name)
{
	size_t size = strlen(name);

	if (size < 2 || size > 40 || name[0] == '-' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != size)
		return "is no long option of sbatch";
	return find_long(name, size);
}

const char *wf_option_check_word(const char *word)
{
	if (word[0] != '-' || !word[1])
		return NULL;
	if (word[1] == '-')
		return word[2] ? find_long(word + 2, strcspn(word + 2, "=")) :
				 NO_JOB;
	for (int i = 0; i < REFUSED; i++)
		if (refused[i].letter == word[1])
			return refused[i].why;
	return NULL;
}
