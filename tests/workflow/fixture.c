/*
 * fixture.c - workflows from text
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "fixture.h"

static const wf_read_t plain = WF_READ_DEFAULTS;

wf_t *fixture_read(const char *text, const wf_read_t *how)
{
	scale_err_t err = { "" };
	wf_t *wf = wf_read_text(text, strlen(text), "dir/w", how ? how : &plain,
				&err);

	ck_assert_msg(wf != NULL, "%s", err.text);
	ck_assert_msg(!wf_check(wf, NULL, NULL, &err), "%s", err.text);
	return wf;
}

void fixture_refused(const char *text, const wf_read_t *how, const char *words)
{
	scale_err_t err = { "" };
	wf_t *wf = wf_read_text(text, strlen(text), "w", how ? how : &plain,
				&err);

	if (wf)
		ck_assert_int_eq(wf_check(wf, NULL, NULL, &err), -1);
	wf_destroy(wf);
	ck_assert_msg(strstr(err.text, words) != NULL,
		      "no \"%s\" in \"%s\"", words, err.text);
}

const wf_task_t *fixture_task(const wf_t *wf, const char *id)
{
	ssize_t i = wf_find(wf, id);

	ck_assert_msg(i >= 0, "no task %s", id);
	return &wf->task[i];
}

void fixture_needs(const wf_t *wf, const char *id, const char *needs)
{
	const wf_task_t *task = fixture_task(wf, id);
	char text[400] = "";

	for (size_t k = 0; k < task->need_count; k++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s", k ? " " : "", task->need[k].id);
	ck_assert_str_eq(text, needs);
}
