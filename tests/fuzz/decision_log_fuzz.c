/*
 * decision_log_fuzz.c - fuzz target: the decision log, as scale-ctl reads it
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz.h"
#include "plugin/ctl_jobs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	scale_err_t err;
	ctl_jobs_t *jobs = ctl_jobs_read(path, NULL, &err);

	if (jobs)
		ctl_jobs_sort(jobs);
	ctl_jobs_destroy(jobs);
	return 0;
}
