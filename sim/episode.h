/*
 * episode.h - one episode under one policy or planner
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_EPISODE_H
#define SIM_EPISODE_H

#include "../model/feature_stats.h"
#include "../model/policy.h"
#include "planner.h"

/* Who decides: one of both. */
typedef struct sim_player {
	scale_policy_t *policy;
	sim_planner_t *planner;
	scale_feature_sums_t *features;	/* NULL, or gets the attention feature
					   of each decision of a model */
} sim_player_t;

/*
 * Reset simulator and player to seed and run until the episode is over.
 * OUT *decide_s  what all choices took on the wall, s; may be NULL
 * RET 0; -1 with ENOMEM, EDOM (a model's output), EPROTO (a constraint) or
 *     EINVAL (a planner under the paper clock)
 */
int sim_play(sim_t *sim, const sim_player_t *player, uint64_t seed,
	     double *decide_s, scale_err_t *err);
/* The same for a policy. */
int sim_episode(sim_t *sim, scale_policy_t *policy, uint64_t seed,
		scale_err_t *err);

#endif
