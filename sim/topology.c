/*
 * topology.c - shapes of random workflows, and what their primitives are
 *
 * The paper's rule is SPEC section 2; the others are ours, as evaluations of
 * schedulers and agents use them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <string.h>

#include "topology.h"

const char *const sim_topology_names[] = {
	"paper", "chain", "fan", "edges", "plan-act", "map-reduce", "debate",
	"rerank", "instances", "agentic", NULL
};

/* Beyond it a workflow of topology edges is mostly edges. */
enum { EDGES_TASKS_MAX = 1000 };

/* Factors of the demands.  None needs more memory than drawn, so that the
 * bounds of memory hold. */
typedef struct role {
	double gflop, mem_gb, out_gb;
} role_t;

static const role_t plain = { 1.0, 1.0, 1.0 };
static const role_t think = { 1.5, 1.0, 0.5 };	/* a large model reasons */
static const role_t tool = { 0.4, 0.25, 2.0 };	/* search, code, database */
static const role_t digest = { 0.8, 0.5, 0.5 };	/* a small model reads */

/* A workflow that grows node by node. */
typedef struct builder {
	const sim_config_t *config;
	scale_rng_t *rng;
	sim_workflow_spec_t *spec;
	uint32_t edges;
} builder_t;

/* A new node; its predecessors follow, ascending.  RET its index */
static uint32_t node(builder_t *b, const role_t *role)
{
	uint32_t i = b->spec->n++;

	b->spec->gflop[i] = role->gflop;
	b->spec->mem_gb[i] = role->mem_gb;
	b->spec->out_gb[i] = role->out_gb;
	b->spec->parent_first[i] = b->edges;
	return i;
}

static void after(builder_t *b, uint32_t parent)
{
	b->spec->parent[b->edges++] = parent;
}

/* count predecessors, from first on */
static void after_all(builder_t *b, uint32_t first, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
		after(b, first + k);
}

/* count nodes, each after parent alone.  RET the first one */
static uint32_t fan_out(builder_t *b, const role_t *role, uint32_t parent,
			uint32_t count)
{
	uint32_t first = b->spec->n;

	for (uint32_t k = 0; k < count; k++) {
		node(b, role);
		after(b, parent);
	}
	return first;
}

static uint32_t draw(builder_t *b, int64_t least, int64_t most)
{
	return (uint32_t) least +
	       (uint32_t) scale_rng_below(b->rng, (uint64_t) (most - least) + 1);
}

/* Node i > 0 has one or two predecessors, uniform among those before it. */
static void make_paper(builder_t *b)
{
	uint32_t n = draw(b, b->config->tasks_min, b->config->tasks_max);

	node(b, &plain);
	for (uint32_t i = 1; i < n; i++) {
		bool two = scale_rng_uniform(b->rng) < b->config->two_parents;
		uint32_t p = (uint32_t) scale_rng_below(b->rng, i), q;

		node(b, &plain);
		if (two && i > 1) {
			q = (uint32_t) scale_rng_below(b->rng, i - 1);
			q += q >= p;	/* any but p */
			after(b, p < q ? p : q);
			after(b, p < q ? q : p);
		} else {
			after(b, p);
		}
	}
}

static void make_chain(builder_t *b)
{
	uint32_t n = draw(b, b->config->chain_min, b->config->chain_max);

	node(b, &plain);
	for (uint32_t i = 1; i < n; i++)
		fan_out(b, &plain, i - 1, 1);
}

/* One, all but two at once, one. */
static void make_fan(builder_t *b)
{
	uint32_t n = draw(b, b->config->fan_min, b->config->fan_max);
	uint32_t root = node(b, &plain);
	uint32_t first = fan_out(b, &plain, root, n - 2);

	node(b, &plain);
	after_all(b, first, n - 2);
}

/* Each earlier node is a predecessor with the same probability. */
static void make_edges(builder_t *b)
{
	uint32_t n = draw(b, b->config->tasks_min, b->config->tasks_max);

	for (uint32_t i = 0; i < n; i++) {
		node(b, &plain);
		for (uint32_t p = 0; p < i; p++)
			if (scale_rng_uniform(b->rng) <
			    b->config->edge_probability)
				after(b, p);
	}
}

