/*
 * workflow.h - the workflows that the job table holds, remembered
 *
 * Slurm forgets a dependency once it is met and a job some time after it
 * ended; a workflow must outlive both.  A stage is one job or one whole job
 * array: its primitives are its tasks, so a fan-out over 1,000 tasks is one
 * node of the graph.  No Slurm header: the plugin translates, tests do not
 * need to.
 *
 * Identity: the name that the user gave (wf=), scoped by user; else the
 * connected component of the edges; else the name that an engine gave (weak:
 * edges join two of them); else the job or array alone.
 * Times are seconds of the site's clock.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_WORKFLOW_H
#define SCALE_WORKFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "annotation.h"
#include "model/err.h"
#include "model/order.h"

typedef struct scale_flow scale_flow_t;		/* all workflows */
typedef struct scale_workflow scale_workflow_t;

/* Which tasks of a parent an edge names. */
#define SCALE_TASK_ALL	UINT32_MAX		/* every one */
#define SCALE_TASK_SAME	(UINT32_MAX - 1)	/* the child's own number */

typedef struct scale_edge {
	struct scale_stage *parent;
	struct scale_stage *child;
	uint32_t task;			/* number, or SCALE_TASK_* */
} scale_edge_t;

typedef enum {
	SCALE_RUN_RUNNING,
	SCALE_RUN_DONE,			/* ended in whatever way */
} scale_run_state_t;

/* A task that has started. */
typedef struct scale_run {
	uint32_t task;
	scale_run_state_t state;
	double started, ended;
	char *node;
} scale_run_t;

/* One job or job array.  For the plugin to read; the functions write. */
typedef struct scale_stage {
	uint32_t id;			/* job id; array job id */
	uint32_t uid;
	uint32_t count;			/* primitives */
	uint32_t done;			/* of them, ended */
	uint32_t task_first, task_step;	/* numbering of the tasks */
	char task[SCALE_NAME_SIZE];	/* name of the primitive or "" */
	double submitted;
	double gflop;			/* mean work of a task, GFLOP */
	double out_gb;			/* mean output of a task, GB */
	uint32_t hops_given;		/* from hops=, 0 otherwise */
	bool announce;			/* it is new, or has more parents or
					   tasks; cleared by the plugin */
	bool check;			/* a parent changed: test again; cleared
					   by the plugin */
	uint32_t live;			/* job records in Slurm's table; kept by
					   the plugin */
	scale_workflow_t *workflow;
	struct scale_stage *next;	/* in the workflow, by arrival */
	scale_edge_t **in, **out;	/* [in_count], [out_count] */
	size_t in_count, out_count;
	scale_run_t *run;		/* [run_count] by task number */
	size_t run_count, run_size;
	/* computed by scale_flow_ready() when the workflow changed */
	uint32_t hops;
	double rank;			/* s */
	uint32_t base;			/* index of its first primitive */
	uint32_t order;			/* index of the stage */
} scale_stage_t;

struct scale_workflow {
	scale_flow_t *flow;
	char name[SCALE_NAME_SIZE];	/* wf=, or the engine's, or "" */
	bool weak;			/* the name is the engine's */
	uint32_t label;			/* job id that stands for it since it was
					   settled without a name, or 0 */
	uint32_t uid;
	uint64_t number;		/* in order of arrival */
	double arrival;			/* a_k: first submission */
	uint32_t size, done;		/* primitives */
	double work_left;		/* GFLOP */
	bool dirty;			/* ranks are out of date */
	double touched;			/* last change */
	scale_stage_t *first, *last;
	scale_workflow_t *prev, *next;
};

/* The name that the user or engine gave, else "job-" and the id of its first
 * job. */
void scale_workflow_name(const scale_workflow_t *wf,
			 char name[SCALE_NAME_SIZE]);
/* All that is known now of its beginning is known: whatever job turns out to
 * come before its first one, its name and its draw stay.  Of two workflows
 * that become one later, the older one's do. */
void scale_workflow_settle(scale_workflow_t *wf);
/* A number in [0, 1) that the workflow draws once in its life; the same for
 * the same name and user for ever. */
double scale_workflow_draw(const scale_workflow_t *wf);

