/*
 * update_bench.c - transitions per second of a training update
 *
 * Phases are differences: the same minibatch once more as far as the forward
 * pass, as far as the loss, and as far as the gradient.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "model/exit_code.h"
#include "model/learn.h"
#include "model/rng.h"
#include "trainer/adam.h"
#include "update_bench.h"

enum { BATCH = 256, BATCH_SERVERS = 16 };

typedef struct update {
	scale_net_t *net;
	scale_workspace_t *ws;
	train_adam_t *adam;
	float *dparams;
	size_t first[BATCH + 1], action[BATCH];
	float old[BATCH];
	float *task, *server, *advantage, *ret;
	scale_batch_t batch;
	scale_targets_t targets;
} update_t;

static void must_work(int rc, const scale_err_t *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "decide-bench: %s\n", err->text);
	exit(SCALE_EXIT_FAILURE);
}

static void forward(void *arg)
{
	update_t *u = arg;
	scale_err_t err = { "" };

	must_work(scale_forward(u->net, &u->batch, u->ws, &err), &err);
}

static void gradient(update_t *u, float *dparams)
{
	static const scale_loss_config_t config = {
		.clip = 0.2,
		.c1 = 0.5,
		.c2 = 0.01,
		.lambda1 = 0.01,
		.lambda2 = 0.001,
		.srr_weight = 1.0,
		.normalize_advantages = 1,
	};
	scale_err_t err = { "" };
	scale_loss_t loss;

	must_work(scale_loss_gradient(u->net, &u->batch, &u->targets, &config,
				      u->ws, &loss, dparams, &err), &err);
}

static void forward_and_loss(void *arg)
{
	gradient(arg, NULL);
}

static void forward_to_backward(void *arg)
{
	update_t *u = arg;

	memset(u->dparams, 0, u->net->param_count * sizeof(*u->dparams));
	gradient(u, u->dparams);
}

/* As the trainer does it. */
static void whole(void *arg)
{
	update_t *u = arg;

	forward_to_backward(u);
	train_clip_norm(u->dparams, u->net->param_count, 0.5);
	train_adam_update(u->adam, u->net->params, u->dparams, 3e-4, 0.9,
			  0.999, 1e-8);
}

static float *normals(scale_rng_t *rng, size_t count)
{
	float *x = bench_must(calloc(count, sizeof(*x)));

	for (size_t i = 0; i < count; i++)
		x[i] = (float) scale_rng_normal(rng);
	return x;
}

static update_t *update_create(scale_net_t *net)
{
	update_t *u = bench_must(calloc(1, sizeof(*u)));
	scale_rng_t rng;

	scale_rng_seed(&rng, 1, 0);
	u->net = net;
	u->ws = bench_must(scale_workspace_create(net, NULL));
	u->adam = bench_must(train_adam_create(net->param_count, NULL));
	u->dparams = bench_must(calloc(net->param_count, sizeof(float)));
	for (size_t b = 0; b < BATCH; b++) {
		u->first[b + 1] = u->first[b] + BATCH_SERVERS;
		u->action[b] = scale_rng_below(&rng, BATCH_SERVERS);
		u->old[b] = -2.77f;	/* log(1/16) */
	}
	u->task = normals(&rng, BATCH * net->dims.task_features);
	u->server = normals(&rng,
			    u->first[BATCH] * net->dims.server_features);
	u->advantage = normals(&rng, BATCH);
	u->ret = normals(&rng, BATCH);
	u->batch = (scale_batch_t) { BATCH, u->first, u->task, u->server,
				     NULL };
	u->targets = (scale_targets_t) { u->action, u->old, u->advantage,
					 u->ret };
	return u;
}

static void update_destroy(update_t *u)
{
	scale_workspace_destroy(u->ws);
	train_adam_destroy(u->adam);
	free(u->dparams);
	free(u->task);
	free(u->server);
	free(u->advantage);
	free(u->ret);
	free(u);
}

json_t *update_bench(scale_net_t *net)
{
	update_t *u = update_create(net);
	double all = bench_time_us(whole, u);
	double backward = bench_time_us(forward_to_backward, u);
	double loss = bench_time_us(forward_and_loss, u);
	double ahead = bench_time_us(forward, u);

	update_destroy(u);
	return json_pack("{s:i, s:i, s:f, s:f, s:f, s:f, s:f}", "states",
			 BATCH, "servers", BATCH_SERVERS, "transitions_per_s",
			 1e6 * BATCH / all, "forward_us", ahead, "loss_us",
			 loss - ahead, "backward_us", backward - loss,
			 "optimizer_us", all - backward);
}

void update_print(const json_t *update)
{
	static const char *const phase[] = { "forward", "loss", "backward",
					     "optimizer" };
	double time[4], all = 0.0;

	for (int i = 0; i < 4; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_us", phase[i]);
		time[i] = json_number_value(json_object_get(update, key));
		all += time[i];
	}
	printf("update, %d states of %d servers, loss (5), one thread: %.0f "
	       "transitions/s\n ", BATCH, BATCH_SERVERS,
	       json_number_value(json_object_get(update,
						 "transitions_per_s")));
	for (int i = 0; i < 4; i++)
		printf(" %s %.0f us (%.0f %%)", phase[i], time[i],
		       100.0 * time[i] / all);
	printf("\n");
}
