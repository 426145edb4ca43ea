/*
 * backward.c - gradients of a batch, the mirror of forward.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdbool.h>
#include <string.h>

#include "fold.h"
#include "layers.h"
#include "layout.h"
#include "mlp.h"

/* ACC dq += gradient through eq. (4);  ACC dz */
static void actor_backward(const scale_batch_t *batch, scale_workspace_t *ws,
			   const real_t *dlogit)
{
	size_t states = batch->states, d = ws->dims.d_model;
	size_t u = scale_fold_u(&ws->dims);

	memset(ws->wide1, 0, states * d * sizeof(*ws->wide1));
	for (size_t b = 0; b < states; b++) {
		scale_span_t span = scale_span(ws, batch, b);

		memcpy(ws->dweight, dlogit + batch->first[b],
		       span.n * sizeof(*ws->dweight));
		memset(ws->dweight + span.n, 0,
		       (span.lanes - span.n) * sizeof(*ws->dweight));
		scale_score_backward(ws->kernel, d, 1, &span,
				     ws->pointer + b * d, ws->z, ws->dweight,
				     ws->wide1 + b * d, ws->dz);
	}
	scale_linear_backward(states, d, d, ws->q[ws->dims.layers],
			      ws->fold + u, ws->wide1, ws->dx, ws->dfold + u,
			      NULL);
	scale_add(states * d, ws->dx, ws->dq);
}

/* ACC dq += gradient through the critic */
static void critic_backward(const scale_net_t *net, size_t states,
			    scale_workspace_t *ws, const real_t *dvalue,
			    real_t *dparams)
{
	size_t d = ws->dims.d_model, k = ws->dims.critic;
	size_t row = scale_critic_row(net, 0);

	scale_linear_backward(states, 1, k, ws->critic2,
			      scale_param(net, row + SCALE_CRITIC_W4), dvalue,
			      ws->wide1,
			      scale_row(net, dparams, row + SCALE_CRITIC_W4),
			      scale_row(net, dparams, row + SCALE_CRITIC_B4));
	scale_relu_backward(states * k, ws->critic2, ws->wide1);
	scale_linear_backward(states, k, k, ws->critic1,
			      scale_param(net, row + SCALE_CRITIC_W2),
			      ws->wide1, ws->wide2,
			      scale_row(net, dparams, row + SCALE_CRITIC_W2),
			      scale_row(net, dparams, row + SCALE_CRITIC_B2));
	scale_relu_backward(states * k, ws->critic1, ws->wide2);
	scale_linear_backward(states, k, d, ws->q[ws->dims.layers],
			      scale_param(net, row + SCALE_CRITIC_W0),
			      ws->wide2, ws->dx,
			      scale_row(net, dparams, row + SCALE_CRITIC_W0),
			      scale_row(net, dparams, row + SCALE_CRITIC_B0));
	scale_add(states * d, ws->dx, ws->dq);
}

/* dq, of the block's output, becomes that of the first norm's output. */
static void ffn_backward(const scale_net_t *net, size_t states,
			 scale_workspace_t *ws, size_t l, real_t *dparams)
{
	size_t d = ws->dims.d_model, f = ws->dims.ffn;
	size_t row = scale_block_row(l, 0);
	const scale_layer_t *layer = &ws->layer[l];

	scale_norm_backward(states, d, layer->xhat2, layer->rstd2,
			    scale_param(net, row + SCALE_NORM2_W), ws->dq,
			    ws->dq,
			    scale_row(net, dparams, row + SCALE_NORM2_W),
			    scale_row(net, dparams, row + SCALE_NORM2_B));
	scale_linear_backward(states, d, f, layer->gelu,
			      scale_param(net, row + SCALE_FFN_W2), ws->dq,
			      ws->wide1,
			      scale_row(net, dparams, row + SCALE_FFN_W2),
			      scale_row(net, dparams, row + SCALE_FFN_B2));
	for (size_t i = 0; i < states * f; i++)
		ws->wide1[i] *= layer->dgelu[i];
	scale_linear_backward(states, f, d, layer->norm1,
			      scale_param(net, row + SCALE_FFN_W0), ws->wide1,
			      ws->dx,
			      scale_row(net, dparams, row + SCALE_FFN_W0),
			      scale_row(net, dparams, row + SCALE_FFN_B0));
	scale_add(states * d, ws->dx, ws->dq);
}

