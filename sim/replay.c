/*
 * replay.c - workflows that are given in memory
 *
 * The seed changes nothing here: failures of servers alone draw from it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "replay.h"

static void reset(sim_source_t *source, uint64_t seed)
{
	(void) source;
	(void) seed;
}

static bool next(sim_source_t *source, double *at)
{
	const sim_arrivals_t *list = &((sim_replay_t *) source)->list;

	if (source->arrived == list->count)
		return false;
	*at = list->item[source->arrived].at;
	return true;
}

static void make(sim_source_t *source, sim_workflow_spec_t *spec)
{
	const sim_arrivals_t *list = &((sim_replay_t *) source)->list;
	const sim_workflow_spec_t *from = &list->item[source->made].flow;
	size_t size = from->n * sizeof(double);

	spec->n = from->n;
	for (uint32_t i = 0; i < from->n; i++)
		spec->guess[i] = ((sim_replay_t *) source)->gflop;
	memcpy(spec->gflop, from->gflop, size);
	memcpy(spec->mem_gb, from->mem_gb, size);
	memcpy(spec->out_gb, from->out_gb, size);
	memcpy(spec->lag, from->lag, size);
	memcpy(spec->parent_first, from->parent_first,
	       (from->n + 1) * sizeof(*from->parent_first));
	memcpy(spec->parent, from->parent,
	       from->parent_first[from->n] * sizeof(*from->parent));
}

static bool is_amount(double x)
{
	return isfinite(x) && x >= 0.0;
}

static int check_task(const sim_workflow_spec_t *flow, uint32_t i, size_t w,
		      scale_err_t *err)
{
	const uint32_t *first = flow->parent_first;

	if (!is_amount(flow->gflop[i]) || flow->gflop[i] <= 0.0)
		return scale_err_set(err, EINVAL,
				     "workflow %zu, primitive %u: work of %g GFLOP; it must be above 0",
				     w, i, flow->gflop[i]);
	if (!is_amount(flow->mem_gb[i]) || !is_amount(flow->out_gb[i]) ||
	    !is_amount(flow->lag[i]))
		return scale_err_set(err, EINVAL,
				     "workflow %zu, primitive %u: memory %g GB, output %g GB, lag %g s; none may be negative",
				     w, i, flow->mem_gb[i], flow->out_gb[i],
				     flow->lag[i]);
	if (first[i + 1] < first[i])
		return scale_err_set(err, EINVAL,
				     "workflow %zu, primitive %u: its predecessors end before they begin",
				     w, i);
	for (uint32_t e = first[i]; e < first[i + 1]; e++)
		if (flow->parent[e] >= i ||
		    (e > first[i] && flow->parent[e] <= flow->parent[e - 1]))
			return scale_err_set(err, EINVAL,
					     "workflow %zu, primitive %u: predecessor %u; they must ascend and come before it",
					     w, i, flow->parent[e]);
	return 0;
}

static int check_flow(const sim_arrivals_t *list, size_t w, scale_err_t *err)
{
	const sim_arrival_t *item = &list->item[w];

	if (!is_amount(item->at) || (w && item->at < item[-1].at))
		return scale_err_set(err, EINVAL,
				     "workflow %zu arrives at %g s; times must ascend from 0",
				     w, item->at);
	if (!item->flow.n || item->flow.parent_first[0])
		return scale_err_set(err, EINVAL,
				     "workflow %zu: no primitives, or predecessors of none",
				     w);
	for (uint32_t i = 0; i < item->flow.n; i++)
		if (check_task(&item->flow, i, w, err))
			return -1;
	return 0;
}

int sim_replay_init(sim_replay_t *replay, const sim_config_t *config,
		    const sim_arrivals_t *list, scale_err_t *err)
{
	sim_source_t source = {
		.config = config,
		.edges_max = 1,		/* nobody likes empty blocks */
		.reset = reset,
		.next = next,
		.make = make,
	};
	double work = 0.0, tasks = 0.0;

	if (!list->count)
		return scale_err_set(err, EINVAL, "there is no workflow");
	for (size_t w = 0; w < list->count; w++) {
		const sim_workflow_spec_t *flow = &list->item[w].flow;

		if (check_flow(list, w, err))
			return -1;
		for (uint32_t i = 0; i < flow->n; i++)
			work += flow->gflop[i];
		tasks += flow->n;
		if (flow->n > source.tasks_max)
			source.tasks_max = flow->n;
		if (flow->parent_first[flow->n] > source.edges_max)
			source.edges_max = flow->parent_first[flow->n];
	}
	*replay = (sim_replay_t) { .source = source, .gflop = work / tasks,
				   .list = *list };
	return 0;
}
