/*
 * feat.h - from a snapshot of cluster and primitive to the network's input
 *
 * The only place where either becomes a tensor.  Simulator and plugin fill
 * the same two structs; what was trained is therefore what runs.
 * Paper section 4.1.1, SPEC section 3.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_FEAT_H
#define SCALE_FEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SCALE_FEATURE_SCHEMA "scale/1"	/* in every model file */

enum {
	SCALE_TASK_FEATURES = 5,
	SCALE_SERVER_FEATURES = 5,
};

enum {				/* scale_task_t.parent_server */
	SCALE_PARENT_NONE = -1,	/* no predecessor: no transfer */
	SCALE_PARENT_GONE = -2,	/* its server left: a transfer from anywhere */
};

/*
 * The servers, as parallel arrays [n] that the caller owns.  Times are in
 * model seconds: whoever fills the struct has already divided by the site's
 * time scale.
 */
typedef struct scale_cluster {
	size_t n;			/* servers, N */
	const double *gflops;		/* C_j > 0, GFLOPS */
	const double *mem_gb;		/* M_j > 0, GB */
	const double *free_at;		/* when the current primitive ends, s;
					   read only where busy */
	const double *power_kw;		/* instantaneous power, kW */
	const uint8_t *busy;		/* 1: may not be assigned now (runs a
					   primitive, drained, down) */
	double now;			/* clock of free_at, s */
	double gflops_max;		/* C_max over the cluster */
	double mem_max_gb;		/* M_max over the cluster, GB */
	double bandwidth_gb_s;		/* B */
	double latency_s;		/* L */
	struct scale_index *index;	/* index.h, of these servers; NULL: rules
					   look at all of them */
	struct scale_rows *rows;	/* rows.h, of these servers; NULL: rules
					   look at all, who wants rows gathers
					   them */
} scale_cluster_t;

/* The primitive that the first level picked, v*. */
typedef struct scale_task {
	double gflop;			/* c, work in GFLOP */
	double mem_gb;			/* m */
	double out_gb;			/* d, output volume */
	uint32_t successors;		/* |Gamma+(v)| */
	uint32_t workflow_done;		/* finished primitives of its workflow */
	uint32_t workflow_size;		/* all primitives of its workflow, > 0 */
	ssize_t parent_server;		/* where the predecessor that finished
					   first ran (ties: the lowest index),
					   or SCALE_PARENT_* */
	double parent_out_gb;		/* that predecessor's output */
} scale_task_t;

/* Remaining execution time of server j's current primitive, s, >= 0. */
double scale_remaining(const scale_cluster_t *c, size_t j);

/* True where m_i <= M_j, constraint (1e). */
bool scale_fits(const scale_cluster_t *c, const scale_task_t *t, size_t j);

/* tau_ij = c_i / C_j, s.  Paper section 3.2. */
double scale_exec_time(const scale_cluster_t *c, const scale_task_t *t,
		       size_t j);

/* delta_ij = d_p / B + L from the parent's server, s; 0 on the same server
 * and without a parent.  Paper section 3.2. */
double scale_comm_delay(const scale_cluster_t *c, const scale_task_t *t,
			size_t j);

/*
 * phi [SCALE_TASK_FEATURES]: c/C_max, m/M_max, successors/5, completion
 * ratio of the workflow, d in GB.
 */
void scale_features_task(const scale_cluster_t *c, const scale_task_t *t,
			 float *phi);

/*
 * psi, feature-major: psi[f * ld + j] for server j, ld >= c->n.
 * f: C_j/C_max, M_j/M_max, remaining time (s), power (kW), delay (s).
 */
void scale_features_servers(const scale_cluster_t *c, const scale_task_t *t,
			    float *psi, size_t ld);

#endif
