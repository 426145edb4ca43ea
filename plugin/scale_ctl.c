/*
 * scale_ctl.c - scale-ctl: commands, options, help, exit status
 *
 * Reads what the plugin writes (status file, decision log, state file) and
 * what Slurm's own commands print; changes nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "paths.h"
#include "scale_config.h"

const char *argp_program_version = "scale-ctl (scale) " PACKAGE_VERSION;

enum {
	OPT_LOG = 0x100, OPT_STATUS, OPT_STATE, OPT_SLURM_CONF, OPT_CONF,
	OPT_PLUGIN_DIR, OPT_JSON, OPT_DOT, OPT_SVG,
	OPT_WATCH = 'w', OPT_USER = 'u',
};

typedef struct command {
	const char *name;
	const char *arg;		/* NULL: takes none */
	const char *options;		/* names that it knows beside paths */
	const char *summary;
	int (*run)(const ctl_t *ctl);
} command_t;

static const command_t commands[] = {
	{ "status", NULL, "json watch", "what the plugin does now",
	  ctl_status },
	{ "explain", "JOBID", "json",
	  "why a primitive went where it went, or still waits", ctl_explain },
	{ "workflow", "WF", "json dot svg user",
	  "a workflow's graph, states, critical path and expected end",
	  ctl_workflow },
	{ "history", NULL, "json user", "learned demand of jobs",
	  ctl_history },
	{ "report", NULL, "json",
	  "compare the model with stock scheduling on this site's jobs",
	  ctl_report },
	{ "doctor", NULL, "json", "check the installation, say what to mend",
	  ctl_doctor },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct argp_option options[] = {
	{ "json", OPT_JSON, NULL, 0, "print JSON", 0 },
	{ "watch", OPT_WATCH, "SECONDS", OPTION_ARG_OPTIONAL,
	  "status: again and again (1)", 0 },
	{ "dot", OPT_DOT, NULL, 0, "workflow: a graph for Graphviz", 0 },
	{ "svg", OPT_SVG, NULL, 0, "workflow: a picture", 0 },
	{ "user", OPT_USER, "USER", 0,
	  "workflow, history: of that user (name or number)", 0 },
	{ "log", OPT_LOG, "FILE", 0,
	  "decision log ($SCALE_LOG, " SCALE_LOG_PATH ")", 1 },
	{ "status-file", OPT_STATUS, "FILE", 0,
	  "status file ($SCALE_STATUS, " SCALE_STATUS_PATH ")", 1 },
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

int ctl_fail(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("scale-ctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

int ctl_flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		return ctl_fail(SCALE_EXIT_FAILURE,
				"cannot write to standard output");
	return SCALE_EXIT_OK;
}

int ctl_print_json(json_t *root, bool indent)
{
	size_t flags = CTL_JSON_FLAGS | (indent ? JSON_INDENT(2)
						: JSON_COMPACT);
	int rc = root ? json_dumpf(root, stdout, flags) : -1;

	json_decref(root);
	if (rc)
		return ctl_fail(SCALE_EXIT_FAILURE, "cannot write JSON");
	putchar('\n');
	return ctl_flush();
}

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

static double seconds_of(const char *text, struct argp_state *state)
{
	char *end;
	double x = text ? strtod(text, &end) : 1.0;

	if (text && (*end || end == text || !(x >= 0.1 && x <= 86400.0)))
		argp_error(state, "--watch: '%s' is not a number of seconds "
			   "from 0.1 to 86400", text);
	return x;
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

static void set_command(cmdline_t *line, const char *name,
			struct argp_state *state)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			line->command = &commands[i];
	if (!line->command)
		argp_error(state, "there is no command '%s'", name);
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
				   command->name, name);
	if (command->arg && !line->ctl.arg)
		argp_error(state, "%s needs a %s", command->name,
			   command->arg);
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
	case OPT_WATCH:
		ctl->watch = seconds_of(arg, state);
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
			set_command(line, arg, state);
		else if (state->arg_num == 1 && line->command->arg)
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
		fprintf(out, "  %-8s %-6s %s\n", commands[i].name,
			commands[i].arg ? commands[i].arg : "",
			commands[i].summary);
	fclose(out);
	return list;
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
		.ctl = { .log = setting("SCALE_LOG", SCALE_LOG_PATH),
			 .status = setting("SCALE_STATUS", SCALE_STATUS_PATH),
			 .slurm_conf = setting("SLURM_CONF",
					       SCALE_SLURM_CONF),
			 .user = -1 },
	};

	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &line);
	return line.command->run(&line.ctl);
}
