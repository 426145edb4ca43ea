/*
 * scale_ctl.c - scale-ctl: commands, options, help, exit status
 *
 * Reads what the plugin writes (status file, decision log, state file) and
 * what Slurm's own commands print; changes nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <argp.h>
#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "paths.h"
#include "scale_config.h"

const char scale_cli_name[] = "scale-ctl";
const char *argp_program_version = "scale-ctl (scale) " PACKAGE_VERSION;

enum {
	OPT_LOG = 0x100, OPT_STATUS, OPT_STATE, OPT_SLURM_CONF, OPT_CONF,
	OPT_PLUGIN_DIR, OPT_JSON, OPT_DOT, OPT_SVG, OPT_MODEL,
	OPT_WATCH = 'w', OPT_USER = 'u',
};

typedef struct command {
	scale_cli_command_t is;
	const char *options; /* names that it knows beside paths */
	int (*run)(const ctl_t *ctl);
} command_t;

static const command_t commands[] = {
	{{"status", NULL, "what the plugin does now"},
	 "json watch",
	 ctl_status},
	{{"explain", "JOBID",
	  "why a primitive went where it went, or still waits"},
	 "json",
	 ctl_explain},
	{{"workflow", "WF",
	  "a workflow's graph, states, critical path and expected end"},
	 "json dot svg user",
	 ctl_workflow},
	{{"history", NULL, "learned demand of jobs"}, "json user", ctl_history},
	{{"report", NULL,
	  "compare the model with stock scheduling on this site's jobs"},
	 "json model",
	 ctl_report},
	{{"doctor", NULL, "check the installation, say what to mend"},
	 "json",
	 ctl_doctor},
};

static const scale_cli_commands_t all = SCALE_CLI_COMMANDS(commands);

static const struct argp_option options[] = {
	{ "json", OPT_JSON, NULL, 0, "print JSON", 0 },
	{ "watch", OPT_WATCH, "SECONDS", OPTION_ARG_OPTIONAL,
	  "status: again and again (1)", 0 },
	{ "dot", OPT_DOT, NULL, 0, "workflow: a graph for Graphviz", 0 },
	{ "svg", OPT_SVG, NULL, 0, "workflow: a picture", 0 },
	{ "user", OPT_USER, "USER", 0,
	  "workflow, history: of that user (name or number)", 0 },
	{ "model", OPT_MODEL, "FILE", 0,
	  "report: estimate with that model (the one of scale.yaml)", 0 },
	{ "log", OPT_LOG, "FILE", 0,
	  "decision log ($SCALE_LOG; what scale.yaml says)", 1 },
	{ "status-file", OPT_STATUS, "FILE", 0,
	  "status file ($SCALE_STATUS; what scale.yaml says)", 1 },
	{ "state", OPT_STATE, "DIR", 0,
	  "directory of the state file (StateSaveLocation)", 1 },
	{ "slurm-conf", OPT_SLURM_CONF, "FILE", 0,
	  "slurm.conf ($SLURM_CONF, " SCALE_SLURM_CONF ")", 1 },
	{ "conf", OPT_CONF, "FILE", 0,
	  "scale.yaml (beside slurm.conf)", 1 },
	{ "plugin-dir", OPT_PLUGIN_DIR, "DIR", 0,
	  "where sched_scale.so is (PluginDir)", 1 },
	{ 0 },
};

typedef struct cmdline {
	ctl_t ctl;
	const command_t *command;
	char used[64];			/* options given, by name */
} cmdline_t;

