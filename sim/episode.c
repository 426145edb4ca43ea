/*
 * episode.c - one episode under one policy or planner
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <time.h>

#include "episode.h"
#include "workload.h"

static double wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int choose(sim_t *sim, const sim_player_t *player, ssize_t *server,
		  scale_err_t *err)
{
	const scale_cluster_t *cluster = sim_cluster(sim);
	scale_choice_t choice;

	if (player->planner)
		return sim_planner_choose(player->planner, sim, server, err);
	if (scale_policy_reserve(player->policy, cluster->n, err) ||
	    scale_policy_choose(player->policy, cluster, sim_task(sim),
				&choice, err))
		return -1;
	if (player->features && choice.feature)
		scale_feature_sums_add(player->features, choice.feature);
	*server = choice.server;
	return 0;
}

static int decide(sim_t *sim, const sim_player_t *player, double *decide_s,
		  scale_err_t *err)
{
	double start = decide_s ? wall_clock() : 0.0;
	ssize_t server;

	if (choose(sim, player, &server, err))
		return -1;
	if (decide_s)
		*decide_s += wall_clock() - start;
	return sim_act(sim, server, NULL, err);
}

int sim_play(sim_t *sim, const sim_player_t *player, uint64_t seed,
	     double *decide_s, scale_err_t *err)
{
	sim_status_t status;

	if (decide_s)
		*decide_s = 0.0;
	if (player->planner && sim_config(sim)->clock != SIM_CLOCK_EVENT)
		return scale_err_set(err, EINVAL,
				     "a planner needs clock: event; under the paper clock it cannot say who goes first");
	sim_order(sim, player->policy ? scale_policy_order(player->policy) :
					NULL);
	if (sim_reset(sim, seed, err))
		return -1;
	if (player->planner)
		sim_planner_reset(player->planner);
	else
		scale_policy_reset(player->policy,
				   scale_hash_seed(seed, SIM_STREAM_POLICY));
	while ((status = sim_next(sim, err)) == SIM_DECIDE)
		if (decide(sim, player, decide_s, err))
			return -1;
	return status == SIM_DONE ? 0 : -1;
}

int sim_episode(sim_t *sim, scale_policy_t *policy, uint64_t seed,
		scale_err_t *err)
{
	const sim_player_t player = { .policy = policy };

	return sim_play(sim, &player, seed, NULL, err);
}
