/*
 * decide.c - one decision of a trained network
 *
 * The folded network of fold.h for a batch of one; decide_mlp.c has the other
 * architecture.  What acts on one vector
 * is stored transposed and padded to whole vectors; all of it lies in one
 * block, in the order of use, because a controller's caches are cold.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide_impl.h"
#include "fold.h"
#include "layout.h"

float *scale_arena_take(scale_arena_t *arena, size_t count)
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

static float *take_copy(scale_arena_t *arena, const float *from, size_t count)
{
	float *to = scale_arena_take(arena, count);

	if (to)
		memcpy(to, from, count * sizeof(*to));
	return to;
}

/* w [out][in], bias [out] or NULL. */
static scale_dense_t take_dense(scale_arena_t *arena, size_t out, size_t in,
			  const float *w, const float *bias)
{
	size_t ld = scale_lanes(out);
	float *wt = scale_arena_take(arena, in * ld);
	scale_dense_t dense = { .in = in, .out = ld, .wt = wt };

	for (size_t i = 0; wt && i < in; i++)
		for (size_t o = 0; o < out; o++)
			wt[i * ld + o] = w[o * in + i];
	if (bias)
		dense.bias = take_copy(arena, bias, out);
	return dense;
}

static const float *take_norm(scale_arena_t *arena, const scale_net_t *net,
			      size_t row)
{
	size_t d = net->dims.d_model;
	const float *weight = take_copy(arena, scale_param(net, row), d);

	take_copy(arena, scale_param(net, row + 1), d);
	return weight;
}

scale_dense_t scale_arena_layer(scale_arena_t *arena, const scale_net_t *net,
				size_t row)
{
	return take_dense(arena, net->tensor[row].shape[0],
			  net->tensor[row].shape[1], scale_param(net, row),
			  scale_param(net, row + 1));
}

static void take_block(scale_decider_t *dec, const scale_net_t *net,
		       const float *fold, size_t l, scale_arena_t *arena)
{
	size_t d = net->dims.d_model, hd = net->dims.heads * d;
	size_t row = scale_block_row(l, 0);
	scale_decide_block_t *block = &dec->block[l];

	block->query = take_dense(arena, hd, d,
				  fold + scale_fold_a(&net->dims, l), NULL);
	block->value = take_dense(arena, d, hd,
				  fold + scale_fold_g(&net->dims, l), NULL);
	block->norm1 = take_norm(arena, net, row + SCALE_NORM1_W);
	block->ffn0 = scale_arena_layer(arena, net, row + SCALE_FFN_W0);
	block->ffn2 = scale_arena_layer(arena, net, row + SCALE_FFN_W2);
	block->norm2 = take_norm(arena, net, row + SCALE_NORM2_W);
}

static void take_pointer(scale_decider_t *dec, const scale_net_t *net,
			 const float *fold, scale_arena_t *arena)
{
	size_t d = net->dims.d_model;
	size_t embed = net->tensor[SCALE_SERVER_B2].offset + d -
		       net->tensor[SCALE_SERVER_W0].offset;

	dec->task0 = scale_arena_layer(arena, net, SCALE_TASK_W0);
	dec->task2 = scale_arena_layer(arena, net, SCALE_TASK_W2);
	dec->embed = take_copy(arena, scale_param(net, SCALE_SERVER_W0),
			       embed);
	for (size_t l = 0; l < net->dims.layers; l++)
		take_block(dec, net, fold, l, arena);
	dec->pointer = take_dense(arena, d, d,
				  fold + scale_fold_u(&net->dims), NULL);
}

/* IN  fold: NULL for an MLP */
static void take_all(scale_decider_t *dec, const scale_net_t *net,
		     const float *fold, scale_arena_t *arena)
{
	size_t critic = scale_critic_row(net, 0);

	if (fold)
		take_pointer(dec, net, fold, arena);
	else
		scale_decide_mlp_take(dec, net, arena);
	dec->critic0 = scale_arena_layer(arena, net, critic + SCALE_CRITIC_W0);
	dec->critic2 = scale_arena_layer(arena, net, critic + SCALE_CRITIC_W2);
	dec->critic4 = scale_arena_layer(arena, net, critic + SCALE_CRITIC_W4);
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
	scale_arena_t arena = { NULL, 0 };
	float *fold = NULL;

	if (check_finite(net, err) < 0)
		return NULL;
	dec = calloc(1, sizeof(*dec));
	if (!dec)
		goto error;
	dec->kernel = kernel;
	dec->dims = net->dims;
	if (net->dims.architecture == SCALE_POINTER) {
		fold = alloc_floats(scale_lanes(scale_fold_count(&net->dims)));
		dec->block = calloc(net->dims.layers, sizeof(*dec->block));
		if (!fold || !dec->block)
			goto error;
		scale_fold(net, fold);
	}
	take_all(dec, net, fold, &arena);
	dec->data = alloc_floats(arena.used);
	if (!dec->data)
		goto error;
	arena = (scale_arena_t) { dec->data, 0 };
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

static void room_pointer(scale_scratch_t *s, const scale_dims_t *dims,
			 scale_arena_t *arena)
{
	size_t tiles = (s->ld + SCALE_TILE - 1) / SCALE_TILE;
	size_t d = dims->d_model, heads = dims->heads;

	s->query = scale_arena_take(arena, heads * d);
	s->mean = scale_arena_take(arena, heads * d);
	s->tail = scale_arena_take(arena, dims->server_features * SCALE_TILE);
	s->hidden = scale_arena_take(arena, d * SCALE_TILE);
	s->weight = scale_arena_take(arena, heads * SCALE_TILE);
	s->max = scale_arena_take(arena, heads);
	s->sum = scale_arena_take(arena, heads);
	s->z = scale_arena_take(arena, tiles * SCALE_TILE * d);
}

static void lay_out(scale_scratch_t *s, const scale_dims_t *dims,
		    scale_arena_t *arena)
{
	s->q = scale_arena_take(arena, dims->d_model);
	s->x = scale_arena_take(arena, dims->d_model);
	s->wide1 = scale_arena_take(arena, widest(dims));
	s->wide2 = scale_arena_take(arena, widest(dims));
	s->psi = scale_arena_take(arena, dims->server_features * s->ld);
	s->logit = scale_arena_take(arena, s->ld);
	s->count = scale_arena_take(arena, s->ld);
	if (dims->architecture == SCALE_MLP)
		scale_decide_mlp_room(s, dims, arena);
	else
		room_pointer(s, dims, arena);
}

scale_scratch_t *scale_scratch_create(const scale_decider_t *dec,
				      size_t n_max, scale_err_t *err)
{
	scale_scratch_t *scratch = NULL;
	scale_arena_t arena = { NULL, 0 };

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
	arena = (scale_arena_t) { scratch->data, 0 };
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

/* The servers of a decision, as the caller gave them. */
typedef struct servers {
	const float *psi;	/* [S][ld] */
	size_t ld;
	size_t n;
	const float *count;	/* padded with zeros; NULL: each once */
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
				     servers->count ? servers->count + at :
						      NULL,
				     s->max, s->sum, d, s->mean);
		kernel->dot(heads, d, width, s->weight, SCALE_TILE, z,
			    SCALE_TILE, s->mean, d);
	}
	for (size_t i = 0; i < heads * d; i++)
		s->mean[i] /= s->sum[i / d];
}

