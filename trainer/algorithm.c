/*
 * algorithm.c - the systems of the paper's comparison, section 5.2
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <string.h>

#include "algorithm.h"

const char *const train_algorithm_names[] = {
	[TRAIN_SCALE] = "scale",
	[TRAIN_CROSSATTN] = "crossattn",
	[TRAIN_PPO] = "ppo",
	[TRAIN_PPO_SRR] = "ppo-srr",
	[TRAIN_DQN] = "dqn",
	[TRAIN_SAC] = "sac",
	[TRAIN_ES] = "es",
	[TRAIN_ALGORITHMS] = NULL,
};

#define BIT(algorithm) (1u << (algorithm))

static const unsigned with_srr = BIT(TRAIN_SCALE) | BIT(TRAIN_PPO_SRR);
static const unsigned with_pointer = BIT(TRAIN_SCALE) | BIT(TRAIN_CROSSATTN) |
				     BIT(TRAIN_ES);
static const unsigned with_ppo = BIT(TRAIN_SCALE) | BIT(TRAIN_CROSSATTN) |
				 BIT(TRAIN_PPO) | BIT(TRAIN_PPO_SRR);
static const unsigned with_dqn = BIT(TRAIN_DQN);
static const unsigned with_sac = BIT(TRAIN_SAC);
static const unsigned with_replay = BIT(TRAIN_DQN) | BIT(TRAIN_SAC);
static const unsigned with_es = BIT(TRAIN_ES);
/* It decides by chance and learns from returns. */
static const unsigned with_returns = ~BIT(TRAIN_ES);
static const unsigned with_all = ~0u;

scale_architecture_t train_algorithm_architecture(int algorithm)
{
	return with_pointer & BIT(algorithm) ? SCALE_POINTER : SCALE_MLP;
}

const train_method_t *train_algorithm_method(int algorithm)
{
	return with_ppo & BIT(algorithm) ? &train_method_ppo :
	       with_dqn & BIT(algorithm) ? &train_method_dqn :
	       with_es & BIT(algorithm)	 ? &train_method_es :
					   &train_method_sac;
}

bool train_algorithm_prior(int algorithm)
{
	return with_es & BIT(algorithm);
}

bool train_algorithm_srr(int algorithm)
{
	return with_srr & BIT(algorithm);
}

/* The algorithms that use a key; keys that are not listed serve all. */
static unsigned users(const char *key)
{
	static const struct {
		const char *prefix;
		const unsigned *users;
	} owners[] = {
		{ "ppo.gamma", &with_returns },
		{ "ppo.horizon", &with_returns },
		{ "ppo.", &with_ppo },
		{ "srr.", &with_srr },
		{ "replay.", &with_replay },
		{ "dqn.", &with_dqn },
		{ "sac.", &with_sac },
		{ "es.", &with_es },
		{ "vary", &with_es },
		{ "envs", &with_returns },
		{ "steps", &with_returns },
		{ "mask", &with_returns },
		{ "reward", &with_returns },
		{ "optim.", &with_returns },
		{ "net.heads", &with_pointer },
		{ "net.layers", &with_pointer },
	};

	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
		if (!strncmp(key, owners[i].prefix, strlen(owners[i].prefix)))
			return *owners[i].users;
	return with_all;
}

/* The first key that is not of the algorithm and not at its default. */
static const char *find_unused(const train_config_t *config,
			       const train_config_t *defaults)
{
	for (const scale_conf_key_t *key = train_conf_table; key->name; key++) {
		const scale_conf_key_t alone[] = { *key, { .name = NULL } };
		char name[SCALE_CONF_PATH];

		if (!(users(key->name) & BIT(config->algorithm)) &&
		    scale_conf_differ(alone, config, defaults, name))
			return key->name;
	}
	return NULL;
}

int train_algorithm_check(const train_config_t *config, scale_err_t *err)
{
	train_config_t defaults;
	const char *name;

	if (scale_conf_defaults(train_conf_table, &defaults, err))
		return -1;
	name = find_unused(config, &defaults);
	scale_conf_free(train_conf_table, &defaults);
	if (!name)
		return 0;
	return scale_err_set(err, EINVAL,
			     "%s: algorithm %s does not use it; leave it out",
			     name, train_algorithm_names[config->algorithm]);
}
