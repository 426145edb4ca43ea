/*
 * train_config.c - keys, defaults and schedules of a training run
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "algorithm.h"
#include "es_case.h"
#include "../model/feat_relative.h"
#include "train_config.h"

static const char *const mask_names[] = { "none", "fits", "idle", NULL };
static const char *const reward_names[] = { "paper", "response", NULL };
static const char *const objective_names[] = { "primitive", "workflow", NULL };
static const char *const form_names[] = { "covariance", "correlation", NULL };

#define KEY(field) #field
#define AT(type, field) offsetof(type, field), 0
#define WHOLE(type, field, dflt, min, max, help) \
	{ KEY(field), SCALE_CONF_INT, AT(type, field), dflt, min, max, \
	  NULL, NULL, help }
#define REAL(type, field, dflt, min, max, help) \
	{ KEY(field), SCALE_CONF_DOUBLE, AT(type, field), dflt, min, \
	  max, NULL, NULL, help }
#define REALS(type, field, min, max, help) \
	{ KEY(field), SCALE_CONF_DOUBLES, AT(type, field), "[]", min, \
	  max, NULL, NULL, help }
#define NAME(type, field, dflt, names, help) \
	{ KEY(field), SCALE_CONF_ENUM, AT(type, field), dflt, 0, 0, \
	  names, NULL, help }
#define CASES(type, field, help) \
	{ KEY(field), SCALE_CONF_LIST, offsetof(type, field), \
	  sizeof(train_case_t), NULL, 0, 0, NULL, case_table, help }

static const scale_conf_key_t case_table[] = {
	{ "name", SCALE_CONF_STRING, offsetof(train_case_t, name), 32, "",
	  .help = "what reports call it" },
	REALS(train_case_t, mix, 0, 1e9, "parts of each tier"),
	REALS(train_case_t, gflops, 1e-6, 1e12,
	      "capacity of a server of each tier, GFLOPS"),
	REALS(train_case_t, mem_gb, 1e-6, 1e12, "its memory, GB"),
	{ "nodes", SCALE_CONF_INTS, offsetof(train_case_t, nodes), 0, "[]", 1,
	  100000, NULL, NULL, "numbers of servers to draw from" },
	REALS(train_case_t, load, 1e-6, 100, "offered loads rho to draw from"),
	{ .name = NULL },
};

static const scale_conf_key_t vary_table[] = {
	{ "set", SCALE_CONF_STRING, offsetof(train_vary_t, set), 128, "",
	  .help = "keys of env with their values, {key: value, ...}" },
	{ .name = NULL },
};

#define C train_config_t

const scale_conf_key_t train_conf_table[] = {
	NAME(C, algorithm, "scale", train_algorithm_names,
	     "what learns, section 5.2; scale and crossattn take any number of servers"),
	WHOLE(C, seed, "42", 0, 9e18,
	      "of parameters, environments, actions and minibatches"),
	WHOLE(C, epochs, "120", 1, 1e9, "training epochs, E"),
	{ "init", SCALE_CONF_STRING, offsetof(C, init), 256, "",
	  .help = "a model file whose parameters are the first; else by chance" },
	WHOLE(C, envs, "4", 1, 4096, "parallel environments"),
	WHOLE(C, steps, "512", 1, 1e6,
	      "decisions of each environment in an epoch, T"),
	WHOLE(C, checkpoint_every, "10", 1, 1e9, "epochs between checkpoints"),
	NAME(C, mask, "none", mask_names,
	     "servers to choose from; fits: enough memory; idle: and free"),
	NAME(C, reward, "paper", reward_names,
	     "paper: eq. (2); response: minus the growth of response times"),
	REAL(C, time_scale, "1", 1e-9, 1e9,
	     "seconds of a site in a simulated one; noted in the model"),
	REAL(C, reward_scale, "0.01", 1e-9, 1e9,
	     "of reward response: per second of response at 16 servers"),
	WHOLE(C, net.d_model, "16", 1, 4096, "width of the network, d"),
	WHOLE(C, net.heads, "4", 1, 4096,
	      "attention heads, H, of scale and crossattn; divides d_model"),
	WHOLE(C, net.layers, "2", 1, 1000,
	      "cross-attention blocks, L, of scale and crossattn"),
	WHOLE(C, net.ffn, "64", 1, 16384,
	      "width of the feed-forward part, F; of an MLP, of its encoders"),
	WHOLE(C, net.critic, "64", 1, 16384, "width of the critic, K; of an MLP, of its actor too"),
	REAL(C, optim.rate, "3e-4", 0, 10,
	     "Adam's learning rate in the first epoch"),
	REAL(C, optim.final, "0.05", 0, 1,
	     "share of it in the last epoch; a cosine between"),
	REAL(C, optim.beta1, "0.9", 0, 0.9999999,
	     "Adam: decay of the first moment"),
	REAL(C, optim.beta2, "0.999", 0, 0.9999999,
	     "Adam: decay of the second moment"),
	REAL(C, optim.eps, "1e-8", 1e-30, 1,
	     "Adam: added to the root of the second moment"),
	REAL(C, optim.grad_norm, "0.5", 0, 1e9,
	     "longest gradient, 2-norm over all parameters; 0: any"),
	REAL(C, ppo.gamma, "0.99", 0, 1, "discount per decision, of dqn and sac too"),
	REAL(C, ppo.lambda, "0.95", 0, 1,
	     "lambda of the generalised advantage estimate"),
	REAL(C, ppo.horizon, "0", 0, 1e9,
	     "discount exp(-time/horizon) instead of gamma, s, of all too; 0: gamma"),
	REAL(C, ppo.clip, "0.2", 1e-6, 100, "epsilon of the clipped surrogate"),
	WHOLE(C, ppo.passes, "4", 1, 10000,
	      "passes over the data of an epoch, K"),
	WHOLE(C, ppo.minibatch, "128", 2, 1e6, "decisions in a minibatch, B"),
	REAL(C, ppo.c1, "0.5", 0, 1e6, "weight of the value loss"),
	REAL(C, ppo.c2, "0.01", 0, 1e6, "weight of the entropy"),
	NAME(C, srr.form, "covariance", form_names,
	     "SRR, of scale and ppo-srr, decorrelates by the sum of absolute covariances, or by the mean of absolute correlations"),
	REAL(C, srr.lambda1, "0.01", 0, 1e6, "weight of the decorrelation"),
	REAL(C, srr.lambda2, "0.001", 0, 1e6,
	     "weight of the divergence from the standard normal"),
	REAL(C, srr.start, "10", 0, 1e9, "epochs before SRR begins, E_s"),
	REAL(C, srr.ramp, "50", 0, 1e9,
	     "epochs in which it grows to its full weight, E_w"),
	WHOLE(C, replay.capacity, "50000", 1, 1e7,
	      "transitions that the replay keeps, of dqn and sac"),
	WHOLE(C, replay.start, "1000", 1, 1e7,
	      "transitions before learning begins"),
	WHOLE(C, replay.every, "4", 1, 1e6,
	      "decisions of each environment between learning"),
	WHOLE(C, replay.updates, "4", 1, 1e6, "minibatches then learned from"),
	WHOLE(C, replay.minibatch, "64", 1, 1e6,
	      "transitions in a minibatch, B"),
	REAL(C, dqn.epsilon, "1", 0, 1,
	     "share of random decisions in the first epoch"),
	REAL(C, dqn.epsilon_final, "0.05", 0, 1, "the same at the end"),
	REAL(C, dqn.explore, "0.5", 0, 1,
	     "share of the epochs in which it falls, by a line"),
	WHOLE(C, dqn.target_every, "250", 1, 1e9,
	      "updates between copies to the target network"),
	REAL(C, sac.tau, "0.005", 0, 1,
	     "step of the target networks to the critics, in each update"),
	REAL(C, sac.temperature, "0.1", 1e-9, 1e9,
	     "temperature alpha at the beginning"),
	REAL(C, sac.temperature_rate, "1e-3", 0, 10,
	     "learning rate of its logarithm; 0: it stays"),
	REAL(C, sac.entropy, "0.3", 0, 1,
	     "entropy that it is tuned to, as a share of the largest"),
	NAME(C, es.objective, "primitive", objective_names,
	     "of es: whose response is to be short"),
	REAL(C, es.tail, "0.1", 0, 10,
	     "weight of the logarithm of the 99th percentile beside that of the mean"),
	WHOLE(C, es.candidates, "12", 4, 1000, 
	      "candidates of a generation, which is an epoch; even"),
	WHOLE(C, es.cases, "32", 1, 100000, "episodes that each of them plays"),
	WHOLE(C, es.prior_epochs, "100", 0, 1e9,
	      "epochs for the weights of order and placement; the network learns in the others"),
	REAL(C, es.sigma, "0.15", 1e-9, 100, "first step size of the weights"),
	REAL(C, es.network_sigma, "0.1", 1e-9, 100,
	     "first step size of the network's query"),
	{ "env", SCALE_CONF_TABLE, offsetof(C, env), .sub = sim_conf_table,
	  .help = "the simulated cluster, keys of scale-sim; an episode ends "
		  "at duration" },
	CASES(C, cases,
	      "clusters and loads that episodes draw from; none: env alone"),
	{ "vary", SCALE_CONF_LIST, offsetof(C, vary), sizeof(train_vary_t),
	  NULL, 0, 0, NULL, vary_table,
	  "of es: one of these is drawn for half of the episodes" },
	WHOLE(C, eval.every, "5", 1, 1e9, "epochs between evaluations"),
	WHOLE(C, eval.episodes, "8", 1, 1e6, "episodes of each case"),
	WHOLE(C, eval.seed, "10000", 0, 9e18, "of the held-out episodes"),
	REAL(C, eval.duration, "60", 1e-3, 1e9,
	     "arrivals stop then, s; all is run to its end"),
	REAL(C, eval.warmup, "0", 0, 1e9,
	     "earlier arrivals are not measured, s"),
	REAL(C, eval.drain_limit, "300", 1e-3, 1e9,
	     "at most so long after the last arrival, s"),
	CASES(C, eval.cases,
	      "what is evaluated, each element of nodes and load; none: env"),
	{ .name = NULL },
};

size_t train_case_count(const scale_conf_list_t *cases)
{
	return cases->count ? cases->count : 1;
}

const train_case_t *train_case(const scale_conf_list_t *cases, size_t i)
{
	static const train_case_t as_env;

	return cases->count ? (const train_case_t *) cases->item + i : &as_env;
}

void train_case_apply(const train_case_t *c, const sim_config_t *env,
		      uint64_t pick_nodes, uint64_t pick_load,
		      sim_config_t *config)
{
	*config = *env;
	if (c->mix.count)
		config->mix = c->mix;
	if (c->gflops.count)
		config->gflops = c->gflops;
	if (c->mem_gb.count)
		config->mem_gb = c->mem_gb;
	if (c->nodes.count)
		config->nodes = c->nodes.value[pick_nodes % c->nodes.count];
	if (c->load.count)
		config->load = c->load.value[pick_load % c->load.count];
}

static int check_cases(const scale_conf_list_t *cases, const char *name,
		       const sim_config_t *env, scale_err_t *err)
{
	for (size_t i = 0; i < cases->count; i++) {
		sim_config_t config;

		train_case_apply(train_case(cases, i), env, 0, 0, &config);
		if (sim_config_check(&config, err) ||
		    sim_config_check_memory(&config, err))
			return scale_err_prefix(err, "%s[%zu]", name, i);
	}
	return 0;
}

/* Every cluster of the cases must be the one that an MLP is made for. */
static int check_steady(const scale_conf_list_t *cases, const char *name,
			const train_config_t *config, size_t n,
			scale_err_t *err)
{
	char at[32];

	for (size_t i = 0; i < train_case_count(cases); i++) {
		const train_case_t *c = train_case(cases, i);
		size_t k = 0;

		do {
			sim_config_t sim;

			train_case_apply(c, &config->env, k, 0, &sim);
			if (sim_config_steady(&sim, n))
				continue;
			snprintf(at, sizeof(at), "%s[%zu]", name, i);
			return scale_err_set(err, EINVAL,
					     "%s: algorithm %s learns for exactly %zu servers, without changes and failures; scale and crossattn learn for any",
					     cases->count ? at : "env",
					     train_algorithm_names
						     [config->algorithm],
					     n);
		} while (++k < c->nodes.count);
	}
	return 0;
}

