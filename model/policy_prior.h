/*
 * policy_prior.h - a network that amends a placement rule
 *
 * Private to policy*.c.  The score of server j is
 *	p_j - ln(cost_j),
 * with the pointer's logit p_j of eq. (4) over features "scale/2" and the cost
 * of weights.h under the weights that the model carries: a network whose
 * logits are zero is the rule, and one of +0.1 is as good as a tenth less of
 * cost.  Busy servers are candidates; who picks one waits for it and reserves
 * it, as in the rule.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_POLICY_PRIOR_H
#define SCALE_POLICY_PRIOR_H

#include "decide.h"
#include "policy_rule.h"

typedef struct scale_prior {
	scale_weights_t weights;
	bool silent;			/* all logits are zero: not asked */

	/* private; [room] */
	double *wait, *log_cost, *score;
	float *combined;
} scale_prior_t;

/* What net, which has one, carries. */
void scale_prior_init(scale_prior_t *prior, const scale_net_t *net);
void scale_prior_fini(scale_prior_t *prior);
/* RET 0, or -1 with ENOMEM: room as it was */
int scale_prior_reserve(scale_prior_t *prior, size_t n);

/* RET 0, or -1 with EDOM (the network's output) or ENOMEM */
int scale_prior_choose(scale_prior_t *prior, const scale_decider_t *decider,
		       scale_scratch_t *scratch, scale_policy_t *policy,
		       const scale_cluster_t *c, const scale_task_t *t,
		       scale_choice_t *choice, scale_err_t *err);

#endif
