/*
 * cycle.h - one pass under slurmctld's locks: see, order, place, lease
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CYCLE_H
#define SCALE_CYCLE_H

#include "ours.h"
#include "queue.h"

typedef struct scale_cycle {
	scale_history_t *history;		/* the agent's */
	scale_journal_t *journal;		/* likewise */
	scale_table_t table;
	scale_view_t view;
	scale_entry_t *entry, *scratch;		/* [size] */
	size_t size;
	size_t resume;				/* entry to go on with */
	double swept;				/* last sweep, site s */
	bool described;				/* the load line is written */
} scale_cycle_t;

/*
 * The locks of sched/backfill are held.
 * IN  deep: the pass that does not trust hints, about once a second
 * OUT *started jobs
 * RET true when time ran out before all were asked: come again soon
 */
bool scale_cycle_run(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		     bool deep, int *started);
void scale_cycle_free(scale_cycle_t *cycle);

#endif
