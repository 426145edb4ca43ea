/*
 * slurm.c - what we ask of Slurm's commands
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "slurm.h"
#include "process.h"

enum {
	CANCEL_AT_ONCE = 500,	/* jobs in one call of scancel */
	FIELDS = 6,		/* of a row of squeue */
};

extern char **environ;

/*
 * Inside a job, Slurm's description of that job must not reach the jobs we
 * submit: srun there would take it for their own.  Which cluster stays.
 */
static char **submit_environment(void)
{
	size_t count = 0, kept = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++)
		if (strncmp(environ[i], "SLURM_", 6) ||
		    !strncmp(environ[i], "SLURM_CONF=", 11))
			copy[kept++] = environ[i];
	return copy;
}

/* Run a client; a status other than 0 is an error that quotes it. */
static int call(char *const argv[], char *const envp[], const char *input,
		size_t size, wf_output_t *output, scale_err_t *err)
{
	if (wf_process_run(argv, envp, input, size, output, err))
		return -1;
	if (!output->status)
		return 0;
	scale_err_set(err, EIO, "%s failed with status %d%s%.400s", argv[0],
		      output->status, *output->err ? ": " : "", output->err);
	wf_output_free(output);
	return -1;
}

int wf_slurm_sbatch(char *const argv[], const char *script, size_t size,
		    uint32_t *id, scale_err_t *err)
{
	char **envp = submit_environment(), *end;
	unsigned long value;
	wf_output_t output;
	int rc = -1;

	if (!envp)
		return scale_err_set(err, ENOMEM, "no memory to submit");
	if (call(argv, envp, script, size, &output, err))
		goto done;
	errno = 0;
	value = strtoul(output.out, &end, 10);
	if (end == output.out || errno || !value || value > UINT32_MAX ||
	    (*end != '\n' && *end != ';' && *end)) {
		scale_err_set(err, EIO, "sbatch printed no job id, but \"%.80s\"",
			      output.out);
	} else {
		*id = value;
		rc = 0;
	}
	wf_output_free(&output);
done:
	free(envp);
	return rc;
}

static int cancel_some(const uint32_t *id, size_t count, scale_err_t *err)
{
	wf_words_t words = { 0 };
	wf_output_t output;
	int rc = wf_words_add(&words, "scancel", err);

	for (size_t i = 0; i < count && !rc; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", id[i]);
		rc = wf_words_add(&words, number, err);
	}
	if (!rc)
		rc = call(words.word, NULL, NULL, 0, &output, err);
	if (!rc)
		wf_output_free(&output);
	wf_words_free(&words);
	return rc;
}

int wf_slurm_cancel(const uint32_t *id, size_t count, scale_err_t *err)
{
	int rc = 0;

	for (size_t i = 0; i < count; i += CANCEL_AT_ONCE) {
		size_t some = count - i < CANCEL_AT_ONCE ? count - i :
							   CANCEL_AT_ONCE;

		if (cancel_some(id + i, some, err))
			rc = -1;
	}
	return rc;
}

/* Queue */

static int compare_row(const void *a, const void *b)
{
	const wf_row_t *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->element > y->element) - (x->element < y->element);
}

/* One line of squeue into *row.  RET false when it is none. */
static bool split_row(char *line, wf_row_t *row)
{
	char *field[FIELDS], *end;

	for (int i = 0; i < FIELDS; i++) {
		field[i] = line;
		/* the comment comes last and may hold bars */
		line = i + 1 < FIELDS && line ? strchr(line, '|') : line;
		if (!line)
			return false;
		if (i + 1 < FIELDS)
			*line++ = '\0';
	}
	*row = (wf_row_t){ .id = strtoul(field[0], &end, 10),
			   .element = -1,
			   .state = field[2],
			   .reason = field[3],
			   .node = field[4],
			   .comment = field[5] };
	if (*end)
		return false;
	if (field[1][0] >= '0' && field[1][0] <= '9')
		row->element = strtol(field[1], NULL, 10);
	return true;
}

int wf_slurm_queue(wf_queue_t *queue, scale_err_t *err)
{
	char user[16];
	char *argv[] = { "squeue", "--noheader", "--array", "--states=all",
			 "--user", user, "--format=%F|%K|%T|%r|%N|%k", NULL };
	char *line, *next;
	wf_output_t output;
	size_t lines = 0;

	*queue = (wf_queue_t){ 0 };
	snprintf(user, sizeof(user), "%u", (unsigned int) geteuid());
	if (call(argv, NULL, NULL, 0, &output, err))
		return -1;
	for (char *p = output.out; *p; p++)
		lines += *p == '\n';
	queue->row = calloc(lines + 1, sizeof(*queue->row));
	if (!queue->row) {
		wf_output_free(&output);
		return scale_err_set(err, ENOMEM, "no memory for the queue");
	}
	queue->text = output.out;
	output.out = NULL;
	wf_output_free(&output);
	for (line = queue->text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		queue->count += split_row(line, &queue->row[queue->count]);
	}
	qsort(queue->row, queue->count, sizeof(*queue->row), compare_row);
	return 0;
}

void wf_queue_free(wf_queue_t *queue)
{
	free(queue->row);
	free(queue->text);
	*queue = (wf_queue_t){ 0 };
}

wf_state_t wf_row_state(const wf_row_t *row)
{
	static const struct {
		const char *name;
		wf_state_t state;
	} names[] = {
		{ "PENDING", WF_STATE_WAITS },
		{ "REQUEUED", WF_STATE_WAITS },
		{ "REQUEUE_FED", WF_STATE_WAITS },
		{ "REQUEUE_HOLD", WF_STATE_WAITS },
		{ "RESV_DEL_HOLD", WF_STATE_WAITS },
		{ "SPECIAL_EXIT", WF_STATE_WAITS },
		{ "CONFIGURING", WF_STATE_RUNS },
		{ "COMPLETING", WF_STATE_RUNS },
		{ "RESIZING", WF_STATE_RUNS },
		{ "RUNNING", WF_STATE_RUNS },
		{ "SIGNALING", WF_STATE_RUNS },
		{ "STAGE_OUT", WF_STATE_RUNS },
		{ "STOPPED", WF_STATE_RUNS },
		{ "SUSPENDED", WF_STATE_RUNS },
		{ "COMPLETED", WF_STATE_DONE },
	};

	if (!strcmp(row->reason, "DependencyNeverSatisfied"))
		return WF_STATE_FAILED;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, row->state))
			return names[i].state;
	return WF_STATE_FAILED;
}
