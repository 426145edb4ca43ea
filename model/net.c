/*
 * net.c - the networks: tensor tables and parameters
 *
 * A table of patterns for each architecture, the pointer's in the order of
 * SPEC section 4, yields names, shapes and initial values for any sizes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "net.h"
#include "rng.h"
#include "weights.h"

enum {
	PARAMS_MAX = 64 << 20,
	LAYERS_MAX = 1024,	/* keeps the table small */
	PARAMS_ALIGN = 64,
};

/* Letters of net.h, as indices of sizes(). */
enum { NONE, ONE, P, S, D, F, K, N,
       SN,		/* all server features of a state */
       DF,		/* both encodings of the MLP, joined */
       WO, WP,		/* weights of an order, of a placement */
       LETTERS };

enum { FILL_ZERO = -1, FILL_ONE = -2 };

typedef struct pattern {
	const char *name;
	int out, in;		/* letters; in is NONE for rank 1 */
	int fan_in;		/* letter of the bound 1/sqrt(in), or FILL_* */
} pattern_t;

static const pattern_t head_pattern[SCALE_HEAD_ROWS] = {
	[SCALE_TASK_W0] = { "task_embed.0.weight", D, P, P },
	[SCALE_TASK_B0] = { "task_embed.0.bias", D, NONE, P },
	[SCALE_TASK_W2] = { "task_embed.2.weight", D, D, D },
	[SCALE_TASK_B2] = { "task_embed.2.bias", D, NONE, D },
	[SCALE_SERVER_W0] = { "server_embed.0.weight", D, S, S },
	[SCALE_SERVER_B0] = { "server_embed.0.bias", D, NONE, S },
	[SCALE_SERVER_W2] = { "server_embed.2.weight", D, D, D },
	[SCALE_SERVER_B2] = { "server_embed.2.bias", D, NONE, D },
};

/* Named "blocks.<layer>.<name>". */
static const pattern_t block_pattern[SCALE_BLOCK_ROWS] = {
	[SCALE_ATTN_Q] = { "attn.q.weight", D, D, D },
	[SCALE_ATTN_K] = { "attn.k.weight", D, D, D },
	[SCALE_ATTN_V] = { "attn.v.weight", D, D, D },
	[SCALE_ATTN_O] = { "attn.o.weight", D, D, D },
	[SCALE_NORM1_W] = { "norm1.weight", D, NONE, FILL_ONE },
	[SCALE_NORM1_B] = { "norm1.bias", D, NONE, FILL_ZERO },
	[SCALE_FFN_W0] = { "ffn.0.weight", F, D, D },
	[SCALE_FFN_B0] = { "ffn.0.bias", F, NONE, D },
	[SCALE_FFN_W2] = { "ffn.2.weight", D, F, F },
	[SCALE_FFN_B2] = { "ffn.2.bias", D, NONE, F },
	[SCALE_NORM2_W] = { "norm2.weight", D, NONE, FILL_ONE },
	[SCALE_NORM2_B] = { "norm2.bias", D, NONE, FILL_ZERO },
};

static const pattern_t pointer_pattern[SCALE_POINTER_ROWS] = {
	[SCALE_ACTOR_Q] = { "actor.q.weight", D, D, D },
	[SCALE_ACTOR_K] = { "actor.k.weight", D, D, D },
};

static const pattern_t prior_pattern[SCALE_PRIOR_ROWS] = {
	[SCALE_PRIOR_ORDER] = { "prior.order", WO, NONE, FILL_ZERO },
	[SCALE_PRIOR_PLACE] = { "prior.place", WP, NONE, FILL_ZERO },
};

static const pattern_t mlp_pattern[SCALE_MLP_ROWS] = {
	[SCALE_TASK_W0] = { "task_embed.0.weight", D, P, P },
	[SCALE_TASK_B0] = { "task_embed.0.bias", D, NONE, P },
	[SCALE_TASK_W2] = { "task_embed.2.weight", D, D, D },
	[SCALE_TASK_B2] = { "task_embed.2.bias", D, NONE, D },
	[SCALE_SERVER_W0] = { "server_embed.0.weight", F, SN, SN },
	[SCALE_SERVER_B0] = { "server_embed.0.bias", F, NONE, SN },
	[SCALE_SERVER_W2] = { "server_embed.2.weight", F, F, F },
	[SCALE_SERVER_B2] = { "server_embed.2.bias", F, NONE, F },
	[SCALE_TRUNK_W0] = { "trunk.0.weight", F, DF, DF },
	[SCALE_TRUNK_B0] = { "trunk.0.bias", F, NONE, DF },
	[SCALE_TRUNK_W2] = { "trunk.2.weight", D, F, F },
	[SCALE_TRUNK_B2] = { "trunk.2.bias", D, NONE, F },
	[SCALE_ACTOR_W0] = { "actor.0.weight", K, D, D },
	[SCALE_ACTOR_B0] = { "actor.0.bias", K, NONE, D },
	[SCALE_ACTOR_W2] = { "actor.2.weight", N, K, K },
	[SCALE_ACTOR_B2] = { "actor.2.bias", N, NONE, K },
};

