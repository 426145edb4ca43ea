/*
 * mlp.h - the structured MLP of the paper's baselines, section 5.2
 *
 * Primitive and server features are encoded apart, then concatenated; the
 * output is fixed at N servers, which have an order: another order of the same
 * servers is another state.  With relu between and after the encoders:
 *   t = relu(W2 relu(W0 phi + b0) + b2)			task_embed, [d]
 *   s = relu(W2 relu(W0 psi + b0) + b2)	server_embed, [F], psi [S N]
 *   f = W2 relu(W0 [t s] + b0) + b2			trunk, [d]
 *   p = W2 relu(W0 f + b0) + b2			actor, [N]
 *   V = critic(f), as the pointer network's
 * f stands where the attention feature stands: SRR acts on it.  The paper
 * gives no sizes; these are ours: d, F and K as of the pointer network.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_MLP_H
#define SCALE_MLP_H

#include "workspace.h"

/* Logits and features of batch into ws, whose room was made. */
void scale_mlp_forward(const scale_net_t *net, const scale_batch_t *batch,
		       scale_workspace_t *ws);

/* From the logits to f.  IN dlogit [T];  ACC ws->dq [B][d], dparams */
void scale_mlp_actor_backward(const scale_net_t *net, size_t states,
			      scale_workspace_t *ws, const real_t *dlogit,
			      real_t *dparams);

/* From f down.  IN ws->dq, which is lost;  ACC dparams */
void scale_mlp_trunk_backward(const scale_net_t *net,
			      const scale_batch_t *batch,
			      scale_workspace_t *ws, real_t *dparams);

#endif
