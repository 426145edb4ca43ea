/*
 * cmd_trace.c - scale-sim replay, scale-sim gantt
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../model/file.h"
#include "cmd.h"
#include "gantt.h"

static error_t parse_replay(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one TRACE at a time");
		*(const char **) state->input = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a TRACE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int sim_cmd_replay(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_replay,
		.args_doc = "TRACE",
		.doc = "Run a trace of 'scale-sim run --trace' again with the "
		       "choices that it holds and compare every line.  Exit "
		       "status 4 when something differs.",
	};
	const char *path = NULL;
	scale_err_t err = { "" };
	sim_trace_file_t file;
	int status = SCALE_EXIT_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &path);
	if (sim_trace_load(&file, path, &err))
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	if (sim_trace_replay(&file, path, &err))
		status = scale_cli_fail(errno == EPROTO ? SCALE_EXIT_CHECK
							: SCALE_EXIT_FAILURE,
					"%s", err.text);
	else
		printf("%s: %zu events, the same again\n", path, file.notes);
	sim_trace_free(&file);
	return status ? status : scale_cli_flush();
}

typedef struct gantt_args {
	const char *trace, *output;
	double from, to;
} gantt_args_t;

static error_t parse_gantt(int key, char *arg, struct argp_state *state)
{
	gantt_args_t *args = state->input;

	switch (key) {
	case 'o':
		args->output = arg;
		return 0;
	case 'f':
		args->from = scale_cli_number(state, "--from", arg, 0, 1e12);
		return 0;
	case 't':
		args->to = scale_cli_number(state, "--to", arg, 0, 1e12);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one TRACE at a time");
		args->trace = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->trace)
			argp_error(state, "a TRACE is missing");
		if (!args->output)
			argp_error(state, "-o FILE is missing");
		if (args->to > 0.0 && args->to <= args->from)
			argp_error(state, "--to must be after --from");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int sim_cmd_gantt(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "the SVG file to write", 0 },
		{ "from", 'f', "SECONDS", 0, "begin there", 0 },
		{ "to", 't', "SECONDS", 0, "end there", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_gantt,
		.args_doc = "TRACE",
		.doc = "Draw a trace of 'scale-sim run --trace' as SVG: a row "
		       "for each server, a colour for each workflow.",
	};
	gantt_args_t args = { 0 };
	scale_err_t err = { "" };
	sim_trace_file_t file;
	size_t size = 0;
	char *svg = NULL;
	int status = SCALE_EXIT_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (sim_cmd_same_file(args.output, args.trace))
		return scale_cli_fail(SCALE_EXIT_USAGE,
				      "--output %s is the trace itself; name "
				      "another file",
				      args.output);
	if (sim_trace_load(&file, args.trace, &err))
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	if (sim_gantt(&file, args.from, args.to, &svg, &size, &err))
		status = scale_cli_fail(errno == ENOMEM ? SCALE_EXIT_FAILURE
							: SCALE_EXIT_INPUT,
					"%s: %s", args.trace, err.text);
	else if (scale_file_write(args.output, svg, size, &err))
		status = scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	free(svg);
	sim_trace_free(&file);
	return status;
}
