/*
 * train.c - a training run in memory, epoch by epoch
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/model_file.h"
#include "algorithm.h"
#include "train.h"

static int create_envs(train_t *train, scale_err_t *err)
{
	size_t n = train->config->envs;

	train->env = calloc(n, sizeof(*train->env));
	if (!train->env)
		return scale_err_set(err, ENOMEM,
				     "no memory for %zu environments", n);
	for (; train->envs < n; train->envs++) {
		train->env[train->envs] =
			train_env_create(train->config, train->envs, err);
		if (!train->env[train->envs])
			return -1;
	}
	return 0;
}

/* The parameters of the model in file path. */
static int take_init(const char *path, scale_net_t *net, scale_err_t *err)
{
	scale_model_t *model = scale_model_load(path, err);
	int rc = 0;

	if (!model)
		return scale_err_prefix(err, "init");
	if (memcmp(&model->net->dims, &net->dims, sizeof(net->dims)))
		rc = scale_err_set(err, EINVAL,
				   "init: %.150s: is a network of other sizes; see keys net and algorithm",
				   path);
	else
		memcpy(net->params, model->net->params,
		       net->param_count * sizeof(*net->params));
	scale_model_destroy(model);
	return rc;
}

static int create_net(train_t *train, scale_err_t *err)
{
	scale_dims_t dims = train_config_dims(train->config);

	train->net = scale_net_create(&dims, err);
	if (!train->net)
		return -1;
	scale_net_init(train->net, train->config->seed);
	return *train->config->init ? take_init(train->config->init,
						train->net, err) : 0;
}

static train_world_t world_of(const train_t *train)
{
	return (train_world_t){ train->config, train->threads, train->env,
				train->net };
}

static int create_learner(train_t *train, scale_err_t *err)
{
	train_world_t world = world_of(train);

	train->method = train_algorithm_method(train->config->algorithm);
	train->learner = train->method->create(&world, err);
	return train->learner ? 0 : -1;
}

train_t *train_create(const train_config_t *config, size_t threads,
		      scale_err_t *err)
{
	train_t *train = calloc(1, sizeof(*train));

	if (!train) {
		scale_err_set(err, ENOMEM, "no memory to train");
		return NULL;
	}
	train->config = config;
	train->threads = threads;
	train->best_response = INFINITY;
	if (!create_net(train, err) && !create_envs(train, err) &&
	    !create_learner(train, err))
		return train;
	train_destroy(train);
	return NULL;
}

void train_destroy(train_t *train)
{
	int saved = errno;

	if (!train)
		return;
	for (size_t i = 0; i < train->envs; i++)
		train_env_destroy(train->env[i]);
	free(train->env);
	if (train->method)
		train->method->destroy(train->learner);
	scale_net_destroy(train->net);
	train_eval_fini(&train->eval);
	free(train);
	errno = saved;
}

static int evaluate(train_t *train, train_progress_t *row, scale_err_t *err)
{
	train_eval_fini(&train->eval);
	if (train_evaluate(train->config, train->net, train->threads,
			   &train->eval, err))
		return -1;
	train->evaluated = true;
	/* a tie goes to the one that has learned for longer */
	train->improved = train->eval.response <= train->best_response;
	if (train->improved) {
		train->best_response = train->eval.response;
		train->best_epoch = train->epoch;
	}
	row->response = train->eval.response;
	return 0;
}

int train_epoch_zero(train_t *train, train_progress_t *row, scale_err_t *err)
{
	*row = train_progress_empty(0);
	return evaluate(train, row, err);
}

int train_epoch(train_t *train, train_progress_t *row, scale_err_t *err)
{
	const train_config_t *config = train->config;
	int64_t epoch = train->epoch + 1;
	train_world_t world = world_of(train);

	*row = train_progress_empty(epoch);
	row->env_steps = epoch * config->envs * config->steps;
	row->lr = train_learning_rate(config, epoch);
	if (train->method->epoch(train->learner, &world, epoch, row, err))
		return scale_err_prefix(err, "epoch %lld", (long long) epoch);
	train->epoch = epoch;
	train->evaluated = train->improved = false;
	if (epoch % config->eval.every == 0 || epoch == config->epochs)
		return evaluate(train, row, err);
	return 0;
}
