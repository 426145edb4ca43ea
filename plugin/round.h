/*
 * round.h - what trusts no hint: every waiting job, once in a while
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ROUND_H
#define SCALE_ROUND_H

#include "ours.h"
#include "pace.h"

/*
 * What trusts no hint, once in a second or, where that would cost too much,
 * more rarely: each waiting job's lease is renewed and, every stride rounds,
 * the job looked at and shown to Slurm.  In slices, so that the locks are
 * free in between.
 */
typedef struct scale_round {
	bool open;
	size_t next;			/* job of the table */
	uint32_t number;
	scale_pace_t pace;
	time_t second;			/* in which it began */
	double begun, after;		/* monotonic s; not again before */
	double spent;			/* s under the locks */
	double census, census_cost;	/* last one, monotonic s; its length */
} scale_round_t;

/* RET true when a slice is due. */
bool scale_round_due(const scale_round_t *round, double now);

/*
 * A few milliseconds of a round, under the locks of sched/backfill.
 * OUT *deep: the round is over; a survey that closes it is wanted
 * RET true when one is wanted: a job became ready, or has gone
 */
bool scale_round_slice(scale_round_t *round, scale_pass_t *pass, bool *deep);

#endif
