/*
 * ctl_graph.h - one workflow: its graph, critical path and expected end
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_GRAPH_H
#define CTL_GRAPH_H

#include <stdio.h>

#include "ctl_jobs.h"
#include "model/dag.h"
#include "model/err.h"

/* Nodes are stages, numbered in topological order. */
typedef struct ctl_graph {
	uint32_t n;
	const ctl_stage_t **stage;	/* [n] */
	uint32_t *first, *child;	/* dag.h */
	uint32_t *depth;		/* [n] edges from a root, at most */
	double *left;			/* [n] expected s from its start (or
					   now) to the end of the workflow */
	bool *critical;			/* [n] on the path with the most left,
					   its ended stages too */
	double now;			/* unix time */
	double eta, eta_low, eta_high;	/* s from now: median, middle 80 %; NAN
					   where a demand is not known, 0 when
					   nothing is left */
	uint32_t overdue;		/* primitives that run longer than
					   expected */
} ctl_graph_t;

/*
 * uid -1: of any user.
 * RET NULL with ENOENT (no such workflow), EEXIST (several users have one of
 * that name), ELOOP or ENOMEM
 */
ctl_graph_t *ctl_graph_create(const ctl_jobs_t *jobs, const char *workflow,
			      long uid, double now, scale_err_t *err);
void ctl_graph_destroy(ctl_graph_t *graph);

ctl_state_t ctl_graph_state(const ctl_stage_t *stage);	/* of the whole */
/* "plan" or "job 12"; text has room for SCALE_LOG_NAME bytes. */
const char *ctl_graph_name(const ctl_stage_t *stage, char *text);

/* Graphviz; a picture, laid out in columns by depth. */
void ctl_graph_dot(const ctl_graph_t *graph, FILE *out);
void ctl_graph_svg(const ctl_graph_t *graph, FILE *out);

#endif
