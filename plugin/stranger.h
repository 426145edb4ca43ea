/*
 * stranger.h - jobs whose comment was read in vain
 *
 * A comment that is JSON and names us without saying anything to us must not
 * be parsed at each look at the job table: thousands of them would take the
 * locks for a tenth of a second.  Remembered for some seconds, by place of
 * the comment, so that one that changes is read again.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_STRANGER_H
#define SCALE_STRANGER_H

#include <stdbool.h>
#include <stdint.h>

enum { SCALE_STRANGERS = 8192 };

typedef struct scale_strangers {
	uint32_t reads;			/* left in this stretch */
	struct {
		uint32_t job_id;
		const char *comment;	/* compared, never looked at */
		double until;
	} seen[SCALE_STRANGERS];	/* by job id */
} scale_strangers_t;

/* A stretch begins: so many comments may be read in it. */
void scale_strangers_begin(scale_strangers_t *strangers);

/* May the comment be read now?  Not when that was in vain a moment ago, nor
 * after many others. */
bool scale_strangers_may_read(scale_strangers_t *strangers, uint32_t job_id,
			      const char *comment, double now);
/* It was read in vain.  RET true where that is news */
bool scale_strangers_note(scale_strangers_t *strangers, uint32_t job_id,
			  const char *comment, double now);

#endif
