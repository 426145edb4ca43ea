/*
 * overrun.h - when what runs longer than thought will end
 *
 * An estimate that has passed says nothing more, least of all that the end is
 * near: who waits for it at no cost waits for ever.  So it is doubled, as
 * often as it takes (Tsafrir, Etsion and Feitelson, "Backfilling Using
 * System-Generated Predictions Rather than User Runtime Estimates", 2007,
 * correct predictions in such steps).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_OVERRUN_H
#define SCALE_OVERRUN_H

/*
 * IN  start, until: when it began and was thought to end, s; now, s; limit:
 *     it ends then at the latest, s
 * RET the first of until, start + 2 (until - start), + 4 ... that is after
 *     now, or limit
 */
double scale_overrun_end(double start, double until, double now, double limit);

#endif
