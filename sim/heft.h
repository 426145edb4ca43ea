/*
 * heft.h - static schedules of a graph: HEFT and CPOP
 *
 * Topcuoglu, Hariri and Wu, "Performance-effective and low-complexity task
 * scheduling for heterogeneous computing", 2002.  Both insert into gaps.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_HEFT_H
#define SIM_HEFT_H

#include "../model/dag.h"

/* What is to be scheduled; all borrowed. */
typedef struct sim_problem {
	scale_dag_t dag;	/* parents before children by number */
	const double *comm;	/* [dag.first[n]] s for each edge, between
				   different servers */
	uint32_t servers;
	const double *cost;	/* [n][servers] execution time, s; INFINITY
				   where it cannot run */
	const double *release;	/* [n] not before, s */
	const double *free_at;	/* [servers] not before, s */
	const uint32_t *group;	/* [n] ascending: the graph that a node is of;
				   CPOP has a critical path for each */
} sim_problem_t;

#define SIM_NOWHERE UINT32_MAX

/* Where and when a node runs; nowhere if no server can run it or one that it
 * needs. */
typedef struct sim_slot {
	uint32_t server;
	double start, end;	/* s */
} sim_slot_t;

/*
 * HEFT: by upward rank, each to the server where it ends first.
 * CPOP: by upward plus downward rank among those whose parents are
 * scheduled; the critical path goes to the one server on which it would end
 * first behind the paths of the graphs before, others to where they end first.
 * With one graph and servers that are all free that is the authors' rule: the
 * server on which the path is shortest.
 * Ties: lowest number.
 * OUT slot [n].  RET 0, or -1 with ENOMEM
 */
int sim_heft(const sim_problem_t *problem, sim_slot_t *slot,
	     scale_err_t *err);
int sim_cpop(const sim_problem_t *problem, sim_slot_t *slot,
	     scale_err_t *err);

#endif
