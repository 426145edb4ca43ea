/*
 * dueling.h - action values from the two heads of a network
 *
 * Wang and others, "Dueling network architectures for deep reinforcement
 * learning", 2016, eq. (9), over the servers that are allowed (m of them):
 *   Q(s, j) = V(s) + A(s, j) - 1/m sum_k A(s, k)
 * The logits of a network are read as A, its value as V: the best server is
 * that of the largest logit, as of any policy.  Letters as in net.h.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_DUELING_H
#define SCALE_DUELING_H

#include "learn.h"

/* Q of the last scale_forward() of ws over batch.
 * OUT q [T]; 0 where not allowed */
void scale_dueling(const scale_batch_t *batch, const scale_workspace_t *ws,
		   real_t *q);

/* max_j Q(s, j) over the allowed servers.  IN q [T];  OUT best [B] */
void scale_dueling_best(const scale_batch_t *batch, const real_t *q,
			real_t *best);

typedef struct scale_q_loss {
	double loss;		/* mean Huber loss */
	double q;		/* mean Q of the actions */
} scale_q_loss_t;

/*
 * Regression of Q on targets y:
 *   L = 1/B sum_b h(Q(s_b, a_b) - y_b), Huber's h(x) = x^2 / 2 for |x| <= 1,
 *   |x| - 1/2 beyond
 * Forward, loss, backward.
 * IN  action, y [B];  OUT loss;  ACC dparams (NULL: loss alone)
 * RET 0; -1 with EINVAL (an action out of range or not allowed), EDOM (not
 * finite; dparams untouched), or as scale_forward()
 */
int scale_q_gradient(const scale_net_t *net, const scale_batch_t *batch,
		     const size_t *action, const real_t *y,
		     scale_workspace_t *ws, scale_q_loss_t *loss,
		     real_t *dparams, scale_err_t *err);

#endif
