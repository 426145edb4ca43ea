/*
 * victim.h - running jobs that Slurm might preempt for one of ours
 *
 * We never preempt: a node with a job on it is busy.  But a primitive that
 * has to wait while such a job runs is better left to Slurm, which does.
 * Under slurmctld's locks; nothing here outlives a cycle.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_VICTIM_H
#define SCALE_VICTIM_H

#include "compat.h"

typedef struct scale_victims {
	uint32_t count;
	uint32_t lowest_tier;		/* of their partitions */
	bitstr_t *qos;			/* theirs, by id */
} scale_victims_t;

void scale_victims_clear(scale_victims_t *victims);
/* Note a running job. */
void scale_victims_note(scale_victims_t *victims, job_record_t *job_ptr);
/* True where one of them might have to make room for job_ptr. */
bool scale_victims_for(const scale_victims_t *victims,
		       const job_record_t *job_ptr);

#endif
