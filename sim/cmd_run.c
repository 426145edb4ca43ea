/*
 * cmd_run.c - scale-sim run
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"	/* asprintf() */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../model/file.h"
#include "cmd_run.h"
#include "trace.h"

/* Options that are keys of the configuration carry their number in the key
 * of argp. */
enum { OPT_KEY = 0x1000, OPT_SEEDS = 0x2000, OPT_REPEAT, OPT_NO_TIMING,
       OPT_PLACEMENT, OPT_MASK, OPT_PROBLEM };

static const char *const key_options[] = { "order", "nodes", "rate", "load",
					   "workflows", "duration", "clock" };

static const struct argp_option options[] = {
	{ "policy", 'p', "NAME|MODEL", 0,
	  "a rule or a model file (fastest-idle)", 1 },
	{ "placement", OPT_PLACEMENT, "NAME[:PARAM]", 0, "a rule alone", 1 },
	{ "order", OPT_KEY + KEY_ORDER, "NAME[:PARAM]", 0,
	  "first level (hop)", 1 },
	{ "mask", OPT_MASK, "NAME", 0,
	  "let a model choose among other servers: none, fits or idle", 1 },
	{ "clock", OPT_KEY + KEY_CLOCK, "NAME", 0, "event or paper", 1 },
	{ "nodes", OPT_KEY + KEY_NODES, "N", 0, "servers", 2 },
	{ "rate", OPT_KEY + KEY_RATE, "R", 0,
	  "workflows per second at 16 servers", 2 },
	{ "load", OPT_KEY + KEY_LOAD, "RHO", 0, "offered load instead", 2 },
	{ "workflows", OPT_KEY + KEY_WORKFLOWS, "W", 0,
	  "stop arrivals after so many", 2 },
	{ "duration", OPT_KEY + KEY_DURATION, "S", 0,
	  "stop arrivals after so many seconds", 2 },
	{ "config", 'c', "FILE|NAME", 0,
	  "YAML file, or base, paper, wide (base)", 2 },
	{ "problem", OPT_PROBLEM, "FILE", 0,
	  "run what 'scale-sim adversary' found", 2 },
	{ "set", 's', "KEY=VALUE", 0, "change a key of the configuration", 2 },
	{ "seed", 'k', "K", 0, "random seed (42)", 3 },
	{ "seeds", OPT_SEEDS, "A..B", 0, "one run for each seed", 3 },
	{ "repeat", OPT_REPEAT, "N", 0, "N runs, seeds K, K+1, ...", 3 },
	{ "check", 'C', NULL, 0, "verify the four constraints", 4 },
	{ "features", 'f', NULL, 0,
	  "statistics of the model's attention feature too", 4 },
	{ "json", 'j', NULL, 0, "print JSON", 4 },
	{ "no-timing", OPT_NO_TIMING, NULL, 0,
	  "leave out what the clock on the wall says", 4 },
	{ "trace", 't', "FILE", 0, "write what happened as JSON lines", 4 },
	{ 0 },
};

static uint64_t parse_number(const char *what, const char *arg,
			     struct argp_state *state)
{
	return scale_cli_whole(state, what, arg, 0, INT64_MAX);
}

static void parse_seeds(run_args_t *args, char *arg, struct argp_state *state)
{
	char *dots = strstr(arg, "..");
	uint64_t last;

	if (!dots)
		argp_error(state, "--seeds: '%s' is not of the form A..B", arg);
	*dots = '\0';
	args->seed = parse_number("--seeds", arg, state);
	last = parse_number("--seeds", dots + 2, state);
	*dots = '.';
	if (last < args->seed)
		argp_error(state, "--seeds=%s: the last is before the first",
			   arg);
	args->runs = last - args->seed + 1;
}

