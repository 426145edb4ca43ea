/*
 * cmd.h - what the subcommands of scale-sim share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_CMD_H
#define SIM_CMD_H

#include <argp.h>
#include <jansson.h>

#include "../model/exit_code.h"
#include "sim.h"

/* argv[0] is "scale-sim NAME".  RET the exit status */
int sim_cmd_config(int argc, char **argv);
int sim_cmd_gantt(int argc, char **argv);
int sim_cmd_policies(int argc, char **argv);
int sim_cmd_replay(int argc, char **argv);
int sim_cmd_run(int argc, char **argv);

/* Say "scale-sim: SENTENCE" on standard error.  RET status */
int sim_cmd_fail(int status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Flush standard output.  RET SCALE_EXIT_OK, or SCALE_EXIT_FAILURE with a
 * message when something did not get out. */
int sim_cmd_flush(void);

/* Print JSON for people and programs; takes the reference.  RET status */
int sim_cmd_print_json(json_t *root);

/* Fill config from "base", "paper", "wide" or a YAML file over the defaults.
 * RET 0 or -1 */
int sim_cmd_config_load(sim_config_t *config, const char *name,
			scale_err_t *err);

#endif
