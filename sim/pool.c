/*
 * pool.c - workflows that have arrived and are not finished yet
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "../model/dag.h"
#include "array.h"
#include "cluster.h"
#include "pool.h"

int sim_pool_init(sim_pool_t *pool, const sim_source_t *source)
{
	size_t n = source->tasks_max;

	*pool = (sim_pool_t) {
		.tasks_max = n,
		.edges_max = source->edges_max,
		.graph_size = 2 * (n + 1) + 2 * source->edges_max,
		.free_slot = SIM_NO_INDEX,
	};
	pool->draw = calloc(8 * n, sizeof(*pool->draw));
	pool->order = calloc(2 * n, sizeof(*pool->order));
	if (!pool->draw || !pool->order)
		return -1;
	pool->time = pool->draw + 5 * n;
	pool->comm = pool->draw + 6 * n;
	pool->rank = pool->draw + 7 * n;
	pool->hops = pool->order + n;
	/* parents come before their children already */
	for (size_t i = 0; i < n; i++)
		pool->order[i] = (uint32_t) i;
	return 0;
}

void sim_pool_fini(sim_pool_t *pool)
{
	free(pool->flow);
	free(pool->task);
	free(pool->trait);
	free(pool->graph);
	free(pool->draw);
	free(pool->order);
	*pool = (sim_pool_t) { 0 };
}

void sim_pool_reset(sim_pool_t *pool)
{
	pool->slots = 0;
	pool->live = 0;
	pool->free_slot = SIM_NO_INDEX;
}

static int grow(sim_pool_t *pool)
{
	size_t room = sim_array_room(pool->room, pool->room + 1);
	size_t tasks = room * pool->tasks_max;

	if (tasks >= SIM_NO_INDEX) {	/* ids have 32 bits */
		errno = ENOMEM;
		return -1;
	}
	if (sim_array_resize(&pool->flow, room, sizeof(*pool->flow)) ||
	    sim_array_resize(&pool->task, tasks, sizeof(*pool->task)) ||
	    sim_array_resize(&pool->trait, tasks, sizeof(*pool->trait)) ||
	    sim_array_resize(&pool->graph, room,
			     pool->graph_size * sizeof(*pool->graph)))
		return -1;
	pool->room = room;
	return 0;
}

/* Children from parents, each list ascending. */
static void invert(const sim_workflow_spec_t *spec, uint32_t *child_first,
		   uint32_t *child)
{
	memset(child_first, 0, (spec->n + 1) * sizeof(*child_first));
	for (uint32_t e = 0; e < spec->parent_first[spec->n]; e++)
		child_first[spec->parent[e] + 1]++;
	for (uint32_t i = 0; i < spec->n; i++)
		child_first[i + 1] += child_first[i];
	for (uint32_t i = 0; i < spec->n; i++)
		for (uint32_t e = spec->parent_first[i];
		     e < spec->parent_first[i + 1]; e++)
			child[child_first[spec->parent[e]]++] = i;
	/* each start has moved to the next list's: move back */
	memmove(child_first + 1, child_first, spec->n * sizeof(*child_first));
	child_first[0] = 0;
}

static void fill_tasks(sim_pool_t *pool, const sim_workflow_spec_t *spec,
		       uint32_t slot)
{
	sim_flow_t *flow = &pool->flow[slot];
	sim_task_t *task = sim_pool_tasks(pool, slot);
	sim_trait_t *trait = pool->trait + slot * pool->tasks_max;

	for (uint32_t i = 0; i < spec->n; i++) {
		flow->work += spec->guess[i];
		if (pool->rank[i] > flow->longest)
			flow->longest = pool->rank[i];
		trait[i] = (sim_trait_t) { pool->rank[i], spec->lag[i],
					   pool->hops[i] };
		task[i] = (sim_task_t) {
			.gflop = spec->gflop[i],
			.guess = spec->guess[i],
			.mem_gb = spec->mem_gb[i],
			.out_gb = spec->out_gb[i],
			.slot = slot,
			.missing = spec->parent_first[i + 1] -
				   spec->parent_first[i],
			.server = SIM_NO_INDEX,
			.parent = SIM_NO_INDEX,
			.state = SIM_TASK_WAITING,
		};
	}
	flow->work_left = flow->work;
}

void sim_pool_key(const sim_pool_t *pool, uint32_t id, scale_ready_t *key)
{
	const sim_task_t *task = &pool->task[id];
	const sim_trait_t *trait = &pool->trait[id];
	const sim_flow_t *flow = &pool->flow[task->slot];

	*key = (scale_ready_t) {
		.gflop = task->guess,
		.upward_rank = trait->upward_rank,
		.hops = trait->hops,
		.index = sim_pool_index(pool, id),
		.since = task->since,
		.arrival = flow->arrival,
		.workflow = flow->number,
		.work = flow->work,
		.work_left = flow->work_left,
		.critical_path = flow->longest,
		.attained = flow->attained,
		.size = flow->n,
		.left = flow->n - flow->done,
		.running = flow->running,
	};
}

static void rank_tasks(sim_pool_t *pool, const sim_workflow_spec_t *spec,
		       const sim_config_t *config, const uint32_t *child_first,
		       const uint32_t *child, double slow)
{
	scale_dag_t dag = { spec->n, child_first, child };

	for (uint32_t i = 0; i < spec->n; i++) {
		pool->time[i] = spec->guess[i] * slow;
		pool->comm[i] = spec->out_gb[i] / config->bandwidth_gb_s +
				config->latency_s;
	}
	scale_dag_hops(&dag, pool->order, pool->hops);
	scale_dag_upward_rank(&dag, pool->order, pool->time, pool->comm,
			      pool->rank);
}

int sim_pool_take(sim_pool_t *pool, sim_source_t *source, double arrival,
		  double slow, uint32_t *slot)
{
	size_t stride = pool->tasks_max;
	uint32_t s = pool->free_slot;
	sim_workflow_spec_t spec = {
		.gflop = pool->draw,
		.mem_gb = pool->draw + stride,
		.out_gb = pool->draw + 2 * stride,
		.lag = pool->draw + 3 * stride,
		.guess = pool->draw + 4 * stride,
	};
	uint32_t *child_first, *child;
	uint64_t number;

	if (s == SIM_NO_INDEX) {
		if (pool->slots == pool->room && grow(pool))
			return -1;
		s = (uint32_t) pool->slots++;
	} else {
		pool->free_slot = pool->flow[s].next_free;
	}
	spec.parent_first = sim_pool_graph(pool, s, 0);
	child_first = sim_pool_graph(pool, s, 1);
	spec.parent = sim_pool_graph(pool, s, 2);
	child = sim_pool_graph(pool, s, 3);
	number = sim_source_make(source, &spec);
	invert(&spec, child_first, child);
	rank_tasks(pool, &spec, source->config, child_first, child, slow);
	pool->flow[s] = (sim_flow_t) {
		.arrival = arrival,
		.number = number,
		.n = spec.n,
	};
	fill_tasks(pool, &spec, s);
	pool->live++;
	*slot = s;
	return 0;
}

void sim_pool_give_back(sim_pool_t *pool, uint32_t slot)
{
	pool->flow[slot].n = 0;
	pool->flow[slot].next_free = pool->free_slot;
	pool->free_slot = slot;
	pool->live--;
}
