/*
 * on_policy.c - Algorithm 1 as a method: rollout, then PPO on it
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>

#include "../model/feature_stats.h"
#include "method.h"
#include "ppo.h"
#include "rollout.h"

typedef struct on_policy {
	train_adam_t *adam;
	train_buffer_t *buffer;
	train_ppo_t ppo;
} on_policy_t;

static void destroy(void *self)
{
	on_policy_t *p = self;
	int saved = errno;

	if (!p)
		return;
	train_buffer_destroy(p->buffer);
	train_ppo_fini(&p->ppo);
	train_adam_destroy(p->adam);
	free(p);
	errno = saved;
}

static void *create(const train_world_t *world, scale_err_t *err)
{
	const train_config_t *config = world->config;
	on_policy_t *p = calloc(1, sizeof(*p));

	if (!p) {
		scale_err_set(err, ENOMEM, "no memory to train");
		return NULL;
	}
	p->adam = train_adam_create(world->net->param_count, err);
	if (p->adam && !train_ppo_init(&p->ppo, config, world->net, err))
		p->buffer = train_buffer_create(config->envs, config->steps,
						config->net.d_model, err);
	if (p->buffer)
		return p;
	destroy(p);
	return NULL;
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
	scale_feature_sums_t sums;

	if (scale_feature_sums_init(&sums, buffer->d, err))
		return -1;
	for (size_t i = 0; i < buffer->tracks; i++)
		for (size_t t = 0; t < buffer->steps; t++)
			scale_feature_sums_add(&sums, buffer->track[i].feature +
							      t * buffer->d);
	train_progress_features(row, &sums);
	scale_feature_sums_fini(&sums);
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

static int epoch(void *self, const train_world_t *world, int64_t number,
		 train_progress_t *row, scale_err_t *err)
{
	on_policy_t *p = self;
	train_ppo_stats_t stats;

	row->srr_weight = train_srr_weight(world->config, number);
	if (train_rollout(world->config, number, world->net, world->env,
			  p->buffer, world->threads, err) ||
	    feature_columns(p->buffer, row, err))
		return -1;
	row->reward = mean_reward(p->buffer);
	row->explained_variance = train_explained_variance(p->buffer);
	if (train_ppo_update(&p->ppo, world->config, number, p->buffer,
			     world->net, p->adam, &stats, err))
		return -1;
	loss_columns(&stats, row);
	return 0;
}

static int parts(void *self, train_part_f part, void *arg)
{
	on_policy_t *p = self;

	return train_adam_parts(p->adam, part, arg);
}

const train_method_t train_method_ppo = { create, destroy, epoch, parts };
