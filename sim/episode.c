/*
 * episode.c - one episode under one policy
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <time.h>

#include "episode.h"
#include "workload.h"

static double wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int decide(sim_t *sim, scale_policy_t *policy, double *decide_s,
		  scale_err_t *err)
{
	const scale_cluster_t *cluster = sim_cluster(sim);
	double start = decide_s ? wall_clock() : 0.0;
	scale_choice_t choice;
	sim_outcome_t outcome;

	if (scale_policy_reserve(policy, cluster->n, err) ||
	    scale_policy_choose(policy, cluster, sim_task(sim), &choice, err))
		return -1;
	if (decide_s)
		*decide_s += wall_clock() - start;
	return sim_act(sim, choice.server, &outcome, err);
}

int sim_episode_timed(sim_t *sim, scale_policy_t *policy, uint64_t seed,
		      double *decide_s, scale_err_t *err)
{
	sim_status_t status;

	if (decide_s)
		*decide_s = 0.0;
	if (sim_reset(sim, seed, err))
		return -1;
	scale_policy_reset(policy, scale_hash_seed(seed, SIM_STREAM_POLICY));
	while ((status = sim_next(sim, err)) == SIM_DECIDE)
		if (decide(sim, policy, decide_s, err))
			return -1;
	return status == SIM_DONE ? 0 : -1;
}

int sim_episode(sim_t *sim, scale_policy_t *policy, uint64_t seed,
		scale_err_t *err)
{
	return sim_episode_timed(sim, policy, seed, NULL, err);
}
