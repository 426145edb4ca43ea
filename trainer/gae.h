/*
 * gae.h - generalised advantage estimation
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_GAE_H
#define TRAIN_GAE_H

#include <stddef.h>

#include "../model/real.h"

/*
 * One stream of transitions, in order:
 *   delta_t = r_t + gamma_t V(s'_t) - V(s_t)
 *   A_t = delta_t + gamma_t lambda A_{t+1}, cut where an episode ends
 *   R_t = A_t + V(s_t)
 * IN  next_value [n] V of the state after t; where an episode was cut by time
 *     this is the bootstrap, where it really ended it is 0
 *     discount [n] gamma_t;  last [n] 1: t is the last of its episode
 * OUT advantage [n], ret [n]
 */
void train_gae(size_t n, const real_t *reward, const real_t *value,
	       const real_t *next_value, const real_t *discount,
	       const unsigned char *last, double lambda, real_t *advantage,
	       real_t *ret);

#endif