static const pattern_t critic_pattern[SCALE_CRITIC_ROWS] = {
	[SCALE_CRITIC_W0] = { "critic.0.weight", K, D, D },
	[SCALE_CRITIC_B0] = { "critic.0.bias", K, NONE, D },
	[SCALE_CRITIC_W2] = { "critic.2.weight", K, K, K },
	[SCALE_CRITIC_B2] = { "critic.2.bias", K, NONE, K },
	[SCALE_CRITIC_W4] = { "critic.4.weight", ONE, K, K },
	[SCALE_CRITIC_B4] = { "critic.4.bias", ONE, NONE, K },
};

static const char *const architectures[SCALE_ARCHITECTURES] = {
	[SCALE_POINTER] = "pointer",
	[SCALE_MLP] = "mlp",
};

const char *scale_architecture_name(uint32_t architecture)
{
	return architectures[architecture];
}

int scale_architecture_find(const char *name)
{
	for (int i = 0; i < SCALE_ARCHITECTURES; i++)
		if (!strcmp(name, architectures[i]))
			return i;
	return -1;
}

scale_dims_t scale_dims_paper(void)
{
	scale_dims_t dims = {
		.task_features = 5,
		.server_features = 5,
		.d_model = 16,
		.heads = 4,
		.layers = 2,
		.ffn = 64,
		.critic = 64,
	};

	return dims;
}

static void sizes(const scale_dims_t *dims, size_t size[LETTERS])
{
	size[NONE] = 1;
	size[ONE] = 1;
	size[P] = dims->task_features;
	size[S] = dims->server_features;
	size[D] = dims->d_model;
	size[F] = dims->ffn;
	size[K] = dims->critic;
	size[N] = dims->servers;
	size[SN] = (size_t) dims->server_features * dims->servers;
	size[DF] = (size_t) dims->d_model + dims->ffn;
	size[WO] = SCALE_ORDER_WEIGHTS;
	size[WP] = SCALE_PLACE_WEIGHTS;
}

/* Rows before those of the critic, which are the last. */
static size_t rows_before_critic(const scale_dims_t *dims)
{
	return dims->architecture == SCALE_MLP ?
		       SCALE_MLP_ROWS :
		       scale_block_row(dims->layers, SCALE_POINTER_ROWS) +
			       (dims->prior ? SCALE_PRIOR_ROWS : 0);
}

/* Pattern of a row; *layer is its block, or -1 outside the blocks. */
static const pattern_t *pattern_of(const scale_dims_t *dims, size_t row,
				   int *layer)
{
	size_t critic = rows_before_critic(dims);
	size_t blocks = (size_t) dims->layers * SCALE_BLOCK_ROWS;

	*layer = -1;
	if (row >= critic)
		return &critic_pattern[row - critic];
	if (dims->architecture == SCALE_MLP)
		return &mlp_pattern[row];
	if (row < SCALE_HEAD_ROWS)
		return &head_pattern[row];
	row -= SCALE_HEAD_ROWS;
	if (row >= blocks + SCALE_POINTER_ROWS)
		return &prior_pattern[row - blocks - SCALE_POINTER_ROWS];
	if (row >= blocks)
		return &pointer_pattern[row - blocks];
	*layer = (int) (row / SCALE_BLOCK_ROWS);
	return &block_pattern[row % SCALE_BLOCK_ROWS];
}

/* In double: cannot wrap around, and exact wherever it matters. */
static double count_params(const scale_dims_t *dims)
{
	size_t rows = rows_before_critic(dims) + SCALE_CRITIC_ROWS;
	size_t size[LETTERS];
	double count = 0.0;
	int layer;

	sizes(dims, size);
	for (size_t row = 0; row < rows; row++) {
		const pattern_t *pattern = pattern_of(dims, row, &layer);

		count += (double) size[pattern->out] * size[pattern->in];
	}
	return count;
}

static int check_architecture(const scale_dims_t *dims, scale_err_t *err)
{
	bool mlp = dims->architecture == SCALE_MLP;

	if (dims->architecture >= SCALE_ARCHITECTURES)
		return scale_err_set(err, EINVAL, "unknown architecture %u",
				     dims->architecture);
	if (!dims->task_features || !dims->server_features ||
	    !dims->d_model || !dims->ffn || !dims->critic ||
	    (mlp ? !dims->servers : !dims->heads || !dims->layers))
		return scale_err_set(err, EINVAL,
				     "every size of a network must be above 0");
	if (mlp ? dims->heads || dims->layers || dims->prior :
		  dims->servers || dims->prior > 1)
		return scale_err_set(err, EINVAL, "architecture %s has no %s",
				     scale_architecture_name(
					     dims->architecture),
				     mlp ? "heads, layers and prior" :
					   "number of servers");
	return 0;
}

