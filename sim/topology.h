/*
 * topology.h - shapes of random workflows, and what their primitives are
 *
 * Each primitive has a role, which multiplies the demands that are drawn for
 * it (scale-sim(1), TOPOLOGIES).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_TOPOLOGY_H
#define SIM_TOPOLOGY_H

#include "../model/rng.h"
#include "sim.h"

/* As they are named in sim_topology_names; the shapes are drawn there. */
typedef enum {
	SIM_TOPOLOGY_PAPER,
	SIM_TOPOLOGY_CHAIN,
	SIM_TOPOLOGY_FAN,
	SIM_TOPOLOGY_EDGES,
	SIM_TOPOLOGY_PLAN_ACT,
	SIM_TOPOLOGY_MAP_REDUCE,
	SIM_TOPOLOGY_DEBATE,
	SIM_TOPOLOGY_RERANK,
	SIM_TOPOLOGY_INSTANCES,		/* instances.h; not drawn here */
	SIM_TOPOLOGY_SHAPES,
	SIM_TOPOLOGY_AGENTIC = SIM_TOPOLOGY_SHAPES,	/* PLAN_ACT to RERANK,
							   a quarter each */
	SIM_TOPOLOGY_COUNT
} sim_topology_t;

extern const char *const sim_topology_names[];	/* ends with NULL */

/* Share of each shape in what arrives, by topology or mixture of config.
 * OUT share [SIM_TOPOLOGY_SHAPES] sums to 1 */
void sim_topology_shares(const sim_config_t *config, double *share);

/* RET the most primitives of a workflow of this shape; OUT *edges likewise.
 * Not of INSTANCES. */
size_t sim_topology_bounds(const sim_config_t *config, sim_topology_t shape,
			   size_t *edges);

/* E[sum over the primitives of a workflow of their role's factor of work],
 * exactly: the number of primitives where all roles are plain.  Not of
 * INSTANCES. */
double sim_topology_work(const sim_config_t *config, sim_topology_t shape);

/* One workflow: n, parent_first and parent; gflop, mem_gb and out_gb hold
 * the factors of each primitive's role, lag is 0. */
void sim_topology_make(const sim_config_t *config, sim_topology_t shape,
		       scale_rng_t *rng, sim_workflow_spec_t *spec);

/* RET 0, or -1 with EINVAL: a least above its most, an empty mixture, ... */
int sim_topology_check(const sim_config_t *config, scale_err_t *err);

#endif
