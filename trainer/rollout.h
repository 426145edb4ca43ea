/*
 * rollout.h - collecting an epoch's transitions, Algorithm 1 lines 5 to 17
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_ROLLOUT_H
#define TRAIN_ROLLOUT_H

#include "../model/rng.h"
#include "buffer.h"
#include "env.h"

/*
 * Draw from the softmax over the allowed logits.
 * OUT log_prob of what was drawn
 * RET index; n when no logit is allowed or one is not finite
 */
size_t train_sample(const float *logit, const uint8_t *allowed, size_t n,
		    scale_rng_t *rng, double *log_prob);

/*
 * Let every environment make buffer->steps decisions with net, on at most so
 * many threads, and estimate advantages and returns.  The result depends on
 * (config, epoch, net, environments) alone.
 * RET 0, or -1
 */
int train_rollout(const train_config_t *config, int64_t epoch,
		  const scale_net_t *net, train_env_t *const *env,
		  train_buffer_t *buffer, size_t threads, scale_err_t *err);

#endif
