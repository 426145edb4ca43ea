/*
 * remember.c - workflows and history to and from the state file
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>

#include "remember.h"
#include "text.h"

/* Visit all stages. */
#define EACH_STAGE(flow, wf, stage)                                          \
	for (const scale_workflow_t *wf = scale_flow_first(flow); wf;        \
	     wf = wf->next)                                                  \
		for (const scale_stage_t *stage = wf->first; stage;          \
		     stage = stage->next)

static void count(const scale_flow_t *flow, scale_state_t *state)
{
	EACH_STAGE(flow, wf, stage) {
		state->stage_count++;
		state->run_count += stage->run_count;
		state->edge_count += stage->in_count;
	}
}

/* At least one byte, so that NULL means no memory. */
static void *array(size_t n, size_t size)
{
	return calloc(n ? n : 1, size);
}

static int make_room(scale_state_t *state, scale_err_t *err)
{
	state->stage = array(state->stage_count, sizeof(*state->stage));
	state->run = array(state->run_count, sizeof(*state->run));
	state->edge = array(state->edge_count, sizeof(*state->edge));
	state->entry = array(state->entry_count, sizeof(*state->entry));
	if (state->stage && state->run && state->edge && state->entry)
		return 0;
	return scale_err_set(err, ENOMEM, "out of memory");
}

static void put_stage(scale_state_stage_t *to, const scale_stage_t *stage)
{
	to->id = stage->id;
	to->uid = stage->uid;
	to->count = stage->count;
	to->task_first = stage->task_first;
	to->task_step = stage->task_step;
	to->hops_given = stage->hops_given;
	to->submitted = stage->submitted;
	to->gflop = stage->gflop;
	to->out_gb = stage->out_gb;
	scale_text_copy(to->workflow, sizeof(to->workflow),
			stage->workflow->name);
	to->weak = stage->workflow->weak;
	to->label = stage->workflow->label;
	scale_text_copy(to->task, sizeof(to->task), stage->task);
}

static void put_run(scale_state_run_t *to, uint32_t id,
		    const scale_run_t *run)
{
	to->id = id;
	to->task = run->task;
	to->done = run->state == SCALE_RUN_DONE;
	to->started = run->started;
	to->ended = run->ended;
	scale_text_copy(to->node, sizeof(to->node), run->node);
}

static void fill(const scale_flow_t *flow, scale_state_t *state)
{
	size_t stages = 0, runs = 0, edges = 0;

	EACH_STAGE(flow, wf, stage) {
		put_stage(&state->stage[stages++], stage);
		for (size_t i = 0; i < stage->run_count; i++)
			put_run(&state->run[runs++], stage->id,
				&stage->run[i]);
		for (size_t i = 0; i < stage->in_count; i++) {
			const scale_edge_t *edge = stage->in[i];

			if (!edge->parent)
				continue;	/* its workflow was swept */
			state->edge[edges++] = (scale_state_edge_t) {
				stage->id, edge->parent->id, edge->task,
			};
		}
	}
	state->edge_count = edges;
}

int scale_remember_export(const scale_flow_t *flow,
			  const scale_history_t *history, double now,
			  char **text, size_t *size, scale_err_t *err)
{
	scale_state_t state = {
		.saved = now,
		.entry_count = scale_history_count(history),
		.ratio = *scale_history_ratio_state(history),
	};
	int rc = -1;

	count(flow, &state);
	if (make_room(&state, err) == 0) {
		fill(flow, &state);
		state.entry_count = scale_history_export(history, state.entry,
							 state.entry_count);
		rc = scale_state_encode(&state, text, size, err);
	}
	scale_state_free(&state);
	return rc;
}

static int take_stage(scale_flow_t *flow, const scale_state_stage_t *from,
		      scale_err_t *err)
{
	scale_stage_info_t info = {
		.id = from->id, .uid = from->uid, .count = from->count,
		.task_first = from->task_first, .task_step = from->task_step,
		.submitted = from->submitted, .gflop = from->gflop,
		.out_gb = from->out_gb, .hops = from->hops_given,
		.wf = from->workflow, .task = from->task,
		.weak = from->weak, .label = from->label,
	};

	return scale_flow_add(flow, &info, err) ? 0 : -1;
}

static int take_run(scale_flow_t *flow, const scale_state_run_t *from,
		    scale_err_t *err)
{
	scale_stage_t *stage = scale_flow_find(flow, from->id);

	if (!stage)
		return 0;
	if (scale_flow_start(stage, from->task, *from->node ? from->node : NULL,
			     from->started, err))
		return -1;
	if (from->done)
		scale_flow_end(stage, from->task, from->ended);
	return 0;
}

static int take_edge(scale_flow_t *flow, const scale_state_edge_t *from,
		     scale_err_t *err)
{
	scale_stage_t *child = scale_flow_find(flow, from->child);
	scale_stage_t *parent = scale_flow_find(flow, from->parent);

	if (!child || !parent || child == parent)
		return 0;
	return scale_flow_link(flow, child, parent, from->task, err);
}

int scale_remember_import(scale_flow_t *flow, scale_history_t *history,
			  const scale_state_t *state, scale_err_t *err)
{
	int rc = 0;

	for (size_t i = 0; i < state->stage_count && !rc; i++)
		rc = take_stage(flow, &state->stage[i], err);
	for (size_t i = 0; i < state->edge_count && !rc; i++)
		rc = take_edge(flow, &state->edge[i], err);
	for (size_t i = 0; i < state->run_count && !rc; i++)
		rc = take_run(flow, &state->run[i], err);
	/* the log knows them */
	for (size_t i = 0; i < state->stage_count; i++) {
		scale_stage_t *stage = scale_flow_find(flow,
						       state->stage[i].id);

		if (stage)
			stage->announce = false;
	}
	scale_history_import(history, state->entry, state->entry_count,
			     &state->ratio);
	return rc;
}
