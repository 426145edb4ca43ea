/*
 * forward.c - the network over a batch of states
 *
 * Paper section 4.2, eqs. (3) and (4), and the critic; mlp.c has the other
 * architecture.  What belongs to the task side is a matrix product over the
 * states; what belongs to the servers runs tile by tile, or state by state, in
 * vector kernels.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "fold.h"
#include "layers.h"
#include "layout.h"
#include "mlp.h"

static int any_allowed(const scale_batch_t *batch, size_t b)
{
	for (size_t j = batch->first[b]; j < batch->first[b + 1]; j++)
		if (batch->allowed[j])
			return 1;
	return 0;
}

static int check_batch(const scale_net_t *net, const scale_batch_t *batch,
		       const scale_workspace_t *ws, scale_err_t *err)
{
	size_t n_wanted = net->dims.servers;

	if (memcmp(&net->dims, &ws->dims, sizeof(net->dims)))
		return scale_err_set(err, EINVAL,
				     "workspace made for other sizes");
	if (!batch->states || batch->first[0])
		return scale_err_set(err, EINVAL, "a batch without states");
	for (size_t b = 0; b < batch->states; b++) {
		if (batch->first[b + 1] <= batch->first[b])
			return scale_err_set(err, EINVAL,
					     "state %zu has no server", b);
		if (n_wanted && batch->first[b + 1] - batch->first[b] !=
					n_wanted)
			return scale_err_set(err, EINVAL, "state %zu has %zu "
					     "servers, the network is for "
					     "exactly %zu", b,
					     batch->first[b + 1] -
						     batch->first[b],
					     n_wanted);
		if (batch->allowed && !any_allowed(batch, b))
			return scale_err_set(err, EINVAL, "state %zu has no "
					     "allowed server", b);
	}
	return 0;
}

/* Server features into tiles; padded lanes are zero. */
static void pack_servers(const scale_batch_t *batch, scale_workspace_t *ws)
{
	size_t total = batch->first[batch->states];
	size_t rows = ws->dims.server_features;

	memset(ws->psi, 0,
	       (ws->lane[batch->states] + SCALE_TILE - 1) / SCALE_TILE *
	       SCALE_TILE * rows * sizeof(*ws->psi));
	for (size_t b = 0; b < batch->states; b++) {
		const real_t *from = batch->server + batch->first[b];
		scale_span_t span = scale_span(ws, batch, b);
		size_t at = 0, width;

		for (; at < span.n; at += width) {
			size_t lane = span.first + at;
			size_t left = span.n - at;
			real_t *to = ws->psi + lane % SCALE_TILE +
				     lane / SCALE_TILE * rows * SCALE_TILE;

			width = SCALE_TILE - lane % SCALE_TILE;
			width = left < width ? left : width;
			for (size_t i = 0; i < rows; i++)
				memcpy(to + i * SCALE_TILE,
				       from + i * total + at,
				       width * sizeof(*to));
		}
	}
}

static void embed_servers(const scale_net_t *net, const scale_batch_t *batch,
			  scale_workspace_t *ws)
{
	size_t s = ws->dims.server_features, d = ws->dims.d_model;
	size_t lanes = ws->lane[batch->states];

	pack_servers(batch, ws);
	for (size_t lane = 0; lane < lanes; lane += SCALE_TILE)
		scale_embed_forward(ws->kernel, &ws->dims,
				    scale_param(net, SCALE_SERVER_W0),
				    lanes - lane < SCALE_TILE ? lanes - lane :
								SCALE_TILE,
				    ws->psi + lane * s, SCALE_TILE,
				    ws->hidden + lane * d, ws->z + lane * d);
}

static void embed_tasks(const scale_net_t *net, const scale_batch_t *batch,
			scale_workspace_t *ws)
{
	size_t states = batch->states, d = ws->dims.d_model;

	scale_linear_forward(states, d, ws->dims.task_features, batch->task,
			     scale_param(net, SCALE_TASK_W0),
			     scale_param(net, SCALE_TASK_B0),
			     ws->task_hidden);
	scale_relu_forward(states * d, ws->task_hidden);
	scale_linear_forward(states, d, d, ws->task_hidden,
			     scale_param(net, SCALE_TASK_W2),
			     scale_param(net, SCALE_TASK_B2), ws->q[0]);
}

