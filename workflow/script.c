/*
 * script.c - the batch script of a job
 *
 * Users' commands reach the shell as they wrote them, either as the script's
 * own text or as one quoted word for "sh -c": a stray quote in one of them
 * spoils that task and no other.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "script.h"

enum { SCRIPT_MAX = 4 << 20 };	/* bytes, Slurm's own limit */

void wf_shell_quote(FILE *out, const char *text)
{
	const char *p = text;

	while (isalnum((unsigned char) *p) || (*p && strchr("._/:=,@%+-", *p)))
		p++;
	if (*text && !*p) {
		fputs(text, out);
		return;
	}
	fputc('\'', out);
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	fputc('\'', out);
}

static void put_number(FILE *out, const char *name, double value)
{
	if (value >= 0.0)
		fprintf(out, " %s=%.6g", name, value);
}

static void put_environment(FILE *out, const char *workflow,
			    const wf_task_t *task)
{
	fprintf(out, "export SCALE_WORKFLOW=");
	wf_shell_quote(out, workflow);
	fprintf(out, " SCALE_TASK=");
	wf_shell_quote(out, task->id);
	fprintf(out, " SCALE_LABEL=");
	wf_shell_quote(out, task->label ? task->label : task->id);
	put_number(out, "SCALE_GFLOP", task->gflop);
	put_number(out, "SCALE_MEM_GB", task->mem_gb);
	put_number(out, "SCALE_OUT_GB", task->out_gb);
	fputc('\n', out);
}

/* Run what, which takes no more than a line, until it succeeds. */
static void put_tries(FILE *out, const char *what, int64_t retries)
{
	if (!retries) {
		fprintf(out, "%s\n", what);
		return;
	}
	fprintf(out, "for SCALE_TRY in");
	for (int64_t i = 0; i <= retries; i++)
		fprintf(out, " %d", (int) i);
	fprintf(out, "\ndo\n\texport SCALE_TRY\n\t%s && exit 0\n"
		     "\tstatus=$?\ndone\nexit $status\n", what);
}

static void put_siblings(FILE *out, const wf_t *wf, const wf_job_t *job,
			 const char *workflow)
{
	fputs("case $SLURM_ARRAY_TASK_ID in\n", out);
	for (size_t i = 0; i < job->count; i++) {
		const wf_task_t *task = &wf->task[job->task[i]];

		fprintf(out, "%u)\t", job->element[i]);
		put_environment(out, workflow, task);
		fputs("\tset -- ", out);
		wf_shell_quote(out, task->command);
		fputs(" ;;\n", out);
	}
	fputs("esac\n", out);
	put_tries(out, "/bin/sh -c \"$1\"", wf->task[job->task[0]].retries);
}

static void put_command(FILE *out, const wf_task_t *task, const char *workflow)
{
	put_environment(out, workflow, task);
	if (!task->retries) {
		fprintf(out, "%s\n", task->command);
		return;
	}
	fputs("set -- ", out);
	wf_shell_quote(out, task->command);
	fputc('\n', out);
	put_tries(out, "/bin/sh -c \"$1\"", task->retries);
}

/* The user's script, written anew on the node so that it can run again. */
static int put_script(FILE *out, const wf_task_t *task, const char *workflow,
		      scale_err_t *err)
{
	char end[32], *text, what[300];
	const char *first, *line;
	size_t size;

	if (scale_file_read(task->script, SCRIPT_MAX, &text, &size, err))
		return -1;
	first = text + strcspn(text, "\n");
	if (strncmp(text, "#!", 2) || first - text > 200 ||
	    strlen(text) != size) {
		free(text);
		return scale_err_set(err, EINVAL,
				     "%s: must begin with #! and a program, and be text",
				     task->script);
	}
	/* what sbatch reads of it */
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (*line != '#' && *line != '\n' && *line)
			break;
		if (!strncmp(line, "#SBATCH", 7))
			fprintf(out, "%.*s\n", (int) strcspn(line, "\n"), line);
	}
	put_environment(out, workflow, task);
	strcpy(end, "END_OF_SCRIPT");
	for (int i = 1; strstr(text, end); i++)
		snprintf(end, sizeof(end), "END_OF_SCRIPT_%d", i);
	fprintf(out, "script=$(mktemp) || exit\ntrap 'rm -f \"$script\"' EXIT\n"
		     "cat >\"$script\" <<'%s'\n%s\n%s\n", end, text, end);
	snprintf(what, sizeof(what), "%.*s \"$script\"",
		 (int) (first - text) - 2, text + 2);
	put_tries(out, what, task->retries);
	free(text);
	return 0;
}

char *wf_script_make(const wf_t *wf, const wf_job_t *job,
		     const char *workflow, size_t *size, scale_err_t *err)
{
	const wf_task_t *task = &wf->task[job->task[0]];
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	int rc = 0;

	if (!out)
		goto nomem;
	fputs("#!/bin/sh\n", out);
	if (wf_job_siblings(job))
		put_siblings(out, wf, job, workflow);
	else if (task->command)
		put_command(out, task, workflow);
	else
		rc = put_script(out, task, workflow, err);
	if (fclose(out))
		goto nomem;
	if (!rc && *size > SCRIPT_MAX)
		rc = scale_err_set(err, EFBIG,
				   "the script of %s is longer than %d bytes",
				   job->name, SCRIPT_MAX);
	if (!rc)
		return text;
	free(text);
	return NULL;
nomem:
	free(text);
	scale_err_set(err, ENOMEM, "no memory for a script");
	return NULL;
}
