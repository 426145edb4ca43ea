/*
 * lease.h - keeping Slurm's own schedulers away from a job for some seconds
 *
 * A lease is a begin time a little in the future.  job_independent() then
 * says "not yet" to the main scheduler and to backfill.  It is renewed while
 * we wait for a node and ends by itself if we do not: nothing can get stuck.
 * The begin time that the user or Slurm had set is put back whenever anyone
 * is to judge the job, and for good when it starts or leaves us.
 * tests/spin/lease.pml is the protocol as a model: never two starters, never
 * stuck, whoever dies.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LEASE_H
#define SCALE_LEASE_H

#include <stdbool.h>
#include <time.h>

typedef struct scale_lease {
	time_t until;		/* what we wrote; 0: no lease */
	time_t begin;		/* what stood there before */
	time_t last;		/* the value of until before this one */
} scale_lease_t;

/*
 * Take the lease or renew it when a quarter of it is over.  A begin time that is
 * not ours means that the user or Slurm changed it: it becomes the one to put
 * back.  One beyond the lease needs no lease.
 */
void scale_lease_take(scale_lease_t *lease, time_t *begin_time, time_t now,
		      time_t length);

/* Put the begin time back, if it is still ours to do so. */
void scale_lease_drop(scale_lease_t *lease, time_t *begin_time);

#endif
