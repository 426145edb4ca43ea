/*
 * show.h - the progress of a workflow, on a terminal or line by line
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_SHOW_H
#define WF_SHOW_H

#include <time.h>

#include "watch.h"

typedef enum {
	WF_SHOW_NONE,		/* quiet */
	WF_SHOW_LINES,		/* a line for each change */
	WF_SHOW_TABLE,		/* a table that is drawn anew */
} wf_show_kind_t;

typedef struct wf_show {
	FILE *out;
	wf_show_kind_t kind;
	bool colour;
	int rows, columns;	/* of the terminal */
	int drawn;		/* lines of the table that stand there */
	time_t started;
} wf_show_t;

/* A table where out is a terminal that can move its cursor, else lines;
 * NO_COLOR and TERM=dumb are heeded. */
void wf_show_init(wf_show_t *show, FILE *out, bool quiet);

/* wf_changed_f; arg: the wf_show_t */
void wf_show_change(const wf_watch_t *watch, size_t job, size_t element,
		    void *arg);
/* Draw the table, where there is one. */
void wf_show_draw(wf_show_t *show, const wf_watch_t *watch);

#endif
