/*
 * round.c - what trusts no hint: every waiting job, once in a while
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ready.h"
#include "round.h"

#define SLICE_SEC	0.003	/* a slice stops after so long */
#define SHARE		0.001	/* of the time that rounds may take */
#define CENSUS_SHARE	0.0005	/* and censuses where nothing seems new */
#define CENSUS_SEC	20.0	/* but one at least so often */
#define RENEW		0.65	/* of a lease, between two rounds */

bool scale_round_due(const scale_round_t *round, double now)
{
	return round->open || ((time_t) now != round->second &&
			       scale_pass_clock() >= round->after);
}

static void _begin(scale_round_t *round, double now)
{
	round->open = true;
	round->next = 0;
	round->number++;
	round->pace.stride = MAX(round->pace.stride, 1);
	round->second = (time_t) now;
	round->begun = scale_pass_clock();
	round->spent = 0.0;
}

/* Leases must be renewed in time; what else a round does comes more rarely
 * when it takes more than its share. */
static void _end(scale_round_t *round, double lease)
{
	/* in each round after the first second every lease is renewed */
	scale_pace(&round->pace, round->spent, SHARE, RENEW * (lease - 1.0));
	round->open = false;
	round->after = round->begun + round->pace.pause;
}

/* What waits for a dependency alone needs the least attention: its end is
 * noticed by other means. */
static bool _turn(const scale_round_t *round, const scale_job_t *job)
{
	return !job->dependent || !job->ptr->details->depend_list ||
	       (job->job_id + round->number) % round->pace.stride == 0;
}

bool scale_round_slice(scale_round_t *round, scale_pass_t *pass, bool *deep)
{
	scale_table_t *table = pass->table;
	double begin = pass->begin, end = begin;
	bool wanted = false;

	*deep = false;
	if (!round->open)
		_begin(round, pass->now);
	while (round->next < table->count && end - begin < SLICE_SEC) {
		scale_job_t *job = table->job[round->next++];

		if (job->phase != SCALE_PHASE_PENDING)
			continue;
		if (!scale_table_find(job)) {
			wanted = true;
			continue;
		}
		if (_turn(round, job)) {
			bool ready = job->ready;

			scale_table_look(pass, job);
			if (job->phase == SCALE_PHASE_PENDING)
				scale_ready_test(pass, job);
			wanted |= job->ready && !ready;
		}
		scale_ready_lease(pass, job);
		if (round->next % 16 == 0)
			end = scale_pass_clock();
	}
	end = scale_pass_clock();
	round->spent += end - begin;
	if (round->next < table->count)
		return wanted;
	_end(round, pass->site->lease);
	/* a census more rarely where it is costly and nothing seems new */
	*deep = end - round->census >=
		MIN(round->census_cost / CENSUS_SHARE, CENSUS_SEC);
	return wanted || *deep;
}
