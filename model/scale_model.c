/*
 * scale_model.c - scale-model: look into model files, ask them, compare them
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "exchange.h"
#include "file.h"
#include "model_print.h"
#include "policy.h"
#include "scale_config.h"

const char scale_cli_name[] = "scale-model";
const char *argp_program_version = "scale-model (scale) " PACKAGE_VERSION;

enum { INPUT_MAX = 256 << 20 };		/* bytes of a STATE or BATCH */

typedef struct command command_t;

/* What the command line says. */
typedef struct options {
	const command_t *command;
	const char *file;		/* model, or NULL */
	const char *input;		/* STATE or BATCH, or NULL */
	const char *output;		/* -o, or NULL */
	uint64_t seed;
	bool seed_set;
	bool json;
} options_t;

/* The status of a failure that errno tells: input, unless memory ran out. */
static int complain_input(const scale_err_t *err)
{
	return scale_cli_fail(errno == ENOMEM ? SCALE_EXIT_FAILURE
					      : SCALE_EXIT_INPUT,
			      "%s", err->text);
}

/* Digits that give float32 back. */
enum { DIGITS = JSON_REAL_PRECISION(9) };

/* Standard input whole.  RET 0, or -1 */
static int read_stdin(char **text, size_t *size, scale_err_t *err)
{
	size_t room = 0;

	*text = NULL;
	*size = 0;
	do {
		char *more;

		room = room ? 2 * room : 1 << 16;
		more = realloc(*text, room);
		if (!more)
			return scale_err_set(err, ENOMEM,
					     "no memory for the input");
		*text = more;
		*size += fread(*text + *size, 1, room - *size, stdin);
	} while (*size == room && room <= INPUT_MAX);
	if (ferror(stdin))
		return scale_err_set(err, EIO, "cannot read standard input");
	if (*size > INPUT_MAX)
		return scale_err_set(err, EFBIG,
				     "standard input: more than %d bytes",
				     INPUT_MAX);
	return 0;
}

/* As messages call it. */
static const char *input_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

typedef int (*exchange_f)(const char *text, size_t size,
			  const scale_dims_t *dims, scale_exchange_t *x,
			  scale_err_t *err);

/* Read STATE or BATCH; "-" is standard input. */
static int read_input(const char *path, exchange_f parse,
		      const scale_dims_t *dims, scale_exchange_t *x,
		      scale_err_t *err)
{
	char *text = NULL;
	size_t size;
	int saved, rc;

	rc = strcmp(path, "-")
		     ? scale_file_read(path, INPUT_MAX, &text, &size, err)
		     : read_stdin(&text, &size, err);
	if (rc == 0) {
		rc = parse(text, size, dims, x, err);
		if (rc < 0)
			scale_err_prefix(err, "%s", input_name(path));
	}
	saved = errno;
	free(text);
	errno = saved;
	return rc;
}

static int run_info(const options_t *opt)
{
	scale_err_t err;
	scale_model_t *model = scale_model_load(opt->file, &err);
	int status;

	if (!model)
		return complain_input(&err);
	if (opt->json) {
		status = scale_cli_print_json(scale_json_info(model, opt->file),
					      JSON_INDENT(2) | DIGITS);
	} else {
		scale_print_info(stdout, model, opt->file);
		status = scale_cli_flush();
	}
	scale_model_destroy(model);
	return status;
}

/* Whether every program of ours would take the file. */
static int run_verify(const options_t *opt)
{
	scale_err_t err;
	scale_model_t *model = scale_model_load(opt->file, &err);
	scale_policy_t *policy;

	if (!model)
		return complain_input(&err);
	policy = scale_policy_from_model(model, &err);
	if (!policy) {
		int saved = errno;

		scale_err_prefix(&err, "%s", opt->file);
		scale_model_destroy(model);
		errno = saved;
		return complain_input(&err);
	}
	printf("%s: ok, %zu parameters, sha256 %s\n", opt->file,
	       model->net->param_count, model->sha256);
	scale_policy_destroy(policy);
	scale_model_destroy(model);
	return scale_cli_flush();
}