/* dq becomes the gradient of the block's input;  ACC dz */
static void attention_backward(const scale_net_t *net,
			       const scale_batch_t *batch,
			       scale_workspace_t *ws, size_t l,
			       real_t *dparams)
{
	const scale_dims_t *dims = &ws->dims;
	size_t states = batch->states, d = dims->d_model;
	size_t hd = dims->heads * d, row = scale_block_row(l, 0);
	size_t a = scale_fold_a(dims, l), g = scale_fold_g(dims, l);
	const scale_layer_t *layer = &ws->layer[l];

	scale_norm_backward(states, d, layer->xhat1, layer->rstd1,
			    scale_param(net, row + SCALE_NORM1_W), ws->dq,
			    ws->dq,
			    scale_row(net, dparams, row + SCALE_NORM1_W),
			    scale_row(net, dparams, row + SCALE_NORM1_B));
	scale_linear_backward(states, d, hd, layer->mean, ws->fold + g,
			      ws->dq, ws->wide1, ws->dfold + g, NULL);
	for (size_t b = 0; b < states; b++) {
		scale_span_t span = scale_span(ws, batch, b);

		scale_attention_backward(ws->kernel, dims, &span,
					 layer->query + b * hd, ws->z,
					 layer->weight +
						dims->heads * span.first,
					 ws->wide1 + b * hd, ws->dweight,
					 ws->wide2 + b * hd, ws->dz);
	}
	scale_linear_backward(states, hd, d, ws->q[l], ws->fold + a,
			      ws->wide2, ws->dx, ws->dfold + a, NULL);
	scale_add(states * d, ws->dx, ws->dq);
}

static void embed_backward(const scale_net_t *net,
			   const scale_batch_t *batch, scale_workspace_t *ws,
			   real_t *dparams)
{
	const scale_dims_t *dims = &ws->dims;
	size_t states = batch->states, d = dims->d_model;
	size_t s = dims->server_features;
	size_t lanes = ws->lane[states];

	scale_linear_backward(states, d, d, ws->task_hidden,
			      scale_param(net, SCALE_TASK_W2), ws->dq, ws->dx,
			      scale_row(net, dparams, SCALE_TASK_W2),
			      scale_row(net, dparams, SCALE_TASK_B2));
	scale_relu_backward(states * d, ws->task_hidden, ws->dx);
	scale_linear_backward(states, d, dims->task_features, batch->task,
			      scale_param(net, SCALE_TASK_W0), ws->dx, NULL,
			      scale_row(net, dparams, SCALE_TASK_W0),
			      scale_row(net, dparams, SCALE_TASK_B0));
	for (size_t lane = 0; lane < lanes; lane += SCALE_TILE)
		scale_embed_backward(ws->kernel, dims,
				     scale_param(net, SCALE_SERVER_W0),
				     lanes - lane < SCALE_TILE ? lanes - lane :
								 SCALE_TILE,
				     ws->psi + lane * s, ws->hidden + lane * d,
				     ws->dz + lane * d, ws->dhidden,
				     scale_row(net, dparams, SCALE_SERVER_W0));
}

static void clear_pointer(const scale_batch_t *batch, scale_workspace_t *ws)
{
	size_t tiles = (ws->lane[batch->states] + SCALE_TILE - 1) / SCALE_TILE;

	memset(ws->dz, 0,
	       tiles * SCALE_TILE * ws->dims.d_model * sizeof(*ws->dz));
	memset(ws->dfold, 0,
	       scale_fold_count(&ws->dims) * sizeof(*ws->dfold));
}

/* From f down. */
static void trunk_backward(const scale_net_t *net, const scale_batch_t *batch,
			   scale_workspace_t *ws, real_t *dparams)
{
	const scale_dims_t *dims = &ws->dims;

	for (size_t l = dims->layers; l-- > 0; ) {
		ffn_backward(net, batch->states, ws, l, dparams);
		attention_backward(net, batch, ws, l, dparams);
	}
	embed_backward(net, batch, ws, dparams);
	scale_unfold(net, ws->dfold, dparams);
}

void scale_backward(const scale_net_t *net, const scale_batch_t *batch,
		    scale_workspace_t *ws, const real_t *dlogit,
		    const real_t *dvalue, const real_t *dfeature,
		    real_t *dparams)
{
	size_t states = batch->states, d = ws->dims.d_model;
	bool mlp = ws->dims.architecture == SCALE_MLP;

	if (!mlp)
		clear_pointer(batch, ws);
	if (dfeature)
		memcpy(ws->dq, dfeature, states * d * sizeof(*ws->dq));
	else
		memset(ws->dq, 0, states * d * sizeof(*ws->dq));
	if (dlogit && mlp)
		scale_mlp_actor_backward(net, states, ws, dlogit, dparams);
	else if (dlogit)
		actor_backward(batch, ws, dlogit);
	if (dvalue)
		critic_backward(net, states, ws, dvalue, dparams);
	if (mlp)
		scale_mlp_trunk_backward(net, batch, ws, dparams);
	else
		trunk_backward(net, batch, ws, dparams);
}
