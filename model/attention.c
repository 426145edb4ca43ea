/*
 * attention.c - the parts of the network that touch every server
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "attention.h"

void scale_embed_forward(const scale_kernel_t *kernel,
			 const scale_dims_t *dims, const real_t *embed,
			 size_t width, const real_t *psi, size_t ld_psi,
			 real_t *hidden, real_t *z)
{
	size_t d = dims->d_model, s = dims->server_features;
	const real_t *w0 = embed, *b0 = w0 + d * s;
	const real_t *w2 = b0 + d, *b2 = w2 + d * d;

	kernel->mul(d, s, width, w0, s, 1, b0, psi, ld_psi, hidden,
		    SCALE_TILE, SCALE_MUL_RELU);
	kernel->mul(d, d, width, w2, d, 1, b2, hidden, SCALE_TILE, z,
		    SCALE_TILE, 0);
}

/* db [d] += sums of dy [d][SCALE_TILE] over width lanes. */
static void sum_rows(size_t d, size_t width, const real_t *dy, real_t *db)
{
	for (size_t i = 0; i < d; i++, dy += SCALE_TILE) {
		real_t part[SCALE_LANES] = { 0 };

		for (size_t j = 0; j < width; j += SCALE_LANES)
			for (size_t l = 0; l < SCALE_LANES; l++)
				part[l] += dy[j + l];
		for (size_t l = 0; l < SCALE_LANES; l++)
			db[i] += part[l];
	}
}

void scale_embed_backward(const scale_kernel_t *kernel,
			  const scale_dims_t *dims, const real_t *embed,
			  size_t width, const real_t *psi,
			  const real_t *hidden, const real_t *dz,
			  real_t *dhidden, real_t *dembed)
{
	size_t d = dims->d_model, s = dims->server_features;
	const real_t *w2 = embed + d * s + d;
	real_t *dw0 = dembed, *db0 = dw0 + d * s;
	real_t *dw2 = db0 + d, *db2 = dw2 + d * d;

	kernel->dot(d, d, width, dz, SCALE_TILE, hidden, SCALE_TILE, dw2, d);
	sum_rows(d, width, dz, db2);
	kernel->mul(d, d, width, w2, 1, d, NULL, dz, SCALE_TILE, dhidden,
		    SCALE_TILE, 0);
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j < width; j++)
			if (!(hidden[i * SCALE_TILE + j] > 0))
				dhidden[i * SCALE_TILE + j] = 0;
	kernel->dot(d, s, width, dhidden, SCALE_TILE, psi, SCALE_TILE, dw0,
		    s);
	sum_rows(d, width, dhidden, db0);
}

/* Part of a span within one tile. */
typedef struct piece {
	size_t at;		/* lane within the span */
	size_t width;
	size_t offset;		/* of its first lane in [tiles][d][TILE] */
} piece_t;

static piece_t piece_at(const scale_span_t *span, size_t at, size_t d)
{
	size_t lane = span->first + at;
	size_t room = SCALE_TILE - lane % SCALE_TILE;
	size_t left = span->lanes - at;
	piece_t piece = {
		.at = at,
		.width = left < room ? left : room,
		.offset = lane / SCALE_TILE * d * SCALE_TILE +
			  lane % SCALE_TILE,
	};

	return piece;
}

void scale_score_forward(const scale_kernel_t *kernel, size_t d, size_t m,
			 const scale_span_t *span, const real_t *query,
			 const real_t *z, real_t *score)
{
	piece_t p;

	for (size_t at = 0; at < span->lanes; at += p.width) {
		p = piece_at(span, at, d);
		kernel->mul(m, d, p.width, query, d, 1, NULL, z + p.offset,
			    SCALE_TILE, score + at, span->lanes, 0);
	}
}

/* c [m][d] += weight [m][lanes] z^T. */
static void sum_servers(const scale_kernel_t *kernel, size_t d, size_t m,
			const scale_span_t *span, const real_t *weight,
			const real_t *z, real_t *c)
{
	piece_t p;

	for (size_t at = 0; at < span->lanes; at += p.width) {
		p = piece_at(span, at, d);
		kernel->dot(m, d, p.width, weight + at, span->lanes,
			    z + p.offset, SCALE_TILE, c, d);
	}
}

/* dz += query [m][d]^T weight [m][lanes]. */
static void add_outer(const scale_kernel_t *kernel, size_t d, size_t m,
		      const scale_span_t *span, const real_t *query,
		      const real_t *weight, real_t *dz)
{
	piece_t p;

	for (size_t at = 0; at < span->lanes; at += p.width) {
		p = piece_at(span, at, d);
		kernel->mul(d, m, p.width, query, 1, d, NULL, weight + at,
			    span->lanes, dz + p.offset, SCALE_TILE,
			    SCALE_MUL_ADD);
	}
}

void scale_score_backward(const scale_kernel_t *kernel, size_t d, size_t m,
			  const scale_span_t *span, const real_t *query,
			  const real_t *z, const real_t *dscore,
			  real_t *dquery, real_t *dz)
{
	sum_servers(kernel, d, m, span, dscore, z, dquery);
	add_outer(kernel, d, m, span, query, dscore, dz);
}

void scale_attention_forward(const scale_kernel_t *kernel,
			     const scale_dims_t *dims,
			     const scale_span_t *span, const real_t *query,
			     const real_t *z, real_t *weight, real_t *mean)
{
	size_t d = dims->d_model, heads = dims->heads;

	scale_score_forward(kernel, d, heads, span, query, z, weight);
	for (size_t i = 0; i < heads; i++)
		for (size_t j = span->n; j < span->lanes; j++)
			weight[i * span->lanes + j] = -INFINITY;
	kernel->softmax(heads, span->lanes, weight, span->lanes);
	memset(mean, 0, heads * d * sizeof(*mean));
	sum_servers(kernel, d, heads, span, weight, z, mean);
}

void scale_attention_backward(const scale_kernel_t *kernel,
			      const scale_dims_t *dims,
			      const scale_span_t *span, const real_t *query,
			      const real_t *z, const real_t *weight,
			      const real_t *dmean, real_t *dweight,
			      real_t *dquery, real_t *dz)
{
	size_t d = dims->d_model, heads = dims->heads;

	scale_score_forward(kernel, d, heads, span, dmean, z, dweight);
	add_outer(kernel, d, heads, span, dmean, weight, dz);
	kernel->softmax_backward(heads, span->lanes, weight, dweight,
				 span->lanes);
	memset(dquery, 0, heads * d * sizeof(*dquery));
	scale_score_backward(kernel, d, heads, span, query, z, dweight,
			     dquery, dz);
}
