/*
 * scale_submit.c - submit a workflow to Slurm
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <argp.h>
#include <errno.h>
#include <libgen.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "model/cli.h"
#include "options.h"
#include "reader.h"
#include "show.h"
#include "submit.h"

const char scale_cli_name[] = "scale-submit";
const char *argp_program_version = "scale-submit (scale) " PACKAGE_VERSION;

enum {
	KEY_JSON = 256,
	KEY_NAME,
	KEY_MAX_VISITS,
	KEY_COSTS,
	KEY_COMMAND,
	KEY_REF_GFLOPS,
	KEY_FLOPS_PER_CYCLE,
	KEY_NO_ARRAYS,
	KEY_POLL,
	KEY_ON_INTERRUPT,
};

static const struct argp_option options[] = {
	{ "dry-run", 'n', NULL, 0, "Print what would be submitted", 0 },
	{ "wait", 'w', NULL, 0,
	  "Show progress until all tasks ended; status 1 when one failed", 0 },
	{ "json", KEY_JSON, NULL, 0, "Print the jobs as JSON", 0 },
	{ "name", KEY_NAME, "NAME", 0,
	  "Name of the workflow in Slurm (default: its own and a random end)",
	  0 },
	{ "command", KEY_COMMAND, "COMMAND", 0,
	  "For tasks that have none; instead of those that WfFormat recorded",
	  0 },
	{ "no-arrays", KEY_NO_ARRAYS, NULL, 0,
	  "A job of its own for each task, no arrays of siblings", 0 },
	{ "poll", KEY_POLL, "SECONDS", 0,
	  "Ask Slurm so often while waiting (default 2)", 0 },
	{ "on-interrupt", KEY_ON_INTERRUPT, "WHAT", 0,
	  "^C while waiting: detach (default), the workflow goes on; or cancel it",
	  0 },
	{ "quiet", 'q', NULL, 0, "No progress, no notes", 0 },
	{ NULL, 0, NULL, 0, "LangGraph graphs:", 1 },
	{ "costs", KEY_COSTS, "FILE", 0, "YAML with costs and commands", 1 },
	{ "max-visits", KEY_MAX_VISITS, "K", 0,
	  "Of each task on a cycle (default 3)", 1 },
	{ NULL, 0, NULL, 0, "WfFormat files:", 2 },
	{ "ref-gflops", KEY_REF_GFLOPS, "X", 0,
	  "Speed of machines without a clock rate (default 10)", 2 },
	{ "flops-per-cycle", KEY_FLOPS_PER_CYCLE, "X", 0,
	  "Of a core (default 8)", 2 },
	{ 0 }
};

typedef struct args {
	wf_read_t how;
	const char *file, *name;
	bool add, dry_run, wait, json, no_arrays, quiet, cancel;
	double poll_sec;
	wf_words_t option;	/* for sbatch */
	int words;		/* arguments so far */
} args_t;

static volatile sig_atomic_t stop;

static void add_sbatch_option(args_t *args, const char *word,
			      struct argp_state *state)
{
	const char *why = wf_option_check_word(word);
	scale_err_t err;

	if (why)
		argp_error(state, "sbatch option %s %s", word, why);
	if (wf_words_add(&args->option, word, &err))
		argp_failure(state, SCALE_EXIT_FAILURE, errno, "%s", err.text);
}

static void check_name(const char *name, struct argp_state *state)
{
	const char *why = wf_name_check(name);

	if (why)
		argp_error(state, "name %s %s", name, why);
}

