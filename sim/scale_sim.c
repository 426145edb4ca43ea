/*
 * scale_sim.c - scale-sim: subcommands, help, exit status
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "scale_config.h"

const char scale_cli_name[] = "scale-sim";
const char *argp_program_version = "scale-sim (scale) " PACKAGE_VERSION;

typedef struct command {
	scale_cli_command_t is;
	int (*run)(int argc, char **argv);
} command_t;

static const command_t commands[] = {
	{ { "run", NULL, "simulate and print response times" }, sim_cmd_run },
	{ { "compare", NULL, "policies on a grid, with paired seeds" },
	  sim_cmd_compare },
	{ { "adversary", NULL, "small problems on which a policy loses" },
	  sim_cmd_adversary },
	{ { "replay", NULL, "run a trace again and verify it" },
	  sim_cmd_replay },
	{ { "gantt", NULL, "draw a trace as SVG" }, sim_cmd_gantt },
	{ { "policies", NULL, "list rules and orders" }, sim_cmd_policies },
	{ { "config", NULL, "print a commented configuration" },
	  sim_cmd_config },
};

static const scale_cli_commands_t all = SCALE_CLI_COMMANDS(commands);

int sim_cmd_config_load(sim_config_t *config, const char *name,
			scale_err_t *err)
{
	static const char *const named[] = { "base", "paper", "wide" };

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (!strcmp(name, named[i]))
			return sim_config_named(config, name, err);
	if (scale_conf_defaults(sim_conf_table, config, err))
		return -1;
	return scale_conf_read(sim_conf_table, config, name, err);
}

int sim_cmd_config_set(sim_config_t *config, const char *name, bool sound,
		       char *const *set, size_t sets)
{
	scale_err_t err = { "" };

	for (size_t i = 0; i < sets; i++)
		if (scale_conf_set(sim_conf_table, config, set[i], &err))
			return scale_cli_fail(SCALE_EXIT_USAGE, "%s",
					      err.text);
	if (sim_config_check(config, &err) ||
	    sim_config_check_memory(config, &err))
		return scale_cli_fail(sound ? SCALE_EXIT_USAGE :
					      SCALE_EXIT_INPUT,
				      "%s: %s", name, err.text);
	return SCALE_EXIT_OK;
}

bool sim_cmd_same_file(const char *a, const char *b)
{
	struct stat one, two;

	return !stat(a, &one) && !stat(b, &two) &&
	       one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const command_t **command = state->input;

	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "a COMMAND is missing");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	*command = scale_cli_find(&all, arg, state);
	/* the rest is the command's */
	state->quoted = state->next;
	state->next = state->argc;
	return 0;
}

/* The list of commands after the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *list;

	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *) text;
	list = scale_cli_help(&all, "\n'scale-sim COMMAND --help' tells its "
			      "options.");
	return list ? list : (char *) text;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [OPTION...]",
		.doc = "Simulate a heterogeneous cluster that serves agentic "
		       "workflows.\v",
		.help_filter = help_filter,
	};
	const command_t *command = NULL;
	char name[64];
	int first = 1;

	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &command);
	while (strcmp(argv[first], command->is.name))
		first++;
	snprintf(name, sizeof(name), "scale-sim %s", command->is.name);
	argv[first] = name;
	return command->run(argc - first, argv + first);
}
