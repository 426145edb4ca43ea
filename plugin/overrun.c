/*
 * overrun.c - when what runs longer than thought will end
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "overrun.h"

#define SHORTEST 0.1	/* s, of an estimate: it may be of nothing */

double scale_overrun_end(double start, double until, double now, double limit)
{
	double thought = fmax(until - start, SHORTEST), run = now - start;

	if (until > now)
		return until;
	if (run >= thought)
		thought *= exp2(floor(log2(run / thought)) + 1.0);
	return fmin(start + thought, fmax(limit, until));
}
