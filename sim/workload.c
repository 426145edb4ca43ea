/*
 * workload.c - random workflows: which arrive, and when
 *
 * SPEC section 2; the DAG rule is ours, the distributions are the paper's
 * (section 5.1.2).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "workload.h"

static void reset(sim_source_t *source, uint64_t seed)
{
	sim_workload_t *load = (sim_workload_t *) source;

	load->last = 0.0;
	for (int i = 0; i < SIM_STREAM_WORKLOADS; i++)
		scale_rng_seed(&load->rng[i], seed, (uint64_t) i);
}

static bool next(sim_source_t *source, double *at)
{
	sim_workload_t *load = (sim_workload_t *) source;
	scale_rng_t *rng = &load->rng[SIM_STREAM_ARRIVAL];

	load->last += scale_rng_exponential(rng) / load->rate;
	*at = load->last;
	return true;
}

/* Node i > 0 has one or two predecessors, uniform among those before it. */
static void make_edges(sim_workload_t *load, sim_workflow_spec_t *spec)
{
	scale_rng_t *rng = &load->rng[SIM_STREAM_SHAPE];
	uint32_t edges = 0;

	spec->parent_first[0] = 0;
	for (uint32_t i = 0; i < spec->n; i++) {
		spec->parent_first[i] = edges;
		if (!i)
			continue;
		bool two = scale_rng_uniform(rng) <
			   load->source.config->two_parents;
		uint32_t a = (uint32_t) scale_rng_below(rng, i);

		if (two && i > 1) {
			uint32_t b = (uint32_t) scale_rng_below(rng, i - 1);

			b += b >= a;	/* any but a */
			spec->parent[edges++] = a < b ? a : b;
			spec->parent[edges++] = a < b ? b : a;
		} else {
			spec->parent[edges++] = a;
		}
	}
	spec->parent_first[spec->n] = edges;
}

static double clipped_normal(scale_rng_t *rng, double mean, double sd,
			     double min, double max)
{
	double x = mean + sd * scale_rng_normal(rng);

	return x < min ? min : x > max ? max : x;
}

static void make(sim_source_t *source, sim_workflow_spec_t *spec)
{
	sim_workload_t *load = (sim_workload_t *) source;
	const sim_config_t *c = source->config;
	uint64_t choices = (uint64_t) (c->tasks_max - c->tasks_min) + 1;

	spec->n = (uint32_t) c->tasks_min +
		  (uint32_t) scale_rng_below(&load->rng[SIM_STREAM_SHAPE],
					     choices);
	make_edges(load, spec);
	memset(spec->lag, 0, spec->n * sizeof(*spec->lag));
	for (uint32_t i = 0; i < spec->n; i++) {
		spec->gflop[i] = clipped_normal(&load->rng[SIM_STREAM_WORK],
						c->gflop_mean, c->gflop_sd,
						c->gflop_min, 1e300);
		spec->mem_gb[i] = clipped_normal(&load->rng[SIM_STREAM_MEMORY],
						 c->need_mean, c->need_sd,
						 c->need_min, c->need_max);
		spec->out_gb[i] = clipped_normal(&load->rng[SIM_STREAM_OUTPUT],
						 c->out_mean, c->out_sd,
						 c->out_min, 1e300);
	}
}

void sim_workload_init(sim_workload_t *load, const sim_config_t *config)
{
	*load = (sim_workload_t) {
		.source = {
			.config = config,
			.tasks_max = (size_t) config->tasks_max,
			.edges_max = 2 * (size_t) config->tasks_max,
			.reset = reset,
			.next = next,
			.make = make,
		},
		.rate = sim_workload_rate(config),
	};
}
