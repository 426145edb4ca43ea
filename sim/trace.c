/*
 * trace.c - record an episode as JSON lines
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>

#include "report.h"
#include "trace_impl.h"

const char *const sim_trace_kinds[SIM_NOTE_COUNT] = {
	[SIM_NOTE_ARRIVE] = "arrive",	[SIM_NOTE_DECIDE] = "decide",
	[SIM_NOTE_START] = "start",	[SIM_NOTE_FINISH] = "finish",
	[SIM_NOTE_KILL] = "kill",	[SIM_NOTE_JOIN] = "join",
	[SIM_NOTE_LEAVE] = "leave",
};

const char *const sim_trace_effects[] = {
	[SIM_ASSIGNED] = "assigned",
	[SIM_DEFERRED] = "deferred",
	[SIM_INVALID] = "invalid",
};

struct sim_trace {
	FILE *out;		/* into text */
	char *text;
	size_t size;
	bool failed;
};

static int no_memory(scale_err_t *err)
{
	return scale_err_set(err, ENOMEM, "no memory for the trace");
}

/* Append one line; takes the reference.  NULL counts as a failure. */
static void add_line(sim_trace_t *trace, json_t *line)
{
	if (!line || json_dumpf(line, trace->out,
				JSON_COMPACT | SIM_JSON_FLAGS) ||
	    fputc('\n', trace->out) == EOF)
		trace->failed = true;
	json_decref(line);
}

sim_trace_t *sim_trace_create(const sim_trace_head_t *head,
			      scale_err_t *err)
{
	sim_trace_t *trace = calloc(1, sizeof(*trace));
	char *yaml;

	if (!trace) {
		no_memory(err);
		return NULL;
	}
	trace->out = open_memstream(&trace->text, &trace->size);
	yaml = scale_conf_print(sim_conf_table, &head->config, err);
	if (!trace->out || !yaml) {
		free(yaml);
		sim_trace_destroy(trace);
		no_memory(err);
		return NULL;
	}
	add_line(trace, json_pack("{s:i, s:I, s:s, s:s}",
				  "scale_trace", SIM_TRACE_VERSION,
				  "seed", (json_int_t) head->seed,
				  "policy", head->policy, "config", yaml));
	free(yaml);
	return trace;
}

void sim_trace_destroy(sim_trace_t *trace)
{
	int saved = errno;

	if (!trace)
		return;
	if (trace->out)
		fclose(trace->out);
	free(trace->text);
	free(trace);
	errno = saved;
}

static json_t *pack_note(const sim_note_t *note)
{
	json_t *line = json_pack("{s:f, s:s}", "t", note->time, "event",
				 sim_trace_kinds[note->kind]);
	json_int_t workflow = (json_int_t) note->workflow;
	json_t *rest;

	switch (note->kind) {
	case SIM_NOTE_ARRIVE:
		rest = json_pack("{s:I, s:i}", "workflow", workflow, "tasks",
				 (int) note->index);
		break;
	case SIM_NOTE_DECIDE:
		rest = json_pack("{s:I, s:i, s:I, s:s}", "workflow", workflow,
				 "task", (int) note->index, "choice",
				 (json_int_t) note->choice, "effect",
				 sim_trace_effects[note->effect]);
		break;
	case SIM_NOTE_JOIN:
	case SIM_NOTE_LEAVE:
		rest = json_pack("{s:i, s:i}", "server", (int) note->server,
				 "tier", (int) note->tier);
		break;
	default:
		rest = json_pack("{s:I, s:i, s:i}", "workflow", workflow,
				 "task", (int) note->index, "server",
				 (int) note->server);
	}
	if (json_object_update(line, rest)) {
		json_decref(line);
		line = NULL;
	}
	json_decref(rest);
	return line;
}

void sim_trace_note(void *trace, const sim_note_t *note)
{
	add_line(trace, pack_note(note));
}

int sim_trace_finish(sim_trace_t *trace, const sim_metrics_t *metrics,
		     const char **text, size_t *size, scale_err_t *err)
{
	add_line(trace, json_pack("{s:s, s:o}", "event", "end", "metrics",
				  sim_report_run(metrics)));
	if (fflush(trace->out) || trace->failed)
		return no_memory(err);
	*text = trace->text;
	*size = trace->size;
	return 0;
}
