/*
 * ctl_blocked.h - does a workflow wait for what may never come?
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_BLOCKED_H
#define CTL_BLOCKED_H

#include <stdint.h>

#include "ctl_graph.h"

typedef struct ctl_blocked {
	uint32_t stage;			/* of the graph */
	char reason[64];		/* squeue's; "" where nothing blocks */
	bool held;			/* somebody can release it */
} ctl_blocked_t;

/* Ask squeue about what is pending.  The first that cannot start by itself;
 * none where squeue does not answer. */
void ctl_blocked_find(const ctl_graph_t *graph, ctl_blocked_t *blocked);

#endif
