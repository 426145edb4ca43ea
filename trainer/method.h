/*
 * method.h - a way of learning: what an epoch does and must remember
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_METHOD_H
#define TRAIN_METHOD_H

#include "env.h"
#include "part.h"
#include "progress.h"
#include "train_config.h"

/* What a run offers to the method that learns in it. */
typedef struct train_world {
	const train_config_t *config;
	size_t threads;			/* changes speed, never results */
	train_env_t **env;		/* [config->envs] */
	scale_net_t *net;		/* the policy, which the method changes */
} train_world_t;

typedef struct train_method {
	/* RET what the method keeps, or NULL with ENOMEM */
	void *(*create)(const train_world_t *world, scale_err_t *err);
	void (*destroy)(void *self);

	/*
	 * Let the environments make config->steps decisions each, learn from
	 * them, and fill the columns of row that the method knows.
	 * RET 0; -1 with errno, and all is good for nothing but destruction
	 */
	int (*epoch)(void *self, const train_world_t *world, int64_t epoch,
		     train_progress_t *row, scale_err_t *err);

	/* What a checkpoint must keep besides the policy's parameters. */
	int (*parts)(void *self, train_part_f part, void *arg);
} train_method_t;

extern const train_method_t train_method_ppo;
extern const train_method_t train_method_dqn;
extern const train_method_t train_method_sac;
extern const train_method_t train_method_es;

#endif
