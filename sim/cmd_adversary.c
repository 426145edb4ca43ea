/*
 * cmd_adversary.c - scale-sim adversary
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adversary.h"
#include "cmd.h"
#include "parallel.h"

enum { OPT_STEPS = 0x2000, OPT_SEARCHES, OPT_KEEP, OPT_SEED };

static const struct argp_option options[] = {
	{ "against", 'a', "POLICY", 0, "whom it is to lose to", 1 },
	{ "metric", 'm', "NAME", 0,
	  "mean response of primitive or of workflow (primitive)", 1 },
	{ "searches", OPT_SEARCHES, "N", 0, "searches of their own (16)", 2 },
	{ "steps", OPT_STEPS, "N", 0, "problems that each looks at (3000)",
	  2 },
	{ "seed", OPT_SEED, "K", 0, "random seed (42)", 2 },
	{ "threads", 't', "N", 0, "at once (all processors)", 2 },
	{ "output", 'o', "DIR", 0, "write the worst problems there", 3 },
	{ "keep", OPT_KEEP, "N", 0, "so many of them (5)", 3 },
	{ "json", 'j', NULL, 0, "print JSON", 3 },
	{ 0 },
};

typedef struct found {
	size_t number;		/* of the search */
	sim_problem_t problem;
	sim_loss_t loss;
} found_t;

typedef struct hunt {
	const char *victim, *rival, *dir;
	sim_duel_t duel;
	size_t searches, keep, threads;
	bool json;
	sim_field_t field;	/* victim, rival */
	found_t *found;		/* [searches] */
	atomic_size_t done;
} hunt_t;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	hunt_t *hunt = state->input;

	switch (key) {
	case 'a':
		hunt->rival = arg;
		return 0;
	case 'm':
		hunt->duel.flows = !strcmp(arg, "workflow");
		if (!hunt->duel.flows && strcmp(arg, "primitive"))
			argp_error(state, "--metric: '%s' is neither "
				   "primitive nor workflow", arg);
		return 0;
	case OPT_SEARCHES:
		hunt->searches = scale_cli_whole(state, "--searches", arg, 1,
						 100000);
		return 0;
	case OPT_STEPS:
		hunt->duel.steps = scale_cli_whole(state, "--steps", arg, 1,
						   100000000);
		return 0;
	case OPT_KEEP:
		hunt->keep = scale_cli_whole(state, "--keep", arg, 1, 100000);
		return 0;
	case OPT_SEED:
		hunt->duel.seed = scale_cli_whole(state, "--seed", arg, 0,
						  INT64_MAX);
		return 0;
	case 't':
		hunt->threads = scale_cli_whole(state, "--threads", arg, 1,
						256);
		return 0;
	case 'o':
		hunt->dir = arg;
		return 0;
	case 'j':
		hunt->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (hunt->victim)
			argp_error(state, "one POLICY is to lose; '%s' is "
				   "one too many", arg);
		hunt->victim = arg;
		return 0;
	case ARGP_KEY_END:
		if (!hunt->victim)
			argp_error(state, "a POLICY is missing");
		if (!hunt->rival)
			argp_error(state, "--against POLICY is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int add(hunt_t *hunt, const char *text)
{
	size_t before = hunt->field.count;
	scale_err_t err = { "" };

	if (sim_field_add(&hunt->field, text, &err))
		return scale_cli_fail(sim_entrant_is_file(text) ?
				      SCALE_EXIT_INPUT : SCALE_EXIT_USAGE,
				      "%s", err.text);
	if (hunt->field.count != before + 1)
		return scale_cli_fail(SCALE_EXIT_USAGE,
				      "%s names more than one policy", text);
	return SCALE_EXIT_OK;
}

/* An MLP has its own number of servers; problems have any. */
static int check_servers(const hunt_t *hunt)
{
	for (size_t i = 0; i < hunt->field.count; i++) {
		const sim_entrant_t *e = &hunt->field.entrant[i];

		if (e->model && e->model->net->dims.servers)
			return scale_cli_fail(SCALE_EXIT_INPUT,
					      "%s: an MLP for exactly %u servers; a search changes their number",
					      e->name,
					      e->model->net->dims.servers);
	}
	return SCALE_EXIT_OK;
}

static void show_progress(hunt_t *hunt)
{
	size_t done = atomic_fetch_add(&hunt->done, 1) + 1;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu of %zu searches%s", done,
			hunt->searches,
			done == hunt->searches ? "\r\033[K" : "");
}

static int piece(void *arg, size_t i, scale_err_t *err)
{
	hunt_t *hunt = arg;
	found_t *found = &hunt->found[i];

	found->number = i;
	if (sim_duel_search(&hunt->duel, i, &found->problem, &found->loss,
			    err))
		return -1;
	show_progress(hunt);
	return 0;
}

static int worse_first(const void *a, const void *b)
{
	const found_t *x = a, *y = b;
	double u = sim_loss_ratio(&x->loss), v = sim_loss_ratio(&y->loss);

	if (u != v)
		return u > v ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static size_t kept(const hunt_t *hunt)
{
	return hunt->keep < hunt->searches ? hunt->keep : hunt->searches;
}

static int write_all(const hunt_t *hunt)
{
	scale_err_t err = { "" };
	char path[4096];

	if (!hunt->dir)
		return SCALE_EXIT_OK;
	if (mkdir(hunt->dir, 0777) && errno != EEXIST)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s: %s", hunt->dir,
				      strerror(errno));
	for (size_t i = 0; i < kept(hunt); i++) {
		if (snprintf(path, sizeof(path), "%s/problem-%02zu.json",
			     hunt->dir, i + 1) >= (int) sizeof(path))
			return scale_cli_fail(SCALE_EXIT_INPUT,
					      "%.80s...: too long a name",
					      hunt->dir);
		if (sim_problem_write(&hunt->found[i].problem, path, &err))
			return scale_cli_fail(SCALE_EXIT_FAILURE, "%s",
					      err.text);
	}
	return SCALE_EXIT_OK;
}

static uint32_t primitives(const sim_problem_t *problem)
{
	uint32_t n = 0;

	for (uint32_t w = 0; w < problem->flows; w++)
		n += problem->flow[w].n;
	return n;
}

static const char *metric(const hunt_t *hunt)
{
	return hunt->duel.flows ? "workflow" : "primitive";
}

static int print_json(const hunt_t *hunt)
{
	json_t *list = json_array();

	for (size_t i = 0; i < hunt->searches; i++) {
		const found_t *found = &hunt->found[i];

		json_array_append_new(list, json_pack(
			"{s:I, s:f, s:f, s:f, s:I, s:i, s:i, s:i}",
			"search", (json_int_t) found->number,
			"ratio", sim_loss_ratio(&found->loss),
			"response", found->loss.victim,
			"against", found->loss.rival,
			"starved", (json_int_t) found->loss.starved,
			"servers", (int) found->problem.servers,
			"workflows", (int) found->problem.flows,
			"primitives", (int) primitives(&found->problem)));
	}
	return scale_cli_print_json(json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:o}", "policy", hunt->victim,
		"against", hunt->rival, "metric", metric(hunt), "seed",
		(json_int_t) hunt->duel.seed, "steps",
		(json_int_t) hunt->duel.steps, "searches", list), SIM_JSON);
}

