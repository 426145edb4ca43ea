/*
 * cmd.h - what the subcommands of scale-sim share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_CMD_H
#define SIM_CMD_H

#include "../model/cli.h"
#include "report.h"
#include "sim.h"

/* JSON for people and programs */
enum { SIM_JSON = JSON_INDENT(2) | SIM_JSON_FLAGS };

/* argv[0] is "scale-sim NAME".  RET the exit status */
int sim_cmd_adversary(int argc, char **argv);
int sim_cmd_compare(int argc, char **argv);
int sim_cmd_config(int argc, char **argv);
int sim_cmd_gantt(int argc, char **argv);
int sim_cmd_policies(int argc, char **argv);
int sim_cmd_replay(int argc, char **argv);
int sim_cmd_run(int argc, char **argv);

/* Fill config from "base", "paper", "wide" or a YAML file over the defaults.
 * RET 0 or -1 */
int sim_cmd_config_load(sim_config_t *config, const char *name,
			scale_err_t *err);

/* Change config, loaded as name, by set [sets] of "KEY=VALUE", and check it.
 * IN  sound: it was before the command line changed anything
 * RET the exit status */
int sim_cmd_config_set(sim_config_t *config, const char *name, bool sound,
		       char *const *set, size_t sets);

/* Whether both names lead to one file: an output must not replace it. */
bool sim_cmd_same_file(const char *a, const char *b);

#endif
