/*
 * annotate.c - what a job's comment says of its place in a workflow
 *
 * "scale:" and key=value,key=value, as the scheduler plugin reads it.  It
 * skips keys that it does not know, so "tasks" is ours alone; its list
 * "a||c" has a name for each element of the array from 0 on, empty
 * where there is no such element.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "annotate.h"
#include "plan.h"

enum { NUMBER = 12 };	/* bytes of a number and its separator */

size_t wf_annotation_share(const wf_task_t *task)
{
	return strlen(task->id) + 1 + 2 * NUMBER;
}

typedef double (*number_f)(const wf_task_t *task);

static double gflop(const wf_task_t *task)
{
	return task->gflop;
}

static double out_gb(const wf_task_t *task)
{
	return task->out_gb;
}

/* ",key=1|2|3": one number where all agree, none where one is not known. */
static void put_numbers(FILE *out, const char *key, number_f number,
			const wf_t *wf, const wf_job_t *job)
{
	double first = number(&wf->task[job->task[0]]);
	bool equal = true;

	for (size_t i = 0; i < job->count; i++) {
		if (number(&wf->task[job->task[i]]) < 0.0)
			return;
		equal &= number(&wf->task[job->task[i]]) == first;
	}
	fprintf(out, ",%s=%.6g", key, first);
	for (size_t i = 1; i < job->count && !equal; i++)
		fprintf(out, "|%.6g", number(&wf->task[job->task[i]]));
}

static void put_siblings(FILE *out, const wf_t *wf, const wf_job_t *job)
{
	uint32_t element = 0;

	fputs(",tasks=", out);
	for (size_t i = 0; i < job->count; i++) {
		for (; element < job->element[i]; element++)
			fputc('|', out);
		fputs(wf->task[job->task[i]].id, out);
	}
}

char *wf_job_annotation(const wf_t *wf, const wf_job_t *job,
			const char *workflow, scale_err_t *err)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		goto nomem;
	fprintf(out, "scale:wf=%s,task=%s", workflow, job->name);
	put_numbers(out, "gflop", gflop, wf, job);
	put_numbers(out, "out_gb", out_gb, wf, job);
	fprintf(out, ",hops=%u", job->hops);
	if (wf_job_siblings(job))
		put_siblings(out, wf, job);
	if (!fclose(out))
		return text;
nomem:
	free(text);
	scale_err_set(err, ENOMEM, "no memory for an annotation");
	return NULL;
}

/* The value of key, *size bytes long, or NULL. */
static const char *find_value(const char *comment, const char *key,
			      size_t *size)
{
	size_t length = strlen(key);

	if (strncmp(comment, "scale:", 6))
		return NULL;
	for (comment += 6; *comment && *comment != ' ';
	     comment += *comment == ',') {
		size_t field = strcspn(comment, ", ");

		if (field > length && comment[length] == '=' &&
		    !strncmp(comment, key, length)) {
			*size = field - length - 1;
			return comment + length + 1;
		}
		comment += field;
	}
	return NULL;
}

static bool copy_name(const char *text, size_t size, char name[WF_NAME_SIZE])
{
	if (!text || !size || size >= WF_NAME_SIZE)
		return false;
	memcpy(name, text, size);
	name[size] = '\0';
	return true;
}

bool wf_annotation_workflow(const char *comment, char name[WF_NAME_SIZE])
{
	size_t size = 0;
	const char *text = find_value(comment, "wf", &size);

	return copy_name(text, size, name);
}

bool wf_annotation_task(const char *comment, size_t i,
			char name[WF_NAME_SIZE], bool *siblings)
{
	size_t size = 0;
	const char *text = find_value(comment, "tasks", &size), *end;

	*siblings = text;
	if (!text) {
		text = find_value(comment, "task", &size);
		return copy_name(text, size, name);
	}
	for (end = text + size; i--; text++) {
		text = memchr(text, '|', end - text);
		if (!text)
			return false;
	}
	size = strcspn(text, "|, ");
	return copy_name(text, size, name);
}