/* Block l: attention and feed-forward, each with residual and norm. */
static void block_forward(const scale_net_t *net, const scale_batch_t *batch,
			  scale_workspace_t *ws, size_t l)
{
	const scale_dims_t *dims = &ws->dims;
	size_t states = batch->states, d = dims->d_model;
	size_t hd = dims->heads * d, wide = states * dims->ffn;
	size_t row = scale_block_row(l, 0);
	scale_layer_t *layer = &ws->layer[l];

	scale_linear_forward(states, hd, d, ws->q[l],
			     ws->fold + scale_fold_a(dims, l), NULL,
			     layer->query);
	for (size_t b = 0; b < states; b++) {
		scale_span_t span = scale_span(ws, batch, b);

		scale_attention_forward(ws->kernel, dims, &span,
					layer->query + b * hd, ws->z,
					layer->weight +
						dims->heads * span.first,
					layer->mean + b * hd);
	}
	scale_linear_forward(states, d, hd, layer->mean,
			     ws->fold + scale_fold_g(dims, l), NULL, ws->dx);
	scale_norm_forward(states, d, ws->q[l], ws->dx,
			   scale_param(net, row + SCALE_NORM1_W),
			   scale_param(net, row + SCALE_NORM1_B),
			   layer->xhat1, layer->rstd1, layer->norm1);
	scale_linear_forward(states, dims->ffn, d, layer->norm1,
			     scale_param(net, row + SCALE_FFN_W0),
			     scale_param(net, row + SCALE_FFN_B0), ws->wide1);
	memset(ws->wide1 + wide, 0,
	       (scale_lanes(wide) - wide) * sizeof(*ws->wide1));
	ws->kernel->gelu(scale_lanes(wide), ws->wide1, layer->gelu,
			 layer->dgelu);
	scale_linear_forward(states, d, dims->ffn, layer->gelu,
			     scale_param(net, row + SCALE_FFN_W2),
			     scale_param(net, row + SCALE_FFN_B2), ws->dx);
	scale_norm_forward(states, d, layer->norm1, ws->dx,
			   scale_param(net, row + SCALE_NORM2_W),
			   scale_param(net, row + SCALE_NORM2_B),
			   layer->xhat2, layer->rstd2, ws->q[l + 1]);
}

/* log pi = logit - log of the sum of exp over the allowed servers. */
static void log_softmax(size_t n, const real_t *logit,
			const uint8_t *allowed, real_t *log_prob)
{
	real_t max = -INFINITY, sum = 0, log_sum;

	for (size_t j = 0; j < n; j++)
		if ((!allowed || allowed[j]) && !(logit[j] <= max))
			max = logit[j];
	for (size_t j = 0; j < n; j++)
		if (!allowed || allowed[j])
			sum += exp(logit[j] - max);
	log_sum = max + (real_t) log(sum);
	for (size_t j = 0; j < n; j++)
		log_prob[j] = allowed && !allowed[j] ? -INFINITY :
						       logit[j] - log_sum;
}

/* The distribution over the allowed servers. */
static void softmax_forward(const scale_batch_t *batch, scale_workspace_t *ws)
{
	for (size_t b = 0; b < batch->states; b++) {
		size_t first = batch->first[b];

		log_softmax(batch->first[b + 1] - first, ws->logit + first,
			    batch->allowed ? batch->allowed + first : NULL,
			    ws->log_prob + first);
	}
}

/* Eq. (4): logits p_j. */
static void actor_forward(const scale_batch_t *batch, scale_workspace_t *ws)
{
	size_t states = batch->states, d = ws->dims.d_model;

	scale_linear_forward(states, d, d, ws->q[ws->dims.layers],
			     ws->fold + scale_fold_u(&ws->dims), NULL,
			     ws->pointer);
	for (size_t b = 0; b < states; b++) {
		scale_span_t span = scale_span(ws, batch, b);

		scale_score_forward(ws->kernel, d, 1, &span,
				    ws->pointer + b * d, ws->z,
				    ws->score + span.first);
		memcpy(ws->logit + batch->first[b], ws->score + span.first,
		       span.n * sizeof(*ws->logit));
	}
}

static void critic_forward(const scale_net_t *net, size_t states,
			   scale_workspace_t *ws)
{
	size_t d = ws->dims.d_model, k = ws->dims.critic;
	size_t row = scale_critic_row(net, 0);

	scale_linear_forward(states, k, d, ws->q[ws->dims.layers],
			     scale_param(net, row + SCALE_CRITIC_W0),
			     scale_param(net, row + SCALE_CRITIC_B0),
			     ws->critic1);
	scale_relu_forward(states * k, ws->critic1);
	scale_linear_forward(states, k, k, ws->critic1,
			     scale_param(net, row + SCALE_CRITIC_W2),
			     scale_param(net, row + SCALE_CRITIC_B2),
			     ws->critic2);
	scale_relu_forward(states * k, ws->critic2);
	scale_linear_forward(states, 1, k, ws->critic2,
			     scale_param(net, row + SCALE_CRITIC_W4),
			     scale_param(net, row + SCALE_CRITIC_B4),
			     ws->value);
}

static void pointer_forward(const scale_net_t *net, const scale_batch_t *batch,
			    scale_workspace_t *ws)
{
	scale_fold(net, ws->fold);
	embed_tasks(net, batch, ws);
	embed_servers(net, batch, ws);
	for (size_t l = 0; l < ws->dims.layers; l++)
		block_forward(net, batch, ws, l);
	actor_forward(batch, ws);
}

int scale_forward(const scale_net_t *net, const scale_batch_t *batch,
		  scale_workspace_t *ws, scale_err_t *err)
{
	if (check_batch(net, batch, ws, err) < 0 ||
	    scale_workspace_fit(ws, batch, err) < 0)
		return -1;
	if (ws->dims.architecture == SCALE_MLP)
		scale_mlp_forward(net, batch, ws);
	else
		pointer_forward(net, batch, ws);
	softmax_forward(batch, ws);
	critic_forward(net, batch->states, ws);
	return 0;
}
