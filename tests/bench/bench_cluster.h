/*
 * bench_cluster.h - servers and a primitive to decide about
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BENCH_CLUSTER_H
#define BENCH_CLUSTER_H

#include "model/feat.h"

/* Servers of three tiers, half of them busy, no two alike. */
typedef struct bench_cluster {
	scale_cluster_t view;
	double *gflops, *mem_gb, *free_at, *power_kw;
	uint8_t *busy;
} bench_cluster_t;

bench_cluster_t bench_cluster_create(size_t n);
void bench_cluster_destroy(bench_cluster_t *c);

extern const scale_task_t bench_task;

#endif
