/*
 * scale_sim.c - scale-sim: subcommands, help, exit status
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "report.h"
#include "scale_config.h"

const char *argp_program_version = "scale-sim (scale) " PACKAGE_VERSION;

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", "simulate and print response times", sim_cmd_run },
	{ "replay", "run a trace again and verify it", sim_cmd_replay },
	{ "gantt", "draw a trace as SVG", sim_cmd_gantt },
	{ "policies", "list rules and orders", sim_cmd_policies },
	{ "config", "print a commented configuration", sim_cmd_config },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

int sim_cmd_fail(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("scale-sim: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

int sim_cmd_flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		return sim_cmd_fail(SCALE_EXIT_FAILURE,
				    "cannot write to standard output");
	return SCALE_EXIT_OK;
}

int sim_cmd_print_json(json_t *root)
{
	int rc = root ? json_dumpf(root, stdout,
				   JSON_INDENT(2) | SIM_JSON_FLAGS) : -1;

	json_decref(root);
	if (rc)
		return sim_cmd_fail(SCALE_EXIT_FAILURE, "cannot write JSON");
	putchar('\n');
	return sim_cmd_flush();
}

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

static error_t parse(int key, char *arg, struct argp_state *state)
{
	size_t *command = state->input;

	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "a COMMAND is missing");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	for (*command = 0; *command < COMMANDS; ++*command)
		if (!strcmp(commands[*command].name, arg)) {
			/* the rest is the command's */
			state->quoted = state->next;
			state->next = state->argc;
			return 0;
		}
	argp_error(state, "there is no command '%s'", arg);
	return 0;
}

/* The list of commands after the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;
	FILE *out;

	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *) text;
	out = open_memstream(&list, &size);
	if (!out)
		return (char *) text;
	fputs("Commands:\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n'scale-sim COMMAND --help' tells its options.", out);
	fclose(out);
	return list;
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
	size_t command = 0;
	char name[64];
	int first = 1;

	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &command);
	while (strcmp(argv[first], commands[command].name))
		first++;
	snprintf(name, sizeof(name), "scale-sim %s", commands[command].name);
	argv[first] = name;
	return commands[command].run(argc - first, argv + first);
}
