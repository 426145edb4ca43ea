/*
 * ctl_blocked.c - does a workflow wait for what may never come?
 *
 * The decision log knows neither of holds nor of dependencies that can no
 * longer be met; squeue's reasons do.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_blocked.h"
#include "ctl_command.h"
#include "text.h"

enum { PATIENCE_SEC = 5, MOST_JOBS = 256 };

static const struct {
	const char *reason;
	bool held;
} fatal[] = {
	{ "DependencyNeverSatisfied", false },
	{ "BadConstraints", false },
	{ "JobHeldUser", true },
	{ "JobHeldAdmin", true },
	{ "JobHoldMaxRequeue", true },
};

/* Ids of the stages with something pending, "1,2"; "" without any. */
static void list_pending(const ctl_graph_t *g, char *ids, size_t size)
{
	size_t used = 0;

	*ids = '\0';
	for (uint32_t i = 0, n = 0; i < g->n && n < MOST_JOBS; i++) {
		if (!ctl_stage_count(g->stage[i], CTL_PENDING))
			continue;
		used += (size_t) snprintf(ids + used, size - used, "%s%u",
					  n++ ? "," : "", g->stage[i]->id);
	}
}

static void judge(const ctl_graph_t *g, uint32_t id, const char *reason,
		  ctl_blocked_t *blocked)
{
	for (size_t k = 0; k < sizeof(fatal) / sizeof(*fatal); k++) {
		if (strcmp(reason, fatal[k].reason))
			continue;
		/* what can never be met says more than a hold */
		if (*blocked->reason && (fatal[k].held || !blocked->held))
			continue;
		for (uint32_t i = 0; i < g->n; i++)
			if (g->stage[i]->id == id)
				blocked->stage = i;
		blocked->held = fatal[k].held;
		scale_text_copy(blocked->reason, sizeof(blocked->reason),
				reason);
	}
}

void ctl_blocked_find(const ctl_graph_t *graph, ctl_blocked_t *blocked)
{
	char ids[MOST_JOBS * 11 + 1], *text, *save = NULL;
	const char *const argv[] = {
		"squeue", "-h", "-t", "PENDING", "-o", "%F %r", "-j", ids,
		NULL,
	};

	*blocked = (ctl_blocked_t) { 0 };
	list_pending(graph, ids, sizeof(ids));
	if (!*ids || ctl_command(argv, PATIENCE_SEC, &text, NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *reason;
		unsigned long id = strtoul(line, &reason, 10);

		if (*reason == ' ')
			judge(graph, (uint32_t) id, reason + 1, blocked);
	}
	free(text);
}
