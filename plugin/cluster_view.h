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
#include "share.h"
#include "site_conf.h"
#include "snapshot.h"

enum { SCALE_ENDS = 6 };	/* of jobs on a node, known apart */

/* A job that runs on a node, and when it will have given back what. */
typedef struct scale_end {
	double at;			/* site s */
	uint32_t cpus;
	uint64_t mem_mb;
} scale_end_t;

/* One node of Slurm's table. */
typedef struct scale_server {
	double gflops, mem_gb;		/* of the whole node */
	double idle_kw, busy_kw;
	/* this cycle: */
	double free_at;			/* end of all that runs there, site s */
	scale_end_t end[SCALE_ENDS];	/* [ends] the first of them, in order */
	int ends;
	uint32_t cpus_used;
	uint64_t mem_used_mb;
} scale_server_t;

typedef struct scale_view {
	int size;			/* of server[], Slurm's table size */
	int nodes;			/* records that exist */
	scale_server_t *server;		/* by Slurm's node index */
	double gflops_max, mem_max_gb, gflops_mean;
	time_t conf_update;		/* slurm_conf.last_update when built */
	time_t node_update;		/* last_node_update, likewise */
	double built;			/* when */
	bool sleepers;			/* powered down, or on the way up or
					   down: some may be */
	int *by_weight;			/* [nodes] Slurm's indexes, sorted */
	scale_snapshot_t snapshot;	/* of the last job that was asked for */
} scale_view_t;

/* Build anew when the node table or the configuration changed, or it is ten
 * seconds old and some node changed.  RET true when it was built. */
bool scale_view_refresh(scale_view_t *view, const scale_site_t *site,
			double now, bool force);
void scale_view_free(scale_view_t *view);
/* "16 nodes: 4 x 5, 10 x 10, 2 x 20 GFLOPS", for the log. */
void scale_view_describe(const scale_view_t *view, char *text, size_t size);
/* Node classes of scale.yaml that fit no node, as text "entry 2 (gpu[1-8])".
 * RET false: each fits one */
bool scale_view_unmatched(const scale_view_t *view, const scale_site_t *site,
			  char *text, size_t size);

/* Start a cycle: nothing runs anywhere. */
void scale_view_clear(scale_view_t *view);
/* job_ptr runs, until then (site seconds). */
void scale_view_occupy(scale_view_t *view, const job_record_t *job_ptr,
		       double until);
/* What Slurm says of each node's share in use; after all that runs. */
void scale_view_measure(scale_view_t *view);
/* job_ptr has just been started: it is not in that measure yet. */
void scale_view_take(scale_view_t *view, const job_record_t *job_ptr);

/* Share of the speed of all nodes that are up that is in use, after all that
 * runs; NAN where none is up. */
double scale_view_load(const scale_view_t *view);

/* Could any node take a job now? */
bool scale_view_any_idle(const scale_view_t *view);

/* What a job gets of the node's speed, GFLOPS. */
double scale_view_speed(const scale_view_t *view, int node,
			const scale_share_t *share);

/* Nodes of allowed on which Slurm would start the job at once.  The caller
 * frees the bitmap. */
bitstr_t *scale_view_idle(const scale_view_t *view, const scale_share_t *share,
			  bitstr_t *allowed);
/* Take from nodes those without the GRES that the job asks for. */
void scale_view_equipped(const scale_view_t *view, const scale_share_t *share,
			 bitstr_t *nodes);

/* When the job will fit there, site s; a node that is down for power saving
 * has to boot first. */
double scale_view_fits_at(const scale_view_t *view, int node,
			  const scale_share_t *share, double now);
/* Those of allowed that are powered down, or on their way up or down; the
 * caller frees the bitmap, NULL for none. */
bitstr_t *scale_view_asleep(const scale_view_t *view, bitstr_t *allowed);

#endif
