/*
 * train_config.h - every setting of a training run
 *
 * The simulator's keys appear under "env."; SPEC sections 5 and 6 give the
 * rest.  What does not change results (threads, verbosity) is an option of
 * the program instead.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_CONFIG_H
#define TRAIN_CONFIG_H

#include "../model/learn.h"
#include "../model/policy.h"
#include "../sim/sim.h"

typedef enum {
	TRAIN_REWARD_PAPER,	/* eq. (2) */
	TRAIN_REWARD_RESPONSE,	/* minus the growth of summed response time */
} train_reward_t;

/* A cluster and load to train or to evaluate on; an empty list means: as in
 * env.  One element of nodes and load each is drawn for an episode. */
typedef struct train_case {
	char name[32];
	scale_conf_doubles_t mix, gflops, mem_gb;	/* tiers */
	scale_conf_ints_t nodes;
	scale_conf_doubles_t load;
} train_case_t;

/* What an evolution strategy minimises the response of. */
typedef enum { TRAIN_PRIMITIVE, TRAIN_WORKFLOW } train_objective_t;

/* What else an episode may be: keys of the simulator. */
typedef struct train_vary {
	char set[128];			/* "{topology: fan}" */
} train_vary_t;

typedef struct train_config {
	int algorithm;			/* train_algorithm_t */
	int64_t seed;
	int64_t epochs;
	char init[256];			/* a model to begin with, or "" */
	int64_t envs;			/* parallel environments */
	int64_t steps;			/* decisions of each per epoch, T */
	int64_t checkpoint_every;	/* epochs */
	struct {
		int64_t d_model, heads, layers, ffn, critic;
	} net;
	struct {
		double rate;		/* learning rate of epoch 1 */
		double final;		/* share of it in the last epoch */
		double beta1, beta2, eps;	/* Adam */
		double grad_norm;	/* global norm clipping */
	} optim;
	struct {
		double gamma, lambda;	/* discount and GAE's lambda */
		double horizon;		/* s; > 0: discount by time instead */
		double clip;		/* epsilon */
		int64_t passes;		/* K over each epoch's data */
		int64_t minibatch;	/* B */
		double c1, c2;		/* value loss, entropy */
	} ppo;
	struct {
		int form;		/* scale_srr_form_t */
		double lambda1, lambda2;
		double start, ramp;	/* E_s and E_w, epochs */
	} srr;
	struct {
		int64_t capacity;	/* transitions that are kept */
		int64_t start;		/* transitions before learning */
		int64_t every;		/* decisions of each environment between
					   learning */
		int64_t updates;	/* then so many */
		int64_t minibatch;	/* B */
	} replay;
	struct {
		double epsilon, epsilon_final;
		double explore;		/* share of the epochs in which
					   epsilon falls */
		int64_t target_every;	/* updates between copies */
	} dqn;
	struct {
		double tau;		/* step of the targets */
		double temperature;	/* alpha at the beginning */
		double temperature_rate;	/* learning rate of its log */
		double entropy;		/* target, share of the largest */
	} sac;
	struct {
		int objective;		/* train_objective_t */
		double tail;		/* weight of ln of the 99th percentile */
		int64_t candidates;	/* of a generation */
		int64_t cases;		/* episodes of each */
		int64_t prior_epochs;	/* then the network */
		double sigma, network_sigma;	/* first step sizes */
	} es;
	int mask;			/* scale_mask_t */
	int reward;			/* train_reward_t */
	double reward_scale;		/* factor of TRAIN_REWARD_RESPONSE */
	double time_scale;		/* site seconds in a simulated one */
	sim_config_t env;
	scale_conf_list_t cases;	/* train_case_t, to train on */
	scale_conf_list_t vary;		/* train_vary_t, of es */
	struct {
		int64_t every;		/* epochs */
		int64_t episodes;	/* of each case, fixed seeds */
		int64_t seed;
		double duration;	/* of arrivals, s */
		double warmup;		/* s */
		double drain_limit;	/* s */
		scale_conf_list_t cases;	/* train_case_t */
	} eval;
} train_config_t;

extern const scale_conf_key_t train_conf_table[];

/* Checks across keys, of every case too.  RET 0, or -1 with EINVAL. */
int train_config_check(const train_config_t *config, scale_err_t *err);

/* The network's sizes, features as in feat.h; an MLP is for the servers of
 * the first case. */
scale_dims_t train_config_dims(const train_config_t *config);

/* Learning rate of an epoch, 1 .. epochs: cosine from rate to final. */
double train_learning_rate(const train_config_t *config, int64_t epoch);

/* epsilon of an epoch, 1 .. epochs: a line from epsilon to epsilon_final. */
double train_epsilon(const train_config_t *config, int64_t epoch);

/* w of Algorithm 1, line 19; 0 where the algorithm has no SRR. */
double train_srr_weight(const train_config_t *config, int64_t epoch);

/* The i-th case, 0 <= i < train_case_count(); an empty list counts as one
 * case that changes nothing. */
size_t train_case_count(const scale_conf_list_t *cases);
const train_case_t *train_case(const scale_conf_list_t *cases, size_t i);

/*
 * env with the case's lists over it.
 * IN  pick_nodes, pick_load: which element, taken modulo their number
 * OUT config: borrows env's lists, must not be freed
 */
void train_case_apply(const train_case_t *c, const sim_config_t *env,
		      uint64_t pick_nodes, uint64_t pick_load,
		      sim_config_t *config);

#endif
