/*
 * soft_actor.h - losses of the discrete soft actor-critic
 *
 * Haarnoja and others, "Soft actor-critic algorithms and applications", 2019,
 * in the discrete form of Christodoulou, "Soft actor-critic for discrete
 * action settings", 2019.  Sums run over the servers that are allowed;
 * alpha is the temperature.  Letters as in net.h.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_SOFT_ACTOR_H
#define SCALE_SOFT_ACTOR_H

#include "learn.h"

/*
 * V(s) = sum_j pi(j|s) (Q(s, j) - alpha log pi(j|s))
 * IN  log_prob, q [T];  OUT value [B]
 */
void scale_soft_value(const scale_batch_t *batch, const real_t *log_prob,
		      const real_t *q, double alpha, real_t *value);

typedef struct scale_actor_loss {
	double loss;
	double entropy;		/* H(pi), mean over states, nats */
} scale_actor_loss_t;

/*
 * L = 1/B sum_b sum_j pi(j|s_b) (alpha log pi(j|s_b) - Q(s_b, j)), that is
 * minus the mean of V(s_b).  Forward, loss, backward.
 * IN  q [T];  OUT loss;  ACC dparams (NULL: loss alone)
 * RET 0; -1 with EDOM (not finite; dparams untouched), or as scale_forward()
 */
int scale_soft_actor_gradient(const scale_net_t *net,
			      const scale_batch_t *batch, const real_t *q,
			      double alpha, scale_workspace_t *ws,
			      scale_actor_loss_t *loss, real_t *dparams,
			      scale_err_t *err);

/* Mean over states of the largest entropy, log of the servers allowed. */
double scale_soft_most_entropy(const scale_batch_t *batch);

#endif
