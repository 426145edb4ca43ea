/*
 * place.h - second level: choose a node for a ready primitive and start it
 *
 * Under slurmctld's write locks.  The job is only ever started through
 * select_nodes(), which checks everything that Slurm checks; we narrow its
 * choice to one node.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_PLACE_H
#define SCALE_PLACE_H

#include "ask.h"

typedef enum {
	SCALE_PLACED,
	SCALE_WAITING,		/* no node now; ask again after a change */
	SCALE_REFUSED,		/* Slurm did not accept what we chose */
	SCALE_LOOKED,		/* a shadow job: decided, and left to Slurm */
	SCALE_LEFT,		/* no node is allowed; Slurm knows the reason */
} scale_place_t;

/*
 * Try to start the record of job, which job_independent() accepts and whose
 * own begin time is in place.
 * OUT *started the record that runs: job's, or the task split off it
 */
scale_place_t scale_place(scale_pass_t *pass, scale_job_t *job,
			  job_record_t **started);

/*
 * Nodes of the job's present partition that Slurm would allow, busy or not,
 * and those of them on which it would start at once, without harm to a higher
 * claim; for the caller to free.
 * RET 0, or -1 where Slurm has to judge itself
 */
int scale_place_nodes(scale_ask_t *ask, bitstr_t **allowed,
		      bitstr_t **idle);

#endif
