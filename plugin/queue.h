/*
 * queue.h - first level: in which order ready primitives are decided
 *
 * Slurm's priority is never overruled across users.  Jobs of one standing
 * (same user, account, QOS and partition, and nobody has said of either that
 * it is to go before or after the other) keep, as a group, the positions
 * that Slurm's priorities give them; within these positions the configured
 * order decides.  So nobody else's place in the queue changes.  Whoever has
 * waited too long (aged) goes before the rest of its standing, the one that
 * was ready first at the head: no order can starve it.
 * No Slurm header: the plugin fills the entries.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_QUEUE_H
#define SCALE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/order.h"

typedef struct scale_entry {
	/* Slurm's order: larger tier, then larger priority, then lower id */
	uint32_t tier, priority, job_id;
	/* standing */
	uint32_t uid, account, qos;
	uint32_t nice, fixed;		/* what was said of the job itself */
	const void *partition;
	bool aged;			/* has waited too long for any order */
	/* our order within the standing */
	scale_ready_t ready;
	void *job;			/* the caller's */
} scale_entry_t;

/* Sort entry [n]; scratch [n] is overwritten. */
void scale_queue_sort(scale_entry_t *entry, scale_entry_t *scratch, size_t n,
		      scale_order_t order);

#endif
