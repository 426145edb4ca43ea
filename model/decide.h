/*
 * decide.h - one decision of a trained network: batch 1, no BLAS, no
 * allocation
 *
 * The path that runs under slurmctld's locks (Algorithm 2).  Parameters are
 * folded once at creation: with a single query the products W_Q^T W_K (per
 * head) and W_q^T W_k move to the query's side, and W_V, W_O act after the
 * weighted mean, so a server costs its embedding and a few dot products.
 * Equal servers get equal scores to the last bit.  An MLP (mlp.h) runs layer
 * by layer and knows its servers by their place.  Results equal
 * scale_forward() to float rounding; ties go to the lowest index.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_DECIDE_H
#define SCALE_DECIDE_H

#include <sys/types.h>

#include "net.h"

typedef struct scale_decider scale_decider_t;

/* The decider keeps no reference to net.  Read-only afterwards: threads may
 * share it.  RET NULL with EINVAL, EDOM (a parameter is not finite) or
 * ENOMEM. */
scale_decider_t *scale_decider_create(const scale_net_t *net,
				      scale_err_t *err);
/* The same with vector instructions by name (see scale_decide_isa()); for
 * tests and benchmarks.  RET NULL with ENOTSUP where the machine lacks them. */
scale_decider_t *scale_decider_create_isa(const scale_net_t *net,
					  const char *isa, scale_err_t *err);
void scale_decider_destroy(scale_decider_t *dec);
const scale_dims_t *scale_decider_dims(const scale_decider_t *dec);

/* Buffers for decisions over at most n_max servers; one for each thread. */
typedef struct scale_scratch scale_scratch_t;

scale_scratch_t *scale_scratch_create(const scale_decider_t *dec,
				      size_t n_max, scale_err_t *err);
void scale_scratch_destroy(scale_scratch_t *scratch);
/* Room for psi [S][ld], 64-byte aligned, for the caller to fill. */
float *scale_scratch_psi(scale_scratch_t *scratch, size_t *ld);
size_t scale_scratch_max(const scale_scratch_t *scratch);

typedef struct scale_decision {
	const float *logit;		/* [n] eq. (4); lives in the scratch */
	const float *feature;		/* [d] attention feature; likewise */
	float value;			/* V(s) */
	ssize_t choice;			/* argmax over allowed, -1 if none */
} scale_decision_t;

/*
 * IN  phi [P]; psi [S][ld] feature-major; n servers, 1 <= n <= n_max;
 *     allowed [n] or NULL for all
 * RET 0; -1 with EINVAL (n out of range, or not that of an MLP) or EDOM (a logit of an allowed
 *     server, the value or a feature is not finite); never allocates
 */
int scale_decide(const scale_decider_t *dec, scale_scratch_t *scratch,
		 const float *phi, const float *psi, size_t ld, size_t n,
		 const uint8_t *allowed, scale_decision_t *out);

/*
 * The same over n rows of which each stands for count [n] >= 1 equal servers:
 * exact, since weights and sums of eq. (3) are those of count terms.  A
 * logit is that of each of them; choice is a row, the lowest of equal ones.
 * RET -1 with EINVAL also for an MLP
 */
int scale_decide_groups(const scale_decider_t *dec, scale_scratch_t *scratch,
			const float *phi, const float *psi, size_t ld,
			size_t n, const uint32_t *count,
			const uint8_t *allowed, scale_decision_t *out);

/* Name of the vector instructions in use: "avx512f", "avx2", "portable". */
const char *scale_decide_isa(void);

#endif