/* (plan, act, observe) again and again, then the answer. */
static void make_plan_act(builder_t *b)
{
	uint32_t loops = draw(b, b->config->loops_min, b->config->loops_max);
	uint32_t last = node(b, &think);

	for (uint32_t k = 0; k < loops; k++) {
		last = fan_out(b, &tool, last, 1);
		last = fan_out(b, &digest, last, 1);
		last = fan_out(b, &think, last, 1);
	}
}

/* A plan, tools at once, what each found read by itself, one conclusion. */
static void make_map_reduce(builder_t *b)
{
	uint32_t tools = draw(b, b->config->tools_min, b->config->tools_max);
	uint32_t plan = node(b, &think);
	uint32_t first = fan_out(b, &tool, plan, tools);

	for (uint32_t k = 0; k < tools; k++)
		fan_out(b, &digest, first + k, 1);
	node(b, &think);
	after_all(b, first + tools, tools);
}

/* The question prepared; in each round every debater has heard all of the
 * round before; a judge. */
static void make_debate(builder_t *b)
{
	const sim_config_t *c = b->config;
	uint32_t n = draw(b, c->debaters_min, c->debaters_max);
	uint32_t rounds = draw(b, c->rounds_min, c->rounds_max);
	uint32_t heard = fan_out(b, &think, node(b, &digest), n);

	for (uint32_t k = 1; k < rounds; k++) {
		uint32_t first = b->spec->n;

		for (uint32_t i = 0; i < n; i++) {
			node(b, &think);
			after_all(b, heard, n);
		}
		heard = first;
	}
	node(b, &think);
	after_all(b, heard, n);
}

/* The query rewritten, retrievers at once, all ranked together, the answer,
 * a check of it. */
static void make_rerank(builder_t *b)
{
	uint32_t n = draw(b, b->config->tools_min, b->config->tools_max);
	uint32_t query = node(b, &digest);
	uint32_t first = fan_out(b, &tool, query, n), rank;

	rank = node(b, &digest);
	after_all(b, first, n);
	fan_out(b, &digest, fan_out(b, &think, rank, 1), 1);
}

void sim_topology_make(const sim_config_t *config, sim_topology_t shape,
		       scale_rng_t *rng, sim_workflow_spec_t *spec)
{
	static void (*const maker[])(builder_t *) = {
		make_paper, make_chain, make_fan, make_edges, make_plan_act,
		make_map_reduce, make_debate, make_rerank,
	};
	builder_t b = { .config = config, .rng = rng, .spec = spec };

	spec->n = 0;
	maker[shape](&b);
	spec->parent_first[spec->n] = b.edges;
	memset(spec->lag, 0, spec->n * sizeof(*spec->lag));
}

/* The four agentic patterns follow each other. */
static void add_share(double *share, int topology, double weight)
{
	if (topology != SIM_TOPOLOGY_AGENTIC) {
		share[topology] += weight;
		return;
	}
	for (int k = SIM_TOPOLOGY_PLAN_ACT; k <= SIM_TOPOLOGY_RERANK; k++)
		share[k] += 0.25 * weight;
}

void sim_topology_shares(const sim_config_t *config, double *share)
{
	const sim_part_t *part = config->mixture.item;
	double sum = 0.0;

	memset(share, 0, SIM_TOPOLOGY_SHAPES * sizeof(*share));
	if (!config->mixture.count)
		add_share(share, config->topology, 1.0);
	for (size_t i = 0; i < config->mixture.count; i++)
		add_share(share, part[i].topology, part[i].weight);
	for (int k = 0; k < SIM_TOPOLOGY_SHAPES; k++)
		sum += share[k];
	for (int k = 0; k < SIM_TOPOLOGY_SHAPES; k++)
		share[k] /= sum;
}

