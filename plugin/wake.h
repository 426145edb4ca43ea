/*
 * wake.h - noticing within milliseconds that something changed
 *
 * Slurm tells nobody.  Three ways, from cheap to sure:
 *  1. counters of slurmctld, read without a lock: submissions, completions,
 *     cancellations, times of the last update (whole seconds);
 *  2. while such a time is fresh, changes may hide within its second: a look
 *     under read locks at the node bitmaps and at our jobs in their epilog;
 *  3. a round of looks at all that wait, about every second, whatever 1 and 2
 *     say (cycle.h).
 * Nothing but speed depends on 1 and 2.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_WAKE_H
#define SCALE_WAKE_H

#include "compat.h"
#include "ours.h"

/* Slurm's counters; compared as a whole. */
typedef struct scale_counters {
	uint32_t submitted, completed, canceled, failed, backfilled;
	int64_t job, node, part, resv, conf;	/* times of last updates */
} scale_counters_t;

typedef struct scale_wake {
	scale_counters_t counters;
	bitstr_t *idle, *avail, *completing;	/* after the last cycle */
	uint32_t *closing;			/* job ids in their epilog */
	size_t closing_count, closing_size;
	double looked;				/* last look, site s */
	uint32_t passes[3];			/* of Slurm's schedulers */
	double explain_after;			/* monotonic s */
} scale_wake_t;

/* 1: has a counter moved since the last mark?  No lock. */
bool scale_wake_counters(const scale_wake_t *wake);
/* Since when nothing has changed, as far as Slurm's whole seconds tell, s. */
double scale_wake_silence(double now);
/* True while changes may hide within a second. */
bool scale_wake_hot(double now);
/* The same, and nodes and epilogs; under the locks of a cycle. */
bool scale_wake_differs(const scale_wake_t *wake);
/* 2: takes read locks on jobs and nodes. */
bool scale_wake_look(scale_wake_t *wake, double now);
/* The end of a cycle, under its locks: this is what we know. */
void scale_wake_mark(scale_wake_t *wake, const scale_table_t *table);
/* Have Slurm's schedulers been at the jobs since the last call that said so,
 * and may it be answered?  No lock. */
bool scale_wake_passed(const scale_wake_t *wake, double clock);
/* It was, under the locks of a cycle, and took so many seconds. */
void scale_wake_answered(scale_wake_t *wake, double clock, double took);
void scale_wake_free(scale_wake_t *wake);

#endif
