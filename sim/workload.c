/*
 * workload.c - random workflows: which arrive, and when
 *
 * SPEC section 2; the distributions are the paper's (section 5.1.2).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "cluster.h"
#include "workload.h"

static void reset(sim_source_t *source, uint64_t seed)
{
	sim_workload_t *load = (sim_workload_t *) source;

	for (int i = 0; i < SIM_STREAM_COUNT; i++)
		scale_rng_seed(&load->rng[i], seed, (uint64_t) i);
	sim_pace_reset(&load->pace, &load->rng[SIM_STREAM_PACE]);
}

static bool next(sim_source_t *source, double *at)
{
	sim_workload_t *load = (sim_workload_t *) source;

	*at = sim_pace_next(&load->pace, &load->rng[SIM_STREAM_ARRIVAL],
			    &load->rng[SIM_STREAM_PACE]);
	return true;
}

static double clipped_normal(scale_rng_t *rng, double mean, double sd,
			     double min, double max)
{
	double x = mean + sd * scale_rng_normal(rng);

	return x < min ? min : x > max ? max : x;
}

/* E[max(min, X)] of a normal X. */
static double clipped_mean(double mean, double sd, double min)
{
	double z, tail, density;

	if (!(sd > 0.0))
		return mean > min ? mean : min;
	z = (min - mean) / sd;
	tail = 0.5 * erfc(z / sqrt(2.0));	/* P(X > min) */
	density = exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
	return min * (1.0 - tail) + mean * tail + sd * density;
}

static double mean_gflop(const sim_config_t *c)
{
	return clipped_mean(c->gflop_mean, c->gflop_sd, c->gflop_min);
}

/* A shape, by the shares of the mixture. */
static sim_topology_t draw_shape(sim_workload_t *load)
{
	double u = scale_rng_uniform(&load->rng[SIM_STREAM_TOPOLOGY]);
	int shape = 0, last = 0;

	for (; shape < SIM_TOPOLOGY_SHAPES; shape++) {
		if (load->share[shape] <= 0.0)
			continue;
		if (u < load->share[shape])
			return (sim_topology_t) shape;
		u -= load->share[shape];
		last = shape;
	}
	return (sim_topology_t) last;	/* the sum was rounded */
}

static double draw_memory(sim_workload_t *load)
{
	const sim_config_t *c = load->source.config;

	return clipped_normal(&load->rng[SIM_STREAM_MEMORY], c->need_mean,
			      c->need_sd, c->need_min, c->need_max);
}

static double draw_output(sim_workload_t *load)
{
	const sim_config_t *c = load->source.config;

	return clipped_normal(&load->rng[SIM_STREAM_OUTPUT], c->out_mean,
			      c->out_sd, c->out_min, 1e300);
}

/* A recorded workflow; what its file does not tell is drawn, what it tells of
 * memory is moved into the bounds. */
static void make_instance(sim_workload_t *load, sim_workflow_spec_t *spec)
{
	const sim_instances_t *all = load->instances;
	const sim_config_t *c = load->source.config;
	const sim_workflow_spec_t *from =
		&all->item[scale_rng_below(&load->rng[SIM_STREAM_INSTANCE],
					   all->count)].spec;

	spec->n = from->n;
	memcpy(spec->parent_first, from->parent_first,
	       (from->n + 1) * sizeof(*from->parent_first));
	memcpy(spec->parent, from->parent,
	       from->parent_first[from->n] * sizeof(*from->parent));
	for (uint32_t i = 0; i < from->n; i++) {
		double mem_gb = from->mem_gb[i], out_gb = from->out_gb[i];

		spec->gflop[i] = from->gflop[i] * c->instance_gflop;
		spec->guess[i] = c->instance_gflop / from->n;
		spec->mem_gb[i] = isnan(mem_gb) ? draw_memory(load) :
			fmin(fmax(mem_gb, c->need_min), c->need_max);
		spec->out_gb[i] = isnan(out_gb) ? draw_output(load) : out_gb;
		spec->lag[i] = 0.0;
	}
}

static void make(sim_source_t *source, sim_workflow_spec_t *spec)
{
	sim_workload_t *load = (sim_workload_t *) source;
	const sim_config_t *c = source->config;
	sim_topology_t shape = draw_shape(load);

	if (shape == SIM_TOPOLOGY_INSTANCES) {
		make_instance(load, spec);
		return;
	}
	sim_topology_make(c, shape, &load->rng[SIM_STREAM_SHAPE], spec);
	/* what is there are the factors of the roles */
	for (uint32_t i = 0; i < spec->n; i++) {
		spec->guess[i] = spec->gflop[i] * load->gflop;
		spec->gflop[i] *= clipped_normal(&load->rng[SIM_STREAM_WORK],
						 c->gflop_mean, c->gflop_sd,
						 c->gflop_min, 1e300);
		spec->mem_gb[i] *= draw_memory(load);
		spec->out_gb[i] *= draw_output(load);
	}
}

/* E[c] of a workflow, GFLOP.  The demand of a primitive is drawn whatever its
 * role, so that the mean of the product is the product of the means. */
static double workflow_work(const sim_config_t *c)
{
	double share[SIM_TOPOLOGY_SHAPES], sum = 0.0;

	sim_topology_shares(c, share);
	for (int k = 0; k < SIM_TOPOLOGY_INSTANCES; k++)
		sum += share[k] * sim_topology_work(c, (sim_topology_t) k);
	return sum * mean_gflop(c) +
	       share[SIM_TOPOLOGY_INSTANCES] * c->instance_gflop;
}

static double capacity(const sim_config_t *c)
{
	uint32_t count[SCALE_CONF_NUMBERS];
	double sum = 0.0;

	sim_cluster_shares(c, count);
	for (size_t k = 0; k < c->mix.count; k++)
		sum += count[k] * c->gflops.value[k];
	return sum;
}

double sim_workload_rate(const sim_config_t *config)
{
	if (config->load > 0.0)
		return config->load * capacity(config) /
		       workflow_work(config);
	return config->rate * (double) config->nodes / 16.0;
}

double sim_config_load(const sim_config_t *config)
{
	return sim_workload_rate(config) * workflow_work(config) /
	       capacity(config);
}

static void make_room(sim_source_t *source, size_t tasks, size_t edges)
{
	if (tasks > source->tasks_max)
		source->tasks_max = tasks;
	if (edges > source->edges_max)
		source->edges_max = edges;
}

void sim_workload_init(sim_workload_t *load, const sim_config_t *config,
		       const sim_instances_t *instances)
{
	sim_source_t *source = &load->source;

	*load = (sim_workload_t) {
		.source = {
			.config = config,
			.edges_max = 1,
			.reset = reset,
			.next = next,
			.make = make,
		},
		.gflop = mean_gflop(config),
		.instances = instances,
	};
	sim_pace_init(&load->pace, config, sim_workload_rate(config));
	sim_topology_shares(config, load->share);
	for (int k = 0; k < SIM_TOPOLOGY_INSTANCES; k++) {
		size_t edges, tasks = sim_topology_bounds(
			config, (sim_topology_t) k, &edges);

		if (load->share[k] > 0.0)
			make_room(source, tasks, edges);
	}
	if (load->share[SIM_TOPOLOGY_INSTANCES] > 0.0)
		make_room(source, instances->tasks_max, instances->edges_max);
}