size_t sim_topology_bounds(const sim_config_t *config, sim_topology_t shape,
			   size_t *edges)
{
	size_t n = (size_t) config->tasks_max, k;
	size_t tools = (size_t) config->tools_max;

	switch (shape) {
	case SIM_TOPOLOGY_CHAIN:
		return *edges = (size_t) config->chain_max;
	case SIM_TOPOLOGY_FAN:
		n = (size_t) config->fan_max;
		*edges = 2 * n;
		return n;
	case SIM_TOPOLOGY_EDGES:
		*edges = n * n / 2;
		return n;
	case SIM_TOPOLOGY_PLAN_ACT:
		n = 3 * (size_t) config->loops_max + 1;
		return *edges = n;
	case SIM_TOPOLOGY_MAP_REDUCE:
		*edges = 3 * tools;
		return 2 * tools + 2;
	case SIM_TOPOLOGY_DEBATE:
		k = (size_t) config->debaters_max;
		n = k * (size_t) config->rounds_max;
		*edges = 2 * k + k * n;
		return n + 2;
	case SIM_TOPOLOGY_RERANK:
		*edges = 2 * tools + 2;
		return tools + 4;
	default:
		*edges = 2 * n;
		return n;
	}
}

static double middle(int64_t least, int64_t most)
{
	return 0.5 * (double) (least + most);
}

double sim_topology_work(const sim_config_t *c, sim_topology_t shape)
{
	double tools = middle(c->tools_min, c->tools_max);

	switch (shape) {
	case SIM_TOPOLOGY_CHAIN:
		return middle(c->chain_min, c->chain_max);
	case SIM_TOPOLOGY_FAN:
		return middle(c->fan_min, c->fan_max);
	case SIM_TOPOLOGY_PLAN_ACT:
		return think.gflop + middle(c->loops_min, c->loops_max) *
		       (tool.gflop + digest.gflop + think.gflop);
	case SIM_TOPOLOGY_MAP_REDUCE:
		return 2.0 * think.gflop + tools * (tool.gflop + digest.gflop);
	case SIM_TOPOLOGY_DEBATE:
		/* both numbers are drawn by themselves */
		return digest.gflop + think.gflop +
		       middle(c->debaters_min, c->debaters_max) *
		       middle(c->rounds_min, c->rounds_max) * think.gflop;
	case SIM_TOPOLOGY_RERANK:
		return 3.0 * digest.gflop + think.gflop + tools * tool.gflop;
	default:
		return middle(c->tasks_min, c->tasks_max);
	}
}

static int check_range(const char *what, int64_t least, int64_t most,
		       scale_err_t *err)
{
	if (least <= most)
		return 0;
	return scale_err_set(err, EINVAL, "%s_min %lld is above %s_max %lld",
			     what, (long long) least, what, (long long) most);
}

static int check_mixture(const sim_config_t *c, scale_err_t *err)
{
	const sim_part_t *part = c->mixture.item;
	double sum = 0.0;

	for (size_t i = 0; i < c->mixture.count; i++)
		sum += part[i].weight;
	if (c->mixture.count && !(sum > 0.0))
		return scale_err_set(err, EINVAL,
				     "mixture: at least one weight must be above 0");
	return 0;
}

int sim_topology_check(const sim_config_t *c, scale_err_t *err)
{
	double share[SIM_TOPOLOGY_SHAPES];

	if (check_range("tasks", c->tasks_min, c->tasks_max, err) ||
	    check_range("chain", c->chain_min, c->chain_max, err) ||
	    check_range("fan", c->fan_min, c->fan_max, err) ||
	    check_range("loops", c->loops_min, c->loops_max, err) ||
	    check_range("tools", c->tools_min, c->tools_max, err) ||
	    check_range("debaters", c->debaters_min, c->debaters_max, err) ||
	    check_range("rounds", c->rounds_min, c->rounds_max, err) ||
	    check_mixture(c, err))
		return -1;
	sim_topology_shares(c, share);
	if (share[SIM_TOPOLOGY_INSTANCES] > 0.0 && !*c->instances)
		return scale_err_set(err, EINVAL,
				     "instances: topology instances needs a folder of WfFormat files");
	if (share[SIM_TOPOLOGY_EDGES] > 0.0 && c->tasks_max > EDGES_TASKS_MAX)
		return scale_err_set(err, EINVAL,
				     "tasks_max: %lld is too many for topology edges; at most %d",
				     (long long) c->tasks_max,
				     EDGES_TASKS_MAX);
	return 0;
}
