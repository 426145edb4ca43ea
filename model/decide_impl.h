/*
 * decide_impl.h - what the two architectures share of a decision
 *
 * Private to decide.c and decide_mlp.c.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_DECIDE_IMPL_H
#define SCALE_DECIDE_IMPL_H

#include "attention.h"
#include "decide.h"

/* A linear layer for one vector: wt [in][scale_lanes(out)], bias or NULL. */
typedef struct scale_dense {
	size_t in, out;
	const float *wt;
	const float *bias;
} scale_dense_t;

typedef struct scale_decide_block {
	scale_dense_t query;	/* A_l */
	scale_dense_t value;	/* G_l */
	const float *norm1;	/* weight, bias; each [scale_lanes(d)] */
	scale_dense_t ffn0;
	scale_dense_t ffn2;
	const float *norm2;
} scale_decide_block_t;

struct scale_decider {
	const scale_kernel_t *kernel;
	scale_dims_t dims;
	float *data;		/* all numbers below */
	scale_dense_t task0, task2;
	scale_dense_t critic0, critic2, critic4;

	/* pointer */
	const float *embed;	/* servers, scale_embed_forward() */
	scale_dense_t pointer;	/* U */
	scale_decide_block_t *block;	/* [L] */

	/* MLP */
	scale_dense_t server0, server2, trunk0, trunk2, actor0, actor2;
};

struct scale_scratch {
	size_t n_max;
	size_t ld;		/* scale_lanes(n_max) */
	float *data;		/* all arrays below */
	float *psi;		/* [S][ld] */
	float *logit;		/* [ld] */
	float *count;		/* [ld] */
	float *q, *x;		/* [lanes of d]; f is left in q */
	float *wide1, *wide2;	/* [lanes of max(d, F, K)] */

	/* pointer */
	float *tail;		/* [S][SCALE_TILE] last tile, padded */
	float *hidden;		/* [d][SCALE_TILE] */
	float *z;		/* tiles [d] */
	float *weight;		/* [H][SCALE_TILE] */
	float *max, *sum;	/* [H] of the softmax so far */
	float *query, *mean;	/* [lanes of H d] */

	/* MLP */
	float *flat;		/* [S N] */
	float *joined;		/* [lanes of d + F] */
};

/* Hands out arrays; counts while data is NULL. */
typedef struct scale_arena {
	float *data;
	size_t used;
} scale_arena_t;

float *scale_arena_take(scale_arena_t *arena, size_t count);

/* The layer whose weight is at row, its bias in the row after it. */
scale_dense_t scale_arena_layer(scale_arena_t *arena, const scale_net_t *net,
				size_t row);

static inline void scale_dense_apply(const scale_decider_t *dec,
				     const scale_dense_t *dense,
				     const float *x, float *y, int flags)
{
	dec->kernel->vec(dense->in, dense->out, dense->wt, dense->bias, x, y,
			 flags);
}

/* The MLP's part of creation, of a scratch, and of a decision, which leaves
 * logits and f in the scratch. */
void scale_decide_mlp_take(scale_decider_t *dec, const scale_net_t *net,
			   scale_arena_t *arena);
void scale_decide_mlp_room(scale_scratch_t *scratch, const scale_dims_t *dims,
			   scale_arena_t *arena);
void scale_decide_mlp(const scale_decider_t *dec, scale_scratch_t *scratch,
		      const float *phi, const float *psi, size_t ld);

#endif
