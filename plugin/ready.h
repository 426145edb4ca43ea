/*
 * ready.h - may a job start, and who keeps it from starting elsewhere?
 *
 * Under slurmctld's locks; job->ptr is of this stretch.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_READY_H
#define SCALE_READY_H

#include "ours.h"

/* Does Slurm alone look after the job for now? */
bool scale_ready_left(const scale_job_t *job, double now);
/* Ask Slurm whether the job may start; it has no lease after that. */
void scale_ready_test(const scale_pass_t *pass, scale_job_t *job);
/* Take or renew the lease of a job that waits; put it back where the job is
 * left to Slurm. */
void scale_ready_lease(const scale_pass_t *pass, scale_job_t *job);
/* Slurm's schedulers find a begin time on all that have a lease, and say so:
 * say again what these wait for. */
void scale_ready_explain(scale_table_t *table);

#endif
