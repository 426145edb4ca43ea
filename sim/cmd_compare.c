/*
 * cmd_compare.c - scale-sim compare
 *
 * All but the time of a decision depends on grid and policies alone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../model/file.h"
#include "cmd.h"
#include "compare_report.h"

enum { OPT_SEEDS = 0x2000, OPT_NO_TIMING, OPT_CELLS };

static const struct argp_option options[] = {
	{ "grid", 'g', "FILE", 0, "what to compare on", 1 },
	{ "reference", 'r', "POLICY", 0,
	  "whom the others differ from (the first)", 1 },
	{ "seeds", OPT_SEEDS, "N", 0, "so many, not as the grid says", 1 },
	{ "output", 'o', "DIR", 0,
	  "keep results there, take those that are there, draw pictures", 2 },
	{ "threads", 't', "N", 0, "at once (all processors)", 2 },
	{ "check", 'C', NULL, 0, "verify the four constraints", 2 },
	{ "cells", OPT_CELLS, NULL, 0, "a table of each cell", 3 },
	{ "json", 'j', NULL, 0, "print JSON", 3 },
	{ "no-timing", OPT_NO_TIMING, NULL, 0,
	  "leave out what the clock on the wall says", 3 },
	{ 0 },
};

typedef struct compare_args {
	const char *grid, *reference, *dir;
	char **policy;		/* [policies] */
	size_t policies;
	uint64_t seeds;		/* 0: as the grid says */
	size_t threads;
	bool check, cells, json, timing;
} compare_args_t;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	compare_args_t *args = state->input;

	switch (key) {
	case 'g':
		args->grid = arg;
		return 0;
	case 'r':
		args->reference = arg;
		return 0;
	case 'o':
		args->dir = arg;
		return 0;
	case 't':
		args->threads = scale_cli_whole(state, "--threads", arg, 1,
						256);
		return 0;
	case OPT_SEEDS:
		args->seeds = scale_cli_whole(state, "--seeds", arg, 1,
					      100000);
		return 0;
	case 'C':
		args->check = true;
		return 0;
	case OPT_CELLS:
		args->cells = true;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case OPT_NO_TIMING:
		args->timing = false;
		return 0;
	case ARGP_KEY_ARG:
		args->policy[args->policies++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->policies)
			argp_error(state, "a POLICY is missing");
		if (!args->grid)
			argp_error(state, "--grid FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

typedef struct progress {
	time_t begin, shown;
} progress_t;

/* "1:02:03" of what is left, when it can be said. */
static void show_progress(void *arg, size_t done, size_t all)
{
	progress_t *p = arg;
	time_t now = time(NULL), left;

	if (now == p->shown && done != all)
		return;
	p->shown = now;
	left = (time_t) ((double) (now - p->begin) / (double) done *
			 (double) (all - done));
	fprintf(stderr, "\r%zu of %zu episodes, %ld:%02ld:%02ld left\033[K%s",
		done, all, (long) left / 3600, (long) left / 60 % 60,
		(long) left % 60, done == all ? "\r\033[K" : "");
}

/* A file that cannot be read is bad input, a wrong name a wrong option. */
static int add_policy(sim_field_t *field, const char *text)
{
	scale_err_t err = { "" };

	if (!sim_field_add(field, text, &err))
		return SCALE_EXIT_OK;
	return scale_cli_fail(sim_entrant_is_file(text) ? SCALE_EXIT_INPUT :
							  SCALE_EXIT_USAGE,
			      "%s", err.text);
}

/* The reference is one of them, or comes first. */
static int read_field(const compare_args_t *args, sim_field_t *field)
{
	int status = SCALE_EXIT_OK;

	if (args->reference)
		status = add_policy(field, args->reference);
	for (size_t i = 0; !status && i < args->policies; i++)
		if (!args->reference ||
		    strcmp(args->policy[i], args->reference))
			status = add_policy(field, args->policy[i]);
	return status;
}

/* Refuse before anything runs what an MLP must refuse in its course. */
static int check_servers(const sim_grid_t *grid, const sim_field_t *field)
{
	for (size_t i = 0; i < field->count; i++) {
		const scale_model_t *model = field->entrant[i].model;
		size_t only = model ? model->net->dims.servers : 0;

		for (size_t k = 0; only && k < grid->cells; k++)
			if (!sim_config_steady(&grid->cell[k].config, only))
				return scale_cli_fail(
					SCALE_EXIT_INPUT,
					"%s: an MLP for exactly %zu servers, none added, drained or failing; not for the cell %s",
					field->entrant[i].name, only,
					grid->cell[k].name);
	}
	return SCALE_EXIT_OK;
}

static int write_file(const char *dir, const char *name, const char *text,
		      size_t size)
{
	scale_err_t err = { "" };
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (scale_file_write(path, text, size, &err))
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	return SCALE_EXIT_OK;
}

static int write_plots(const sim_compare_t *c)
{
	static const sim_score_id_t drawn[] = {
		SIM_SCORE_TASK, SIM_SCORE_FLOW, SIM_SCORE_TASK_P99,
		SIM_SCORE_FLOW_P99,
	};
	int status = SCALE_EXIT_OK;

	for (size_t i = 0; !status && i < sizeof(drawn) / sizeof(drawn[0]);
	     i++) {
		scale_err_t err = { "" };
		char name[64], *svg;
		size_t size;

		if (sim_compare_plot(c, drawn[i], &svg, &size, &err))
			return scale_cli_fail(SCALE_EXIT_FAILURE, "%s",
					      err.text);
		snprintf(name, sizeof(name), "%s.svg",
			 sim_score_name(drawn[i]));
		status = write_file(c->dir, name, svg, size);
		free(svg);
	}
	return status;
}

static int write_json(const sim_compare_t *c, const compare_args_t *args)
{
	json_t *root = sim_compare_json(c, args->grid, args->timing);
	char *text = root ? json_dumps(root, SIM_JSON) : NULL;
	int status;

	json_decref(root);
	if (!text)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	status = write_file(c->dir, "report.json", text, strlen(text));
	free(text);
	return status;
}

/* The table with every cell, whatever is printed. */
static int write_text(const sim_compare_t *c, const compare_args_t *args)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status;

	if (!out)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	if (sim_compare_text(c, args->grid, true, args->timing, out) |
	    fclose(out)) {
		free(text);
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	}
	status = write_file(c->dir, "report.txt", text, size);
	free(text);
	return status;
}

static int report(const sim_compare_t *c, const compare_args_t *args)
{
	int status = SCALE_EXIT_OK;

	if (c->dir)
		status = write_json(c, args);
	if (c->dir && !status)
		status = write_text(c, args);
	if (c->dir && !status)
		status = write_plots(c);
	if (status)
		return status;
	if (args->json)
		return scale_cli_print_json(sim_compare_json(c, args->grid,
							     args->timing),
					    SIM_JSON);
	if (sim_compare_text(c, args->grid, args->cells, args->timing,
			     stdout))
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	return scale_cli_flush();
}

static int compare(const compare_args_t *args, const sim_grid_t *grid,
		   const sim_field_t *field)
{
	progress_t progress = { .begin = time(NULL) };
	sim_compare_t c = {
		.grid = grid,
		.field = field,
		.dir = args->dir,
		.threads = args->threads,
		.verify = args->check,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
		.arg = &progress,
	};
	scale_err_t err = { "" };
	int status;

	if (sim_compare_run(&c, &err))
		return scale_cli_fail(errno == EPROTO ? SCALE_EXIT_CHECK :
				      errno == EINVAL ? SCALE_EXIT_INPUT :
							SCALE_EXIT_FAILURE,
				      "%s", err.text);
	if (c.kept)
		fprintf(stderr, "scale-sim: %zu of %zu results were kept in "
			"%s\n", c.kept, grid->cells * field->count, c.dir);
	status = report(&c, args);
	sim_compare_free(&c);
	return status;
}

int sim_cmd_compare(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "POLICY...",
		.doc = "Compare policies on a grid, with paired seeds.  A POLICY is "
		       "PLACEMENT, ORDER+PLACEMENT or a model FILE (ORDER+FILE); "
		       "all stands for every order or placement, alone for every "
		       "pair.",
	};
	compare_args_t args = { .timing = true, .threads = 1 };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	sim_grid_t grid = { 0 };
	sim_field_t field = { 0 };
	scale_err_t err = { "" };
	int status = SCALE_EXIT_OK;

	if (processors > 1)
		args.threads = (size_t) processors;
	args.policy = calloc((size_t) argc, sizeof(*args.policy));
	if (!args.policy)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (sim_grid_load(&grid, args.grid, &err))
		status = scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	if (args.seeds)
		grid.seeds = args.seeds;
	if (!status)
		status = read_field(&args, &field);
	if (!status)
		status = check_servers(&grid, &field);
	if (!status)
		status = compare(&args, &grid, &field);
	sim_field_free(&field);
	sim_grid_free(&grid);
	free(args.policy);
	return status;
}
