/*
 * sim_config.c - settings of an episode: keys, named configurations, checks
 *
 * Values are SPEC section 2; those without a source there are ours.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cluster.h"
#include "pace.h"
#include "source.h"
#include "topology.h"
#include "workload.h"

static const char *const clock_names[] = { "event", "paper", NULL };
static const char *const change_names[] = { "add", "drain", "fail", "return",
					    NULL };

#define CHANGE(field) offsetof(sim_change_t, field), 0

static const scale_conf_key_t change_table[] = {
	{ "at", SCALE_CONF_DOUBLE, CHANGE(at), NULL, 0, 1e12, NULL, NULL,
	  "when, s" },
	{ "what", SCALE_CONF_ENUM, CHANGE(what), NULL, 0, 0, change_names,
	  NULL, "what happens" },
	{ "tier", SCALE_CONF_INT, CHANGE(tier), "0", 0,
	  SCALE_CONF_NUMBERS - 1, NULL, NULL,
	  "add: tier of the new servers, from 0" },
	{ "count", SCALE_CONF_INT, CHANGE(count), "1", 1, 1000000, NULL, NULL,
	  "how many servers" },
	{ "server", SCALE_CONF_INT, CHANGE(server), "0", 0, 100000000, NULL,
	  NULL, "drain, fail, return: number of the first server, from 0" },
	{ .name = NULL },
};

#define PART(field) offsetof(sim_part_t, field), 0

static const scale_conf_key_t part_table[] = {
	{ "topology", SCALE_CONF_ENUM, PART(topology), "paper", 0, 0,
	  sim_topology_names, NULL, "shape of these workflows" },
	{ "weight", SCALE_CONF_DOUBLE, PART(weight), "1", 0, 1e9, NULL, NULL,
	  "their part of all workflows" },
	{ .name = NULL },
};

/* Far beyond it nothing is learned, and the queue fills the memory. */
#define LOAD_MAX 1000.0

#define KEY(field) #field
#define AT(field) offsetof(sim_config_t, field), 0
#define REAL(field, dflt, min, max, help) \
	{ KEY(field), SCALE_CONF_DOUBLE, AT(field), dflt, min, max, NULL, \
	  NULL, help }
#define REALS(field, dflt, min, max, help) \
	{ KEY(field), SCALE_CONF_DOUBLES, AT(field), dflt, min, max, NULL, \
	  NULL, help }
#define WHOLE(field, dflt, min, max, help) \
	{ KEY(field), SCALE_CONF_INT, AT(field), dflt, min, max, NULL, NULL, \
	  help }
#define FLAG(field, dflt, help) \
	{ KEY(field), SCALE_CONF_BOOL, AT(field), dflt, 0, 0, NULL, NULL, \
	  help }
#define NAME(field, dflt, names, help) \
	{ KEY(field), SCALE_CONF_ENUM, AT(field), dflt, 0, 0, names, NULL, \
	  help }

