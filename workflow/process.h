/*
 * process.h - run a program, without a shell, and read what it says
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_PROCESS_H
#define WF_PROCESS_H

#include <stddef.h>

#include "model/err.h"

typedef struct wf_output {
	char *out;		/* standard output, with a 0 byte */
	char *err;		/* first line of standard error, likewise */
	int status;		/* exit status; 128 + N: died of signal N */
} wf_output_t;

/*
 * Run argv[0], found through PATH, in a process group of its own: ^C reaches
 * us alone, so that no submission is torn apart.
 * IN  envp NULL: ours; input NULL: an empty standard input
 * RET 0 when it ran, whatever its status, *output to be freed by
 *     wf_output_free(); -1 with ENOENT (no such program), ENOMEM, ...
 */
int wf_process_run(char *const argv[], char *const envp[], const char *input,
	     size_t size, wf_output_t *output, scale_err_t *err);
void wf_output_free(wf_output_t *output);

#endif