static int check_es(const train_config_t *config, scale_err_t *err)
{
	if (config->env.clock != SIM_CLOCK_EVENT)
		return scale_err_set(err, EINVAL,
				     "env.clock: algorithm es needs clock event; under that of the paper nobody waits for a server");
	if (config->es.candidates % 2)
		return scale_err_set(err, EINVAL,
				     "es.candidates: %lld is odd; candidates come in pairs",
				     (long long) config->es.candidates);
	return train_es_cases_check(config, err);
}

int train_config_check(const train_config_t *config, scale_err_t *err)
{
	scale_dims_t dims = train_config_dims(config);

	if (train_algorithm_check(config, err))
		return -1;
	if (scale_dims_check(&dims, err))
		return scale_err_prefix(err, "net");
	if (config->env.duration <= 0.0)
		return scale_err_set(
			err, EINVAL,
			"env.duration: must be above 0, an episode ends then");
	if (config->eval.warmup >= config->eval.duration)
		return scale_err_set(
			err, EINVAL,
			"eval.warmup: must be below eval.duration");
	if (config->replay.start > config->replay.capacity)
		return scale_err_set(
			err, EINVAL,
			"replay.start: %lld is more than replay.capacity, %lld",
			(long long) config->replay.start,
			(long long) config->replay.capacity);
	if (train_algorithm_method(config->algorithm) == &train_method_ppo &&
	    config->ppo.minibatch > config->envs * config->steps)
		return scale_err_set(
			err, EINVAL,
			"ppo.minibatch: %lld is more than the %lld decisions of an epoch (envs x steps)",
			(long long) config->ppo.minibatch,
			(long long) (config->envs * config->steps));
	if (sim_config_check(&config->env, err) ||
	    ((!config->cases.count || !config->eval.cases.count) &&
	     sim_config_check_memory(&config->env, err)))
		return scale_err_prefix(err, "env");
	if (train_algorithm_prior(config->algorithm) && check_es(config, err))
		return -1;
	if (check_cases(&config->cases, "cases", &config->env, err) ||
	    check_cases(&config->eval.cases, "eval.cases", &config->env, err))
		return -1;
	if (!dims.servers)
		return 0;
	if (check_steady(&config->cases, "cases", config, dims.servers, err))
		return -1;
	return check_steady(&config->eval.cases, "eval.cases", config,
			    dims.servers, err);
}

