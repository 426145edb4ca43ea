/*
 * dag.h - workflow graphs: order, hop counts, ranks
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_DAG_H
#define SCALE_DAG_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* A graph in compressed form, borrowed: the children of node i are
 * child[first[i]] .. child[first[i+1] - 1]. */
typedef struct scale_dag {
	uint32_t n;			/* nodes */
	const uint32_t *first;		/* [n + 1] */
	const uint32_t *child;		/* [first[n]] */
} scale_dag_t;

/*
 * Topological order, parents first; among the free ones the lowest index.
 * OUT order [n]
 * RET 0; -1 with ELOOP (a cycle; err names a node on it), EINVAL (a child
 * out of range) or ENOMEM
 */
int scale_dag_order(const scale_dag_t *dag, uint32_t *order,
		    scale_err_t *err);

/*
 * Hop count: edges on the longest path to a terminal node.  First level of
 * the scheduler, paper section 4.1.
 * IN  order [n] from scale_dag_order();  OUT hops [n]
 */
void scale_dag_hops(const scale_dag_t *dag, const uint32_t *order,
		    uint32_t *hops);

/*
 * Upward rank of HEFT: rank_i = time_i + max over children (comm_i + rank).
 * IN  time [n] mean execution time, comm [n] mean transfer time of the
 *     output (s);  OUT rank [n], s
 */
void scale_dag_upward_rank(const scale_dag_t *dag, const uint32_t *order,
			   const double *time, const double *comm,
			   double *rank);

#endif
