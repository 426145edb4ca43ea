/*
 * train.c - a training run in memory: Algorithm 1, epoch by epoch
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "rollout.h"
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

static int create_net(train_t *train, scale_err_t *err)
{
	scale_dims_t dims = train_config_dims(train->config);

	train->net = scale_net_create(&dims, err);
	if (!train->net)
		return -1;
	scale_net_init(train->net, train->config->seed);
	train->adam = train_adam_create(train->net->param_count, err);
	return train->adam ? 0 : -1;
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
	if (create_net(train, err) || create_envs(train, err) ||
	    train_ppo_init(&train->ppo, config, train->net, err))
		goto fail;
	train->buffer = train_buffer_create(config->envs, config->steps,
					    config->net.d_model, err);
	if (train->buffer)
		return train;
fail:
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
	train_buffer_destroy(train->buffer);
	train_ppo_fini(&train->ppo);
	train_adam_destroy(train->adam);
	scale_net_destroy(train->net);
	train_eval_fini(&train->eval);
	free(train);
	errno = saved;
}

static double mean_reward(const train_buffer_t *buffer)
{
	double sum = 0.0;

	for (size_t i = 0; i < buffer->tracks; i++)
		for (size_t t = 0; t < buffer->steps; t++)
			sum += buffer->track[i].reward[t];
	return sum / (double) (buffer->tracks * buffer->steps);
}

static int feature_columns(const train_buffer_t *buffer, train_progress_t *row,
			   scale_err_t *err)
{
	train_feature_stats_t stats;
	train_feature_sums_t sums;

	if (train_feature_sums_init(&sums, buffer->d, err))
		return -1;
	for (size_t i = 0; i < buffer->tracks; i++)
		for (size_t t = 0; t < buffer->steps; t++)
			train_feature_sums_add(&sums, buffer->track[i].feature +
							      t * buffer->d);
	train_feature_stats(&sums, &stats);
	train_feature_sums_fini(&sums);
	row->feature_cov = stats.covariance;
	row->feature_corr = stats.correlation;
	row->feature_kl = stats.kl;
	return 0;
}

static void loss_columns(const train_ppo_stats_t *stats, train_progress_t *row)
{
	row->loss = stats->loss.total;
	row->loss_clip = stats->loss.clip;
	row->loss_value = stats->loss.value;
	row->entropy = stats->loss.entropy;
	row->srr_decorr = stats->loss.decorrelation;
	row->srr_kl = stats->loss.kl;
	row->approx_kl = stats->loss.approx_kl;
	row->clip_fraction = stats->loss.clip_fraction;
	row->grad_norm = stats->grad_norm;
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
	*row = (train_progress_t){
		.wall_s = NAN,
		.sps = NAN,
		.lr = NAN,
		.loss = NAN,
		.loss_clip = NAN,
		.loss_value = NAN,
		.entropy = NAN,
		.srr_decorr = NAN,
		.srr_kl = NAN,
		.srr_weight = NAN,
		.approx_kl = NAN,
		.clip_fraction = NAN,
		.grad_norm = NAN,
		.explained_variance = NAN,
		.feature_cov = NAN,
		.feature_corr = NAN,
		.feature_kl = NAN,
		.reward = NAN,
	};
	return evaluate(train, row, err);
}

int train_epoch(train_t *train, train_progress_t *row, scale_err_t *err)
{
	const train_config_t *config = train->config;
	int64_t epoch = train->epoch + 1;
	train_ppo_stats_t stats;

	*row = (train_progress_t){
		.epoch = epoch,
		.env_steps = epoch * config->envs * config->steps,
		.lr = train_learning_rate(config, epoch),
		.srr_weight = train_srr_weight(config, epoch),
		.response = NAN,
	};
	if (train_rollout(config, epoch, train->net, train->env, train->buffer,
			  train->threads, err) ||
	    feature_columns(train->buffer, row, err))
		return -1;
	row->reward = mean_reward(train->buffer);
	row->explained_variance = train_explained_variance(train->buffer);
	if (train_ppo_update(&train->ppo, config, epoch, train->buffer,
			     train->net, train->adam, &stats, err))
		return scale_err_prefix(err, "epoch %lld", (long long) epoch);
	loss_columns(&stats, row);
	train->epoch = epoch;
	train->evaluated = train->improved = false;
	if (epoch % config->eval.every == 0 || epoch == config->epochs)
		return evaluate(train, row, err);
	return 0;
}