scale_dims_t train_config_dims(const train_config_t *config)
{
	scale_dims_t dims = {
		.task_features = SCALE_TASK_FEATURES,
		.server_features = SCALE_SERVER_FEATURES,
		.d_model = config->net.d_model,
		.ffn = config->net.ffn,
		.critic = config->net.critic,
		.architecture = train_algorithm_architecture(config->algorithm),
		.prior = train_algorithm_prior(config->algorithm),
	};

	if (dims.prior) {
		dims.task_features = SCALE_RELATIVE_TASK_FEATURES;
		dims.server_features = SCALE_RELATIVE_SERVER_FEATURES;
	}

	if (dims.architecture == SCALE_MLP) {
		sim_config_t sim;

		train_case_apply(train_case(&config->cases, 0), &config->env, 0,
				 0, &sim);
		dims.servers = sim.nodes;
	} else {
		dims.heads = config->net.heads;
		dims.layers = config->net.layers;
	}
	return dims;
}

double train_learning_rate(const train_config_t *config, int64_t epoch)
{
	double last = config->optim.rate * config->optim.final;
	double done = config->epochs > 1 ?
			      (epoch - 1.0) / (config->epochs - 1.0) :
			      0.0;

	return last +
	       (config->optim.rate - last) * 0.5 * (1.0 + cos(M_PI * done));
}

double train_epsilon(const train_config_t *config, int64_t epoch)
{
	double fall = config->dqn.explore * config->epochs;
	double done = epoch - 1 < fall ? (epoch - 1) / fall : 1.0;

	return config->dqn.epsilon +
	       (config->dqn.epsilon_final - config->dqn.epsilon) * done;
}

double train_srr_weight(const train_config_t *config, int64_t epoch)
{
	double past = (double) epoch - config->srr.start;

	if (past <= 0.0 || !train_algorithm_srr(config->algorithm))
		return 0.0;
	return past < config->srr.ramp ? past / config->srr.ramp : 1.0;
}
