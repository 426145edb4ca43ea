/*
 * cluster_view.h - Slurm's node table as the servers of feat.h
 *
 * Built under slurmctld's locks, kept from cycle to cycle.  A server is a
 * node; the view is dense while Slurm's table has holes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CLUSTER_VIEW_H
#define SCALE_CLUSTER_VIEW_H

#include "compat.h"
#include "model/feat.h"
#include "site_conf.h"

/* One node of Slurm's table. */
typedef struct scale_server {
	double gflops, mem_gb;
	double idle_kw, busy_kw;
	double free_at;			/* end of what runs there, site s */
	bool ours;			/* runs a primitive */
} scale_server_t;

typedef struct scale_view {
	int size;			/* of server[], Slurm's table size */
	int nodes;			/* records that exist */
	scale_server_t *server;		/* by Slurm's node index */
	double gflops_max, mem_max_gb, gflops_mean;
	time_t conf_update;		/* slurm_conf.last_update when built */
	time_t node_update;		/* last_node_update, likewise */
	double built;			/* when */
	/* one decision's servers: candidates gathered from server[] */
	int *node;			/* [n] Slurm's index */
	double *gflops, *mem_gb, *free_at, *power_kw;
	uint8_t *busy;
} scale_view_t;

/* Build anew when the node table or the configuration changed, or it is ten
 * seconds old and some node changed.  RET true when it was built. */
bool scale_view_refresh(scale_view_t *view, const scale_site_t *site,
			double now, bool force);
void scale_view_free(scale_view_t *view);
/* "16 nodes: 4 x 5, 10 x 10, 2 x 20 GFLOPS", for the log. */
void scale_view_describe(const scale_view_t *view, char *text, size_t size);

/* Start a cycle: no server runs a primitive. */
void scale_view_clear(scale_view_t *view);
/* A primitive runs on that node until then (site seconds). */
void scale_view_occupy(scale_view_t *view, int node, double until);

/* Could any node take a job now? */
bool scale_view_any_idle(const scale_view_t *view);

/* Nodes on which Slurm would start a one-node job at once and that run no
 * primitive.  The caller frees the bitmap. */
bitstr_t *scale_view_idle(const scale_view_t *view,
			  const job_record_t *job_ptr);

/*
 * The nodes of allowed as a snapshot; busy where not in idle.
 * IN  now, site s
 * OUT cluster, whose arrays live in the view until the next call
 */
void scale_view_gather(scale_view_t *view, const scale_site_t *site,
		       bitstr_t *allowed, bitstr_t *idle, double now,
		       scale_cluster_t *cluster);

#endif
