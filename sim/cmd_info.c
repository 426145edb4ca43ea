/*
 * cmd_info.c - scale-sim policies, scale-sim config
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../model/order.h"
#include "../model/policy.h"
#include "cmd.h"
#include "planner.h"

static error_t parse_policies(int key, char *arg, struct argp_state *state)
{
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*(bool *) state->input = true;
	return 0;
}

static void add_word(json_t *list, bool condition, const char *word)
{
	if (condition)
		json_array_append_new(list, json_string(word));
}

/* Adds to list; takes knows. */
static void add_row(json_t *list, const char *name, const char *summary,
		    const scale_param_t *param, json_t *knows)
{
	json_t *row = json_pack("{s:s, s:s, s:o}", "name", name, "summary",
				summary, "knows", knows);

	if (param->meaning)
		json_object_set_new(row, "parameter", json_pack(
			"{s:s, s:f, s:f, s:f}", "meaning", param->meaning,
			"default", param->dflt, "min", param->min,
			"max", param->max));
	json_array_append_new(list, row);
}

static json_t *list_policies(void)
{
	json_t *list = json_array();
	scale_policy_info_t info;

	for (size_t i = 0; !scale_policy_list(i, &info); i++) {
		json_t *knows = json_array();

		add_word(knows, info.knows_speed, "speed");
		add_word(knows, info.knows_demand, "demand");
		add_word(knows, info.knows_remaining, "remaining time");
		add_word(knows, info.knows_transfer, "predecessor");
		add_row(list, info.name, info.summary, info.param, knows);
	}
	return list;
}

static json_t *list_orders(void)
{
	json_t *list = json_array();

	for (int i = 0; i < SCALE_ORDER_COUNT; i++) {
		const scale_order_info_t *info =
			scale_order_info((scale_order_kind_t) i);
		json_t *knows = json_array();

		add_word(knows, info->knows & SCALE_ORDER_KNOWS_GRAPH,
			 "graph");
		add_word(knows, info->knows & SCALE_ORDER_KNOWS_DEMAND,
			 "demand");
		add_word(knows, info->knows & SCALE_ORDER_KNOWS_PAST, "past");
		add_word(knows, info->knows & SCALE_ORDER_KNOWS_AGE, "age");
		add_row(list, info->name, info->summary, &info->param, knows);
	}
	return list;
}

static json_t *list_planners(void)
{
	static const scale_param_t none = { 0 };
	json_t *list = json_array();
	const char *name, *summary;

	for (size_t i = 0; (name = sim_planner_list(i, &summary)); i++)
		add_row(list, name, summary, &none,
			json_pack("[s, s, s, s]", "graph", "demand", "speed",
				  "remaining time"));
	return list;
}

/* "knows graph, demand", "knows nothing" */
static void print_knows(const json_t *words)
{
	size_t i;
	json_t *word;

	printf("%-20s knows %s", "",
	       json_array_size(words) ? "" : "nothing");
	json_array_foreach(words, i, word)
		printf("%s%s", i ? ", " : "", json_string_value(word));
}

static void print_parameter(const json_t *param)
{
	if (param)
		printf("; after a colon the %s: %g to %g (%g)",
		       json_string_value(json_object_get(param, "meaning")),
		       json_real_value(json_object_get(param, "min")),
		       json_real_value(json_object_get(param, "max")),
		       json_real_value(json_object_get(param, "default")));
	putchar('\n');
}

static void print_list(const char *title, const json_t *list)
{
	size_t i;
	json_t *item;

	printf("%s\n", title);
	json_array_foreach(list, i, item) {
		printf("  %-18s %s\n",
		       json_string_value(json_object_get(item, "name")),
		       json_string_value(json_object_get(item, "summary")));
		print_knows(json_object_get(item, "knows"));
		print_parameter(json_object_get(item, "parameter"));
	}
}

int sim_cmd_policies(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', NULL, 0, "print JSON", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_policies,
		.doc = "List the rules for --placement, the orders for --order "
		       "and the planners for --policy, and what each has to know "
		       "beside memory and who is idle.  A model file is a policy "
		       "too.",
	};
	bool json = false;
	json_t *root;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	root = json_pack("{s:o, s:o, s:o}", "policies", list_policies(),
			 "orders", list_orders(), "planners",
			 list_planners());
	if (json || !root)
		return scale_cli_print_json(root, SIM_JSON);
	print_list("Placements (second level: which server)",
		   json_object_get(root, "policies"));
	print_list("Orders (first level: which primitive next)",
		   json_object_get(root, "orders"));
	print_list("Planners (decide ahead)",
		   json_object_get(root, "planners"));
	json_decref(root);
	return scale_cli_flush();
}

typedef struct config_args {
	const char *name;
	char **set;
	size_t sets;
} config_args_t;

static error_t parse_config(int key, char *arg, struct argp_state *state)
{
	config_args_t *args = state->input;

	switch (key) {
	case 's':
		args->set[args->sets++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one NAME at most");
		args->name = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_config(const config_args_t *args, sim_config_t *config)
{
	scale_err_t err = { "" };
	char *text;
	int status;

	if (sim_cmd_config_load(config, args->name, &err))
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	status = sim_cmd_config_set(config, args->name,
				    !sim_config_check(config, NULL), args->set,
				    args->sets);
	if (status)
		return status;
	text = scale_conf_print(sim_conf_table, config, &err);
	if (!text)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	fputs(text, stdout);
	free(text);
	return scale_cli_flush();
}

int sim_cmd_config(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "set", 's', "KEY=VALUE", 0, "change a key", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_config,
		.args_doc = "[base|paper|wide|FILE]",
		.doc = "Print a configuration with all its keys, as YAML that "
		       "--config reads back.  A FILE is checked and "
		       "completed.",
	};
	config_args_t args = { .name = "base" };
	sim_config_t config = { 0 };
	int rc;

	args.set = calloc((size_t) argc, sizeof(*args.set));
	if (!args.set)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	rc = print_config(&args, &config);
	scale_conf_free(sim_conf_table, &config);
	free(args.set);
	return rc;
}
