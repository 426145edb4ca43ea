/*
 * decide.c - one decision of a trained network
 *
 * The folded network of fold.h for a batch of one.  What acts on one vector
 * is stored transposed and padded to whole vectors; all of it lies in one
 * block, in the order of use, because a controller's caches are cold.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "decide.h"
#include "fold.h"
#include "layout.h"

/* A linear layer for one vector: wt [in][scale_lanes(out)], bias or NULL. */
typedef struct dense {
	size_t in, out;
	const float *wt;
	const float *bias;
} dense_t;

typedef struct block {
	dense_t query;		/* A_l */
	dense_t value;		/* G_l */
	const float *norm1;	/* weight, bias; each [scale_lanes(d)] */
	dense_t ffn0;
	dense_t ffn2;
	const float *norm2;
} block_t;

struct scale_decider {
	const scale_kernel_t *kernel;
	scale_dims_t dims;
	float *data;		/* all numbers below */
	const float *embed;	/* servers, scale_embed_forward() */
	dense_t task0, task2;
	dense_t pointer;	/* U */
	dense_t critic0, critic2, critic4;
	block_t *block;		/* [L] */
};

struct scale_scratch {
	size_t n_max;
	size_t ld;		/* scale_lanes(n_max) */
	float *data;		/* all arrays below */
	float *psi;		/* [S][ld] */
	float *tail;		/* [S][SCALE_TILE] last tile, padded */
	float *hidden;		/* [d][SCALE_TILE] */
	float *z;		/* tiles [d] */
	float *weight;		/* [H][SCALE_TILE] */
	float *max, *sum;	/* [H] of the softmax so far */
	float *logit;		/* [ld] */
	float *q, *x;		/* [lanes of d] */
	float *query, *mean;	/* [lanes of H d] */
	float *wide1, *wide2;	/* [lanes of max(d, F, K)] */
};

/* Hands out arrays; counts while data is NULL. */
typedef struct arena {
	float *data;
	size_t used;
} arena_t;

static float *take(arena_t *arena, size_t count)
{
	float *at = arena->data ? arena->data + arena->used : NULL;

	arena->used += scale_lanes(count);
	return at;
}

static float *alloc_floats(size_t count)
{
	float *data = aligned_alloc(64, count * sizeof(*data));

	if (data)
		memset(data, 0, count * sizeof(*data));
	return data;
}

static float *take_copy(arena_t *arena, const float *from, size_t count)
{
	float *to = take(arena, count);

	if (to)
		memcpy(to, from, count * sizeof(*to));
	return to;
}

/* w [out][in], bias [out] or NULL. */
static dense_t take_dense(arena_t *arena, size_t out, size_t in,
			  const float *w, const float *bias)
{
	size_t ld = scale_lanes(out);
	float *wt = take(arena, in * ld);
	dense_t dense = { .in = in, .out = ld, .wt = wt };

	for (size_t i = 0; wt && i < in; i++)
		for (size_t o = 0; o < out; o++)
			wt[i * ld + o] = w[o * in + i];
	if (bias)
		dense.bias = take_copy(arena, bias, out);
	return dense;
}

static const float *take_norm(arena_t *arena, const scale_net_t *net,
			      size_t row)
{
	size_t d = net->dims.d_model;
	const float *weight = take_copy(arena, scale_param(net, row), d);

	take_copy(arena, scale_param(net, row + 1), d);
	return weight;
}

/* Weight at row, bias in the row after it. */
static dense_t take_layer(arena_t *arena, const scale_net_t *net, size_t row)
{
	return take_dense(arena, net->tensor[row].shape[0],
			  net->tensor[row].shape[1], scale_param(net, row),
			  scale_param(net, row + 1));
}

static void take_block(scale_decider_t *dec, const scale_net_t *net,
		       const float *fold, size_t l, arena_t *arena)
{
	size_t d = net->dims.d_model, hd = net->dims.heads * d;
	size_t row = scale_block_row(l, 0);
	block_t *block = &dec->block[l];

	block->query = take_dense(arena, hd, d,
				  fold + scale_fold_a(&net->dims, l), NULL);
	block->value = take_dense(arena, d, hd,
				  fold + scale_fold_g(&net->dims, l), NULL);
	block->norm1 = take_norm(arena, net, row + SCALE_NORM1_W);
	block->ffn0 = take_layer(arena, net, row + SCALE_FFN_W0);
	block->ffn2 = take_layer(arena, net, row + SCALE_FFN_W2);
	block->norm2 = take_norm(arena, net, row + SCALE_NORM2_W);
}

