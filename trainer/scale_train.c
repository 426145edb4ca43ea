/*
 * scale_train.c - scale-train: train a scheduling policy
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <argp.h>
#include <cblas.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model/cli.h"
#include "display.h"
#include "run.h"

#define PROGRAM "scale-train (" PACKAGE_NAME ") " PACKAGE_VERSION

const char scale_cli_name[] = "scale-train";
const char *argp_program_version = PROGRAM;

enum {
	KEY_SET = 0x100,
	KEY_RESUME,
	KEY_PRINT,
	KEY_CHECK,
	KEY_SEED,
	KEY_THREADS
};

static const struct argp_option options[] = {
	{ "set", KEY_SET, "KEY=VALUE", 0, "Set a key over the file's value",
	  1 },
	{ "seed", KEY_SEED, "N", 0, "The same as --set seed=N", 1 },
	{ "output", 'o', "DIR", 0, "Directory of the run, new or empty", 2 },
	{ "resume", KEY_RESUME, "DIR", 0,
	  "Go on from the checkpoint in DIR; of the keys only epochs may be set",
	  2 },
	{ "threads", KEY_THREADS, "N", 0,
	  "Threads for simulation (default: the processors); results do not depend on it",
	  2 },
	{ "print-config", KEY_PRINT, NULL, 0,
	  "Print every key with its value and meaning, and exit", 3 },
	{ "check", KEY_CHECK, NULL, 0, "Check the configuration, and exit", 3 },
	{ "quiet", 'q', NULL, 0, "No progress", 4 },
	{ "verbose", 'v', NULL, 0, "Each case of an evaluation", 4 },
	{ 0 }
};

typedef struct arguments {
	const char *config, *output, *resume;
	const char **set; /* [sets], pointers into argv or allocated */
	size_t sets;
	char seed[64]; /* "seed=N" */
	long threads;
	bool print, check;
	int level;
} arguments_t;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	arguments_t *args = state->input;

	switch (key) {
	case KEY_SET:
		args->set[args->sets++] = arg;
		break;
	case KEY_SEED:
		snprintf(args->seed, sizeof(args->seed), "seed=%s", arg);
		args->set[args->sets++] = args->seed;
		break;
	case 'o':
		args->output = arg;
		break;
	case KEY_RESUME:
		args->resume = arg;
		break;
	case KEY_THREADS:
		args->threads =
			scale_cli_whole(state, "--threads", arg, 1, 256);
		break;
	case KEY_PRINT:
		args->print = true;
		break;
	case KEY_CHECK:
		args->check = true;
		break;
	case 'q':
		args->level = 0;
		break;
	case 'v':
		args->level = 2;
		break;
	case ARGP_KEY_ARG:
		if (args->config)
			argp_error(state, "more than one configuration: %s",
				   arg);
		args->config = arg;
		break;
	case ARGP_KEY_END:
		if (args->resume && (args->config || args->output))
			argp_error(
				state,
				"--resume takes neither a configuration nor --output: both are in %s",
				args->resume);
		if (args->resume || args->print)
			break;
		if (!args->config)
			argp_error(state, "no configuration given");
		if (!args->output && !args->check)
			argp_error(state,
				   "no directory for the run given (--output)");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options,
	parse_option,
	"CONFIG.yaml -o DIR\n--resume DIR\n--print-config [CONFIG.yaml]",
	"Train a scheduling policy: the paper's, or another of its comparison "
	"(key algorithm).\v"
	"DIR receives config.yaml, progress.csv, progress.jsonl, checkpoint, "
	"best.safetensors and last.safetensors.  SIGINT and SIGTERM write a "
	"checkpoint of the last complete epoch and exit with 130 or 143; SIGUSR1 "
	"writes one and goes on.",
	NULL,
	NULL,
	NULL
};

/*
 * Signals: a thread of their own waits for them, so that an epoch, which may
 * take minutes, needs no places where it looks for them.
 */

typedef struct watch {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t opened;
	train_run_t *run;	/* NULL until it is opened */
	bool resuming;
	train_display_t display;
} watch_t;

static sigset_t watched(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	return set;
}

