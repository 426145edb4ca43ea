/*
 * ctl_reasons.h - why Slurm says that a job waits
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_REASONS_H
#define CTL_REASONS_H

#include <stddef.h>
#include <stdint.h>

enum { CTL_REASONS = 4 };

/* Those of an array's tasks may differ; those that there is no room for are
 * left out. */
typedef struct ctl_reasons {
	char text[CTL_REASONS][256];
	size_t count[CTL_REASONS];	/* of tasks */
	size_t kinds;
} ctl_reasons_t;

/* Ask squeue.  None where it does not answer, or nothing of the job waits.
 * IN  index of an array's task, SCALE_LOG_NO_TASK: all of it, or no array */
void ctl_reasons_ask(uint32_t job, uint32_t index, ctl_reasons_t *reasons);

#endif
