/*
 * planner.h - policies that decide ahead: HEFT, CPOP, committed MCT
 *
 * A plan says for each primitive on which server and behind which others it
 * runs; when the simulator asks, it starts if its turn has come and waits
 * otherwise.  heft and cpop plan all that has arrived and not started, again
 * at each arrival and each change of the cluster, so the order of the first
 * level means nothing to them.  mct commits a primitive when it is asked for
 * first; a change of the cluster frees whoever has not started.  All know
 * graph, demand, speeds and remaining times; transfers take no time here.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_PLANNER_H
#define SIM_PLANNER_H

#include "sim.h"

typedef struct sim_planner sim_planner_t;

/* The i-th planner's name; NULL past the last.  OUT *summary, unless NULL */
const char *sim_planner_list(size_t i, const char **summary);
bool sim_planner_exists(const char *name);
/* Whether it makes the order itself. */
bool sim_planner_orders(const char *name);

/* RET NULL with EINVAL (no such planner) or ENOMEM */
sim_planner_t *sim_planner_create(const char *name, scale_err_t *err);
void sim_planner_destroy(sim_planner_t *planner);
/* Forget all plans: before an episode. */
void sim_planner_reset(sim_planner_t *planner);

/* Answer the decision that is due.  OUT *server for sim_act(); RET 0, or -1
 * with ENOMEM (also where servers x primitives are beyond planning) */
int sim_planner_choose(sim_planner_t *planner, sim_t *sim, ssize_t *server,
		       scale_err_t *err);

#endif
