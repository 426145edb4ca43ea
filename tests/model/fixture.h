/*
 * fixture.h - random networks and batches for tests
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include "model/learn.h"

typedef struct fixture {
	scale_net_t *net;
	scale_workspace_t *ws;
	scale_batch_t batch;
	scale_targets_t targets;
	size_t *first;		/* what batch and targets point to */
	real_t *task, *server;
	uint8_t *allowed;
	size_t *action;
	real_t *old_log_prob, *advantage, *ret;
} fixture_t;

/* Network of dims with random parameters (norms too), states with n[b]
 * servers; with mask about a third of the servers are not allowed.  Old
 * probabilities are near the present ones, on both sides of a clip of 0.2. */
fixture_t *fixture_create(const scale_dims_t *dims, size_t states,
			  const size_t *n, int mask, uint64_t seed);
void fixture_destroy(fixture_t *fx);

/* Small sizes, all odd: 3 features, 1 feature, d 6, H 3, L 2, F 5, K 7. */
scale_dims_t fixture_odd_dims(void);

/* An MLP for n servers: 3 and 2 features, d 6, F 5, K 7. */
scale_dims_t fixture_mlp_dims(uint32_t n);

#endif
