/*
 * share.h - what a job would take of a node
 *
 * Under select/cons_tres several jobs may share a node.  The server of the
 * paper is then the node's free share: it is idle when the job fits into what
 * is free, as fast as the part of the CPUs that the job asks for, and has the
 * memory that is left.  A job that takes nodes whole finds the paper's server.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_SHARE_H
#define SCALE_SHARE_H

#include "compat.h"

typedef struct scale_share {
	bool whole;			/* takes the node alone */
	uint32_t cpus;			/* asked for, at least 1 */
	uint64_t mem_mb, mem_cpu_mb;	/* per node, or per CPU; 0: all */
	const job_record_t *job_ptr;	/* for its GRES */
} scale_share_t;

/* In the job's present partition. */
scale_share_t scale_share_of(const job_record_t *job_ptr);

/* CPUs and memory (MB) that Slurm would give it there. */
uint32_t scale_share_cpus(const scale_share_t *share,
			  const node_record_t *node);
uint64_t scale_share_mem(const scale_share_t *share,
			 const node_record_t *node);
/* Which part of the node's speed that is, 0 to 1. */
double scale_share_speed(const scale_share_t *share,
			 const node_record_t *node);

/* Has the node the GRES that the job asks for, in all or free now? */
bool scale_share_gres(const scale_share_t *share, const node_record_t *node,
		      bool now);

#endif