static void add_set(run_args_t *args, const char *key, const char *value,
		    struct argp_state *state)
{
	if (asprintf(&args->set[args->sets], "%s%s%s", key, *key ? "=" : "",
		     value) < 0)
		argp_failure(state, SCALE_EXIT_FAILURE, ENOMEM, "options");
	args->sets++;
}

/* Options that contradict each other. */
static void check_args(const run_args_t *args, struct argp_state *state)
{
	if (args->runs < 1 || args->runs > 1000000)
		argp_error(state, "from 1 to 1000000 runs, please");
	if (args->trace && args->problem)
		argp_error(state, "--trace: traces do not hold the workflows "
			   "of a problem");
	if (args->trace && args->runs > 1)
		argp_error(state, "--trace goes with one seed only");
	if (args->given[KEY_LOAD] && args->given[KEY_RATE])
		argp_error(state, "--load and --rate say the same in two "
			   "ways; give one");
	for (int i = 0; args->problem && i < KEYS; i++)
		if (args->config_given || (args->given[i] && i != KEY_ORDER))
			argp_error(state, "--problem brings cluster and "
				   "workflows; leave out --config, --set "
				   "and what they say, but for --order");
	if (args->policy_given && args->placement_given)
		argp_error(state, "--policy and --placement say the same; "
			   "give one");
	if (args->placement_given && !scale_policy_is_rule(args->policy))
		argp_error(state, "--placement: no rule named \"%s\"; "
			   "'scale-sim policies' lists them", args->policy);
	if (args->seeds_given && (args->seed_given || args->repeat_given))
		argp_error(state, "--seeds says which seeds and how many; "
			   "leave out --seed and --repeat");
	if (args->trace && (sim_cmd_same_file(args->trace, args->config) ||
			    sim_cmd_same_file(args->trace, args->policy)))
		argp_error(state, "--trace=%s would replace what this run "
			   "reads; name another file", args->trace);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	run_args_t *args = state->input;

	if (key >= OPT_KEY && key < OPT_KEY + KEYS) {
		args->given[key - OPT_KEY] = true;
		add_set(args, key_options[key - OPT_KEY], arg, state);
		return 0;
	}
	switch (key) {
	case 'p':
		args->policy = arg;
		args->policy_given = true;
		return 0;
	case OPT_PLACEMENT:
		args->policy = arg;
		args->placement_given = true;
		return 0;
	case OPT_MASK:
		args->mask = arg;
		if (scale_mask_find(arg) < 0)
			argp_error(state, "--mask: '%s' is not none, fits or "
				   "idle", arg);
		return 0;
	case OPT_PROBLEM:
		args->problem = arg;
		return 0;
	case 'c':
		args->config = arg;
		args->config_given = true;
		return 0;
	case 's':
		args->config_given = true;
		add_set(args, "", arg, state);
		return 0;
	case 'k':
		args->seed_given = true;
		args->seed = parse_number("--seed", arg, state);
		return 0;
	case OPT_SEEDS:
		args->seeds_given = true;
		parse_seeds(args, arg, state);
		return 0;
	case OPT_REPEAT:
		args->repeat_given = true;
		args->runs = parse_number("--repeat", arg, state);
		return 0;
	case 'C':
		add_set(args, "check", "true", state);
		return 0;
	case 'f':
		args->features = true;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	case OPT_NO_TIMING:
		args->timing = false;
		return 0;
	case 't':
		args->trace = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is not an option", arg);
		return 0;
	case ARGP_KEY_END:
		check_args(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* An option that says how long replaces what the file says about length;
 * the same for load and rate. */
static void set_other(const run_args_t *args, sim_config_t *config)
{
	if (args->given[KEY_WORKFLOWS] && !args->given[KEY_DURATION])
		config->duration = 0.0;
	if (args->given[KEY_DURATION] && !args->given[KEY_WORKFLOWS])
		config->workflows = 0;
	if (args->given[KEY_RATE] && !args->given[KEY_LOAD])
		config->load = 0.0;
}

/* Cluster and workflows in full. */
static int load_problem(run_t *run)
{
	const run_args_t *args = &run->args;
	scale_err_t err = { "" };

	if (sim_problem_read(&run->problem, args->problem, &err) ||
	    sim_problem_world(&run->problem, &run->world, &err))
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	run->config = run->world.config;
	return sim_cmd_config_set(&run->config, args->problem, true, args->set,
				  args->sets);
}

static int load_config(run_t *run)
{
	const run_args_t *args = &run->args;
	scale_err_t err = { "" };
	bool sound;

	if (args->problem)
		return load_problem(run);
	if (sim_cmd_config_load(&run->config, args->config, &err))
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	sound = !sim_config_check(&run->config, NULL);
	set_other(args, &run->config);
	return sim_cmd_config_set(&run->config, args->config, sound, args->set,
				  args->sets);
}

/* Refuse before anything runs what an MLP must refuse in its course. */
static int check_servers(const run_t *run)
{
	size_t only = run->player.policy ?
		scale_policy_servers(run->player.policy) : 0;

	if (!only || sim_config_steady(&run->config, only))
		return SCALE_EXIT_OK;
	return scale_cli_fail(SCALE_EXIT_INPUT,
			      "%s: an MLP for exactly %zu servers, none added, drained or failing; the cluster is another",
			      run->args.policy, only);
}

/* Collect the attention feature of a model. */
static int open_features(run_t *run)
{
	const scale_model_t *model = run->field.entrant->model;
	scale_err_t err = { "" };

	if (!run->args.features)
		return SCALE_EXIT_OK;
	if (!model)
		return scale_cli_fail(SCALE_EXIT_USAGE, "--features: only a "
				      "model has an attention feature; "
				      "--policy=%s is none", run->args.policy);
	if (scale_feature_sums_init(&run->features, model->net->dims.d_model,
				    &err))
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	run->player.features = &run->features;
	return SCALE_EXIT_OK;
}

/* A mask in place of the model's own.  RET 0 or -1 */
static int set_mask(run_t *run, scale_err_t *err)
{
	scale_model_t *model = run->field.entrant->model;

	if (!run->args.mask)
		return 0;
	if (!model)
		return scale_err_set(err, EINVAL, "%s is no model and takes "
				     "no --mask", run->args.policy);
	return scale_model_set_meta(model, SCALE_META_MASK, run->args.mask,
				    err);
}

/* What stands in reports: an order that no model brought along is hop. */
static void name_order(run_t *run)
{
	const scale_policy_t *policy = run->player.policy;
	const char *order = scale_order_in_force(
		run->config.order, policy ? scale_policy_order(policy) : NULL);

	if (order != run->config.order)
		strcpy(run->config.order, order);
}

/* A rule or planner by its name, or a model; an order may stand before it. */
static int open_policy(run_t *run)
{
	const sim_entrant_t *who;
	scale_err_t err = { "" };

	if (!sim_field_add(&run->field, run->args.policy, &err) &&
	    !set_mask(run, &err) &&
	    !sim_entrant_player(run->field.entrant, &run->player, &err)) {
		who = run->field.entrant;
		if (run->field.count > 1 ||
		    (*who->order && run->args.given[KEY_ORDER]))
			return scale_cli_fail(SCALE_EXIT_USAGE, "--policy: %s "
					      "names more than one policy or order",
					      run->args.policy);
		if (*who->order)
			strcpy(run->config.order, who->order);
		name_order(run);
		return check_servers(run);
	}
	if (sim_entrant_is_file(run->args.policy))
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	return scale_cli_fail(SCALE_EXIT_USAGE, "--policy: %s", err.text);
}

static int write_trace(run_t *run, sim_trace_t *trace, scale_err_t *err)
{
	const char *text;
	size_t size;

	if (sim_trace_finish(trace, run->metrics, &text, &size, err))
		return -1;
	return scale_file_write(run->args.trace, text, size, err);
}

/* The only run, recorded. */
static int run_traced(run_t *run, scale_err_t *err)
{
	sim_trace_head_t head = { .config = run->config,
				  .seed = run->args.seed };
	sim_trace_t *trace;
	int saved, rc = -1;

	snprintf(head.policy, sizeof(head.policy), "%s", run->args.policy);
	trace = sim_trace_create(&head, err);
	if (!trace)
		return -1;
	sim_observe(run->sim, sim_trace_note, trace);
	if (!sim_play(run->sim, &run->player, run->args.seed, NULL, err) &&
	    !sim_metrics(run->sim, run->metrics, err))
		rc = write_trace(run, trace, err);
	saved = errno;
	sim_observe(run->sim, NULL, NULL);
	sim_trace_destroy(trace);
	errno = saved;
	return rc;
}

static double wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void show_progress(const run_t *run, uint64_t done)
{
	uint64_t every = run->args.runs / 100 + 1;

	if (run->args.runs > 1 && isatty(STDERR_FILENO) &&
	    (done % every == 0 || done == run->args.runs))
		fprintf(stderr, "\r%llu of %llu runs%s",
			(unsigned long long) done,
			(unsigned long long) run->args.runs,
			done == run->args.runs ? "\r\033[K" : "");
}

static int run_seeds(run_t *run, scale_err_t *err)
{
	double start = wall_clock();

	if (run->args.trace)
		return run_traced(run, err);
	for (uint64_t i = 0; i < run->args.runs; i++) {
		if (sim_play(run->sim, &run->player, run->args.seed + i, NULL,
			     err) ||
		    sim_metrics(run->sim, &run->metrics[i], err))
			return scale_err_prefix(err, "seed %llu",
						(unsigned long long)
						(run->args.seed + i));
		show_progress(run, i + 1);
	}
	run->seconds = wall_clock() - start;
	return 0;
}

static int simulate(run_t *run)
{
	scale_err_t err = { "" };

	run->metrics = calloc(run->args.runs, sizeof(*run->metrics));
	if (!run->metrics)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	/* reads the folder of recorded workflows */
	run->sim = run->args.problem ?
		sim_create_replay(&run->config, &run->world.list, &err) :
		sim_create(&run->config, &err);
	if (!run->sim)
		return scale_cli_fail(errno == ENOMEM ? SCALE_EXIT_FAILURE
						      : SCALE_EXIT_INPUT,
				      "%s", err.text);
	if (run_seeds(run, &err))
		return scale_cli_fail(errno == EPROTO ? SCALE_EXIT_CHECK :
				      errno == EINVAL ? SCALE_EXIT_USAGE :
							SCALE_EXIT_FAILURE,
				      "%s", err.text);
	return SCALE_EXIT_OK;
}

static void release(run_t *run)
{
	for (size_t i = 0; i < run->args.sets; i++)
		free(run->args.set[i]);
	free(run->args.set);
	free(run->metrics);
	scale_feature_sums_fini(&run->features);
	sim_destroy(run->sim);
	sim_player_free(&run->player);
	sim_field_free(&run->field);
	scale_conf_free(sim_conf_table, &run->config);
}

int sim_cmd_run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Simulate workflows under a policy and print how long "
		       "they took.",
	};
	run_t run = { .args = { .config = "base", .policy = "fastest-idle",
				.seed = 42, .runs = 1, .timing = true } };
	int status;

	run.args.set = calloc((size_t) argc, sizeof(*run.args.set));
	if (!run.args.set)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	argp_parse(&argp, argc, argv, 0, NULL, &run.args);
	status = load_config(&run);
	if (!status)
		status = open_policy(&run);
	if (!status)
		status = open_features(&run);
	if (!status)
		status = simulate(&run);
	if (!status)
		status = sim_run_print(&run);
	release(&run);
	return status;
}
