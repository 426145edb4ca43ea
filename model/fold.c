/*
 * fold.c - parameters as a single query sees them
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "fold.h"
#include "layout.h"

size_t scale_fold_a(const scale_dims_t *dims, size_t layer)
{
	size_t d = dims->d_model;

	return 2 * layer * dims->heads * d * d;
}

size_t scale_fold_g(const scale_dims_t *dims, size_t layer)
{
	size_t d = dims->d_model;

	return scale_fold_a(dims, layer) + dims->heads * d * d;
}

size_t scale_fold_u(const scale_dims_t *dims)
{
	return scale_fold_a(dims, dims->layers);
}

size_t scale_fold_count(const scale_dims_t *dims)
{
	size_t d = dims->d_model;

	return scale_fold_u(dims) + d * d;
}

/* A [(head, k)][i] = scale * sum over c of K [head, c][k] Q [head, c][i]. */
static void fold_query(size_t d, size_t heads, real_t scale, const real_t *q,
		       const real_t *k, real_t *a)
{
	size_t h = d / heads;

	memset(a, 0, heads * d * d * sizeof(*a));
	for (size_t row = 0; row < d; row++) {
		real_t *a_head = a + row / h * d * d;

		for (size_t l = 0; l < d; l++) {
			real_t weight = scale * k[row * d + l];

			for (size_t i = 0; i < d; i++)
				a_head[l * d + i] += weight * q[row * d + i];
		}
	}
}

static void unfold_query(size_t d, size_t heads, real_t scale,
			 const real_t *q, const real_t *k, const real_t *da,
			 real_t *dq, real_t *dk)
{
	size_t h = d / heads;

	for (size_t row = 0; row < d; row++) {
		const real_t *da_head = da + row / h * d * d;

		for (size_t l = 0; l < d; l++) {
			real_t weight = scale * k[row * d + l], sum = 0;

			for (size_t i = 0; i < d; i++) {
				real_t g = da_head[l * d + i];

				dq[row * d + i] += weight * g;
				sum += g * q[row * d + i];
			}
			dk[row * d + l] += scale * sum;
		}
	}
}

/* G [i][(head, k)] = sum over c of O [i][head, c] V [head, c][k]. */
static void fold_value(size_t d, size_t heads, const real_t *v,
		       const real_t *o, real_t *g)
{
	size_t h = d / heads;

	memset(g, 0, heads * d * d * sizeof(*g));
	for (size_t i = 0; i < d; i++)
		for (size_t row = 0; row < d; row++) {
			real_t *g_head = g + (i * heads + row / h) * d;

			for (size_t l = 0; l < d; l++)
				g_head[l] += o[i * d + row] * v[row * d + l];
		}
}

static void unfold_value(size_t d, size_t heads, const real_t *v,
			 const real_t *o, const real_t *dg, real_t *dv,
			 real_t *d_o)
{
	size_t h = d / heads;

	for (size_t i = 0; i < d; i++)
		for (size_t row = 0; row < d; row++) {
			const real_t *dg_head = dg + (i * heads + row / h) * d;
			real_t weight = o[i * d + row], sum = 0;

			for (size_t l = 0; l < d; l++) {
				dv[row * d + l] += weight * dg_head[l];
				sum += v[row * d + l] * dg_head[l];
			}
			d_o[i * d + row] += sum;
		}
}

static real_t score_scale(const scale_dims_t *dims)
{
	return (real_t) (1.0 / sqrt((double) dims->d_model / dims->heads));
}

void scale_fold(const scale_net_t *net, real_t *fold)
{
	const scale_dims_t *dims = &net->dims;

	for (size_t l = 0; l < dims->layers; l++) {
		size_t row = scale_block_row(l, 0);

		fold_query(dims->d_model, dims->heads, score_scale(dims),
			   scale_param(net, row + SCALE_ATTN_Q),
			   scale_param(net, row + SCALE_ATTN_K),
			   fold + scale_fold_a(dims, l));
		fold_value(dims->d_model, dims->heads,
			   scale_param(net, row + SCALE_ATTN_V),
			   scale_param(net, row + SCALE_ATTN_O),
			   fold + scale_fold_g(dims, l));
	}
	fold_query(dims->d_model, 1, 1,
		   scale_param(net, scale_actor_row(net, SCALE_ACTOR_Q)),
		   scale_param(net, scale_actor_row(net, SCALE_ACTOR_K)),
		   fold + scale_fold_u(dims));
}

void scale_unfold(const scale_net_t *net, const real_t *dfold,
		  real_t *dparams)
{
	const scale_dims_t *dims = &net->dims;
	size_t q = scale_actor_row(net, SCALE_ACTOR_Q);
	size_t k = scale_actor_row(net, SCALE_ACTOR_K);

	for (size_t l = 0; l < dims->layers; l++) {
		size_t row = scale_block_row(l, 0);

		unfold_query(dims->d_model, dims->heads, score_scale(dims),
			     scale_param(net, row + SCALE_ATTN_Q),
			     scale_param(net, row + SCALE_ATTN_K),
			     dfold + scale_fold_a(dims, l),
			     scale_row(net, dparams, row + SCALE_ATTN_Q),
			     scale_row(net, dparams, row + SCALE_ATTN_K));
		unfold_value(dims->d_model, dims->heads,
			     scale_param(net, row + SCALE_ATTN_V),
			     scale_param(net, row + SCALE_ATTN_O),
			     dfold + scale_fold_g(dims, l),
			     scale_row(net, dparams, row + SCALE_ATTN_V),
			     scale_row(net, dparams, row + SCALE_ATTN_O));
	}
	unfold_query(dims->d_model, 1, 1, scale_param(net, q),
		     scale_param(net, k), dfold + scale_fold_u(dims),
		     scale_row(net, dparams, q), scale_row(net, dparams, k));
}
