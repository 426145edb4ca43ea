/*
 * pass.h - what one pass of the agent under slurmctld's locks works with
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_PASS_H
#define SCALE_PASS_H

#include <stdbool.h>

#include "brain.h"
#include "history.h"
#include "journal.h"

struct scale_table;
struct scale_view;

typedef struct scale_pass {
	scale_brain_t *brain;
	const scale_site_t *site;	/* of brain */
	struct scale_table *table;
	struct scale_view *view;
	scale_history_t *history;
	scale_journal_t *journal;
	double now;			/* site s */
	double begin;			/* monotonic s, when we got the locks */
	bool deep;			/* closes a round: trusts no hint */
	bool surveyed;			/* the job table, in this stretch */
	uint32_t stretch;		/* under the locks, counted */
} scale_pass_t;

/* Monotonic s. */
double scale_pass_clock(void);

#endif