/* One state through the network as the plugin runs it.  RET NULL on error */
static json_t *decide(const scale_net_t *net, const scale_exchange_t *x,
		      scale_err_t *err)
{
	const scale_states_t *s = &x->states;
	size_t n = s->first[1], ld;
	scale_decider_t *decider = scale_decider_create(net, err);
	scale_scratch_t *scratch = NULL;
	scale_decision_t decision;
	json_t *result = NULL;
	float *psi;

	if (!decider)
		return NULL;
	scratch = scale_scratch_create(decider, n, err);
	if (!scratch)
		goto out;
	psi = scale_scratch_psi(scratch, &ld);
	for (size_t f = 0; f < net->dims.server_features; f++)
		memcpy(psi + f * ld, s->server + f * n, n * sizeof(*psi));
	if (scale_decide(decider, scratch, s->task, psi, ld, n, NULL,
			 &decision) < 0) {
		if (errno == EDOM)
			scale_err_set(err, EDOM,
				      "the network's output is not finite: are the features that large?");
		else
			scale_err_set(err, errno,
				      "%zu servers; the network is for exactly %u",
				      n, net->dims.servers);
		goto out;
	}
	result = scale_json_decision(&decision, n, net->dims.d_model,
				     s->usable);
	if (!result)
		scale_err_set(err, ENOMEM, "no memory for the result");
out:
	scale_scratch_destroy(scratch);
	scale_decider_destroy(decider);
	return result;
}

/* Loss and gradient of one batch.  RET NULL on error */
static json_t *gradient(const scale_net_t *net, const scale_exchange_t *x,
			scale_err_t *err)
{
	scale_batch_t batch = {
		.states = x->states.count,
		.first = x->states.first,
		.task = x->states.task,
		.server = x->states.server,
		.allowed = x->mask ? x->states.usable : NULL,
	};
	scale_targets_t targets = {
		.action = x->action,
		.old_log_prob = x->old_log_prob,
		.advantage = x->advantage,
		.ret = x->ret,
	};
	scale_workspace_t *ws = scale_workspace_create(net, err);
	real_t *dparams = calloc(net->param_count, sizeof(*dparams));
	json_t *result = NULL;
	scale_loss_t loss;

	if (!ws || !dparams) {
		scale_err_set(err, ENOMEM, "no memory for the gradient");
	} else if (scale_loss_gradient(net, &batch, &targets, &x->config, ws,
				       &loss, dparams, err) == 0) {
		result = scale_json_gradient(net, &loss, dparams);
		if (!result)
			scale_err_set(err, EDOM,
				      "a number of the gradient is not finite");
	}
	free(dparams);
	scale_workspace_destroy(ws);
	return result;
}

typedef json_t *(*answer_f)(const scale_net_t *net, const scale_exchange_t *x,
			    scale_err_t *err);

/* Read a STATE or BATCH and print the network's answer to it. */
static int run_ask(const options_t *opt, exchange_f parse, answer_f answer)
{
	scale_err_t err;
	scale_exchange_t x;
	scale_model_t *model = scale_model_load(opt->file, &err);
	json_t *result = NULL;
	int status;

	if (!model)
		return complain_input(&err);
	if (read_input(opt->input, parse, &model->net->dims, &x, &err) == 0) {
		result = answer(model->net, &x, &err);
		if (!result)
			scale_err_prefix(&err, "%s", input_name(opt->input));
		scale_exchange_free(&x);
	}
	status = result ? scale_cli_print_json(result, DIGITS)
			: complain_input(&err);
	scale_model_destroy(model);
	return status;
}

static int run_decide(const options_t *opt)
{
	return run_ask(opt, scale_exchange_state, decide);
}

static int run_gradient(const options_t *opt)
{
	return run_ask(opt, scale_exchange_batch, gradient);
}

