/*
 * instances.h - workflows that were recorded, as templates
 *
 * A folder of WfFormat files (workflow/reader.h).  A template keeps the graph,
 * how the work is shared among the primitives, and what the file tells of
 * memory and output.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_INSTANCES_H
#define SIM_INSTANCES_H

#include "sim.h"

typedef struct sim_instance {
	sim_workflow_spec_t spec;	/* gflop: share of the work, > 0, sum 1;
					   mem_gb, out_gb: NAN where the file
					   does not tell; no lag, no guess */
	void *block;			/* holds the arrays of spec */
} sim_instance_t;

typedef struct sim_instances {
	size_t count;
	sim_instance_t *item;		/* [count] by name of the file */
	size_t tasks_max, edges_max;
} sim_instances_t;

/*
 * All files of dir that end in .json.  A primitive whose work the file does
 * not tell has the mean of the others; none has less than a thousandth of
 * the mean.
 * RET NULL with EINVAL (nothing there, no DAG, ...), ENOMEM or errno of open
 * and read; err names the file
 */
sim_instances_t *sim_instances_read(const char *dir, scale_err_t *err);
void sim_instances_destroy(sim_instances_t *instances);

#endif
