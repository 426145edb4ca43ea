/*
 * cycle.h - one pass under slurmctld's locks: see, order, place, lease
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CYCLE_H
#define SCALE_CYCLE_H

#include "ours.h"
#include "queue.h"

/*
 * What trusts no hint, once in a second or, where that would cost too much,
 * more rarely: each waiting job's lease is renewed and, every stride rounds,
 * the job looked at and shown to Slurm.  In slices, so that the locks are
 * free in between.
 */
typedef struct scale_round {
	bool open;
	size_t next;			/* job of the table */
	uint32_t number, stride;
	time_t second;			/* in which it began */
	double begun, after;		/* monotonic s; not again before */
	double spent;			/* s under the locks */
	double census, census_cost;	/* last one, monotonic s; its length */
} scale_round_t;

typedef struct scale_cycle {
	scale_history_t *history;		/* the agent's */
	scale_journal_t *journal;		/* likewise */
	scale_table_t table;
	scale_view_t view;
	scale_entry_t *entry, *scratch;		/* [size] */
	size_t size;
	size_t resume;				/* entry to go on with */
	bool late;				/* time ran out while placing */
	double swept;				/* last sweep, site s */
	double gauged;				/* last gauges, monotonic s */
	scale_round_t round;
	bool described;				/* the load line is written */
} scale_cycle_t;

/* RET true when a slice is due. */
bool scale_cycle_round_due(const scale_cycle_t *cycle, double now);

/*
 * The locks of sched/backfill are held for a few milliseconds.
 * OUT *deep: the round is over; a pass that closes it is wanted
 * RET true when a pass is wanted: a job became ready, or has gone
 */
bool scale_cycle_slice(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		       bool *deep);

/*
 * The locks of sched/backfill are held.
 * IN  deep: the pass that closes a round
 * OUT *started jobs
 * RET true when time ran out before all were asked: come again soon
 */
bool scale_cycle_run(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		     bool deep, int *started);
void scale_cycle_free(scale_cycle_t *cycle);

#endif
