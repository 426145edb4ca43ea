/*
 * compare_report.h - a comparison as tables, as JSON and as pictures
 *
 * Losses are shown as wins are.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_COMPARE_REPORT_H
#define SIM_COMPARE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "compare.h"

/* For people: over the whole grid, then the cells that were lost, and with
 * cells a table of each.  timing: with what the clock on the wall says.
 * RET 0, or -1 when writing failed */
int sim_compare_text(const sim_compare_t *compare, const char *grid,
		     bool cells, bool timing, FILE *out);

/* Everything.  RET a new reference, or NULL. */
json_t *sim_compare_json(const sim_compare_t *compare, const char *grid,
			 bool timing);

/* One score as a matrix of entrants and cells, SVG.
 * OUT *svg, *size allocated.  RET 0, or -1 with ENOMEM */
int sim_compare_plot(const sim_compare_t *compare, sim_score_id_t id,
		     char **svg, size_t *size, scale_err_t *err);

#endif
