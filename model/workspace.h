/*
 * workspace.h - activations of one forward pass
 *
 * One block, grown when a batch needs more; arrays point into it.  Servers
 * lie in tiles as attention.h describes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_WORKSPACE_H
#define SCALE_WORKSPACE_H

#include "attention.h"
#include "learn.h"

/* Activations of block l, kept for its backward pass. */
typedef struct scale_layer {
	real_t *query;		/* [B][H d] A q */
	real_t *weight;		/* per state [H][lanes], attention */
	real_t *mean;		/* [B][H d] weighted means of z */
	real_t *xhat1;		/* [B][d] */
	real_t *rstd1;		/* [B] */
	real_t *norm1;		/* [B][d] */
	real_t *gelu;		/* [B][F] */
	real_t *dgelu;		/* [B][F] derivative of GELU */
	real_t *xhat2;		/* [B][d] */
	real_t *rstd2;		/* [B] */
} scale_layer_t;

/* Activations of an MLP, beside those that both architectures have. */
typedef struct scale_mlp {
	real_t *flat;		/* [B][S N] server features */
	real_t *server_hidden;	/* [B][F] */
	real_t *joined;		/* [B][d + F] both encodings */
	real_t *trunk_hidden;	/* [B][F] */
	real_t *actor_hidden;	/* [B][K] */
} scale_mlp_t;

struct scale_workspace {
	const scale_kernel_t *kernel;
	scale_dims_t dims;
	size_t states_max;	/* room in the block */
	size_t lanes_max;
	size_t servers_max;
	size_t *lane;		/* [B + 1] first lane of each state */
	real_t *block;

	/* forward, kept */
	real_t *task_hidden;	/* [B][d] */
	real_t **q;		/* [L + 1] of [B][d]; q[L] is f */
	real_t *critic1;	/* [B][K] */
	real_t *critic2;	/* [B][K] */
	real_t *logit;		/* [T] */
	real_t *log_prob;	/* [T] */
	real_t *value;		/* [B] */
	scale_mlp_t mlp;

	/* the same, of a pointer network alone */
	real_t *fold;		/* fold.h */
	real_t *dfold;
	real_t *psi;		/* tiles [S] */
	real_t *hidden;		/* tiles [d], server embedding */
	real_t *z;		/* tiles [d] */
	scale_layer_t *layer;	/* [L] */
	real_t *pointer;	/* [B][d] U f, query of the actor */
	real_t *score;		/* [lanes] padded logits */

	/* scratch of forward and backward */
	real_t *wide1;		/* [B][max(H d, F, K)]; MLP: d + F for H d */
	real_t *wide2;		/* likewise */
	real_t *dx;		/* [B][d] */
	real_t *dq;		/* [B][d] */
	real_t *dz;		/* tiles [d]; these three: pointer alone */
	real_t *dhidden;	/* one tile [d] */
	real_t *dweight;	/* [H][lanes] of one state, at most */

	/* scratch of the loss */
	real_t *dlogit;		/* [T] */
	real_t *dvalue;		/* [B] */
	real_t *dfeature;	/* [B][d] */
	real_t *advantage;	/* [B] */
	real_t *srr;		/* scale_srr_scratch() */
};

/* Make room for batch and place its states.  RET 0, or -1 with ENOMEM; the
 * workspace is then empty. */
int scale_workspace_fit(scale_workspace_t *ws, const scale_batch_t *batch,
			scale_err_t *err);

static inline scale_span_t scale_span(const scale_workspace_t *ws,
				      const scale_batch_t *batch, size_t b)
{
	scale_span_t span = {
		.first = ws->lane[b],
		.n = batch->first[b + 1] - batch->first[b],
		.lanes = ws->lane[b + 1] - ws->lane[b],
	};

	return span;
}

/* Numbers that scale_srr_with() needs as scratch. */
size_t scale_srr_scratch(size_t states, size_t d);

/* scale_srr() without an allocation. */
int scale_srr_with(const real_t *f, size_t states, size_t d,
		   scale_srr_form_t form, double w_c, double w_d,
		   double *l_c, double *l_d, real_t *df, real_t *scratch,
		   scale_err_t *err);

#endif
