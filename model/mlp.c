/*
 * mlp.c - the structured MLP of the paper's baselines, section 5.2
 *
 * Every state has N servers, so that [T] logits are a matrix [B][N].
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "layers.h"
#include "layout.h"
#include "mlp.h"

/* Weight at row, bias in the row after it. */
static void forward(const scale_net_t *net, size_t states, size_t row,
		    const real_t *x, real_t *y)
{
	const scale_tensor_t *w = &net->tensor[row];

	scale_linear_forward(states, w->shape[0], w->shape[1], x,
			     scale_param(net, row), scale_param(net, row + 1),
			     y);
}

static void forward_relu(const scale_net_t *net, size_t states, size_t row,
			 const real_t *x, real_t *y)
{
	forward(net, states, row, x, y);
	scale_relu_forward(states * net->tensor[row].shape[0], y);
}

/* OUT dx or NULL; ACC dparams */
static void backward(const scale_net_t *net, size_t states, size_t row,
		     const real_t *x, const real_t *dy, real_t *dx,
		     real_t *dparams)
{
	const scale_tensor_t *w = &net->tensor[row];

	scale_linear_backward(states, w->shape[0], w->shape[1], x,
			      scale_param(net, row), dy, dx,
			      scale_row(net, dparams, row),
			      scale_row(net, dparams, row + 1));
}

/* The same through the relu that made x. */
static void backward_relu(const scale_net_t *net, size_t states, size_t row,
			  const real_t *x, const real_t *dy, real_t *dx,
			  real_t *dparams)
{
	backward(net, states, row, x, dy, dx, dparams);
	scale_relu_backward(states * net->tensor[row].shape[1], x, dx);
}

/* Server features of a state in one row: feature by feature, [S N]. */
static void flatten(const scale_batch_t *batch, const scale_dims_t *dims,
		    real_t *flat)
{
	size_t total = batch->first[batch->states], n = dims->servers;

	for (size_t b = 0; b < batch->states; b++)
		for (size_t i = 0; i < dims->server_features; i++) {
			memcpy(flat,
			       batch->server + i * total + batch->first[b],
			       n * sizeof(*flat));
			flat += n;
		}
}

/* joined [B][d + F] = t [B][d] beside s [B][F]. */
static void join(size_t states, size_t d, size_t f, const real_t *t,
		 const real_t *s, real_t *joined)
{
	for (size_t b = 0; b < states; b++) {
		real_t *row = joined + b * (d + f);

		memcpy(row, t + b * d, d * sizeof(*row));
		memcpy(row + d, s + b * f, f * sizeof(*row));
	}
}

static void split(size_t states, size_t d, size_t f, const real_t *joined,
		  real_t *t, real_t *s)
{
	for (size_t b = 0; b < states; b++) {
		const real_t *row = joined + b * (d + f);

		memcpy(t + b * d, row, d * sizeof(*row));
		memcpy(s + b * f, row + d, f * sizeof(*row));
	}
}

void scale_mlp_forward(const scale_net_t *net, const scale_batch_t *batch,
		       scale_workspace_t *ws)
{
	size_t states = batch->states;
	scale_mlp_t *mlp = &ws->mlp;

	flatten(batch, &ws->dims, mlp->flat);
	forward_relu(net, states, SCALE_TASK_W0, batch->task, ws->task_hidden);
	forward_relu(net, states, SCALE_TASK_W2, ws->task_hidden, ws->dx);
	forward_relu(net, states, SCALE_SERVER_W0, mlp->flat,
		     mlp->server_hidden);
	forward_relu(net, states, SCALE_SERVER_W2, mlp->server_hidden,
		     ws->wide1);
	join(states, ws->dims.d_model, ws->dims.ffn, ws->dx, ws->wide1,
	     mlp->joined);
	forward_relu(net, states, SCALE_TRUNK_W0, mlp->joined,
		     mlp->trunk_hidden);
	forward(net, states, SCALE_TRUNK_W2, mlp->trunk_hidden, ws->q[0]);
	forward_relu(net, states, SCALE_ACTOR_W0, ws->q[0],
		     mlp->actor_hidden);
	forward(net, states, SCALE_ACTOR_W2, mlp->actor_hidden, ws->logit);
}

void scale_mlp_actor_backward(const scale_net_t *net, size_t states,
			      scale_workspace_t *ws, const real_t *dlogit,
			      real_t *dparams)
{
	backward_relu(net, states, SCALE_ACTOR_W2, ws->mlp.actor_hidden,
		      dlogit, ws->wide1, dparams);
	backward(net, states, SCALE_ACTOR_W0, ws->q[0], ws->wide1, ws->dx,
		 dparams);
	scale_add(states * ws->dims.d_model, ws->dx, ws->dq);
}

void scale_mlp_trunk_backward(const scale_net_t *net,
			      const scale_batch_t *batch,
			      scale_workspace_t *ws, real_t *dparams)
{
	size_t states = batch->states;
	const scale_mlp_t *mlp = &ws->mlp;

	backward_relu(net, states, SCALE_TRUNK_W2, mlp->trunk_hidden, ws->dq,
		      ws->wide1, dparams);
	backward_relu(net, states, SCALE_TRUNK_W0, mlp->joined, ws->wide1,
		      ws->wide2, dparams);
	split(states, ws->dims.d_model, ws->dims.ffn, ws->wide2, ws->dx,
	      ws->wide1);
	backward_relu(net, states, SCALE_TASK_W2, ws->task_hidden, ws->dx,
		      ws->dq, dparams);
	backward(net, states, SCALE_TASK_W0, batch->task, ws->dq, NULL,
		 dparams);
	backward_relu(net, states, SCALE_SERVER_W2, mlp->server_hidden,
		      ws->wide1, ws->wide2, dparams);
	backward(net, states, SCALE_SERVER_W0, mlp->flat, ws->wide2, NULL,
		 dparams);
}