const scale_conf_key_t sim_conf_table[] = {
	WHOLE(nodes, "16", 1, 1000000, "servers, N"),
	REALS(mix, "[4, 10, 2]", 0, 1e9, "parts of each tier"),
	REALS(gflops, "[2, 5, 10]", 1e-6, 1e12,
	      "capacity of a server of each tier, GFLOPS"),
	REALS(mem_gb, "[16, 32, 80]", 1e-6, 1e12, "its memory, GB"),
	REALS(idle_w, "[50, 100, 200]", 0, 1e9, "its power when idle, W"),
	REALS(busy_w, "[100, 200, 400]", 0, 1e9, "its power when busy, W"),
	REAL(bandwidth_gb_s, "10", 1e-9, 1e12, "network bandwidth, GB/s"),
	REAL(latency_s, "0.01", 0, 1e6, "network latency, s"),
	NAME(clock, "event", clock_names,
	     "event (a busy pick defers one primitive) or paper (it costs dt)"),
	REAL(dt, "0.1", 1e-6, 1e6, "step of the paper clock, s"),
	REAL(duration, "60", 0, 1e12, "arrivals stop then, s; 0: no limit"),
	WHOLE(workflows, "0", 0, 1000000000000,
	      "arrivals stop after so many; 0: no limit"),
	REAL(warmup, "0", 0, 1e12, "earlier arrivals are not measured, s"),
	FLAG(drain, "true", "run on until everything is finished"),
	REAL(drain_limit, "600", 0, 1e12,
	     "at most so long after the last arrival, s; 0: no limit"),
	REAL(rate, "1", 1e-9, 1e9,
	     "workflows per second at 16 servers, in proportion to them"),
	REAL(load, "0", 0, 100, "offered load rho; 0: use rate"),
	NAME(arrivals, "poisson", sim_pace_names,
	     "how they come; the mean rate is the same for all"),
	REAL(burst_factor, "5", 1, 1e6,
	     "bursty: rate in a burst over the rate between bursts"),
	REAL(burst_s, "5", 1e-3, 1e9, "bursty: mean length of a burst, s"),
	REAL(calm_s, "15", 1e-3, 1e9, "bursty: mean time between bursts, s"),
	REAL(period_s, "60", 1e-3, 1e9, "diurnal: length of a day, s"),
	REAL(amplitude, "0.5", 0, 1,
	     "diurnal: the rate swings by so much of its mean"),
	NAME(topology, "paper", sim_topology_names,
	     "shape of the workflows; agentic: plan-act to rerank alike"),
	{ "mixture", SCALE_CONF_LIST, offsetof(sim_config_t, mixture),
	  sizeof(sim_part_t), NULL, 0, 0, NULL, part_table,
	  "several topologies in place of one, each with a weight" },
	WHOLE(tasks_min, "3", 1, 100000,
	      "paper, edges: fewest primitives of a workflow"),
	WHOLE(tasks_max, "8", 1, 100000, "and most"),
	REAL(two_parents, "0.4", 0, 1,
	     "paper: probability that a primitive has two predecessors"),
	REAL(edge_probability, "0.3", 0, 1,
	     "edges: that an earlier primitive is a predecessor"),
	WHOLE(chain_min, "10", 1, 100000, "chain: fewest primitives"),
	WHOLE(chain_max, "14", 1, 100000, "and most"),
	WHOLE(fan_min, "12", 3, 100000, "fan: fewest primitives"),
	WHOLE(fan_max, "18", 3, 100000, "and most"),
	WHOLE(loops_min, "2", 1, 10000, "plan-act: fewest rounds"),
	WHOLE(loops_max, "5", 1, 10000, "and most"),
	WHOLE(tools_min, "3", 1, 10000,
	      "map-reduce, rerank: fewest tools at once"),
	WHOLE(tools_max, "8", 1, 10000, "and most"),
	WHOLE(debaters_min, "2", 1, 100, "debate: fewest debaters"),
	WHOLE(debaters_max, "4", 1, 100, "and most"),
	WHOLE(rounds_min, "2", 1, 100, "debate: fewest rounds"),
	WHOLE(rounds_max, "3", 1, 100, "and most"),
	{ "instances", SCALE_CONF_STRING, offsetof(sim_config_t, instances),
	  sizeof(((sim_config_t *) 0)->instances), "", 0, 0, NULL, NULL,
	  "instances: folder of WfFormat files, *.json" },
	REAL(instance_gflop, "200", 1e-6, 1e12,
	     "work of each workflow of them, GFLOP; shares as recorded"),
	REAL(gflop_mean, "10", 0, 1e12, "work of a primitive, mean, GFLOP"),
	REAL(gflop_sd, "3", 0, 1e12, "its standard deviation, GFLOP"),
	REAL(gflop_min, "1", 1e-9, 1e12, "its lower bound, GFLOP"),
	NAME(demand, "known", sim_demand_names,
	     "what is known of it before; unknown: the mean of its role"),
	REAL(demand_sigma, "0.5", 0, 10,
	     "noisy: factor exp(sigma x normal), of median 1"),
	REAL(need_mean, "16", 0, 1e12, "memory of a primitive, mean, GB"),
	REAL(need_sd, "8", 0, 1e12, "its standard deviation, GB"),
	REAL(need_min, "1", 0, 1e12, "its lower bound, GB"),
	REAL(need_max, "80", 0, 1e12, "its upper bound, GB"),
	REAL(out_mean, "0.5", 0, 1e12, "output of a primitive, mean, GB"),
	REAL(out_sd, "0.2", 0, 1e12, "its standard deviation, GB"),
	REAL(out_min, "0.01", 0, 1e12, "its lower bound, GB"),
	REAL(w_tau, "1", 0, 1e6, "reward: weight of the execution time"),
	REAL(s_tau, "1", 1e-9, 1e9, "reward: scale of the execution time, s"),
	REAL(alpha, "0.1", 0, 1e6, "reward: weight of the transfer"),
	REAL(delta_max, "0.11", 1e-9, 1e9,
	     "reward: transfer time that counts as 1, s"),
	REAL(beta, "0", 0, 1e6, "reward: weight of the energy"),
	REAL(e_max, "1000", 1e-9, 1e12,
	     "reward: energy that counts as 1, J"),
	REAL(invalid_reward, "-0.001", -1e6, 1e6,
	     "reward: of an action that assigns nothing"),
	REAL(mtbf, "0", 0, 1e12,
	     "mean time between failures of a server, s; 0: never"),
	REAL(mttr, "60", 1e-6, 1e12, "mean time to repair, s"),
	{ "changes", SCALE_CONF_LIST, offsetof(sim_config_t, changes),
	  sizeof(sim_change_t), NULL, 0, 0, NULL, change_table,
	  "servers that come and go at given times" },
	{ "order", SCALE_CONF_STRING, offsetof(sim_config_t, order),
	  SCALE_PARAM_TEXT, "model", 0, 0, NULL, NULL,
	  "first level: which ready primitive is decided next; model: as the model has learned, else hop" },
	FLAG(check, "false", "verify the four constraints while running"),
	{ .name = NULL },
};

