/*
 * fixture.h - workflows from text
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include <check.h>

#include "workflow/reader.h"

/* A workflow that is right, checked; the caller destroys it. */
wf_t *fixture_read(const char *text, const wf_read_t *how);

/* Expect text to be refused, by reader or check, with words. */
void fixture_refused(const char *text, const wf_read_t *how,
		     const char *words);

/* The task called id. */
const wf_task_t *fixture_task(const wf_t *wf, const char *id);

/* "a b c": what the task needs, in order. */
void fixture_needs(const wf_t *wf, const char *id, const char *needs);

#endif
