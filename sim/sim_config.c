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
	WHOLE(tasks_min, "3", 1, 100000, "fewest primitives of a workflow"),
	WHOLE(tasks_max, "8", 1, 100000, "most primitives of a workflow"),
	REAL(two_parents, "0.4", 0, 1,
	     "probability that a primitive has two predecessors"),
	REAL(gflop_mean, "10", 0, 1e12, "work of a primitive, mean, GFLOP"),
	REAL(gflop_sd, "3", 0, 1e12, "its standard deviation, GFLOP"),
	REAL(gflop_min, "1", 1e-9, 1e12, "its lower bound, GFLOP"),
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
	  SCALE_PARAM_TEXT, "hop", 0, 0, NULL, NULL,
	  "first level: which ready primitive is decided next" },
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
	    check_changes(config, err))
		return -1;
	if (scale_order_parse(config->order, &order, err))
		return -1;
	if (config->tasks_min > config->tasks_max)
		return scale_err_set(err, EINVAL,
				     "tasks_min %lld is above tasks_max %lld",
				     (long long) config->tasks_min,
				     (long long) config->tasks_max);
	if (config->need_min > config->need_max)
		return scale_err_set(err, EINVAL,
				     "need_min %g is above need_max %g",
				     config->need_min, config->need_max);
	return check_load(config, err);
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

static double workflow_work(const sim_config_t *c)
{
	return 0.5 * (double) (c->tasks_min + c->tasks_max) *
	       clipped_mean(c->gflop_mean, c->gflop_sd, c->gflop_min);
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
