/*
 * rival.h - waiting jobs of others with a higher claim than ours
 *
 * A primitive starts as soon as a node suits; without care it would pass
 * jobs that Slurm ranks higher and that wait for more.  So it keeps off the
 * nodes that backfill has planned for them, unless it ends in time, and off
 * all nodes that they could use until backfill had time to plan.
 * Under slurmctld's locks; nothing here outlives a cycle.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_RIVAL_H
#define SCALE_RIVAL_H

#include "claim.h"
#include "compat.h"

typedef struct scale_rivals {
	scale_claims_t claims;		/* [count] */
	bool found;			/* their records, in this stretch */
	job_record_t *ptr[SCALE_CLAIMS_MOST];	/* [count] once found */
	bitstr_t *nodes[SCALE_CLAIMS_MOST];	/* [count] planned or possible;
						   made when asked */
} scale_rivals_t;

void scale_rivals_clear(scale_rivals_t *rivals);
/* Note a pending job that is not ours, if it waits for nothing but nodes; of
 * hundreds those with the highest claims. */
void scale_rivals_offer(scale_rivals_t *rivals, const job_record_t *job_ptr,
			time_t now);
/* The locks were free since: the records have to be found again, and those
 * that no longer wait to be forgotten. */
void scale_rivals_renew(scale_rivals_t *rivals);
/* Take from idle what job_ptr, which would end at end, must leave. */
void scale_rivals_mask(scale_rivals_t *rivals, const job_record_t *job_ptr,
		       time_t now, time_t end, bitstr_t *idle);

#endif