json_t *ctl_real(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

const char *ctl_duration(double seconds, char text[32])
{
	if (!isfinite(seconds))
		return strcpy(text, "-");
	if (fabs(seconds) < 120.0)
		snprintf(text, 32, "%.3g s", seconds);
	else if (fabs(seconds) < 7200.0)
		snprintf(text, 32, "%.1f min", seconds / 60.0);
	else if (fabs(seconds) < 172800.0)
		snprintf(text, 32, "%.1f h", seconds / 3600.0);
	else
		snprintf(text, 32, "%.1f d", seconds / 86400.0);
	return text;
}

static void note_use(cmdline_t *line, const char *name)
{
	strncat(line->used, name, sizeof(line->used) - strlen(line->used) - 2);
	strcat(line->used, " ");
}

static long user_of(const char *text, struct argp_state *state)
{
	struct passwd *pw = getpwnam(text);
	char *end;
	long uid = strtol(text, &end, 10);

	if (pw)
		return (long) pw->pw_uid;
	if (*end || end == text || uid < 0)
		argp_error(state, "there is no user '%s'", text);
	return uid;
}

/* Options of other commands, missing and superfluous arguments. */
static void check(cmdline_t *line, struct argp_state *state)
{
	const command_t *command = line->command;
	char used[64], *save = NULL;

	if (!command)
		argp_error(state, "a COMMAND is missing");
	strcpy(used, line->used);
	for (char *name = strtok_r(used, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		if (!strstr(command->options, name))
			argp_error(state, "%s does not take --%s",
				   command->is.name, name);
	if (command->is.arg && !line->ctl.arg)
		argp_error(state, "%s needs a %s", command->is.name,
			   command->is.arg);
	if (line->ctl.dot + line->ctl.svg + line->ctl.json > 1)
		argp_error(state, "give one of --json, --dot and --svg");
}

static error_t parse_command_option(int key, char *arg,
				    struct argp_state *state)
{
	cmdline_t *line = state->input;
	ctl_t *ctl = &line->ctl;

	switch (key) {
	case OPT_JSON:
		ctl->json = true;
		break;
	case OPT_DOT:
		ctl->dot = true;
		note_use(line, "dot");
		break;
	case OPT_SVG:
		ctl->svg = true;
		note_use(line, "svg");
		break;
	case OPT_MODEL:
		ctl->model = arg;
		note_use(line, "model");
		break;
	case OPT_WATCH:
		ctl->watch = arg ? scale_cli_number(state, "--watch", arg, 0.1,
						    86400)
				 : 1.0;
		note_use(line, "watch");
		break;
	case OPT_USER:
		ctl->user = user_of(arg, state);
		note_use(line, "user");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	cmdline_t *line = state->input;
	ctl_t *ctl = &line->ctl;

	switch (key) {
	case OPT_LOG:
		ctl->log = arg;
		break;
	case OPT_STATUS:
		ctl->status = arg;
		break;
	case OPT_STATE:
		ctl->state = arg;
		break;
	case OPT_SLURM_CONF:
		ctl->slurm_conf = arg;
		break;
	case OPT_CONF:
		ctl->conf = arg;
		break;
	case OPT_PLUGIN_DIR:
		ctl->plugin_dir = arg;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			line->command = scale_cli_find(&all, arg, state);
		else if (state->arg_num == 1 && line->command->is.arg)
			ctl->arg = arg;
		else
			argp_error(state, "too many arguments: '%s'", arg);
		break;
	case ARGP_KEY_END:
		check(line, state);
		break;
	default:
		return parse_command_option(key, arg, state);
	}
	return 0;
}

/* The list of commands after the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *list;

	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *) text;
	list = scale_cli_help(&all, "");
	return list ? list : (char *) text;
}

static const char *setting(const char *variable, const char *dflt)
{
	const char *value = getenv(variable);

	return value && *value ? value : dflt;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT]",
		.doc = "See what the SCALE scheduler of Slurm does, and why."
		       "\v",
		.help_filter = help_filter,
	};
	cmdline_t line = {
		.ctl = { .log = setting("SCALE_LOG", NULL),
			 .status = setting("SCALE_STATUS", NULL),
			 .slurm_conf = setting("SLURM_CONF",
					       SCALE_SLURM_CONF),
			 .user = -1 },
	};
	ctl_files_t files;

	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &line);
	ctl_find_files(&line.ctl, &files);
	return line.command->run(&line.ctl);
}