int scale_dims_check(const scale_dims_t *dims, scale_err_t *err)
{
	if (check_architecture(dims, err) < 0)
		return -1;
	if (dims->heads && dims->d_model % dims->heads)
		return scale_err_set(err, EINVAL,
				     "%u heads do not divide the width %u",
				     dims->heads, dims->d_model);
	if (dims->layers > LAYERS_MAX)
		return scale_err_set(err, EINVAL,
				     "%u layers; at most %d are possible",
				     dims->layers, LAYERS_MAX);
	if (count_params(dims) > PARAMS_MAX)
		return scale_err_set(err, EINVAL,
				     "%.0f parameters; at most %d are possible",
				     count_params(dims), PARAMS_MAX);
	return 0;
}

size_t scale_dims_params(const scale_dims_t *dims)
{
	return (size_t) count_params(dims);
}

static void fill_row(scale_net_t *net, size_t row, const size_t *size)
{
	scale_tensor_t *tensor = &net->tensor[row];
	int layer;
	const pattern_t *pattern = pattern_of(&net->dims, row, &layer);

	if (layer < 0)
		snprintf(tensor->name, sizeof(tensor->name), "%s",
			 pattern->name);
	else
		snprintf(tensor->name, sizeof(tensor->name), "blocks.%d.%s",
			 layer, pattern->name);
	tensor->rank = pattern->in == NONE ? 1 : 2;
	tensor->shape[0] = size[pattern->out];
	tensor->shape[1] = size[pattern->in];
	tensor->offset = net->param_count;
	tensor->count = tensor->shape[0] * tensor->shape[1];
	net->param_count += tensor->count;
}

static real_t *alloc_params(size_t count)
{
	size_t bytes = (count * sizeof(real_t) + PARAMS_ALIGN - 1) /
		       PARAMS_ALIGN * PARAMS_ALIGN;
	real_t *params = aligned_alloc(PARAMS_ALIGN, bytes);

	if (params)
		memset(params, 0, bytes);
	return params;
}

scale_net_t *scale_net_create(const scale_dims_t *dims, scale_err_t *err)
{
	size_t size[LETTERS];
	scale_net_t *net;

	if (scale_dims_check(dims, err) < 0)
		return NULL;
	net = calloc(1, sizeof(*net));
	if (!net)
		goto error;
	net->dims = *dims;
	net->tensor_count = rows_before_critic(dims) + SCALE_CRITIC_ROWS;
	net->tensor = calloc(net->tensor_count, sizeof(*net->tensor));
	if (!net->tensor)
		goto error;
	sizes(dims, size);
	for (size_t row = 0; row < net->tensor_count; row++)
		fill_row(net, row, size);
	net->params = alloc_params(net->param_count);
	if (!net->params)
		goto error;
	return net;
error:
	scale_net_destroy(net);
	scale_err_set(err, ENOMEM, "no memory for a network");
	return NULL;
}

scale_net_t *scale_net_copy(const scale_net_t *net, scale_err_t *err)
{
	scale_net_t *copy = scale_net_create(&net->dims, err);

	if (copy)
		memcpy(copy->params, net->params,
		       net->param_count * sizeof(*net->params));
	return copy;
}

void scale_net_destroy(scale_net_t *net)
{
	int saved = errno;

	if (!net)
		return;
	free(net->params);
	free(net->tensor);
	free(net);
	errno = saved;
}

void scale_net_init(scale_net_t *net, uint64_t seed)
{
	size_t size[LETTERS];

	sizes(&net->dims, size);
	for (size_t row = 0; row < net->tensor_count; row++) {
		real_t *value = scale_row(net, net->params, row);
		size_t count = net->tensor[row].count;
		int layer;
		int fan_in = pattern_of(&net->dims, row, &layer)->fan_in;
		double bound;
		scale_rng_t rng;

		if (fan_in < 0) {
			for (size_t i = 0; i < count; i++)
				value[i] = fan_in == FILL_ONE;
			continue;
		}
		bound = 1.0 / sqrt((double) size[fan_in]);
		scale_rng_seed(&rng, seed, row);
		for (size_t i = 0; i < count; i++)
			value[i] = (real_t) (bound *
				(2.0 * scale_rng_uniform(&rng) - 1.0));
	}
}

const scale_tensor_t *scale_net_find(const scale_net_t *net, const char *name)
{
	for (size_t row = 0; row < net->tensor_count; row++)
		if (!strcmp(net->tensor[row].name, name))
			return &net->tensor[row];
	return NULL;
}
