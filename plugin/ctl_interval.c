/*
 * ctl_interval.c - confidence intervals as JSON and as text
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdio.h>

#include "ctl.h"
#include "ctl_interval.h"

json_t *ctl_interval_json(sim_interval_t x)
{
	return json_pack("{s:o, s:o, s:o}", "mean", ctl_real(x.mean),
			 "low", ctl_real(x.low), "high", ctl_real(x.high));
}

void ctl_interval_print(sim_interval_t x, const char *unit)
{
	char text[64];

	if (!isfinite(x.mean))
		snprintf(text, sizeof(text), "-");
	else if (!isfinite(x.low))
		snprintf(text, sizeof(text), "%.4g%s", x.mean, unit);
	else
		snprintf(text, sizeof(text), "%.4g%s [%.4g, %.4g]", x.mean,
			 unit, x.low, x.high);
	printf(" %-26s", text);
}
