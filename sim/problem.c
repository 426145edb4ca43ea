/*
 * problem.c - a small cluster and the workflows that come to it, in full
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "problem.h"

/* Of what is drawn and perturbed; a file may go beyond, to a point. */
static const double gflop_range[] = { 1.0, 30.0 };
static const double out_range[] = { 0.0, 2.0 };
static const double speed_range[] = { 1.0, 25.0 };
static const double memory_range[] = { 8.0, 80.0 };
static const double arrival_range[] = { 0.0, 20.0 };

static double largest(const sim_problem_t *problem)
{
	double gb = 0.0;

	for (uint32_t j = 0; j < problem->servers; j++)
		gb = fmax(gb, problem->mem_gb[j]);
	return gb;
}

static bool is_amount(double x, double least)
{
	return isfinite(x) && x >= least && x <= 1e9;
}

static int check_flow(const sim_problem_t *problem, uint32_t w,
		      scale_err_t *err)
{
	const sim_problem_flow_t *flow = &problem->flow[w];

	if (!is_amount(flow->at, 0.0) || (w && flow->at < flow[-1].at))
		return scale_err_set(err, EINVAL,
				     "workflows[%u].at: arrivals ascend from 0",
				     w);
	if (flow->n < 1 || flow->n > SIM_PROBLEM_TASKS)
		return scale_err_set(err, EINVAL,
				     "workflows[%u].tasks: %u of them; 1 to %d, please",
				     w, flow->n, SIM_PROBLEM_TASKS);
	for (uint32_t i = 0; i < flow->n; i++) {
		if (!is_amount(flow->gflop[i], 1e-6) ||
		    !is_amount(flow->mem_gb[i], 0.0) ||
		    !is_amount(flow->out_gb[i], 0.0))
			return scale_err_set(err, EINVAL,
					     "workflows[%u].tasks[%u]: gflop above 0, mem_gb and out_gb from 0, please",
					     w, i);
		if (flow->mem_gb[i] > largest(problem))
			return scale_err_set(err, EINVAL,
					     "workflows[%u].tasks[%u]: no server has %g GB",
					     w, i, flow->mem_gb[i]);
		if (flow->parents[i] >> i)
			return scale_err_set(err, EINVAL,
					     "workflows[%u].tasks[%u].parents: they come before the primitive",
					     w, i);
	}
	return 0;
}

int sim_problem_check(const sim_problem_t *problem, scale_err_t *err)
{
	if (problem->servers < 1 || problem->servers > SIM_PROBLEM_SERVERS)
		return scale_err_set(err, EINVAL,
				     "servers: %u of them; 1 to %d, please",
				     problem->servers, SIM_PROBLEM_SERVERS);
	if (problem->flows < 1 || problem->flows > SIM_PROBLEM_FLOWS)
		return scale_err_set(err, EINVAL,
				     "workflows: %u of them; 1 to %d, please",
				     problem->flows, SIM_PROBLEM_FLOWS);
	for (uint32_t j = 0; j < problem->servers; j++)
		if (!is_amount(problem->gflops[j], 1e-6) ||
		    !is_amount(problem->mem_gb[j], 1e-6))
			return scale_err_set(err, EINVAL,
					     "servers[%u]: gflops and mem_gb above 0, please",
					     j);
	for (uint32_t w = 0; w < problem->flows; w++)
		if (check_flow(problem, w, err))
			return -1;
	return 0;
}

static double between(scale_rng_t *rng, const double range[2])
{
	return range[0] + (range[1] - range[0]) * scale_rng_uniform(rng);
}

static uint32_t whole(scale_rng_t *rng, uint32_t from, uint32_t to)
{
	return from + (uint32_t) scale_rng_below(rng, to - from + 1);
}

/* Most primitives are small, as in SPEC section 2. */
static double some_memory(const sim_problem_t *problem, scale_rng_t *rng)
{
	double gb = 16.0 + 8.0 * scale_rng_normal(rng);

	return fmin(fmax(gb, 1.0), largest(problem));
}

