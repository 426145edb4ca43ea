/*
 * snapshot.h - the nodes that a job may have, as servers of feat.h
 *
 * Kept while the locks are held: the next job of the same share and with the
 * same nodes allowed costs a look at the nodes that changed in between, not
 * at all of them.  Nothing is kept beyond scale_snapshot_drop(), which the
 * view calls whenever it learns of more than what we started ourselves.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_SNAPSHOT_H
#define SCALE_SNAPSHOT_H

#include "compat.h"
#include "model/rows.h"
#include "share.h"
#include "site_conf.h"

struct scale_view;

typedef struct scale_snapshot {
	size_t n;			/* candidates */
	int *node;			/* [n] Slurm's index */
	int *at;			/* [size] its position there, or -1 */
	double *gflops, *mem_gb, *free_at, *power_kw;	/* [n] */
	uint8_t *busy;			/* [n] */
	double fastest;			/* GFLOPS over all nodes */
	scale_rows_t rows;
	bool grouped;			/* rows are kept */
	/* for whom: */
	bool kept;
	scale_share_t share;		/* without its job */
	double now;
	bitstr_t *allowed, *idle;
	bitstr_t *touched;		/* nodes that we started something on */
	bitstr_t *changed;		/* scratch */
} scale_snapshot_t;

void scale_snapshot_create(scale_snapshot_t *snapshot, int size);
void scale_snapshot_free(scale_snapshot_t *snapshot);

/* Anything may have changed. */
void scale_snapshot_drop(scale_snapshot_t *snapshot);
/* What runs on that node has changed. */
void scale_snapshot_touch(scale_snapshot_t *snapshot, int node);

/*
 * The nodes of allowed as a snapshot for such a job; busy where not in idle.
 * They stand by Slurm's Weight, then index: the first wins a tie.
 * IN  now, site s
 * OUT cluster, whose arrays live in the view until the next call
 */
void scale_view_gather(struct scale_view *view, const scale_site_t *site,
		       const scale_share_t *share, bitstr_t *allowed,
		       bitstr_t *idle, double now, scale_cluster_t *cluster);

#endif
