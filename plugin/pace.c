/*
 * pace.c - how often rounds may be, and how much each may look at
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "pace.h"

void scale_pace(scale_pace_t *pace, double spent, double share,
		double longest)
{
	double wanted = spent / share;
	double stride = fmax(pace->stride, 1.0) * wanted / longest;

	pace->pause = fmin(wanted, longest);
	pace->stride = (uint32_t) fmin(fmax(ceil(stride), 1.0),
				       SCALE_PACE_MOST);
}