/* What is known of a job when it is first seen. */
typedef struct scale_stage_info {
	uint32_t id, uid;
	uint32_t count;			/* > 0 */
	uint32_t task_first, task_step;
	double submitted;
	double gflop, out_gb;
	uint32_t hops;
	const char *wf, *task;		/* "" or NULL where not given */
	bool weak;			/* wf is the engine's */
	uint32_t label;			/* of the workflow, from the state file */
} scale_stage_info_t;

scale_flow_t *scale_flow_create(scale_err_t *err);
void scale_flow_destroy(scale_flow_t *flow);
/* For upward ranks: mean speed (GFLOPS) and network; site seconds result. */
void scale_flow_costs(scale_flow_t *flow, double gflops, double bandwidth_gb_s,
		      double latency_s, double time_scale);

/* The stage of that id, made when new.  RET NULL with ENOMEM. */
scale_stage_t *scale_flow_add(scale_flow_t *flow,
			      const scale_stage_info_t *info,
			      scale_err_t *err);
scale_stage_t *scale_flow_find(const scale_flow_t *flow, uint32_t id);
/* How many primitives the stage has at least; never shrinks. */
void scale_flow_grow(scale_stage_t *stage, uint32_t count);

/*
 * child waits for a task of parent.  The same edge again is no change.  Joins
 * the two workflows unless the user named them differently; whose name changes
 * by that is announced again.
 * RET 0, or -1 with ENOMEM; EINVAL for an edge to itself
 */
int scale_flow_link(scale_flow_t *flow, scale_stage_t *child,
		    scale_stage_t *parent, uint32_t task, scale_err_t *err);

/* A task started on node, ended, or went back to the queue.  Children are
 * marked to be tested.  RET 0, or -1 with ENOMEM. */
int scale_flow_start(scale_stage_t *stage, uint32_t task, const char *node,
		     double when, scale_err_t *err);
void scale_flow_end(scale_stage_t *stage, uint32_t task, double when);
void scale_flow_requeue(scale_stage_t *stage, uint32_t task);
/* A task that never started is gone: cancelled in the queue. */
int scale_flow_drop(scale_stage_t *stage, uint32_t task, double when,
		    scale_err_t *err);
const scale_run_t *scale_flow_run(const scale_stage_t *stage, uint32_t task);

/* Position of a task in its array, for lists in annotations. */
uint32_t scale_flow_rank(const scale_stage_t *stage, uint32_t task);

/* What the features of a primitive need to know of its workflow. */
typedef struct scale_facts {
	uint32_t successors;		/* |Gamma+(v)| */
	uint32_t workflow_done, workflow_size;
	bool has_parent;
	const char *parent_node;	/* where the predecessor ran that ended
					   first; NULL: unknown */
	double parent_out_gb;
} scale_facts_t;

void scale_flow_facts(const scale_stage_t *stage, uint32_t task,
		      scale_facts_t *facts);

/* What an order may ask, but for work, critical_path, attained and running
 * of the workflow, which are 0 (site_conf.c refuses orders that ask).  RET 0, or -1 with ELOOP or ENOMEM; *out
 * is complete then too, with hop count 0. */
int scale_flow_ready(scale_flow_t *flow, scale_stage_t *stage, uint32_t task,
		     scale_ready_t *out, scale_err_t *err);

/* Forget the stage's workflow, unless one of its stages has a job record.
 * RET true when it is gone */
bool scale_flow_forget(scale_flow_t *flow, scale_stage_t *stage);
/* Forget workflows without a job record that did not change since before. */
void scale_flow_sweep(scale_flow_t *flow, double before);
size_t scale_flow_count(const scale_flow_t *flow);	/* workflows */
size_t scale_flow_live(const scale_flow_t *flow);	/* with a job record */
/* Grows with each change of anything that is to be remembered. */
uint64_t scale_flow_changes(const scale_flow_t *flow);
/* The earliest workflow; the others follow by next.  NULL: none. */
const scale_workflow_t *scale_flow_first(const scale_flow_t *flow);
/* The stage of that task name in stage's workflow, other than it, or NULL. */
scale_stage_t *scale_flow_sibling(const scale_stage_t *stage,
				  const char *task);

#endif
