/*
 * attention.h - the parts of the network that touch every server
 *
 * Servers live in tiles: lane i of a batch is lane i % SCALE_TILE of tile
 * i / SCALE_TILE, and a tile is [rows][SCALE_TILE].  A state owns a range of
 * lanes that starts at a multiple of SCALE_LANES and is padded to one; the
 * rows of its attention weights and logits are contiguous, [rows][lanes].
 * Padded lanes have weight and gradient zero.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ATTENTION_H
#define SCALE_ATTENTION_H

#include "kernel.h"
#include "net.h"

/* The servers of one state. */
typedef struct scale_span {
	size_t first;		/* first lane */
	size_t n;		/* servers */
	size_t lanes;		/* scale_lanes(n) */
} scale_span_t;

/*
 * Server embedding z = W2 relu(W0 psi + b0) + b2 over width lanes.
 * IN  embed: W0 [d][S], b0 [d], W2 [d][d], b2 [d] one after another, as in
 *     the table; psi [S][ld_psi]
 * OUT hidden, z [d][SCALE_TILE]
 */
void scale_embed_forward(const scale_kernel_t *kernel,
			 const scale_dims_t *dims, const real_t *embed,
			 size_t width, const real_t *psi, size_t ld_psi,
			 real_t *hidden, real_t *z);

/*
 * IN  psi [S][SCALE_TILE], dz;  OUT dhidden [d][SCALE_TILE] (scratch);
 * ACC dembed, laid out like embed
 */
void scale_embed_backward(const scale_kernel_t *kernel,
			  const scale_dims_t *dims, const real_t *embed,
			  size_t width, const real_t *psi,
			  const real_t *hidden, const real_t *dz,
			  real_t *dhidden, real_t *dembed);

/* score [m][lanes] = query [m][d] z. */
void scale_score_forward(const scale_kernel_t *kernel, size_t d, size_t m,
			 const scale_span_t *span, const real_t *query,
			 const real_t *z, real_t *score);

/* dquery [m][d] += dscore z^T;  dz += query^T dscore.
 * IN  dscore [m][lanes], zero in padded lanes;  ACC dquery, dz */
void scale_score_backward(const scale_kernel_t *kernel, size_t d, size_t m,
			  const scale_span_t *span, const real_t *query,
			  const real_t *z, const real_t *dscore,
			  real_t *dquery, real_t *dz);

/*
 * Eq. (3) without the projections: weight = softmax(query z) over the
 * servers, mean = weight z^T.
 * IN  query [H][d];  OUT weight [H][lanes], mean [H][d]
 */
void scale_attention_forward(const scale_kernel_t *kernel,
			     const scale_dims_t *dims,
			     const scale_span_t *span, const real_t *query,
			     const real_t *z, real_t *weight, real_t *mean);

/*
 * IN  dmean [H][d];  OUT dquery [H][d], dweight [H][lanes] (scratch);
 * ACC dz
 */
void scale_attention_backward(const scale_kernel_t *kernel,
			      const scale_dims_t *dims,
			      const scale_span_t *span, const real_t *query,
			      const real_t *z, const real_t *weight,
			      const real_t *dmean, real_t *dweight,
			      real_t *dquery, real_t *dz);

#endif