static void take_all(scale_decider_t *dec, const scale_net_t *net,
		     const float *fold, arena_t *arena)
{
	size_t d = net->dims.d_model;
	size_t embed = net->tensor[SCALE_SERVER_B2].offset + d -
		       net->tensor[SCALE_SERVER_W0].offset;
	size_t tail = scale_tail_row(net, 0);

	dec->task0 = take_layer(arena, net, SCALE_TASK_W0);
	dec->task2 = take_layer(arena, net, SCALE_TASK_W2);
	dec->embed = take_copy(arena, scale_param(net, SCALE_SERVER_W0),
			       embed);
	for (size_t l = 0; l < net->dims.layers; l++)
		take_block(dec, net, fold, l, arena);
	dec->pointer = take_dense(arena, d, d,
				  fold + scale_fold_u(&net->dims), NULL);
	dec->critic0 = take_layer(arena, net, tail + SCALE_CRITIC_W0);
	dec->critic2 = take_layer(arena, net, tail + SCALE_CRITIC_W2);
	dec->critic4 = take_layer(arena, net, tail + SCALE_CRITIC_W4);
}

static int check_finite(const scale_net_t *net, scale_err_t *err)
{
	for (size_t row = 0; row < net->tensor_count; row++) {
		const scale_tensor_t *t = &net->tensor[row];

		for (size_t i = 0; i < t->count; i++)
			if (!isfinite(net->params[t->offset + i]))
				return scale_err_set(err, EDOM, "tensor %s: "
						     "element %zu is not "
						     "finite", t->name, i);
	}
	return 0;
}

static scale_decider_t *create(const scale_net_t *net,
			       const scale_kernel_t *kernel, scale_err_t *err)
{
	scale_decider_t *dec = NULL;
	arena_t arena = { NULL, 0 };
	float *fold = NULL;

	if (check_finite(net, err) < 0)
		return NULL;
	dec = calloc(1, sizeof(*dec));
	fold = alloc_floats(scale_lanes(scale_fold_count(&net->dims)));
	if (!dec || !fold)
		goto error;
	dec->kernel = kernel;
	dec->dims = net->dims;
	dec->block = calloc(net->dims.layers, sizeof(*dec->block));
	if (!dec->block)
		goto error;
	scale_fold(net, fold);
	take_all(dec, net, fold, &arena);
	dec->data = alloc_floats(arena.used);
	if (!dec->data)
		goto error;
	arena = (arena_t) { dec->data, 0 };
	take_all(dec, net, fold, &arena);
	free(fold);
	return dec;
error:
	free(fold);
	scale_decider_destroy(dec);
	scale_err_set(err, ENOMEM, "no memory for a decider");
	return NULL;
}

scale_decider_t *scale_decider_create(const scale_net_t *net,
				      scale_err_t *err)
{
	return create(net, scale_kernel(0), err);
}

scale_decider_t *scale_decider_create_isa(const scale_net_t *net,
					  const char *isa, scale_err_t *err)
{
	const scale_kernel_t *kernel;

	for (size_t i = 0; (kernel = scale_kernel(i)); i++)
		if (!strcmp(kernel->isa, isa))
			return create(net, kernel, err);
	scale_err_set(err, ENOTSUP, "this machine does not have %s", isa);
	return NULL;
}

void scale_decider_destroy(scale_decider_t *dec)
{
	int saved = errno;

	if (!dec)
		return;
	free(dec->data);
	free(dec->block);
	free(dec);
	errno = saved;
}

const scale_dims_t *scale_decider_dims(const scale_decider_t *dec)
{
	return &dec->dims;
}

const char *scale_decide_isa(void)
{
	return scale_kernel(0)->isa;
}

static size_t widest(const scale_dims_t *dims)
{
	size_t max = dims->ffn > dims->critic ? dims->ffn : dims->critic;

	return max > dims->d_model ? max : dims->d_model;
}

