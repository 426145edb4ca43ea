/*
 * group_bench.c - time of a model's choice where few servers differ
 *
 * 32 kinds of servers, half of each idle and half overdue: 64 states.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "bench_cluster.h"
#include "group_bench.h"
#include "model/exit_code.h"
#include "model/index.h"
#include "model/policy.h"

static const size_t sizes[] = { 16, 1024, 10000, 100000 };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

typedef struct choosing {
	bench_cluster_t cluster;
	scale_cluster_t view;
	scale_index_t index;
	scale_policy_t *policy;
} choosing_t;

static scale_policy_t *make_policy(size_t n)
{
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = bench_must(scale_net_create(&dims, NULL));
	scale_model_t *model = bench_must(scale_model_create(net, NULL));
	scale_policy_t *policy;

	scale_net_init(net, 42);
	policy = bench_must(scale_policy_from_model(model, NULL));
	scale_model_destroy(model);
	if (scale_policy_reserve(policy, n, NULL))
		bench_must(NULL);
	return policy;
}

static void choosing_init(choosing_t *a, size_t n)
{
	double gflops[SCALE_INDEX_KINDS], mem_gb[SCALE_INDEX_KINDS];

	a->cluster = bench_cluster_create(n);
	a->policy = make_policy(n);
	for (size_t k = 0; k < SCALE_INDEX_KINDS; k++) {
		gflops[k] = 2.0 + 0.25 * (double) k;
		mem_gb[k] = 80.0;
	}
	scale_index_init(&a->index, SCALE_INDEX_KINDS, gflops, mem_gb);
	if (scale_index_reserve(&a->index, n))
		bench_must(NULL);
	for (size_t j = 0; j < n; j++) {
		size_t k = j % SCALE_INDEX_KINDS;

		a->cluster.gflops[j] = gflops[k];
		a->cluster.mem_gb[j] = mem_gb[k];
		a->cluster.free_at[j] = 0.0;
		a->cluster.busy[j] = j / SCALE_INDEX_KINDS % 2;
		a->cluster.power_kw[j] = a->cluster.busy[j] ? 0.2 : 0.1;
		scale_index_join(&a->index, j, k);
		if (a->cluster.busy[j])
			scale_index_start(&a->index, j, 0.0);
	}
	a->view = a->cluster.view;
}

static void choose(void *arg)
{
	choosing_t *a = arg;
	scale_choice_t choice;
	scale_err_t err = { "" };

	if (scale_policy_choose(a->policy, &a->view, &bench_task, &choice,
				&err)) {
		fprintf(stderr, "decide-bench: %s\n", err.text);
		exit(SCALE_EXIT_FAILURE);
	}
}

json_t *group_bench(void)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < SIZES; i++) {
		choosing_t a;
		double table, index;

		choosing_init(&a, sizes[i]);
		a.view.index = NULL;
		table = bench_time_us(choose, &a);
		a.view.index = &a.index;
		index = bench_time_us(choose, &a);
		json_array_append_new(rows, json_pack(
			"{s:i, s:f, s:f}", "servers", (int) sizes[i],
			"index_us", index, "table_us", table));
		scale_policy_destroy(a.policy);
		scale_index_fini(&a.index);
		bench_cluster_destroy(&a.cluster);
	}
	return rows;
}

void group_print(const json_t *rows)
{
	const json_t *row;
	size_t i;

	printf("a choice among at most 64 states and a predecessor's server\n"
	       "%8s %12s %12s\n", "servers", "index us", "table us");
	json_array_foreach(rows, i, row)
		printf("%8.0f %12.2f %12.2f\n",
		       json_number_value(json_object_get(row, "servers")),
		       json_number_value(json_object_get(row, "index_us")),
		       json_number_value(json_object_get(row, "table_us")));
}
