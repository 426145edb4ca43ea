/*
 * tell.h - from Slurm's records to those of the decision log
 *
 * Under slurmctld's locks; nothing here blocks.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_TELL_H
#define SCALE_TELL_H

#include "ask.h"
#include "journal.h"

/* A stage came, or got more parents or tasks.  job_ptr is one of its records. */
void scale_tell_seen(scale_pass_t *pass, const scale_job_t *job);
/* A decision.  One to wait is told only when it differs from the last one of
 * that job.  reason "" or NULL: none */
void scale_tell_decision(const scale_ask_t *ask, scale_outcome_t outcome,
			 const char *reason);
void scale_tell_start(scale_pass_t *pass, const scale_job_t *job,
		      const job_record_t *job_ptr);
void scale_tell_end(scale_pass_t *pass, const scale_job_t *job,
		    const job_record_t *job_ptr);
/* It was running, and waits again; said before the run is forgotten. */
void scale_tell_requeue(scale_pass_t *pass, const scale_job_t *job,
			const job_record_t *job_ptr);
void scale_tell_fallback(scale_pass_t *pass, scale_cause_t cause);

#endif