static int print_text(const hunt_t *hunt)
{
	printf("mean response of a %s, %s over %s, worst of %zu searches of %zu problems\n"
	       "%7s %10s %10s %8s %9s %10s  %s\n", metric(hunt),
	       hunt->victim, hunt->rival, hunt->searches, hunt->duel.steps,
	       "ratio", "policy, s", "other, s", "servers", "workflows",
	       "primitives", "never ended");
	for (size_t i = 0; i < kept(hunt); i++) {
		const found_t *found = &hunt->found[i];

		printf("%7.3f %10.3f %10.3f %8u %9u %10u  %llu\n",
		       sim_loss_ratio(&found->loss), found->loss.victim,
		       found->loss.rival, found->problem.servers,
		       found->problem.flows, primitives(&found->problem),
		       (unsigned long long) found->loss.starved);
	}
	return scale_cli_flush();
}

static int search(hunt_t *hunt)
{
	scale_err_t err = { "" };

	hunt->duel.victim = &hunt->field.entrant[0];
	hunt->duel.rival = &hunt->field.entrant[1];
	hunt->found = calloc(hunt->searches, sizeof(*hunt->found));
	if (!hunt->found)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	if (sim_parallel(hunt->searches, hunt->threads, piece, hunt, &err))
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	qsort(hunt->found, hunt->searches, sizeof(*hunt->found), worse_first);
	return write_all(hunt);
}

int sim_cmd_adversary(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "POLICY --against POLICY",
		.doc = "Search small problems on which a policy loses most to "
		       "another.",
	};
	hunt_t hunt = { .searches = 16, .keep = 5,
			.threads = (size_t) sysconf(_SC_NPROCESSORS_ONLN),
			.duel = { .steps = 3000, .seed = 42 } };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &hunt);
	status = add(&hunt, hunt.victim);
	if (!status)
		status = add(&hunt, hunt.rival);
	if (!status)
		status = check_servers(&hunt);
	if (!status)
		status = search(&hunt);
	if (!status)
		status = hunt.json ? print_json(&hunt) : print_text(&hunt);
	free(hunt.found);
	sim_field_free(&hunt.field);
	return status;
}
