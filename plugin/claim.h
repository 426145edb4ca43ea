/*
 * claim.h - who of those that wait has the higher claim to a node
 *
 * Slurm's order: the larger tier, then the larger priority.  Two that are
 * equal in both have no higher claim than each other; where one of them has to
 * be named first it is the one with the lower id, as in Slurm's own queue.
 * No Slurm header: the plugin fills the claims.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CLAIM_H
#define SCALE_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCALE_CLAIMS_MOST = 256 };

typedef struct scale_claim {
	uint32_t tier, priority, job_id;
} scale_claim_t;

/* The highest of all that were offered; all zero is none.  Nothing is
 * allocated. */
typedef struct scale_claims {
	size_t count;
	scale_claim_t claim[SCALE_CLAIMS_MOST];	/* [count] binary heap: the
						   one to give way first */
} scale_claims_t;

bool scale_claim_higher(const scale_claim_t *a, const scale_claim_t *b);

/* When all places are taken the lowest claim gives way, or this one. */
void scale_claims_offer(scale_claims_t *claims, const scale_claim_t *claim);

#endif
