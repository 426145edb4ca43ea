/*
 * lease.c - keeping Slurm's own schedulers away from a job for some seconds
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "lease.h"

void scale_lease_take(scale_lease_t *lease, time_t *begin_time, time_t now,
		      time_t length)
{
	if (!lease->until || *begin_time != lease->until) {
		lease->begin = *begin_time;
		lease->until = 0;
	}
	if (lease->begin > now + length) {
		scale_lease_drop(lease, begin_time);
		return;
	}
	if ((lease->until - now) * 4 > length * 3)
		return;
	if (lease->until)
		lease->last = lease->until;
	lease->until = now + length;
	*begin_time = lease->until;
}

void scale_lease_drop(scale_lease_t *lease, time_t *begin_time)
{
	if (lease->until && *begin_time == lease->until)
		*begin_time = lease->begin;
	if (lease->until)
		lease->last = lease->until;
	lease->until = 0;
}
