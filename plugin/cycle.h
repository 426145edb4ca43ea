/*
 * cycle.h - seeing, ordering and placing under slurmctld's locks
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CYCLE_H
#define SCALE_CYCLE_H

#include "queue.h"
#include "round.h"

/* What the next stretch under the locks begins with. */
typedef enum {
	SCALE_STEP_SURVEY,		/* Slurm's job table */
	SCALE_STEP_COLLECT,		/* who may start */
	SCALE_STEP_PLACE,
} scale_step_t;

typedef struct scale_cycle {
	scale_history_t *history;		/* the agent's */
	scale_journal_t *journal;		/* likewise */
	scale_table_t table;
	scale_view_t view;
	scale_step_t step;
	size_t next;				/* job or entry of that step */
	scale_entry_t *entry, *scratch;		/* [size] */
	size_t entries, size;
	size_t resume;				/* entry to go on with */
	bool placing;				/* since the survey */
	bool deep;				/* the last survey was */
	uint32_t stretch;			/* under the locks, counted */
	double swept;				/* last sweep, site s */
	double gauged;				/* last gauges, monotonic s */
	scale_round_t round;
	bool described;				/* the load line is written */
} scale_cycle_t;

/* A slice of a round; see scale_round_slice(). */
bool scale_cycle_slice(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		       bool *deep);

typedef struct scale_cycle_why {
	bool changed;			/* Slurm did, since the last survey */
	bool deep;			/* a round is over */
} scale_cycle_why_t;

typedef struct scale_cycle_did {
	bool surveyed;			/* all changes are known */
	int started;			/* jobs */
} scale_cycle_did_t;

/*
 * One stretch of a cycle: the locks of sched/backfill are held for a few
 * milliseconds.  What changes while one cycle's steps follow each other is
 * seen after at least one stretch of placing.
 * RET true when there is more to do: come again soon
 */
bool scale_cycle_run(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		     const scale_cycle_why_t *why, scale_cycle_did_t *did);
void scale_cycle_free(scale_cycle_t *cycle);

#endif