static void draw_task(const sim_problem_t *problem, sim_problem_flow_t *flow,
		      uint32_t i, scale_rng_t *rng)
{
	flow->gflop[i] = between(rng, gflop_range);
	flow->mem_gb[i] = some_memory(problem, rng);
	flow->out_gb[i] = between(rng, out_range);
	flow->parents[i] = 0;
	for (int k = 0; i && k < 2; k++)
		flow->parents[i] |= UINT32_C(1) << scale_rng_below(rng, i);
}

/* By insertion: few, and nearly in order. */
static void sort_flows(sim_problem_t *problem)
{
	for (uint32_t w = 1; w < problem->flows; w++) {
		sim_problem_flow_t flow = problem->flow[w];
		uint32_t at = w;

		for (; at && problem->flow[at - 1].at > flow.at; at--)
			problem->flow[at] = problem->flow[at - 1];
		problem->flow[at] = flow;
	}
}

void sim_problem_draw(sim_problem_t *problem, scale_rng_t *rng)
{
	*problem = (sim_problem_t) {
		.servers = whole(rng, 2, SIM_PROBLEM_SERVERS),
		.flows = whole(rng, 1, SIM_PROBLEM_FLOWS),
	};
	for (uint32_t j = 0; j < problem->servers; j++) {
		problem->gflops[j] = between(rng, speed_range);
		problem->mem_gb[j] = between(rng, memory_range);
	}
	for (uint32_t w = 0; w < problem->flows; w++) {
		sim_problem_flow_t *flow = &problem->flow[w];

		flow->at = between(rng, arrival_range);
		flow->n = whole(rng, 1, SIM_PROBLEM_TASKS);
		for (uint32_t i = 0; i < flow->n; i++)
			draw_task(problem, flow, i, rng);
	}
	sort_flows(problem);
}

/* By at most a tenth of the range. */
static void shift(scale_rng_t *rng, double *x, const double range[2])
{
	double by = (range[1] - range[0]) / 10.0;

	*x += by * (2.0 * scale_rng_uniform(rng) - 1.0);
	*x = fmin(fmax(*x, range[0]), range[1]);
}

/* Who does not fit any more shrinks. */
static void shrink(sim_problem_t *problem)
{
	double gb = largest(problem);

	for (uint32_t w = 0; w < problem->flows; w++)
		for (uint32_t i = 0; i < problem->flow[w].n; i++)
			problem->flow[w].mem_gb[i] =
				fmin(problem->flow[w].mem_gb[i], gb);
}

static void perturb_server(sim_problem_t *problem, scale_rng_t *rng)
{
	uint32_t j = whole(rng, 0, problem->servers - 1);

	if (scale_rng_below(rng, 2)) {
		shift(rng, &problem->gflops[j], speed_range);
		return;
	}
	shift(rng, &problem->mem_gb[j], memory_range);
	shrink(problem);
}

/* Primitive i leaves; its successors forget it. */
static void remove_task(sim_problem_flow_t *flow, uint32_t i)
{
	uint32_t below = (UINT32_C(1) << i) - 1;

	for (uint32_t k = i; k + 1 < flow->n; k++) {
		flow->gflop[k] = flow->gflop[k + 1];
		flow->mem_gb[k] = flow->mem_gb[k + 1];
		flow->out_gb[k] = flow->out_gb[k + 1];
		flow->parents[k] = (flow->parents[k + 1] & below) |
				   (flow->parents[k + 1] >> 1 & ~below);
	}
	flow->n--;
}

static void perturb_size(const sim_problem_t *problem,
			 sim_problem_flow_t *flow, scale_rng_t *rng)
{
	bool grow = scale_rng_below(rng, 2);

	if (grow && flow->n < SIM_PROBLEM_TASKS) {
		draw_task(problem, flow, flow->n, rng);
		flow->n++;
	} else if (!grow && flow->n > 1) {
		remove_task(flow, whole(rng, 0, flow->n - 1));
	}
}

