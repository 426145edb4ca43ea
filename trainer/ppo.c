/*
 * ppo.c - learning from an epoch's transitions, Algorithm 1 lines 18 to 31
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/rng.h"
#include "ppo.h"
#include "stream.h"

int train_ppo_init(train_ppo_t *ppo, const train_config_t *config,
		   const scale_net_t *net, scale_err_t *err)
{
	*ppo = (train_ppo_t){ 0 };
	ppo->ws = scale_workspace_create(net, err);
	if (!ppo->ws)
		return -1;
	ppo->grad = calloc(net->param_count, sizeof(*ppo->grad));
	ppo->index = calloc(config->envs * config->steps, sizeof(*ppo->index));
	if (ppo->grad && ppo->index)
		return 0;
	train_ppo_fini(ppo);
	return scale_err_set(err, ENOMEM, "no memory for the gradient");
}

void train_ppo_fini(train_ppo_t *ppo)
{
	scale_workspace_destroy(ppo->ws);
	train_minibatch_free(&ppo->minibatch);
	free(ppo->grad);
	free(ppo->index);
	*ppo = (train_ppo_t){ 0 };
}

/* Fisher and Yates. */
static void shuffle(size_t *index, size_t n, scale_rng_t *rng)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = scale_rng_below(rng, i), keep = index[i - 1];

		index[i - 1] = index[j];
		index[j] = keep;
	}
}

static void accumulate(train_ppo_stats_t *sum, const scale_loss_t *loss,
		       double norm)
{
	sum->loss.total += loss->total;
	sum->loss.clip += loss->clip;
	sum->loss.value += loss->value;
	sum->loss.entropy += loss->entropy;
	sum->loss.decorrelation += loss->decorrelation;
	sum->loss.kl += loss->kl;
	sum->loss.approx_kl += loss->approx_kl;
	sum->loss.clip_fraction += loss->clip_fraction;
	sum->grad_norm += norm;
}

static void divide(train_ppo_stats_t *sum, double n)
{
	sum->loss.total /= n;
	sum->loss.clip /= n;
	sum->loss.value /= n;
	sum->loss.entropy /= n;
	sum->loss.decorrelation /= n;
	sum->loss.kl /= n;
	sum->loss.approx_kl /= n;
	sum->loss.clip_fraction /= n;
	sum->grad_norm /= n;
}

static int step(train_ppo_t *ppo, const train_config_t *config,
		const train_buffer_t *buffer, const size_t *index, size_t count,
		int64_t epoch, scale_net_t *net, train_adam_t *adam,
		train_ppo_stats_t *sum, scale_err_t *err)
{
	const scale_loss_config_t weights = {
		.clip = config->ppo.clip,
		.c1 = config->ppo.c1,
		.c2 = config->ppo.c2,
		.srr_form = config->srr.form,
		.lambda1 = config->srr.lambda1,
		.lambda2 = config->srr.lambda2,
		.srr_weight = train_srr_weight(config, epoch),
		.normalize_advantages = 1,
	};
	train_minibatch_t *mb = &ppo->minibatch;
	scale_loss_t loss;
	double norm;

	memset(ppo->grad, 0, net->param_count * sizeof(*ppo->grad));
	if (train_minibatch_gather(mb, buffer, index, count, err) ||
	    scale_loss_gradient(net, &mb->batch, &mb->targets, &weights,
				ppo->ws, &loss, ppo->grad, err))
		return -1;
	if (train_adam_step(adam, net, ppo->grad, config, epoch, &norm, err))
		return -1;
	accumulate(sum, &loss, norm);
	return 0;
}

int train_ppo_update(train_ppo_t *ppo, const train_config_t *config,
		     int64_t epoch, const train_buffer_t *buffer,
		     scale_net_t *net, train_adam_t *adam,
		     train_ppo_stats_t *stats, scale_err_t *err)
{
	size_t n = buffer->tracks * buffer->steps;
	size_t batches = n / config->ppo.minibatch;
	scale_rng_t rng;

	*stats = (train_ppo_stats_t){ 0 };
	scale_rng_seed(&rng,
		       scale_hash_seed(config->seed, TRAIN_STREAM_SHUFFLE),
		       epoch);
	for (size_t i = 0; i < n; i++)
		ppo->index[i] = i;
	for (int64_t k = 0; k < config->ppo.passes; k++) {
		shuffle(ppo->index, n, &rng);
		/* what does not divide evenly makes some one larger */
		for (size_t b = 0; b < batches; b++) {
			size_t from = b * n / batches;
			size_t to = (b + 1) * n / batches;

			if (step(ppo, config, buffer, ppo->index + from,
				 to - from, epoch, net, adam, stats, err))
				return -1;
		}
	}
	divide(stats, (double) config->ppo.passes * batches);
	return 0;
}

double train_explained_variance(const train_buffer_t *buffer)
{
	double n = (double) (buffer->tracks * buffer->steps);
	double sum = 0.0, square = 0.0, err_sum = 0.0, err_square = 0.0;
	double var;

	for (size_t i = 0; i < buffer->tracks; i++) {
		const train_track_t *track = &buffer->track[i];

		for (size_t t = 0; t < track->count; t++) {
			double r = track->ret[t], e = r - track->value[t];

			sum += r;
			square += r * r;
			err_sum += e;
			err_square += e * e;
		}
	}
	var = square - sum * sum / n;
	if (!(var > 0.0))
		return NAN;
	return 1.0 - (err_square - err_sum * err_sum / n) / var;
}
