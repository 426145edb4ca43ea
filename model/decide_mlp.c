/*
 * decide_mlp.c - one decision of a structured MLP, see mlp.h
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "decide_impl.h"
#include "layout.h"

void scale_decide_mlp_take(scale_decider_t *dec, const scale_net_t *net,
			   scale_arena_t *arena)
{
	dec->task0 = scale_arena_layer(arena, net, SCALE_TASK_W0);
	dec->task2 = scale_arena_layer(arena, net, SCALE_TASK_W2);
	dec->server0 = scale_arena_layer(arena, net, SCALE_SERVER_W0);
	dec->server2 = scale_arena_layer(arena, net, SCALE_SERVER_W2);
	dec->trunk0 = scale_arena_layer(arena, net, SCALE_TRUNK_W0);
	dec->trunk2 = scale_arena_layer(arena, net, SCALE_TRUNK_W2);
	dec->actor0 = scale_arena_layer(arena, net, SCALE_ACTOR_W0);
	dec->actor2 = scale_arena_layer(arena, net, SCALE_ACTOR_W2);
}

void scale_decide_mlp_room(scale_scratch_t *scratch, const scale_dims_t *dims,
			   scale_arena_t *arena)
{
	scratch->flat = scale_arena_take(arena, (size_t) dims->servers *
						dims->server_features);
	scratch->joined = scale_arena_take(arena, (size_t) dims->d_model +
						  dims->ffn);
}

void scale_decide_mlp(const scale_decider_t *dec, scale_scratch_t *s,
		      const float *phi, const float *psi, size_t ld)
{
	size_t d = dec->dims.d_model, n = dec->dims.servers;

	for (size_t i = 0; i < dec->dims.server_features; i++)
		memcpy(s->flat + i * n, psi + i * ld, n * sizeof(*s->flat));
	scale_dense_apply(dec, &dec->task0, phi, s->wide1, SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->task2, s->wide1, s->x, SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->server0, s->flat, s->wide1,
			  SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->server2, s->wide1, s->wide2,
			  SCALE_MUL_RELU);
	memcpy(s->joined, s->x, d * sizeof(*s->joined));
	memcpy(s->joined + d, s->wide2, dec->dims.ffn * sizeof(*s->joined));
	scale_dense_apply(dec, &dec->trunk0, s->joined, s->wide1,
			  SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->trunk2, s->wide1, s->q, 0);
	scale_dense_apply(dec, &dec->actor0, s->q, s->wide1, SCALE_MUL_RELU);
	scale_dense_apply(dec, &dec->actor2, s->wide1, s->logit, 0);
}