static const struct {
	const char *name, *text;
} named[] = {
	{ "base", "" },
	{ "paper", "gflops: [3, 6, 12]\n"
		   "mem_gb: [16, 28, 80]\n"
		   "clock: paper\n"
		   "dt: 0.3\n"
		   "duration: 50\n" },
	{ "wide", "gflops: [1, 5, 25]\n" },
};

int sim_config_named(sim_config_t *config, const char *name,
		     scale_err_t *err)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (strcmp(named[i].name, name))
			continue;
		if (scale_conf_defaults(sim_conf_table, config, err))
			return -1;
		return scale_conf_parse(sim_conf_table, config, named[i].text,
					strlen(named[i].text), name, err);
	}
	return scale_err_set(err, EINVAL,
			     "unknown configuration '%s'; there are base, paper and wide",
			     name);
}

static int check_tiers(const sim_config_t *c, scale_err_t *err)
{
	double parts = 0.0;

	if (!c->mix.count)
		return scale_err_set(err, EINVAL, "mix: needs at least one tier");
	if (c->gflops.count != c->mix.count ||
	    c->mem_gb.count != c->mix.count ||
	    c->idle_w.count != c->mix.count ||
	    c->busy_w.count != c->mix.count)
		return scale_err_set(err, EINVAL,
				     "mix, gflops, mem_gb, idle_w and busy_w have %zu, %zu, %zu, %zu and %zu numbers; give one for each tier in all of them",
				     c->mix.count, c->gflops.count,
				     c->mem_gb.count, c->idle_w.count,
				     c->busy_w.count);
	for (size_t k = 0; k < c->mix.count; k++)
		parts += c->mix.value[k];
	if (!(parts > 0.0))
		return scale_err_set(err, EINVAL,
				     "mix: at least one part must be above 0");
	return 0;
}

