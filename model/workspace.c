/*
 * workspace.c - activations of one forward pass
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "fold.h"
#include "workspace.h"

enum { ALIGN = 64 / sizeof(real_t) };

/* Hands out arrays of a block; without a block it counts. */
typedef struct arena {
	real_t *block;
	size_t used;
} arena_t;

static real_t *take(arena_t *arena, size_t count)
{
	real_t *at = arena->block ? arena->block + arena->used : NULL;

	arena->used += (count + ALIGN - 1) / ALIGN * ALIGN;
	return at;
}

static size_t max3(size_t a, size_t b, size_t c)
{
	size_t max = a > b ? a : b;

	return max > c ? max : c;
}

static void lay_out_layer(scale_layer_t *layer, const scale_dims_t *dims,
			  size_t states, size_t lanes, arena_t *arena)
{
	size_t d = dims->d_model;

	layer->query = take(arena, states * dims->heads * d);
	layer->weight = take(arena, dims->heads * lanes);
	layer->mean = take(arena, states * dims->heads * d);
	layer->xhat1 = take(arena, states * d);
	layer->rstd1 = take(arena, states);
	layer->norm1 = take(arena, states * d);
	layer->gelu = take(arena, scale_lanes(states * dims->ffn));
	layer->dgelu = take(arena, scale_lanes(states * dims->ffn));
	layer->xhat2 = take(arena, states * d);
	layer->rstd2 = take(arena, states);
}

static void lay_out_pointer(scale_workspace_t *ws, size_t states,
			    size_t lanes, arena_t *arena)
{
	const scale_dims_t *dims = &ws->dims;
	size_t d = dims->d_model;

	ws->fold = take(arena, scale_fold_count(dims));
	ws->dfold = take(arena, scale_fold_count(dims));
	ws->psi = take(arena, lanes * dims->server_features);
	ws->hidden = take(arena, lanes * d);
	ws->z = take(arena, lanes * d);
	for (size_t l = 0; l < dims->layers; l++)
		lay_out_layer(&ws->layer[l], dims, states, lanes, arena);
	ws->pointer = take(arena, states * d);
	ws->score = take(arena, lanes);
	ws->dz = take(arena, lanes * d);
	ws->dhidden = take(arena, d * SCALE_TILE);
	ws->dweight = take(arena, dims->heads * lanes);
}

static void lay_out_mlp(scale_mlp_t *mlp, const scale_dims_t *dims,
			size_t states, arena_t *arena)
{
	size_t f = dims->ffn;

	mlp->flat = take(arena, states * dims->server_features *
					dims->servers);
	mlp->server_hidden = take(arena, states * f);
	mlp->joined = take(arena, states * (dims->d_model + f));
	mlp->trunk_hidden = take(arena, states * f);
	mlp->actor_hidden = take(arena, states * dims->critic);
}

static void lay_out(scale_workspace_t *ws, size_t states, size_t lanes,
		    size_t servers, arena_t *arena)
{
	const scale_dims_t *dims = &ws->dims;
	size_t d = dims->d_model;
	bool mlp = dims->architecture == SCALE_MLP;
	size_t wide = scale_lanes(states *
				  max3(mlp ? d + dims->ffn : dims->heads * d,
				       dims->ffn, dims->critic));

	if (mlp)
		lay_out_mlp(&ws->mlp, dims, states, arena);
	else
		lay_out_pointer(ws, states, lanes, arena);
	ws->task_hidden = take(arena, states * d);
	for (size_t l = 0; l <= dims->layers; l++)
		ws->q[l] = take(arena, states * d);
	ws->critic1 = take(arena, states * dims->critic);
	ws->critic2 = take(arena, states * dims->critic);
	ws->logit = take(arena, servers);
	ws->log_prob = take(arena, servers);
	ws->value = take(arena, states);
	ws->wide1 = take(arena, wide);
	ws->wide2 = take(arena, wide);
	ws->dx = take(arena, states * d);
	ws->dq = take(arena, states * d);
	ws->dlogit = take(arena, servers);
	ws->dvalue = take(arena, states);
	ws->dfeature = take(arena, states * d);
	ws->advantage = take(arena, states);
	ws->srr = take(arena, scale_srr_scratch(states, d));
}

scale_workspace_t *scale_workspace_create(const scale_net_t *net,
					  scale_err_t *err)
{
	scale_workspace_t *ws = calloc(1, sizeof(*ws));

	if (!ws)
		goto error;
	ws->kernel = scale_kernel(0);
	ws->dims = net->dims;
	ws->q = calloc(net->dims.layers + 1, sizeof(*ws->q));
	ws->layer = calloc(net->dims.layers + 1, sizeof(*ws->layer));
	if (!ws->q || !ws->layer)
		goto error;
	return ws;
error:
	scale_workspace_destroy(ws);
	scale_err_set(err, ENOMEM, "no memory for a workspace");
	return NULL;
}

void scale_workspace_destroy(scale_workspace_t *ws)
{
	int saved = errno;

	if (!ws)
		return;
	free(ws->block);
	free(ws->lane);
	free(ws->layer);
	free(ws->q);
	free(ws);
	errno = saved;
}

/* New block for at least these sizes; on failure the workspace is empty. */
static int grow(scale_workspace_t *ws, size_t states, size_t lanes,
		size_t servers, scale_err_t *err)
{
	arena_t arena = { NULL, 0 };

	free(ws->block);
	free(ws->lane);
	ws->states_max = ws->lanes_max = ws->servers_max = 0;
	lay_out(ws, states, lanes, servers, &arena);
	ws->lane = calloc(states + 1, sizeof(*ws->lane));
	ws->block = aligned_alloc(64, arena.used * sizeof(real_t));
	if (!ws->lane || !ws->block)
		return scale_err_set(err, ENOMEM, "no memory for a batch of "
				     "%zu states and %zu servers", states,
				     servers);
	arena = (arena_t) { ws->block, 0 };
	lay_out(ws, states, lanes, servers, &arena);
	ws->states_max = states;
	ws->lanes_max = lanes;
	ws->servers_max = servers;
	return 0;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

int scale_workspace_fit(scale_workspace_t *ws, const scale_batch_t *batch,
			scale_err_t *err)
{
	size_t states = batch->states, lanes = 0;
	size_t servers = batch->first[states];

	for (size_t b = 0; b < states; b++)
		lanes += scale_lanes(batch->first[b + 1] - batch->first[b]);
	lanes = (lanes + SCALE_TILE - 1) / SCALE_TILE * SCALE_TILE;
	if ((states > ws->states_max || lanes > ws->lanes_max ||
	     servers > ws->servers_max) &&
	    grow(ws, larger(states, ws->states_max),
		 larger(lanes, ws->lanes_max),
		 larger(servers, ws->servers_max), err) < 0)
		return -1;
	ws->lane[0] = 0;
	for (size_t b = 0; b < states; b++)
		ws->lane[b + 1] = ws->lane[b] +
			scale_lanes(batch->first[b + 1] - batch->first[b]);
	return 0;
}

const real_t *scale_workspace_logits(const scale_workspace_t *ws)
{
	return ws->logit;
}

const real_t *scale_workspace_log_probs(const scale_workspace_t *ws)
{
	return ws->log_prob;
}

const real_t *scale_workspace_values(const scale_workspace_t *ws)
{
	return ws->value;
}

const real_t *scale_workspace_features(const scale_workspace_t *ws)
{
	return ws->q[ws->dims.layers];
}
