/*
 * exchange.h - states and batches as JSON, for comparison with others
 *
 * STATE: {"task": [P numbers], "servers": [[S numbers], ...],
 *         "idle": [true, ...], "fits": [true, ...]}
 * BATCH: {"states": [STATE, ...], "actions": [...], "old_log_probs": [...],
 *         "advantages": [...], "returns": [...], "clip": 0.2, "c1": 0.5,
 *         "c2": 0.01, "lambda1": 0.01, "lambda2": 0.001, "srr_weight": 1.0,
 *         "normalize_advantages": false, "mask": false}
 * "idle", "fits" and whatever has a value above may be left out.  Anything
 * else is an error that gives line and column, or the path to the value.
 * For tools; float only.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_EXCHANGE_H
#define SCALE_EXCHANGE_H

#include <stdbool.h>

#include "learn.h"

/* States laid out as learn.h wants them; letters as in net.h. */
typedef struct scale_states {
	size_t count;			/* B > 0 */
	size_t *first;			/* [B + 1] */
	real_t *task;			/* [B][P] */
	real_t *server;			/* [S][T] */
	uint8_t *usable;			/* [T] idle and fits */
} scale_states_t;

typedef struct scale_exchange {
	scale_states_t states;
	bool mask;			/* only servers that are usable */
	/* of a BATCH alone; [B] each */
	size_t *action;
	real_t *old_log_prob;
	real_t *advantage;
	real_t *ret;
	scale_loss_config_t config;
} scale_exchange_t;

/*
 * OUT x, to be freed by scale_exchange_free()
 * RET 0; -1 with EINVAL or ENOMEM; nothing is then to be freed
 */
int scale_exchange_state(const char *text, size_t size,
			 const scale_dims_t *dims, scale_exchange_t *x,
			 scale_err_t *err);
int scale_exchange_batch(const char *text, size_t size,
			 const scale_dims_t *dims, scale_exchange_t *x,
			 scale_err_t *err);
void scale_exchange_free(scale_exchange_t *x);

#endif
