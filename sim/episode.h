/*
 * episode.h - one episode under one policy
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_EPISODE_H
#define SIM_EPISODE_H

#include "../model/policy.h"
#include "sim.h"

/*
 * Reset simulator and policy to seed and run until the episode is over.
 * RET 0; -1 with ENOMEM, EDOM (a model's output) or EPROTO (a constraint)
 */
int sim_episode(sim_t *sim, scale_policy_t *policy, uint64_t seed,
		scale_err_t *err);
/* The same; OUT *decide_s: what all choices took on the wall, s */
int sim_episode_timed(sim_t *sim, scale_policy_t *policy, uint64_t seed,
		      double *decide_s, scale_err_t *err);

#endif