static int check_length(const sim_config_t *c, scale_err_t *err)
{
	if (c->duration <= 0.0 && !c->workflows)
		return scale_err_set(err, EINVAL,
				     "duration and workflows are both 0: the episode would never end; set one of them");
	if (!c->drain && c->duration <= 0.0)
		return scale_err_set(err, EINVAL,
				     "drain is false and duration is 0: the episode would never end; set duration");
	if (c->warmup > 0.0 && c->duration > 0.0 && c->warmup >= c->duration)
		return scale_err_set(err, EINVAL,
				     "warmup %g s leaves nothing of duration %g s to measure",
				     c->warmup, c->duration);
	return 0;
}

static int check_changes(const sim_config_t *c, scale_err_t *err)
{
	const sim_change_t *change = c->changes.item;
	int64_t servers = c->nodes;

	for (size_t i = 0; i < c->changes.count; i++)
		if (change[i].what == SIM_CHANGE_ADD)
			servers += change[i].count;
	for (size_t i = 0; i < c->changes.count; i++) {
		if (change[i].what == SIM_CHANGE_ADD) {
			if (change[i].tier >= (int64_t) c->mix.count)
				return scale_err_set(err, EINVAL,
						     "changes[%zu].tier: %lld, but there are %zu tiers, counted from 0",
						     i, (long long) change[i].tier,
						     c->mix.count);
		} else if (change[i].server + change[i].count > servers) {
			return scale_err_set(err, EINVAL,
					     "changes[%zu]: servers %lld to %lld, but there are %lld, counted from 0",
					     i, (long long) change[i].server,
					     (long long) (change[i].server +
							  change[i].count - 1),
					     (long long) servers);
		}
	}
	if (servers > 10000000)
		return scale_err_set(err, EINVAL,
				     "changes: %lld servers in all; at most 10000000",
				     (long long) servers);
	return 0;
}

static int check_load(const sim_config_t *c, scale_err_t *err)
{
	double load = sim_config_load(c);

	if (load <= LOAD_MAX)
		return 0;
	return scale_err_set(err, EINVAL,
			     "rate: %g workflows per second are an offered load of %.4g; at most %g: set rate to %.3g or less, or load",
			     c->rate, load, LOAD_MAX,
			     c->rate / load * LOAD_MAX);
}

int sim_config_check(const sim_config_t *config, scale_err_t *err)
{
	scale_order_t order;

	if (check_tiers(config, err) || check_length(config, err) ||
	    check_changes(config, err) || sim_topology_check(config, err) ||
	    scale_order_parse(config->order, &order, err))
		return -1;
	if (config->need_min > config->need_max)
		return scale_err_set(err, EINVAL,
				     "need_min %g is above need_max %g",
				     config->need_min, config->need_max);
	return check_load(config, err);
}

/* Memory of the largest server that there is or will be, GB. */
static double most_memory(const sim_config_t *c)
{
	const sim_change_t *change = c->changes.item;
	uint32_t count[SCALE_CONF_NUMBERS];
	double most = 0.0;

	sim_cluster_shares(c, count);
	for (size_t i = 0; i < c->changes.count; i++)
		if (change[i].what == SIM_CHANGE_ADD)
			count[change[i].tier]++;
	for (size_t k = 0; k < c->mix.count; k++)
		if (count[k])
			most = fmax(most, c->mem_gb.value[k]);
	return most;
}

bool sim_config_steady(const sim_config_t *config, size_t n)
{
	return (size_t) config->nodes == n && !config->changes.count &&
	       config->mtbf <= 0.0;
}

int sim_config_check_memory(const sim_config_t *c, scale_err_t *err)
{
	double most = most_memory(c), share = c->need_mean <= most;

	if (c->need_sd > 0.0)
		share = 0.5 * erfc((c->need_mean - most) /
				   (sqrt(2.0) * c->need_sd));
	/* values beyond the bounds are moved there */
	if (c->need_min > most)
		share = 0.0;
	if (c->need_max <= most)
		share = 1.0;
	if (share >= 1e-6)
		return 0;
	return scale_err_set(err, EINVAL,
			     "no server can hold a primitive: the largest has %g GB (mem_gb), primitives need %g GB and more (need_min; mean %g): lower the one or raise the other",
			     most, c->need_min, c->need_mean);
}
