/*
 * layout.h - which row of the tensor table plays which part
 *
 * Pointer, in the order of SPEC section 4: task, server, blocks, actor, prior
 * where it has one, critic.  MLP: task, server, trunk, actor, critic.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LAYOUT_H
#define SCALE_LAYOUT_H

#include "net.h"

/* Of either, before all others: row numbers. */
enum {
	SCALE_TASK_W0,
	SCALE_TASK_B0,
	SCALE_TASK_W2,
	SCALE_TASK_B2,
	SCALE_SERVER_W0,
	SCALE_SERVER_B0,
	SCALE_SERVER_W2,
	SCALE_SERVER_B2,
	SCALE_HEAD_ROWS
};

/* The rest of an MLP but its critic. */
enum {
	SCALE_TRUNK_W0 = SCALE_HEAD_ROWS,
	SCALE_TRUNK_B0,
	SCALE_TRUNK_W2,
	SCALE_TRUNK_B2,
	SCALE_ACTOR_W0,
	SCALE_ACTOR_B0,
	SCALE_ACTOR_W2,
	SCALE_ACTOR_B2,
	SCALE_MLP_ROWS
};

/* Inside a block: use scale_block_row(). */
enum {
	SCALE_ATTN_Q,
	SCALE_ATTN_K,
	SCALE_ATTN_V,
	SCALE_ATTN_O,
	SCALE_NORM1_W,
	SCALE_NORM1_B,
	SCALE_FFN_W0,
	SCALE_FFN_B0,
	SCALE_FFN_W2,
	SCALE_FFN_B2,
	SCALE_NORM2_W,
	SCALE_NORM2_B,
	SCALE_BLOCK_ROWS
};

/* After the blocks: use scale_block_row() with the number of layers. */
enum {
	SCALE_ACTOR_Q,
	SCALE_ACTOR_K,
	SCALE_POINTER_ROWS
};

/* Of the prior, after the actor's rows: use scale_prior_row(). */
enum {
	SCALE_PRIOR_ORDER,
	SCALE_PRIOR_PLACE,
	SCALE_PRIOR_ROWS
};

/* The last rows of either: use scale_critic_row(). */
enum {
	SCALE_CRITIC_W0,
	SCALE_CRITIC_B0,
	SCALE_CRITIC_W2,
	SCALE_CRITIC_B2,
	SCALE_CRITIC_W4,
	SCALE_CRITIC_B4,
	SCALE_CRITIC_ROWS
};

static inline size_t scale_block_row(size_t layer, size_t row)
{
	return SCALE_HEAD_ROWS + layer * SCALE_BLOCK_ROWS + row;
}

static inline size_t scale_actor_row(const scale_net_t *net, size_t row)
{
	return scale_block_row(net->dims.layers, row);
}

static inline size_t scale_prior_row(const scale_net_t *net, size_t row)
{
	return scale_actor_row(net, SCALE_POINTER_ROWS) + row;
}

static inline size_t scale_critic_row(const scale_net_t *net, size_t row)
{
	return net->tensor_count - SCALE_CRITIC_ROWS + row;
}

/* Numbers of a row within params, or within any block laid out like it. */
static inline real_t *scale_row(const scale_net_t *net, real_t *params,
				size_t row)
{
	return params + net->tensor[row].offset;
}

static inline const real_t *scale_param(const scale_net_t *net, size_t row)
{
	return net->params + net->tensor[row].offset;
}

#endif
