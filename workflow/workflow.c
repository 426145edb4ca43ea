/*
 * workflow.c - a workflow in memory
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "workflow.h"

static int no_memory(scale_err_t *err)
{
	return scale_err_set(err, ENOMEM, "no memory for the workflow");
}

/* Room for one more of size bytes; counts double.  RET 0, or -1 */
static int grow(void *list, size_t count, size_t size, scale_err_t *err)
{
	void **block = list, *more;

	if (count & (count - 1))
		return 0;
	more = reallocarray(*block, count ? 2 * count : 1, size);
	if (!more)
		return no_memory(err);
	*block = more;
	return 0;
}

wf_t *wf_create(const char *file, scale_err_t *err)
{
	wf_t *wf = calloc(1, sizeof(*wf));

	if (!wf || !(wf->file = strdup(file))) {
		free(wf);
		no_memory(err);
		return NULL;
	}
	return wf;
}

void wf_words_free(wf_words_t *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
	*words = (wf_words_t){ 0 };
}

static void free_task(wf_task_t *task)
{
	free(task->id);
	free(task->label);
	free(task->command);
	free(task->script);
	wf_words_free(&task->option);
	for (size_t i = 0; i < task->need_count; i++)
		free(task->need[i].id);
	free(task->need);
}

void wf_destroy(wf_t *wf)
{
	int saved = errno;

	if (!wf)
		return;
	for (size_t i = 0; i < wf->count; i++)
		free_task(&wf->task[i]);
	free(wf->task);
	wf_words_free(&wf->note);
	free(wf->by_id);
	free(wf->order);
	free(wf->hops);
	free(wf->child_first);
	free(wf->child);
	free(wf->name);
	free(wf->file);
	free(wf);
	errno = saved;
}

wf_task_t *wf_add_task(wf_t *wf, wf_pos_t pos, scale_err_t *err)
{
	wf_task_t *task;

	if (wf->count == WF_MAX_TASKS) {
		wf_fail(wf, pos, err, EFBIG, "more than %d tasks",
			WF_MAX_TASKS);
		return NULL;
	}
	if (grow(&wf->task, wf->count, sizeof(*wf->task), err))
		return NULL;
	task = &wf->task[wf->count++];
	*task = (wf_task_t){ .gflop = -1.0, .mem_gb = -1.0, .out_gb = -1.0,
			     .pos = pos };
	return task;
}

int wf_add_need(wf_t *wf, wf_task_t *task, const char *id, bool each,
		wf_pos_t pos, scale_err_t *err)
{
	char *copy;

	if (wf->need_total == WF_MAX_NEEDS)
		return wf_fail(wf, pos, err, EFBIG,
			       "more than %d dependencies", WF_MAX_NEEDS);
	if (grow(&task->need, task->need_count, sizeof(*task->need), err))
		return -1;
	copy = strdup(id);
	if (!copy)
		return no_memory(err);
	task->need[task->need_count++] = (wf_need_t){ copy, each, 0, pos };
	wf->need_total++;
	return 0;
}

int wf_words_add(wf_words_t *words, const char *word, scale_err_t *err)
{
	char **more = reallocarray(words->word, words->count + 2,
				   sizeof(*more));

	if (!more)
		return no_memory(err);
	words->word = more;
	more[words->count] = strdup(word);
	if (!more[words->count])
		return no_memory(err);
	more[++words->count] = NULL;
	return 0;
}

int wf_note(wf_t *wf, scale_err_t *err, const char *fmt, ...)
{
	char text[SCALE_ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return wf_words_add(&wf->note, text, err);
}

int wf_fail(const wf_t *wf, wf_pos_t pos, scale_err_t *err, int errnum,
	    const char *fmt, ...)
{
	char text[SCALE_ERR_TEXT / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (pos.column)
		return scale_err_set(err, errnum, "%s:%zu:%zu: %s", wf->file,
				     pos.line, pos.column, text);
	if (pos.line)
		return scale_err_set(err, errnum, "%s:%zu: %s", wf->file,
				     pos.line, text);
	return scale_err_set(err, errnum, "%s: %s", wf->file, text);
}

/* Names */

static bool name_char(char c)
{
	return isalnum((unsigned char) c) || (c && strchr("._:@/-", c));
}

const char *wf_name_check(const char *name)
{
	size_t size = strlen(name);

	if (!size || size >= WF_NAME_SIZE)
		return "must have 1 to 63 characters";
	for (size_t i = 0; i < size; i++)
		if (!name_char(name[i]))
			return "may hold letters, digits and . _ : @ / - only";
	return NULL;
}

void wf_name_fit(const char *text, char name[WF_NAME_SIZE])
{
	enum { KEEP = 50, HASH = 8 };
	size_t size = strlen(text);
	char hash[65];
	size_t i;

	for (i = 0; i < size && i < WF_NAME_SIZE - 1; i++)
		name[i] = name_char(text[i]) ? text[i] : '_';
	name[i] = '\0';
	if (!size)
		strcpy(name, "_");
	if (size < WF_NAME_SIZE)
		return;
	scale_sha256_hex(text, size, hash);
	snprintf(name + KEEP, WF_NAME_SIZE - KEEP, "-%.*s", HASH, hash);
}
