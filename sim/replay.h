/*
 * replay.h - workflows that are given in memory
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "source.h"

typedef struct sim_replay {
	sim_source_t source;
	double gflop;			/* mean work of a primitive */
	sim_arrivals_t list;		/* items are borrowed and never written:
					   simulators may share them */
} sim_replay_t;

/* Check the list and begin with it.  config is borrowed as well.
 * RET 0, or -1 with EINVAL; err names workflow and primitive, from 0 */
int sim_replay_init(sim_replay_t *replay, const sim_config_t *config,
		    const sim_arrivals_t *list, scale_err_t *err);

#endif