static void add_argument(args_t *args, char *word, struct argp_state *state)
{
	if (state->quoted && state->next > state->quoted) {
		add_sbatch_option(args, word, state);
		return;
	}
	if (!args->words++ && !strcmp(word, "add")) {
		args->add = true;
		return;
	}
	if (args->add && !args->name) {
		check_name(word, state);
		args->name = word;
	} else if (!args->file) {
		args->file = word;
	} else {
		argp_error(state, "%s: one workflow at a time; options of sbatch come after --",
			   word);
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	args_t *args = state->input;

	switch (key) {
	case 'n':
		args->dry_run = true;
		break;
	case 'w':
		args->wait = true;
		break;
	case 'q':
		args->quiet = true;
		break;
	case KEY_JSON:
		args->json = true;
		break;
	case KEY_NAME:
		check_name(arg, state);
		args->name = arg;
		break;
	case KEY_COMMAND:
		args->how.command = arg;
		break;
	case KEY_COSTS:
		args->how.costs = arg;
		break;
	case KEY_MAX_VISITS:
		args->how.max_visits =
			scale_cli_number(state, "--max-visits", arg, 1, 1000);
		break;
	case KEY_REF_GFLOPS:
		args->how.ref_gflops =
			scale_cli_number(state, "--ref-gflops", arg, 1e-6, 1e9);
		break;
	case KEY_FLOPS_PER_CYCLE:
		args->how.flops_per_cycle = scale_cli_number(
			state, "--flops-per-cycle", arg, 1e-6, 1e6);
		break;
	case KEY_NO_ARRAYS:
		args->no_arrays = true;
		break;
	case KEY_POLL:
		args->poll_sec =
			scale_cli_number(state, "--poll", arg, 0.1, 3600);
		break;
	case KEY_ON_INTERRUPT:
		args->cancel = !strcmp(arg, "cancel");
		if (!args->cancel && strcmp(arg, "detach"))
			argp_error(state, "--on-interrupt %s: must be detach or cancel",
				   arg);
		break;
	case ARGP_KEY_ARG:
		add_argument(args, arg, state);
		break;
	case ARGP_KEY_END:
		if (!args->file)
			argp_error(state, "a workflow file is missing");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse_option,
	"WORKFLOW [-- SBATCH-OPTION...]\nadd NAME TASKS [-- SBATCH-OPTION...]",
	"Submit the tasks of a workflow to Slurm, with what each needs and costs."
	"\vWORKFLOW is a scale-workflow(5) file, WfFormat 1.4 to 1.6, or a graph of "
	"LangGraph.  \"add\" puts further tasks into a workflow that was submitted "
	"as NAME.",
	NULL, NULL, NULL
};

static void on_signal(int signal)
{
	stop = signal;
}

/* What scale_submit and its steps share. */
typedef struct run {
	const args_t *args;
	wf_t *wf;
	wf_live_t live;
	wf_plan_t *plan;
	uint32_t *id;
	char workflow[WF_NAME_SIZE];
} run_t;

/* --name, or the file's own name and a random end, so that two runs of one
 * file are two workflows. */
static int name_workflow(run_t *run, scale_err_t *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	enum { END = 6 };
	unsigned char random[END];
	char base[WF_NAME_SIZE], *copy;

	if (run->args->name) {
		strcpy(run->workflow, run->args->name);
		return 0;
	}
	if (run->wf->name) {
		strcpy(base, run->wf->name);
	} else {
		copy = strdup(run->args->file);
		if (!copy)
			return scale_err_set(err, ENOMEM, "no memory");
		wf_name_fit(basename(copy), base);
		free(copy);
		*strchrnul(base, '.') = '\0';
	}
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return scale_err_set(err, errno, "no random bytes: %m");
	sprintf(run->workflow, "%.*s.", WF_NAME_SIZE - END - 2,
		*base ? base : "workflow");
	for (int i = 0; i < END; i++)
		strncat(run->workflow, &letters[random[i] & 31], 1);
	return 0;
}

/* A workflow of that name exists, or must not. */
static int check_live(run_t *run, scale_err_t *err)
{
	const char *name = run->args->name;
	bool add = run->args->add;

	if (!name || (run->args->dry_run && !add))
		return 0;
	if (wf_live_read(name, &run->live, err))
		return -1;
	if (add && !run->live.count)
		return scale_err_set(err, ENOENT,
				     "Slurm knows no task of a workflow \"%s\" of yours",
				     name);
	for (size_t i = 0; i < run->live.count && !add; i++)
		if (run->live.task[i].state <= WF_STATE_RUNS)
			return scale_err_set(err, EEXIST,
					     "a workflow \"%s\" is under way; choose another --name, or add to it: scale-submit add %s %s",
					     name, name, run->args->file);
	return 0;
}

/* New tasks must not be called like old ones, nor need what failed. */
static int check_added(run_t *run, scale_err_t *err)
{
	for (size_t i = 0; i < run->wf->count && run->args->add; i++) {
		const wf_task_t *task = &run->wf->task[i];

		if (wf_live_task(&run->live, task->id))
			return wf_fail(run->wf, task->pos, err, EEXIST,
				       "the workflow has a task \"%s\" already",
				       task->id);
		for (size_t k = 0; k < task->need_count; k++) {
			const wf_need_t *need = &task->need[k];
			const wf_live_task_t *live;

			if (need->task != WF_OUTSIDE)
				continue;
			live = wf_live_task(&run->live, need->id);
			if (live->state == WF_STATE_FAILED)
				return wf_fail(run->wf, need->pos, err, EINVAL,
					       "task \"%s\" needs \"%s\", which failed",
					       task->id, need->id);
			if (need->each && live->width != task->width)
				return wf_fail(run->wf, need->pos, err, EINVAL,
					       "task \"%s\" has width %lld and \"%s\" has %lld; needs_each pairs equal widths",
					       task->id,
					       (long long) task->width,
					       need->id,
					       (long long) live->width);
		}
	}
	return 0;
}

/* All that can be wrong before anything is submitted. */
static int prepare(run_t *run, scale_err_t *err)
{
	const args_t *args = run->args;

	run->wf = wf_read_file(args->file, &args->how, err);
	if (!run->wf)
		return SCALE_EXIT_INPUT;
	if (check_live(run, err))
		return errno == EEXIST || errno == ENOENT ? SCALE_EXIT_INPUT :
							    SCALE_EXIT_FAILURE;
	if (wf_check(run->wf, args->add ? wf_live_known : NULL, &run->live,
		     err) ||
	    check_added(run, err))
		return SCALE_EXIT_INPUT;
	run->plan = wf_plan_create(run->wf, !args->no_arrays, err);
	if (!run->plan || name_workflow(run, err))
		return SCALE_EXIT_FAILURE;
	run->id = calloc(run->plan->count, sizeof(*run->id));
	if (!run->id) {
		scale_err_set(err, ENOMEM, "no memory");
		return SCALE_EXIT_FAILURE;
	}
	for (size_t i = 0; i < run->wf->note.count && !args->quiet; i++)
		fprintf(stderr, "scale-submit: note: %s\n",
			run->wf->note.word[i]);
	return SCALE_EXIT_OK;
}

/* RET the exit status, unlucky where there is no JSON */
static int print_json(const wf_submit_t *submit, const wf_watch_t *watch,
		      int unlucky)
{
	scale_err_t err;
	json_t *root = wf_submit_json(submit, &err), *job;
	size_t i;

	if (!root)
		return scale_cli_fail(unlucky, "%s", err.text);
	json_array_foreach(json_object_get(root, "jobs"), i, job) {
		json_t *list;

		if (!watch)
			break;
		list = json_array();
		for (size_t e = 0; e < wf_watch_elements(watch, i); e++)
			json_array_append_new(
				list, json_string(watch->element[i][e].shown));
		json_object_set_new(job, "states", list);
	}
	return scale_cli_print_json(root, JSON_INDENT(2));
}

/* "WORKFLOW", then "TASK JOB" for each task. */
static void print_jobs(const run_t *run)
{
	printf("%s\n", run->workflow);
	for (size_t i = 0; i < run->wf->count; i++) {
		uint32_t job = run->plan->job_of[i];

		printf("%s %u", run->wf->task[i].id, run->id[job]);
		if (wf_job_siblings(&run->plan->job[job]))
			printf("_%u", run->plan->element_of[i]);
		putchar('\n');
	}
	fflush(stdout);
}

static int interrupted(const run_t *run)
{
	scale_err_t err;

	if (!run->args->cancel) {
		scale_cli_fail(0, "detached; the workflow %s goes on",
			       run->workflow);
	} else if (wf_slurm_cancel(run->id, run->plan->count, &err)) {
		return scale_cli_fail(SCALE_EXIT_FAILURE, "%s", err.text);
	} else {
		scale_cli_fail(0, "cancelled the workflow %s", run->workflow);
	}
	return stop == SIGINT ? SCALE_EXIT_SIGINT : SCALE_EXIT_SIGTERM;
}

static int report(const run_t *run, const wf_watch_t *watch)
{
	char name[WF_NAME_SIZE + 16];

	for (size_t i = 0; i < run->plan->count; i++)
		for (size_t e = 0; e < wf_watch_elements(watch, i); e++) {
			if (watch->element[i][e].state != WF_STATE_FAILED)
				continue;
			wf_watch_name(watch, i, e, name);
			fprintf(stderr, "scale-submit: %s: %s\n", name,
				watch->element[i][e].shown);
		}
	return watch->state[WF_STATE_FAILED] ? SCALE_EXIT_FAILURE :
					       SCALE_EXIT_OK;
}

/* Follow the jobs.  A controller that does not answer is asked again. */
static int follow(const run_t *run, wf_watch_t *watch)
{
	scale_err_t err;
	wf_show_t show;
	bool lost = false;

	wf_show_init(&show, stderr, run->args->quiet);
	while (!stop) {
		wf_queue_t queue;

		if (!wf_slurm_queue(&queue, &err)) {
			wf_watch_update(watch, &queue, wf_show_change, &show);
			wf_queue_free(&queue);
			wf_show_draw(&show, watch);
			lost = false;
			if (wf_watch_over(watch))
				return report(run, watch);
		} else if (!lost) {
			scale_cli_fail(0, "%s", err.text);
			show.drawn = 0;
			lost = true;
		}
		if (!stop)
			poll(NULL, 0, run->args->poll_sec * 1000);
	}
	return interrupted(run);
}

static int submit_and_wait(const run_t *run, wf_submit_t *submit)
{
	wf_watch_t *watch = NULL;
	scale_err_t err;
	int status = SCALE_EXIT_OK;

	if (wf_submit_all(submit, &stop, &err))
		return scale_cli_fail(errno != EINTR   ? SCALE_EXIT_FAILURE
				      : stop == SIGINT ? SCALE_EXIT_SIGINT
						       : SCALE_EXIT_SIGTERM,
				      "%s", err.text);
	if (!run->args->json)
		print_jobs(run);
	if (run->args->wait) {
		watch = wf_watch_create(run->wf, run->plan, run->id, &err);
		status = watch ? follow(run, watch)
			       : scale_cli_fail(SCALE_EXIT_FAILURE, "%s",
						err.text);
	}
	if (run->args->json) {
		int printed = print_json(submit, watch, SCALE_EXIT_FAILURE);

		status = printed ? printed : status;
	}
	wf_watch_destroy(watch);
	return status;
}

static int dry_run(const run_t *run, const wf_submit_t *submit)
{
	scale_err_t err;

	if (run->args->json)
		return print_json(submit, NULL, SCALE_EXIT_INPUT);
	if (wf_submit_print(submit, stdout, &err))
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	return SCALE_EXIT_OK;
}

static int run_all(const args_t *args)
{
	run_t run = { .args = args };
	scale_err_t err;
	int status = prepare(&run, &err);
	wf_submit_t submit = { run.wf, run.plan, run.workflow, &args->option,
			       &run.live, run.id };

	if (status)
		scale_cli_fail(status, "%s", err.text);
	else if (args->dry_run)
		status = dry_run(&run, &submit);
	else
		status = submit_and_wait(&run, &submit);
	free(run.id);
	wf_plan_destroy(run.plan);
	wf_live_free(&run.live);
	wf_destroy(run.wf);
	return status;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	args_t args = { .how = WF_READ_DEFAULTS, .poll_sec = 2.0 };
	int status;

	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = run_all(&args);
	wf_words_free(&args.option);
	return status ? status : scale_cli_flush();
}
