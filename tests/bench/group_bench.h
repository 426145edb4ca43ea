/*
 * group_bench.h - time of a model's choice where few servers differ
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef GROUP_BENCH_H
#define GROUP_BENCH_H

#include <jansson.h>

/* Whole choices (scale_policy_choose()) over N servers in at most 64 states
 * and one predecessor's: found by an index, by a hash table. */
json_t *group_bench(void);
void group_print(const json_t *rows);

#endif