/* q becomes the block's output. */
static void apply_block(const scale_decider_t *dec,
			const scale_decide_block_t *block, scale_scratch_t *s,
			const servers_t *servers)
{
	const scale_kernel_t *kernel = dec->kernel;
	size_t d = dec->dims.d_model, lanes = scale_lanes(d);

	scale_dense_apply(dec, &block->query, s->q, s->query, 0);
	attend(dec, s, servers, block == dec->block);
	scale_dense_apply(dec, &block->value, s->mean, s->x, 0);
	kernel->norm(d, lanes, s->q, s->x, block->norm1,
		     block->norm1 + lanes, s->q);
	scale_dense_apply(dec, &block->ffn0, s->q, s->wide1, 0);
	kernel->gelu(block->ffn0.out, s->wide1, s->wide1, NULL);
	scale_dense_apply(dec, &block->ffn2, s->wide1, s->x, 0);
	kernel->norm(d, lanes, s->q, s->x, block->norm2,
		     block->norm2 + lanes, s->q);
}

static float apply_critic(const scale_decider_t *dec, scale_scratch_t *s)
{
	scale_dense_apply(dec, &dec->critic0, s->q, s->wide1, SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->critic2, s->wide1, s->wide2,
			  SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->critic4, s->wide2, s->wide1, 0);
	return s->wide1[0];
}

static void decide_pointer(const scale_decider_t *dec, scale_scratch_t *s,
			   const float *phi, const servers_t *servers)
{
	size_t n = servers->n;
	scale_span_t span = { .n = n, .lanes = scale_lanes(n) };

	scale_dense_apply(dec, &dec->task0, phi, s->wide1, SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->task2, s->wide1, s->q, 0);
	for (size_t l = 0; l < dec->dims.layers; l++)
		apply_block(dec, &dec->block[l], s, servers);
	scale_dense_apply(dec, &dec->pointer, s->q, s->x, 0);
	scale_score_forward(dec->kernel, dec->dims.d_model, 1, &span, s->x,
			    s->z, s->logit);
}

static const float *pad_counts(scale_scratch_t *scratch,
			       const uint32_t *count, size_t n)
{
	for (size_t j = 0; j < n; j++)
		scratch->count[j] = (float) count[j];
	for (size_t j = n; j < scale_lanes(n); j++)
		scratch->count[j] = 0.0f;
	return scratch->count;
}

int scale_decide_groups(const scale_decider_t *dec, scale_scratch_t *scratch,
			const float *phi, const float *psi, size_t ld,
			size_t n, const uint32_t *count,
			const uint8_t *allowed, scale_decision_t *out)
{
	servers_t servers = { .psi = psi, .ld = ld, .n = n };
	size_t d = dec->dims.d_model;
	ssize_t choice;
	float value;

	if (!n || n > scratch->n_max || ld < n)
		return scale_err_set(NULL, EINVAL, "servers out of range");
	if (dec->dims.servers && n != dec->dims.servers)
		return scale_err_set(NULL, EINVAL, "not the MLP's servers");
	if (count && dec->dims.architecture == SCALE_MLP)
		return scale_err_set(NULL, EINVAL, "an MLP has no groups");
	if (count)
		servers.count = pad_counts(scratch, count, n);
	if (dec->dims.architecture == SCALE_MLP)
		scale_decide_mlp(dec, scratch, phi, psi, ld);
	else
		decide_pointer(dec, scratch, phi, &servers);
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

int scale_decide(const scale_decider_t *dec, scale_scratch_t *scratch,
		 const float *phi, const float *psi, size_t ld, size_t n,
		 const uint8_t *allowed, scale_decision_t *out)
{
	return scale_decide_groups(dec, scratch, phi, psi, ld, n, NULL,
				   allowed, out);
}
