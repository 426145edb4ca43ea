/*
 * script.h - the batch script of a job
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_SCRIPT_H
#define WF_SCRIPT_H

#include <stdio.h>

#include "plan.h"

/* text as one word for /bin/sh. */
void wf_shell_quote(FILE *out, const char *text);

/*
 * The script that sbatch gets on its standard input.  Each element of an
 * array picks its own command; a command that fails runs again as often as
 * the task's retries say.  SCALE_WORKFLOW, SCALE_TASK and, where known,
 * SCALE_GFLOP, SCALE_MEM_GB and SCALE_OUT_GB are in its environment.
 * RET allocated text, or NULL with ENOMEM, or the errno of reading a task's
 * script
 */
char *wf_script_make(const wf_t *wf, const wf_job_t *job,
		     const char *workflow, size_t *size, scale_err_t *err);

#endif
