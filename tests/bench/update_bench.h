/*
 * update_bench.h - transitions per second of a training update
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UPDATE_BENCH_H
#define UPDATE_BENCH_H

#include <jansson.h>

#include "model/net.h"

/* Forward, loss of eq. (5), backward, clipping and Adam on minibatches of 256
 * states with N = 16, on net.  RET rate and the time of each phase. */
json_t *update_bench(scale_net_t *net);
void update_print(const json_t *update);

#endif
