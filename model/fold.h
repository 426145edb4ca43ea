/*
 * fold.h - parameters as a single query sees them
 *
 * One task queries the servers, so products of two parameters act as one:
 *   A_l [H d][d]  rows (head, k): W_K^T W_Q / sqrt(h); A q scores servers
 *   G_l [d][H d]  columns (head, k): W_O W_V; G c is the attention's output
 *   U   [d][d]    W_k^T W_q of the actor, eq. (4)
 * Projecting the query into the servers' space spares projecting every
 * server.  All live in one block of scale_fold_count() numbers; gradients
 * have the same layout.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_FOLD_H
#define SCALE_FOLD_H

#include "net.h"

size_t scale_fold_count(const scale_dims_t *dims);

/* Where A_l, G_l and U begin in the block. */
size_t scale_fold_a(const scale_dims_t *dims, size_t layer);
size_t scale_fold_g(const scale_dims_t *dims, size_t layer);
size_t scale_fold_u(const scale_dims_t *dims);

/* OUT fold [scale_fold_count()] */
void scale_fold(const scale_net_t *net, real_t *fold);

/* The chain rule back.  IN dfold; ACC dparams [param_count] */
void scale_unfold(const scale_net_t *net, const real_t *dfold,
		  real_t *dparams);

#endif