/* The paper's network, untrained; the file depends on the seed alone. */
static scale_model_t *fresh_model(uint64_t seed, scale_err_t *err)
{
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = scale_net_create(&dims, err);
	scale_model_t *model;
	char text[24];

	if (!net)
		return NULL;
	scale_net_init(net, seed);
	model = scale_model_create(net, err);
	if (!model) {
		scale_net_destroy(net);
		return NULL;
	}
	snprintf(text, sizeof(text), "%" PRIu64, seed);
	if (scale_model_set_meta(model, "seed", text, err) < 0 ||
	    scale_model_set_meta(model, "trained", "no", err) < 0 ||
	    scale_model_set_meta(model, "program", argp_program_version,
				 err) < 0) {
		scale_model_destroy(model);
		return NULL;
	}
	return model;
}

static int run_init(const options_t *opt)
{
	scale_err_t err;
	scale_model_t *model = fresh_model(opt->seed, &err);
	int status = SCALE_EXIT_OK;

	if (!model || scale_model_save(model, opt->output, &err) < 0)
		status = scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	scale_model_destroy(model);
	return status;
}

struct command {
	scale_cli_command_t is;
	int files;		/* FILE alone 1, with STATE or BATCH 2 */
	int (*run)(const options_t *opt);
};

static const command_t commands[] = {
	{{.name = "info"}, 1, run_info},
	{{.name = "verify"}, 1, run_verify},
	{{.name = "decide"}, 2, run_decide},
	{{.name = "gradient"}, 2, run_gradient},
	{{.name = "init"}, 0, run_init},
};

static const scale_cli_commands_t all = SCALE_CLI_COMMANDS(commands);

static const struct argp_option option_table[] = {
	{ "json", 'j', NULL, 0, "info: print JSON", 0 },
	{ "output", 'o', "FILE", 0, "init: the file to write", 0 },
	{ "seed", 's', "K", 0, "init: random seed, default 42", 0 },
	{ 0 },
};

static void take_argument(options_t *opt, char *arg, struct argp_state *state)
{
	if (!opt->command)
		opt->command = scale_cli_find(&all, arg, state);
	else if (!opt->file)
		opt->file = arg;
	else if (!opt->input)
		opt->input = arg;
	else
		argp_error(state, "too many arguments: '%s'", arg);
}

/* Exits unless options and arguments fit the command. */
static void check_usage(const options_t *opt, struct argp_state *state)
{
	const command_t *command = opt->command;
	int files = !!opt->file + !!opt->input;

	if (!command)
		argp_error(state, "a COMMAND is missing");
	else if (files != command->files)
		argp_error(state, "%s takes %d file name%s, not %d",
			   command->is.name, command->files,
			   command->files == 1 ? "" : "s", files);
	else if (opt->json && command->run != run_info)
		argp_error(state, "--json is for info alone");
	else if ((opt->output || opt->seed_set) && command->run != run_init)
		argp_error(state, "--output and --seed are for init alone");
	else if (command->run == run_init && !opt->output)
		argp_error(state, "init needs --output FILE");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	options_t *opt = state->input;

	switch (key) {
	case 'j':
		opt->json = true;
		break;
	case 'o':
		opt->output = arg;
		break;
	case 's':
		opt->seed =
			scale_cli_whole(state, "--seed", arg, 0, UINT64_MAX);
		opt->seed_set = true;
		break;
	case ARGP_KEY_ARG:
		take_argument(opt, arg, state);
		break;
	case ARGP_KEY_END:
		check_usage(opt, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "info FILE\nverify FILE\ndecide FILE STATE.json\n"
			    "gradient FILE BATCH.json\ninit -o FILE",
		.doc = "Look into SCALE model files, ask them and compare "
		       "them with others.",
	};
	options_t opt = { .seed = 42 };

	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &opt);
	return opt.command->run(&opt);
}