static void perturb_memory(const sim_problem_t *problem, double *gb,
			   scale_rng_t *rng)
{
	const double range[] = { 1.0, fmax(largest(problem), 1.0) };

	shift(rng, gb, range);
}

void sim_problem_perturb(sim_problem_t *problem, scale_rng_t *rng)
{
	sim_problem_flow_t *flow =
		&problem->flow[whole(rng, 0, problem->flows - 1)];
	uint32_t i = whole(rng, 0, flow->n - 1);

	switch (scale_rng_below(rng, 7)) {
	case 0:
		shift(rng, &flow->gflop[i], gflop_range);
		break;
	case 1:
		perturb_memory(problem, &flow->mem_gb[i], rng);
		break;
	case 2:
		shift(rng, &flow->out_gb[i], out_range);
		break;
	case 3:
		if (i)
			flow->parents[i] ^= UINT32_C(1) <<
					    scale_rng_below(rng, i);
		break;
	case 4:
		perturb_size(problem, flow, rng);
		break;
	case 5:
		shift(rng, &flow->at, arrival_range);
		sort_flows(problem);
		break;
	default:
		perturb_server(problem, rng);
	}
}

static void set_flow(const sim_problem_flow_t *flow, double *lag,
		     uint32_t *first, uint32_t *parent, sim_arrival_t *item)
{
	uint32_t edges = 0;

	for (uint32_t i = 0; i < flow->n; i++) {
		first[i] = edges;
		for (uint32_t p = 0; p < i; p++)
			if (flow->parents[i] >> p & 1)
				parent[edges++] = p;
	}
	first[flow->n] = edges;
	/* the simulator only reads them */
	*item = (sim_arrival_t) { .at = flow->at, .flow = {
		.n = flow->n,
		.gflop = (double *) flow->gflop,
		.mem_gb = (double *) flow->mem_gb,
		.out_gb = (double *) flow->out_gb,
		.lag = lag,
		.parent_first = first,
		.parent = parent,
	} };
}

static void set_servers(const sim_problem_t *problem, sim_config_t *config)
{
	config->nodes = problem->servers;
	config->mix.count = config->gflops.count = config->mem_gb.count =
		config->idle_w.count = config->busy_w.count =
		problem->servers;
	for (uint32_t j = 0; j < problem->servers; j++) {
		config->mix.value[j] = 1.0;
		config->gflops.value[j] = problem->gflops[j];
		config->mem_gb.value[j] = problem->mem_gb[j];
		config->idle_w.value[j] = 100.0;
		config->busy_w.value[j] = 200.0;
	}
}

int sim_problem_world(const sim_problem_t *problem,
		      sim_problem_world_t *world, scale_err_t *err)
{
	memset(world, 0, sizeof(*world));
	if (sim_config_named(&world->config, "base", err))
		return -1;
	set_servers(problem, &world->config);
	world->config.clock = SIM_CLOCK_EVENT;
	world->config.duration = world->config.warmup = 0.0;
	world->config.workflows = problem->flows;
	/* what random workflows would need */
	world->config.need_min = world->config.need_mean =
		world->config.need_max = 1e-3;
	world->config.need_sd = 0.0;
	world->config.drain = true;
	world->config.drain_limit = 10000.0;	/* somebody starves */
	for (uint32_t w = 0; w < problem->flows; w++)
		set_flow(&problem->flow[w], world->lag, world->first[w],
			 world->parent[w], &world->item[w]);
	world->list = (sim_arrivals_t) { world->item, problem->flows };
	return 0;
}

void sim_problem_world_free(sim_problem_world_t *world)
{
	scale_conf_free(sim_conf_table, &world->config);
}
