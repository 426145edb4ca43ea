/*
 * bench_cluster.c - servers and a primitive to decide about
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "bench.h"
#include "bench_cluster.h"
#include "model/rng.h"

bench_cluster_t bench_cluster_create(size_t n)
{
	bench_cluster_t c = {
		.gflops = bench_must(calloc(n, sizeof(double))),
		.mem_gb = bench_must(calloc(n, sizeof(double))),
		.free_at = bench_must(calloc(n, sizeof(double))),
		.power_kw = bench_must(calloc(n, sizeof(double))),
		.busy = bench_must(calloc(n, 1)),
	};
	scale_rng_t rng;

	scale_rng_seed(&rng, 42, n);
	for (size_t j = 0; j < n; j++) {
		c.gflops[j] = 2.0 + 8.0 * scale_rng_uniform(&rng);
		c.mem_gb[j] = 16.0 * (double) (1 + scale_rng_below(&rng, 5));
		c.busy[j] = (uint8_t) scale_rng_below(&rng, 2);
		c.free_at[j] = 10.0 * scale_rng_uniform(&rng);
		c.power_kw[j] = c.busy[j] ? 0.2 : 0.1;
	}
	c.view = (scale_cluster_t) {
		.n = n,
		.gflops = c.gflops,
		.mem_gb = c.mem_gb,
		.free_at = c.free_at,
		.power_kw = c.power_kw,
		.busy = c.busy,
		.now = 1.0,
		.gflops_max = 10.0,
		.mem_max_gb = 80.0,
		.bandwidth_gb_s = 10.0,
		.latency_s = 0.01,
	};
	return c;
}

void bench_cluster_destroy(bench_cluster_t *c)
{
	free(c->gflops);
	free(c->mem_gb);
	free(c->free_at);
	free(c->power_kw);
	free(c->busy);
}

const scale_task_t bench_task = {
	.gflop = 12.5,
	.mem_gb = 16.0,
	.out_gb = 0.5,
	.successors = 2,
	.workflow_done = 3,
	.workflow_size = 8,
	.parent_server = 1,
	.parent_out_gb = 0.5,
};
