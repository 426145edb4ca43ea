/*
 * ctl_replay.h - the site's own workflows once more, in the simulator
 *
 * From a decision log: who waited for whom, when what was submitted, how long
 * it ran and where.  Work is elapsed time times the speed of the node.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_REPLAY_H
#define CTL_REPLAY_H

#include "ctl_interval.h"
#include "ctl_jobs.h"
#include "ctl_nodes.h"
#include "model/policy.h"
#include "sim/sim.h"

typedef struct ctl_replay {
	sim_arrivals_t list;		/* by arrival, in model seconds */
	sim_arrival_t *item;		/* list's */
	size_t primitives;
	size_t left_out;		/* workflows that did not end well, or
					   of which the log lacks something */
	double scale;			/* site seconds in a model second */
	sim_config_t cluster;
	/* of each workflow, site seconds: sum of its primitives' responses
	 * and their number; its response and 1 */
	sim_ratio_t *primitive, *workflow;
	double **lag;			/* as measured, of each workflow */
} ctl_replay_t;

/*
 * IN  jobs sorted
 * RET NULL with EINVAL (more kinds of nodes than the simulator knows tiers) or
 *     ENOMEM; a log without any complete workflow gives an empty list
 */
ctl_replay_t *ctl_replay_create(const ctl_jobs_t *jobs,
				const scale_site_t *site,
				const ctl_node_t *nodes, size_t node_count,
				scale_err_t *err);
void ctl_replay_destroy(ctl_replay_t *replay);

/*
 * Replay under policy, every primitive ready delay site seconds later than it
 * could be.
 * IN  order  as scale.yaml writes it
 * OUT primitive, workflow [list.count] as in ctl_replay_t
 * RET 0; -1 with EPROTO (it leaves primitives waiting for ever), EDOM or
 *     ENOMEM
 */
int ctl_replay_run(ctl_replay_t *replay, scale_policy_t *policy,
		   const char *order, double delay, sim_ratio_t *primitive,
		   sim_ratio_t *workflow, scale_err_t *err);

#endif
