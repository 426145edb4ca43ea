/*
 * workflow_fuzz.c - fuzz target: workflow files of each format
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "fuzz.h"
#include "workflow/plan.h"
#include "workflow/reader.h"

/* All the way to the jobs that would be submitted. */
static void plan(const wf_t *wf)
{
	scale_err_t err;
	wf_plan_t *jobs = wf_plan_create(wf, true, &err);

	wf_plan_destroy(jobs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const wf_read_t how = WF_READ_DEFAULTS;
	char *text = fuzz_text(data, size);
	scale_err_t err;
	wf_t *wf = wf_read_text(text, size, "/nowhere/wf.yaml", &how, &err);

	free(text);
	if (wf && wf_check(wf, NULL, NULL, &err) == 0)
		plan(wf);
	wf_destroy(wf);
	return 0;
}
