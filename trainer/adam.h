/*
 * adam.h - the optimiser
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_ADAM_H
#define TRAIN_ADAM_H

#include <stddef.h>
#include <stdint.h>

#include "../model/net.h"
#include "part.h"
#include "train_config.h"

typedef struct train_adam {
	size_t count;		/* parameters */
	uint64_t step;		/* updates so far */
	real_t *m, *v;		/* [count] first and second moment; one block */
} train_adam_t;

train_adam_t *train_adam_create(size_t count, scale_err_t *err);
void train_adam_destroy(train_adam_t *adam);

/*
 * One update of Adam (Kingma and Ba, 2015, Algorithm 1):
 *   m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   p -= rate m/(1 - b1^t) / (sqrt(v/(1 - b2^t)) + eps)
 */
void train_adam_update(train_adam_t *adam, real_t *params, const real_t *grad,
		       double rate, double beta1, double beta2, double eps);

/* Scale grad down to the 2-norm max_norm if it is longer; 0: never.
 * RET its norm before; not finite when some gradient is not */
double train_clip_norm(real_t *grad, size_t count, double max_norm);

/*
 * One update of net in epoch: clip grad, then Adam, as config says.
 * OUT norm of grad before clipping
 * RET 0; -1 with EDOM (grad is not finite; net untouched)
 */
int train_adam_step(train_adam_t *adam, scale_net_t *net, real_t *grad,
		    const train_config_t *config, int64_t epoch, double *norm,
		    scale_err_t *err);

/* Moments and number of updates (part.h). */
int train_adam_parts(train_adam_t *adam, train_part_f part, void *arg);

#endif
