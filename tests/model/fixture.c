/*
 * fixture.c - random networks and batches for tests
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "fixture.h"
#include "model/rng.h"

scale_dims_t fixture_odd_dims(void)
{
	scale_dims_t dims = {
		.task_features = 3,
		.server_features = 1,
		.d_model = 6,
		.heads = 3,
		.layers = 2,
		.ffn = 5,
		.critic = 7,
	};

	return dims;
}

scale_dims_t fixture_mlp_dims(uint32_t n)
{
	scale_dims_t dims = {
		.task_features = 3,
		.server_features = 2,
		.d_model = 6,
		.ffn = 5,
		.critic = 7,
		.architecture = SCALE_MLP,
		.servers = n,
	};

	return dims;
}

static void *must(void *block)
{
	if (!block)
		abort();
	return block;
}

static real_t *normals(scale_rng_t *rng, size_t count, double scale)
{
	real_t *x = must(calloc(count, sizeof(*x)));

	for (size_t i = 0; i < count; i++)
		x[i] = (real_t) (scale * scale_rng_normal(rng));
	return x;
}

static void place_states(fixture_t *fx, size_t states, const size_t *n,
			 int mask, scale_rng_t *rng)
{
	fx->first = must(calloc(states + 1, sizeof(*fx->first)));
	fx->action = must(calloc(states, sizeof(*fx->action)));
	for (size_t b = 0; b < states; b++)
		fx->first[b + 1] = fx->first[b] + n[b];
	if (mask)
		fx->allowed = must(calloc(fx->first[states], 1));
	for (size_t b = 0; b < states; b++) {
		fx->action[b] = scale_rng_below(rng, n[b]);
		for (size_t j = 0; mask && j < n[b]; j++)
			fx->allowed[fx->first[b] + j] =
				j == fx->action[b] ||
				scale_rng_below(rng, 3) > 0;
	}
}

fixture_t *fixture_create(const scale_dims_t *dims, size_t states,
			  const size_t *n, int mask, uint64_t seed)
{
	fixture_t *fx = must(calloc(1, sizeof(*fx)));
	scale_rng_t rng;

	scale_rng_seed(&rng, seed, 1000);
	fx->net = must(scale_net_create(dims, NULL));
	scale_net_init(fx->net, seed);
	for (size_t i = 0; i < fx->net->param_count; i++)
		fx->net->params[i] += (real_t) (0.1 * scale_rng_normal(&rng));
	fx->ws = must(scale_workspace_create(fx->net, NULL));
	place_states(fx, states, n, mask, &rng);
	fx->task = normals(&rng, states * dims->task_features, 1.0);
	fx->server = normals(&rng, fx->first[states] * dims->server_features,
			     1.0);
	fx->old_log_prob = normals(&rng, states, 0.3);
	fx->advantage = normals(&rng, states, 1.0);
	fx->ret = normals(&rng, states, 1.0);
	fx->batch = (scale_batch_t) {
		.states = states,
		.first = fx->first,
		.task = fx->task,
		.server = fx->server,
		.allowed = fx->allowed,
	};
	fx->targets = (scale_targets_t) {
		.action = fx->action,
		.old_log_prob = fx->old_log_prob,
		.advantage = fx->advantage,
		.ret = fx->ret,
	};
	if (scale_forward(fx->net, &fx->batch, fx->ws, NULL) < 0)
		abort();
	for (size_t b = 0; b < states; b++)
		fx->old_log_prob[b] += scale_workspace_log_probs(fx->ws)
			[fx->first[b] + fx->action[b]];
	return fx;
}

void fixture_destroy(fixture_t *fx)
{
	scale_net_destroy(fx->net);
	scale_workspace_destroy(fx->ws);
	free(fx->first);
	free(fx->task);
	free(fx->server);
	free(fx->allowed);
	free(fx->action);
	free(fx->old_log_prob);
	free(fx->advantage);
	free(fx->ret);
	free(fx);
}