static void lay_out(scale_scratch_t *scratch, const scale_dims_t *dims,
		    arena_t *arena)
{
	size_t d = dims->d_model, ld = scratch->ld;
	size_t tiles = (ld + SCALE_TILE - 1) / SCALE_TILE;

	scratch->q = take(arena, d);
	scratch->x = take(arena, d);
	scratch->query = take(arena, dims->heads * d);
	scratch->mean = take(arena, dims->heads * d);
	scratch->wide1 = take(arena, widest(dims));
	scratch->wide2 = take(arena, widest(dims));
	scratch->tail = take(arena, dims->server_features * SCALE_TILE);
	scratch->hidden = take(arena, d * SCALE_TILE);
	scratch->weight = take(arena, dims->heads * SCALE_TILE);
	scratch->max = take(arena, dims->heads);
	scratch->sum = take(arena, dims->heads);
	scratch->psi = take(arena, dims->server_features * ld);
	scratch->logit = take(arena, ld);
	scratch->z = take(arena, tiles * SCALE_TILE * d);
}

scale_scratch_t *scale_scratch_create(const scale_decider_t *dec,
				      size_t n_max, scale_err_t *err)
{
	scale_scratch_t *scratch = NULL;
	arena_t arena = { NULL, 0 };

	if (!n_max || n_max > INT32_MAX / 2) {
		scale_err_set(err, EINVAL, "room for %zu servers", n_max);
		return NULL;
	}
	scratch = calloc(1, sizeof(*scratch));
	if (!scratch)
		goto error;
	scratch->n_max = n_max;
	scratch->ld = scale_lanes(n_max);
	lay_out(scratch, &dec->dims, &arena);
	scratch->data = alloc_floats(arena.used);
	if (!scratch->data)
		goto error;
	arena = (arena_t) { scratch->data, 0 };
	lay_out(scratch, &dec->dims, &arena);
	return scratch;
error:
	scale_scratch_destroy(scratch);
	scale_err_set(err, ENOMEM, "no memory for %zu servers", n_max);
	return NULL;
}

void scale_scratch_destroy(scale_scratch_t *scratch)
{
	int saved = errno;

	if (!scratch)
		return;
	free(scratch->data);
	free(scratch);
	errno = saved;
}

float *scale_scratch_psi(scale_scratch_t *scratch, size_t *ld)
{
	*ld = scratch->ld;
	return scratch->psi;
}

size_t scale_scratch_max(const scale_scratch_t *scratch)
{
	return scratch->n_max;
}

static void apply(const scale_decider_t *dec, const dense_t *dense,
		  const float *x, float *y, int flags)
{
	dec->kernel->vec(dense->in, dense->out, dense->wt, dense->bias, x, y,
			 flags);
}

/* The servers of a decision, as the caller gave them. */
typedef struct servers {
	const float *psi;	/* [S][ld] */
	size_t ld;
	size_t n;
} servers_t;

/* z of the tile at lane at.  A tile is copied when its padding lies beyond
 * what the caller owns. */
static void embed_tile(const scale_decider_t *dec, scale_scratch_t *s,
		       const servers_t *servers, size_t at, size_t left)
{
	size_t width = scale_lanes(left), ld = servers->ld;
	const float *psi = servers->psi + at;

	if (width > left) {
		for (size_t i = 0; i < dec->dims.server_features; i++) {
			float *to = s->tail + i * SCALE_TILE;

			memcpy(to, psi + i * ld, left * sizeof(*to));
			memset(to + left, 0, (width - left) * sizeof(*to));
		}
		psi = s->tail;
		ld = SCALE_TILE;
	}
	scale_embed_forward(dec->kernel, &dec->dims, dec->embed, width, psi,
			    ld, s->hidden, s->z + at * dec->dims.d_model);
}

/*
 * Eq. (3) for one query, tile by tile, so that each tile is read once: its
 * part of the softmax and of the weighted mean while it is in the L1 cache.
 * The first block embeds the servers on the way.
 */
