/*
 * ctl_interval.h - confidence intervals as JSON and as text
 *
 * Of workflows: primitives of one share its fate, so workflows are what
 * sim/bootstrap.h resamples here.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_INTERVAL_H
#define CTL_INTERVAL_H

#include <jansson.h>

#include "sim/bootstrap.h"

/* {"mean": ..., "low": ..., "high": ...} */
json_t *ctl_interval_json(sim_interval_t x);
/* " 1.5 s [1, 2]" in a column of 27 characters, "-" where there is none. */
void ctl_interval_print(sim_interval_t x, const char *unit);

#endif
