/*
 * gantt.h - a trace as a picture
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_GANTT_H
#define SIM_GANTT_H

#include "trace.h"

/*
 * Draw servers as rows, grouped by tier, primitives as bars in the colour of
 * their workflow, over the times from .. to (s; to <= from: until the end).
 * OUT *svg, *size  allocated
 * RET 0; -1 with EINVAL (the trace names a server that never joined, or
 * there is nothing to draw) or ENOMEM
 */
int sim_gantt(const sim_trace_file_t *file, double from, double to,
	      char **svg, size_t *size, scale_err_t *err);

#endif
