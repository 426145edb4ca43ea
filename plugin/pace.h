/*
 * pace.h - how often rounds may be, and how much each may look at
 *
 * A round that took long is followed by a longer pause, until leases have to
 * be renewed; from there on it looks at every stride'th job only.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_PACE_H
#define SCALE_PACE_H

#include <stdint.h>

enum { SCALE_PACE_MOST = 32 };		/* largest stride */

typedef struct scale_pace {
	uint32_t stride;		/* >= 1; 0: not paced yet */
	double pause;			/* s, from one begin to the next */
} scale_pace_t;

/*
 * After a round with that stride: the next one's, such that rounds take the
 * share of the time where they can.  A stride shrinks as it grew, by what the
 * last round cost, so that a cheap round is not followed by a dear one.
 * IN  spent   s that the round took
 *     share   of the time that rounds may take
 *     longest s between two rounds, whatever they cost
 */
void scale_pace(scale_pace_t *pace, double spent, double share,
		double longest);

#endif
