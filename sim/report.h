/*
 * report.h - metrics as JSON and as text
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "sim.h"

/* How numbers are written everywhere: every bit counts. */
#define SIM_JSON_FLAGS JSON_REAL_PRECISION(17)

/* All of m as nested objects.  RET a new reference, or NULL. */
json_t *sim_report_run(const sim_metrics_t *m);

/* Mean and standard error of each number over runs [count]; the error is
 * null for a single run.  RET a new reference, or NULL. */
json_t *sim_report_summary(const sim_metrics_t *runs, size_t count);

/* The same for people.  RET 0, or -1 when writing failed. */
int sim_report_text(const sim_metrics_t *runs, size_t count, FILE *out);

#endif
