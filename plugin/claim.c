/*
 * claim.c - who of those that wait has the higher claim to a node
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "claim.h"

bool scale_claim_higher(const scale_claim_t *a, const scale_claim_t *b)
{
	return a->tier != b->tier ? a->tier > b->tier
				  : a->priority > b->priority;
}

/* A total order of different jobs. */
static bool gives_way(const scale_claim_t *a, const scale_claim_t *b)
{
	if (scale_claim_higher(a, b) || scale_claim_higher(b, a))
		return scale_claim_higher(b, a);
	return a->job_id > b->job_id;
}

/* Into the hole at i or above it. */
static void rise(scale_claims_t *claims, size_t i, const scale_claim_t *claim)
{
	for (; i > 0; i = (i - 1) / 2) {
		const scale_claim_t *above = &claims->claim[(i - 1) / 2];

		if (!gives_way(claim, above))
			break;
		claims->claim[i] = *above;
	}
	claims->claim[i] = *claim;
}

/* In place of the first, which is gone. */
static void sink(scale_claims_t *claims, const scale_claim_t *claim)
{
	size_t i = 0, below;

	while ((below = 2 * i + 1) < claims->count) {
		if (below + 1 < claims->count &&
		    gives_way(&claims->claim[below + 1],
			      &claims->claim[below]))
			below++;
		if (!gives_way(&claims->claim[below], claim))
			break;
		claims->claim[i] = claims->claim[below];
		i = below;
	}
	claims->claim[i] = *claim;
}

void scale_claims_offer(scale_claims_t *claims, const scale_claim_t *claim)
{
	if (claims->count < SCALE_CLAIMS_MOST)
		rise(claims, claims->count++, claim);
	else if (gives_way(&claims->claim[0], claim))
		sink(claims, claim);
}
