/*
 * stranger.c - jobs whose comment was read in vain
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stranger.h"

#define SECONDS	30.0

enum { READS = 64 };	/* of some 20 us each */

void scale_strangers_begin(scale_strangers_t *strangers)
{
	strangers->reads = READS;
}

bool scale_strangers_may_read(scale_strangers_t *strangers, uint32_t job_id,
			      const char *comment, double now)
{
	uint32_t i = job_id % SCALE_STRANGERS;

	if ((strangers->seen[i].job_id == job_id &&
	     strangers->seen[i].comment == comment &&
	     now < strangers->seen[i].until) || !strangers->reads)
		return false;
	strangers->reads--;
	return true;
}

bool scale_strangers_note(scale_strangers_t *strangers, uint32_t job_id,
			  const char *comment, double now)
{
	uint32_t i = job_id % SCALE_STRANGERS;
	bool news = strangers->seen[i].job_id != job_id ||
		    strangers->seen[i].comment != comment;

	strangers->seen[i].job_id = job_id;
	strangers->seen[i].comment = comment;
	strangers->seen[i].until = now + SECONDS;
	return news;
}