static void attend(const scale_decider_t *dec, scale_scratch_t *s,
		   const servers_t *servers, int first)
{
	const scale_kernel_t *kernel = dec->kernel;
	size_t d = dec->dims.d_model, heads = dec->dims.heads;

	memset(s->mean, 0, heads * d * sizeof(*s->mean));
	memset(s->sum, 0, heads * sizeof(*s->sum));
	for (size_t i = 0; i < heads; i++)
		s->max[i] = -INFINITY;
	for (size_t at = 0; at < servers->n; at += SCALE_TILE) {
		size_t left = servers->n - at < SCALE_TILE ? servers->n - at :
							     SCALE_TILE;
		size_t width = scale_lanes(left);
		const float *z = s->z + at * d;

		if (first)
			embed_tile(dec, s, servers, at, left);
		kernel->mul(heads, d, width, s->query, d, 1, NULL, z,
			    SCALE_TILE, s->weight, SCALE_TILE, 0);
		for (size_t i = 0; i < heads; i++)
			for (size_t j = left; j < width; j++)
				s->weight[i * SCALE_TILE + j] = -INFINITY;
		kernel->softmax_step(heads, width, s->weight, SCALE_TILE,
				     s->max, s->sum, d, s->mean);
		kernel->dot(heads, d, width, s->weight, SCALE_TILE, z,
			    SCALE_TILE, s->mean, d);
	}
	for (size_t i = 0; i < heads * d; i++)
		s->mean[i] /= s->sum[i / d];
}

/* q becomes the block's output. */
static void apply_block(const scale_decider_t *dec, const block_t *block,
			scale_scratch_t *s, const servers_t *servers)
{
	const scale_kernel_t *kernel = dec->kernel;
	size_t d = dec->dims.d_model, lanes = scale_lanes(d);

	apply(dec, &block->query, s->q, s->query, 0);
	attend(dec, s, servers, block == dec->block);
	apply(dec, &block->value, s->mean, s->x, 0);
	kernel->norm(d, lanes, s->q, s->x, block->norm1,
		     block->norm1 + lanes, s->q);
	apply(dec, &block->ffn0, s->q, s->wide1, 0);
	kernel->gelu(block->ffn0.out, s->wide1, s->wide1, NULL);
	apply(dec, &block->ffn2, s->wide1, s->x, 0);
	kernel->norm(d, lanes, s->q, s->x, block->norm2,
		     block->norm2 + lanes, s->q);
}

static float apply_critic(const scale_decider_t *dec, scale_scratch_t *s)
{
	apply(dec, &dec->critic0, s->q, s->wide1, SCALE_MUL_RELU);
	apply(dec, &dec->critic2, s->wide1, s->wide2, SCALE_MUL_RELU);
	apply(dec, &dec->critic4, s->wide2, s->wide1, 0);
	return s->wide1[0];
}

int scale_decide(const scale_decider_t *dec, scale_scratch_t *scratch,
		 const float *phi, const float *psi, size_t ld, size_t n,
		 const uint8_t *allowed, scale_decision_t *out)
{
	scale_span_t span = { .n = n, .lanes = scale_lanes(n) };
	servers_t servers = { .psi = psi, .ld = ld, .n = n };
	size_t d = dec->dims.d_model;
	ssize_t choice;
	float value;

	if (!n || n > scratch->n_max || ld < n)
		return scale_err_set(NULL, EINVAL, "servers out of range");
	apply(dec, &dec->task0, phi, scratch->wide1, SCALE_MUL_RELU);
	apply(dec, &dec->task2, scratch->wide1, scratch->q, 0);
	for (size_t l = 0; l < dec->dims.layers; l++)
		apply_block(dec, &dec->block[l], scratch, &servers);
	apply(dec, &dec->pointer, scratch->q, scratch->x, 0);
	scale_score_forward(dec->kernel, d, 1, &span, scratch->x, scratch->z,
			    scratch->logit);
	value = apply_critic(dec, scratch);
	choice = dec->kernel->best(n, scratch->logit, allowed);
	for (size_t i = 0; i < d; i++)
		if (!isfinite(scratch->q[i]))
			choice = -2;
	if (choice == -2 || !isfinite(value))
		return scale_err_set(NULL, EDOM, "a number is not finite");
	out->logit = scratch->logit;
	out->feature = scratch->q;
	out->value = value;
	out->choice = choice;
	return 0;
}
