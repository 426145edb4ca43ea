/*
 * ctl_reasons.c - why Slurm says that a job waits
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_command.h"
#include "ctl_reasons.h"
#include "log_record.h"
#include "text.h"

enum { PATIENCE_SEC = 5 };

static void add(ctl_reasons_t *reasons, const char *line)
{
	char text[sizeof(reasons->text[0])];
	size_t i = 0;

	/* a job's description may get into it */
	scale_text_copy(text, sizeof(text), line);
	if (!*text || !strcmp(text, "None"))
		return;
	while (i < reasons->kinds && strcmp(reasons->text[i], text))
		i++;
	if (i == CTL_REASONS)
		return;
	if (i == reasons->kinds)
		strcpy(reasons->text[reasons->kinds++], text);
	reasons->count[i]++;
}

void ctl_reasons_ask(uint32_t job, uint32_t index, ctl_reasons_t *reasons)
{
	char id[32], *text, *save = NULL;
	const char *const argv[] = {
		"squeue", "-h", "-r", "-j", id, "-o", "%r", NULL,
	};

	*reasons = (ctl_reasons_t) { .kinds = 0 };
	if (index == SCALE_LOG_NO_TASK)
		snprintf(id, sizeof(id), "%u", job);
	else
		snprintf(id, sizeof(id), "%u_%u", job, index);
	if (ctl_command(argv, PATIENCE_SEC, &text, NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		add(reasons, line);
	free(text);
}
