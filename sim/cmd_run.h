/*
 * cmd_run.h - what 'scale-sim run' was asked, and what came out
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_CMD_RUN_H
#define SIM_CMD_RUN_H

#include "../model/feature_stats.h"
#include "cmd.h"
#include "entrant.h"
#include "problem.h"

enum { KEY_ORDER, KEY_NODES, KEY_RATE, KEY_LOAD, KEY_WORKFLOWS, KEY_DURATION,
       KEY_CLOCK, KEYS };

typedef struct run_args {
	const char *config, *policy, *problem, *mask, *trace;
	char **set;		/* assignments in order, allocated */
	size_t sets;
	bool given[KEYS], policy_given, placement_given;
	bool config_given;	/* or a key of it by --set */
	uint64_t seed, runs;
	bool seed_given, seeds_given, repeat_given;
	bool features, json, timing;
} run_args_t;

typedef struct run {
	run_args_t args;
	sim_config_t config;
	sim_problem_t problem;	/* with --problem */
	sim_problem_world_t world;	/* likewise; its config is above */
	sim_field_t field;	/* whoever runs, alone */
	sim_player_t player;
	sim_t *sim;
	sim_metrics_t *metrics;	/* [args.runs] */
	scale_feature_sums_t features;	/* of all decisions, with --features */
	double seconds;		/* on the wall */
} run_t;

/* Print the metrics of all runs, as asked.  RET exit status */
int sim_run_print(const run_t *run);

#endif
