/*
 * slurmctld_double.h - the part of slurmctld that the plugin's cycle meets
 *
 * Node and job records of Slurm's own types in Slurm's own globals, and the
 * functions that the plugin calls.  What is Slurm's work is left out or, where
 * it looks at each node, done as simply as Slurm does it; its time is counted
 * apart.  For one cluster in a process.  Slurm 22.05.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SLURMCTLD_DOUBLE_H
#define SLURMCTLD_DOUBLE_H

#include "plugin/compat.h"

/* Nodes of three speeds (Features small, medium and large, Weight 1), all
 * idle, in one partition whose jobs take nodes whole. */
void double_create(int nodes);
/* Forget all jobs; every node is idle. */
void double_reset(void);

/* A job of somebody else runs on the node until then. */
void double_occupy(int node, time_t until);

/* A ready job of one node: workflow and work in its comment. */
void double_submit(uint32_t workflow, double gflop);

/* All jobs of double_submit() that run are over. */
void double_end_all(void);

typedef struct double_counts {
	int started;		/* jobs */
	double select_us;	/* in select_nodes(), of the processor */
	double filter_us;	/* in job_req_node_filter() */
} double_counts_t;

extern double_counts_t double_counts;

#endif