/* A second one of these ends the program at once. */
static void unwatch(void)
{
	sigset_t set = watched();

	sigdelset(&set, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Another run is only read while it is opened; of a new one there is nothing
 * worth keeping yet. */
static train_run_t *opened(watch_t *watch)
{
	train_run_t *run;

	pthread_mutex_lock(&watch->lock);
	while (!watch->run && watch->resuming)
		pthread_cond_wait(&watch->opened, &watch->lock);
	run = watch->run;
	pthread_mutex_unlock(&watch->lock);
	return run;
}

static int save(train_run_t *run, int number)
{
	const char *name = number == SIGINT ? "SIGINT" : "SIGTERM";
	scale_err_t err = { "" };
	int64_t epoch;

	if (!run)
		return scale_cli_fail(
			number == SIGUSR1 ? SCALE_EXIT_OK : 128 + number,
			"nothing to save before the first epoch");
	epoch = train_run_save(run, &err);
	if (epoch < 0)
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	if (number == SIGUSR1)
		return SCALE_EXIT_OK;
	return scale_cli_fail(128 + number,
			      "stopped by %s after epoch %" PRId64
			      "; the run can be resumed",
			      name, epoch);
}

static void *watch_signals(void *arg)
{
	watch_t *watch = arg;
	sigset_t set = watched();
	int number, status;

	while (!sigwait(&set, &number)) {
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		if (number != SIGUSR1) {
			unwatch();
			train_display_end(&watch->display);
		}
		status = save(opened(watch), number);
		/* the others work on: no exit handlers beside them */
		if (status != SCALE_EXIT_OK)
			_exit(status);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	}
	return NULL;
}

static int watch_begin(watch_t *watch, const arguments_t *args)
{
	sigset_t set = watched();

	/* a shell may have them ignored, and sigwait() would never see them */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	/* a file size limit is an error of write(), as a full disk is */
	signal(SIGXFSZ, SIG_IGN);
	watch->resuming = args->resume;
	pthread_mutex_init(&watch->lock, NULL);
	pthread_cond_init(&watch->opened, NULL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (!pthread_create(&watch->thread, NULL, watch_signals, watch))
		return SCALE_EXIT_OK;
	return scale_cli_fail(SCALE_EXIT_FAILURE, "cannot start a thread: %s",
			      strerror(errno));
}

static void watch_run(watch_t *watch, train_run_t *run)
{
	pthread_mutex_lock(&watch->lock);
	watch->run = run;
	watch->resuming = false;
	pthread_cond_signal(&watch->opened);
	pthread_mutex_unlock(&watch->lock);
}

static void watch_end(watch_t *watch)
{
	watch_run(watch, watch->run);
	pthread_cancel(watch->thread);
	pthread_join(watch->thread, NULL);
}

/* Main */

/* OUT config, when the status is SCALE_EXIT_OK */
static int load_config(const arguments_t *args, train_config_t *config)
{
	scale_err_t err = { "" };

	if (scale_conf_defaults(train_conf_table, config, &err))
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	if (args->config &&
	    scale_conf_read(train_conf_table, config, args->config, &err))
		goto fail;
	for (size_t i = 0; i < args->sets; i++)
		if (scale_conf_set(train_conf_table, config, args->set[i],
				   &err))
			goto fail;
	if (!train_config_check(config, &err))
		return SCALE_EXIT_OK;
	if (args->config)
		scale_err_prefix(&err, "%s", args->config);
fail:
	scale_conf_free(train_conf_table, config);
	return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
}

/* Assignments that no configuration could take are wrong arguments. */
static int check_sets(const arguments_t *args)
{
	scale_err_t err = { "" };
	train_config_t config;
	int status = SCALE_EXIT_OK;

	if (scale_conf_defaults(train_conf_table, &config, &err))
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	for (size_t i = 0; i < args->sets && !status; i++)
		if (scale_conf_set(train_conf_table, &config, args->set[i],
				   &err))
			status = scale_cli_fail(SCALE_EXIT_USAGE, "%s",
						err.text);
	scale_conf_free(train_conf_table, &config);
	return status;
}

/* --print-config and --check */
static int show(const arguments_t *args)
{
	scale_err_t err = { "" };
	train_config_t config;
	int status = load_config(args, &config);
	char *text;

	if (status != SCALE_EXIT_OK)
		return status;
	if (args->print) {
		text = scale_conf_print(train_conf_table, &config, &err);
		if (!text)
			status = scale_cli_fail(SCALE_EXIT_FAILURE, "%s",
						err.text);
		else
			fputs(text, stdout);
		free(text);
	}
	scale_conf_free(train_conf_table, &config);
	return status ? status : scale_cli_flush();
}

/* The command line in one allocated line. */
static char *command_line(int argc, char **argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (int i = 0; i < argc; i++) {
		bool plain =
			argv[i][strcspn(argv[i], " \t\n'\"\\$&|;<>()*?[]")] ==
			'\0';

		/* close the quote for each quote inside */
		fprintf(out, "%s%s", i ? " " : "", plain ? "" : "'");
		for (const char *p = argv[i]; *p; p++)
			fprintf(out, *p == '\'' ? "'\\''" : "%c", *p);
		fputs(plain ? "" : "'", out);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* OUT run, when the status is SCALE_EXIT_OK */
static int open_run(const arguments_t *args, const char *command,
		    train_run_t **run)
{
	scale_err_t err = { "" };
	train_config_t config;
	int status = SCALE_EXIT_OK;

	if (args->resume) {
		*run = train_run_resume(args->resume, args->set, args->sets,
					args->threads, PROGRAM, command, &err);
	} else {
		status = load_config(args, &config);
		if (status != SCALE_EXIT_OK)
			return status;
		*run = train_run_begin(&config, args->output, args->threads,
				       PROGRAM, command, &err);
	}
	if (*run)
		return SCALE_EXIT_OK;
	return scale_cli_fail(errno == EINVAL || errno == ENOENT ||
					      errno == ENOTEMPTY
				      ? SCALE_EXIT_INPUT
				      : SCALE_EXIT_FAILURE,
			      "%s", err.text);
}

static int loop(train_run_t *run, train_display_t *display)
{
	scale_err_t err = { "" };
	train_progress_t row;
	int rc = 0;

	while (!rc && !train_run_done(run)) {
		rc = train_run_epoch(run, &row, &err);
		if (!rc)
			train_display_epoch(display, &row, run->train);
	}
	train_display_end(display);
	return rc ? scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text) :
		    SCALE_EXIT_OK;
}

static void say_best(const train_run_t *run)
{
	if (isfinite(run->train->best_response))
		fprintf(stderr,
			"scale-train: best response %.4f s, after epoch %" PRId64
			": %s\n",
			run->train->best_response, run->train->best_epoch,
			train_run_dir_path(run->dir, TRAIN_FILE_BEST));
}

static int train(const arguments_t *args, const char *command)
{
	watch_t watch = { .run = NULL };
	train_run_t *run = NULL;
	int status = watch_begin(&watch, args);

	if (status != SCALE_EXIT_OK)
		return status;
	train_display_init(&watch.display, stderr, args->level, 0, 0);
	status = open_run(args, command, &run);
	if (status == SCALE_EXIT_OK) {
		train_display_init(&watch.display, stderr, args->level,
				   run->config.epochs, run->train->epoch);
		watch_run(&watch, run);
		if (args->level && !args->resume)
			fprintf(stderr, "untrained: response %.4f s\n",
				run->train->best_response);
		status = loop(run, &watch.display);
	}
	watch_end(&watch);
	if (status == SCALE_EXIT_OK && args->level)
		say_best(run);
	train_run_end(run);
	return status;
}

int main(int argc, char **argv)
{
	arguments_t args = { .level = 1 };
	char *command;
	int status;

	argp_err_exit_status = SCALE_EXIT_USAGE;
	args.threads = sysconf(_SC_NPROCESSORS_ONLN);
	args.set = calloc(argc, sizeof(*args.set));
	command = command_line(argc, argv);
	if (!args.set || !command) {
		return scale_cli_fail(SCALE_EXIT_FAILURE, "no memory");
	}
	argp_parse(&argp, argc, argv, 0, NULL, &args);
#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
	/* matrices are small: threads inside a call only cost time, and would
	 * make sums depend on their number */
	openblas_set_num_threads(1);
#endif
	status = check_sets(&args);
	if (status == SCALE_EXIT_OK)
		status = args.print || args.check ? show(&args) :
						    train(&args, command);
	free(args.set);
	free(command);
	return status;
}
