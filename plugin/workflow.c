/*
 * workflow.c - the workflows that the job table holds, remembered
 *
 * Stages hang in their workflow's list in order of arrival.  Joining two
 * workflows relabels the smaller one.  Ranks are computed when they are
 * asked for after a change, over the edges inside one workflow.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idmap.h"
#include "model/dag.h"
#include "text.h"
#include "workflow.h"

/* Salt of the draws. */
static const uint64_t draw_seed = 0x63616e617279ULL;

struct scale_flow {
	scale_idmap_t stages;		/* by id */
	scale_workflow_t *first, *last;
	size_t count;
	uint64_t arrivals, changes;
	double gflops, bandwidth_gb_s, latency_s, time_scale;
};

scale_flow_t *scale_flow_create(scale_err_t *err)
{
	scale_flow_t *flow = calloc(1, sizeof(*flow));

	if (!flow) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	scale_flow_costs(flow, 1.0, 1.0, 0.0, 1.0);
	return flow;
}

static void stage_destroy(scale_stage_t *stage)
{
	/* an edge is freed by the stage that goes last */
	for (size_t i = 0; i < stage->in_count; i++) {
		stage->in[i]->child = NULL;
		if (!stage->in[i]->parent)
			free(stage->in[i]);
	}
	for (size_t i = 0; i < stage->out_count; i++) {
		stage->out[i]->parent = NULL;
		if (!stage->out[i]->child)
			free(stage->out[i]);
	}
	for (size_t i = 0; i < stage->run_count; i++)
		free(stage->run[i].node);
	free(stage->run);
	free(stage->in);
	free(stage->out);
	free(stage);
}

static void workflow_unlink(scale_flow_t *flow, scale_workflow_t *wf)
{
	if (wf->prev)
		wf->prev->next = wf->next;
	else
		flow->first = wf->next;
	if (wf->next)
		wf->next->prev = wf->prev;
	else
		flow->last = wf->prev;
	flow->count--;
	free(wf);
}

static void workflow_destroy(scale_flow_t *flow, scale_workflow_t *wf)
{
	scale_stage_t *next;

	for (scale_stage_t *stage = wf->first; stage; stage = next) {
		next = stage->next;
		scale_idmap_remove(&flow->stages, stage->id);
		stage_destroy(stage);
	}
	workflow_unlink(flow, wf);
}

void scale_flow_destroy(scale_flow_t *flow)
{
	int saved = errno;

	if (!flow)
		return;
	while (flow->first)
		workflow_destroy(flow, flow->first);
	scale_idmap_free(&flow->stages);
	free(flow);
	errno = saved;
}

void scale_flow_costs(scale_flow_t *flow, double gflops, double bandwidth_gb_s,
		      double latency_s, double time_scale)
{
	flow->gflops = gflops;
	flow->bandwidth_gb_s = bandwidth_gb_s;
	flow->latency_s = latency_s;
	flow->time_scale = time_scale;
	for (scale_workflow_t *wf = flow->first; wf; wf = wf->next)
		wf->dirty = true;
}

static scale_workflow_t *workflow_named(const scale_flow_t *flow,
					uint32_t uid, const char *name)
{
	scale_workflow_t *wf = flow->first;

	while (wf && (wf->uid != uid || strcmp(wf->name, name)))
		wf = wf->next;
	return wf;
}

static scale_workflow_t *workflow_create(scale_flow_t *flow, uint32_t uid,
					 const char *name)
{
	scale_workflow_t *wf = calloc(1, sizeof(*wf));

	if (!wf)
		return NULL;
	wf->flow = flow;
	strcpy(wf->name, name);
	wf->uid = uid;
	wf->number = flow->arrivals++;
	wf->prev = flow->last;
	if (flow->last)
		flow->last->next = wf;
	else
		flow->first = wf;
	flow->last = wf;
	flow->count++;
	return wf;
}

void scale_workflow_name(const scale_workflow_t *wf,
			 char name[SCALE_NAME_SIZE])
{
	if (*wf->name)
		strcpy(name, wf->name);
	else
		snprintf(name, SCALE_NAME_SIZE, "job-%u",
			 wf->label ? wf->label : wf->first->id);
}

void scale_workflow_settle(scale_workflow_t *wf)
{
	if (*wf->name || wf->label)
		return;
	wf->label = wf->first->id;
	wf->flow->changes++;
}

/* A name that comes later by joining changes no draw. */
double scale_workflow_draw(const scale_workflow_t *wf)
{
	char name[SCALE_NAME_SIZE];

	if (wf->label)
		snprintf(name, sizeof(name), "job-%u", wf->label);
	else
		scale_workflow_name(wf, name);
	return (double) (scale_text_hash(draw_seed ^ wf->uid, name) >> 11) *
	       0x1.0p-53;
}

static bool before(const scale_stage_t *a, const scale_stage_t *b)
{
	if (a->submitted != b->submitted)
		return a->submitted < b->submitted;
	return a->id < b->id;
}

/* Stages stand by arrival; a new one nearly always goes last. */
static void insert(scale_workflow_t *wf, scale_stage_t *stage)
{
	scale_stage_t **at = &wf->first;

	if (wf->last && !before(stage, wf->last))
		at = &wf->last->next;
	else
		while (*at && before(*at, stage))
			at = &(*at)->next;
	stage->next = *at;
	*at = stage;
	if (!stage->next)
		wf->last = stage;
}

static void workflow_append(scale_workflow_t *wf, scale_stage_t *stage)
{
	insert(wf, stage);
	wf->arrival = wf->first->submitted;
	if (stage->submitted > wf->touched)
		wf->touched = stage->submitted;
	stage->workflow = wf;
	wf->size += stage->count;
	wf->done += stage->done;
	wf->work_left += stage->gflop * (stage->count - stage->done);
	wf->dirty = true;
}

scale_stage_t *scale_flow_find(const scale_flow_t *flow, uint32_t id)
{
	return scale_idmap_get(&flow->stages, id);
}

static void copy_name(char *to, const char *name)
{
	strncpy(to, name ? name : "", SCALE_NAME_SIZE - 1);
	to[SCALE_NAME_SIZE - 1] = '\0';
}

scale_stage_t *scale_flow_add(scale_flow_t *flow,
			      const scale_stage_info_t *info,
			      scale_err_t *err)
{
	scale_stage_t *stage = scale_flow_find(flow, info->id);
	scale_workflow_t *wf = NULL;
	char name[SCALE_NAME_SIZE];

	if (stage)
		return stage;
	copy_name(name, info->wf);
	if (!(stage = calloc(1, sizeof(*stage))))
		goto nomem;
	stage->id = info->id;
	stage->uid = info->uid;
	stage->count = info->count ? info->count : 1;
	stage->task_first = info->task_first;
	stage->task_step = info->task_step ? info->task_step : 1;
	stage->submitted = info->submitted;
	stage->gflop = info->gflop;
	stage->out_gb = info->out_gb;
	stage->hops_given = info->hops;
	stage->check = stage->announce = true;
	copy_name(stage->task, info->task);
	if (scale_idmap_put(&flow->stages, stage->id, stage))
		goto nomem;
	if (*name)
		wf = workflow_named(flow, info->uid, name);
	if (!wf) {
		wf = workflow_create(flow, info->uid, name);
		if (!wf) {
			scale_idmap_remove(&flow->stages, stage->id);
			goto nomem;
		}
		wf->weak = info->weak;
		wf->label = info->label;
	}
	wf->weak &= info->weak;
	workflow_append(wf, stage);
	flow->changes++;
	return stage;
nomem:
	free(stage);
	scale_err_set(err, ENOMEM, "out of memory");
	return NULL;
}

void scale_flow_grow(scale_stage_t *stage, uint32_t count)
{
	if (count <= stage->count)
		return;
	stage->workflow->size += count - stage->count;
	stage->workflow->work_left += stage->gflop * (count - stage->count);
	stage->workflow->dirty = true;
	stage->announce = true;
	stage->count = count;
}

/* May an edge make one workflow of the two? */
static bool joinable(const scale_workflow_t *a, const scale_workflow_t *b)
{
	return a != b && a->uid == b->uid &&
	       (!*a->name || !*b->name || a->weak || b->weak ||
		!strcmp(a->name, b->name));
}

/* The name that the user gave stays, else the older one's. */
static void take_name(scale_workflow_t *into, const scale_workflow_t *from)
{
	if (!*into->name || (into->weak && *from->name && !from->weak)) {
		strcpy(into->name, from->name);
		into->weak = from->weak;
	}
	if (!*into->name && !into->label)
		into->label = from->label;
}

/* Stages that were told of under another name. */
static void announce(const scale_workflow_t *wf, const char *new_name)
{
	char name[SCALE_NAME_SIZE];

	scale_workflow_name(wf, name);
	for (scale_stage_t *stage = wf->first; stage; stage = stage->next)
		stage->announce |= strcmp(name, new_name) != 0;
}

/* Move the stages of the later workflow into the earlier one, whose number
 * stays. */
static void workflow_join(scale_flow_t *flow, scale_workflow_t *a,
			  scale_workflow_t *b)
{
	scale_workflow_t *into = a->number < b->number ? a : b;
	scale_workflow_t *from = into == a ? b : a;
	scale_workflow_t joined = *into;
	char name[SCALE_NAME_SIZE];
	scale_stage_t *next;

	take_name(&joined, from);
	scale_workflow_name(&joined, name);
	announce(into, name);
	announce(from, name);
	strcpy(into->name, joined.name);
	into->weak = joined.weak;
	into->label = joined.label;
	if (from->touched > into->touched)
		into->touched = from->touched;
	for (scale_stage_t *stage = from->first; stage; stage = next) {
		next = stage->next;
		workflow_append(into, stage);
	}
	workflow_unlink(flow, from);
}

static int push(scale_edge_t ***list, size_t *count, scale_edge_t *edge)
{
	/* grow at powers of two */
	if (!(*count & (*count - 1))) {
		size_t size = *count ? *count * 2 : 1;
		scale_edge_t **larger = realloc(*list, size * sizeof(*larger));

		if (!larger)
			return -1;
		*list = larger;
	}
	(*list)[(*count)++] = edge;
	return 0;
}

int scale_flow_link(scale_flow_t *flow, scale_stage_t *child,
		    scale_stage_t *parent, uint32_t task, scale_err_t *err)
{
	scale_workflow_t *a = child->workflow, *b = parent->workflow;
	scale_edge_t *edge;

	if (child == parent)
		return scale_err_set(err, EINVAL, "job %u waits for itself",
				     child->id);
	for (size_t i = 0; i < child->in_count; i++)
		if (child->in[i]->parent == parent && child->in[i]->task == task)
			return 0;
	edge = malloc(sizeof(*edge));
	if (!edge)
		return scale_err_set(err, ENOMEM, "out of memory");
	*edge = (scale_edge_t) { parent, child, task };
	if (push(&child->in, &child->in_count, edge))
		goto nomem;
	if (push(&parent->out, &parent->out_count, edge)) {
		child->in_count--;
		goto nomem;
	}
	child->check = child->announce = true;
	flow->changes++;
	a->dirty = b->dirty = true;
	if (joinable(a, b))
		workflow_join(flow, a, b);
	return 0;
nomem:
	free(edge);
	return scale_err_set(err, ENOMEM, "out of memory");
}

static void touch_children(scale_stage_t *stage)
{
	for (size_t i = 0; i < stage->out_count; i++)
		if (stage->out[i]->child)
			stage->out[i]->child->check = true;
}

/* Index of the task in run[], or where it belongs. */
static size_t run_find(const scale_stage_t *stage, uint32_t task)
{
	size_t low = 0, high = stage->run_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (stage->run[mid].task < task)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const scale_run_t *scale_flow_run(const scale_stage_t *stage, uint32_t task)
{
	size_t i = run_find(stage, task);

	return i < stage->run_count && stage->run[i].task == task
		? &stage->run[i] : NULL;
}

static scale_run_t *run_add(scale_stage_t *stage, uint32_t task)
{
	size_t i = run_find(stage, task);

	if (i < stage->run_count && stage->run[i].task == task)
		return &stage->run[i];
	if (stage->run_count == stage->run_size) {
		size_t size = stage->run_size ? stage->run_size * 2 : 1;
		scale_run_t *larger =
			realloc(stage->run, size * sizeof(*larger));

		if (!larger)
			return NULL;
		stage->run = larger;
		stage->run_size = size;
	}
	memmove(stage->run + i + 1, stage->run + i,
		(stage->run_count - i) * sizeof(*stage->run));
	stage->run[i] = (scale_run_t) { .task = task };
	stage->run_count++;
	if (stage->run_count > stage->count)
		scale_flow_grow(stage, (uint32_t) stage->run_count);
	return &stage->run[i];
}

static void count_done(scale_stage_t *stage, int by)
{
	stage->done += by;
	stage->workflow->done += by;
	stage->workflow->work_left -= by * stage->gflop;
}

static void touched(scale_stage_t *stage, double when)
{
	stage->workflow->flow->changes++;
	if (when > stage->workflow->touched)
		stage->workflow->touched = when;
	stage->check = true;	/* its own array may have had a limit */
	touch_children(stage);
}

int scale_flow_start(scale_stage_t *stage, uint32_t task, const char *node,
		     double when, scale_err_t *err)
{
	char *name = node ? strdup(node) : NULL;
	scale_run_t *run = run_add(stage, task);

	if (!run || (node && !name)) {
		free(name);
		return scale_err_set(err, ENOMEM, "out of memory");
	}
	if (run->state == SCALE_RUN_DONE)
		count_done(stage, -1);
	free(run->node);
	run->node = name;
	run->state = SCALE_RUN_RUNNING;
	run->started = when;
	run->ended = 0.0;
	touched(stage, when);
	return 0;
}

void scale_flow_end(scale_stage_t *stage, uint32_t task, double when)
{
	size_t i = run_find(stage, task);
	scale_run_t *run = stage->run + i;

	if (i == stage->run_count || run->task != task ||
	    run->state == SCALE_RUN_DONE)
		return;
	run->state = SCALE_RUN_DONE;
	run->ended = when;
	count_done(stage, 1);
	touched(stage, when);
}

void scale_flow_requeue(scale_stage_t *stage, uint32_t task)
{
	size_t i = run_find(stage, task);
	scale_run_t *run = stage->run + i;

	if (i == stage->run_count || run->task != task)
		return;
	if (run->state == SCALE_RUN_DONE)
		count_done(stage, -1);
	free(run->node);
	stage->run_count--;
	memmove(run, run + 1, (stage->run_count - i) * sizeof(*run));
	stage->check = true;
	stage->workflow->flow->changes++;
}

int scale_flow_drop(scale_stage_t *stage, uint32_t task, double when,
		    scale_err_t *err)
{
	if (!scale_flow_run(stage, task) &&
	    scale_flow_start(stage, task, NULL, when, err))
		return -1;
	scale_flow_end(stage, task, when);
	return 0;
}

uint32_t scale_flow_rank(const scale_stage_t *stage, uint32_t task)
{
	if (task <= stage->task_first || task >= SCALE_TASK_SAME)
		return 0;
	return (task - stage->task_first) / stage->task_step;
}

/* Primitives of the child that wait for one task of the parent. */
static uint32_t edge_successors(const scale_edge_t *edge, uint32_t task)
{
	if (!edge->child)
		return 0;
	if (edge->task == SCALE_TASK_SAME)
		return 1;
	if (edge->task != SCALE_TASK_ALL && edge->task != task)
		return 0;
	return edge->child->count;
}

/* The earlier to end of best and the runs that the edge names. */
static const scale_run_t *edge_first(const scale_edge_t *edge, uint32_t task,
				     const scale_run_t *best)
{
	const scale_stage_t *parent = edge->parent;
	uint32_t named = edge->task == SCALE_TASK_SAME ? task : edge->task;
	bool one = named != SCALE_TASK_ALL && parent->count > 1;

	if (one) {
		const scale_run_t *run = scale_flow_run(parent, named);

		return run && run->state == SCALE_RUN_DONE && run->node &&
		       (!best || run->ended < best->ended) ? run : best;
	}
	for (size_t i = 0; i < parent->run_count; i++) {
		const scale_run_t *run = &parent->run[i];

		if (run->state != SCALE_RUN_DONE || !run->node)
			continue;
		if (!best || run->ended < best->ended)
			best = run;
	}
	return best;
}

void scale_flow_facts(const scale_stage_t *stage, uint32_t task,
		      scale_facts_t *facts)
{
	const scale_run_t *best = NULL;

	*facts = (scale_facts_t) {
		.workflow_done = stage->workflow->done,
		.workflow_size = stage->workflow->size,
		.has_parent = stage->in_count > 0,
	};
	for (size_t i = 0; i < stage->out_count; i++)
		facts->successors += edge_successors(stage->out[i], task);
	for (size_t i = 0; i < stage->in_count; i++) {
		const scale_run_t *run;

		if (!stage->in[i]->parent)
			continue;
		run = edge_first(stage->in[i], task, best);
		if (run == best)
			continue;
		best = run;
		facts->parent_node = run->node;
		facts->parent_out_gb = stage->in[i]->parent->out_gb;
	}
}

/* Children of every stage within wf, in compressed form. */
static size_t compress(const scale_workflow_t *wf, uint32_t *first,
		       uint32_t *child)
{
	size_t edges = 0;
	uint32_t n = 0;

	for (scale_stage_t *stage = wf->first; stage; stage = stage->next) {
		first[n++] = (uint32_t) edges;
		for (size_t i = 0; i < stage->out_count; i++) {
			const scale_stage_t *to = stage->out[i]->child;

			if (!to || to->workflow != wf)
				continue;
			if (child)
				child[edges] = to->order;
			edges++;
		}
	}
	first[n] = (uint32_t) edges;
	return edges;
}

/* Number the stages; RET how many. */
static uint32_t number_stages(scale_workflow_t *wf)
{
	uint32_t n = 0, base = 0;

	for (scale_stage_t *stage = wf->first; stage; stage = stage->next) {
		stage->order = n++;
		stage->base = base;
		base += stage->count;
		stage->hops = stage->hops_given;
		stage->rank = 0.0;
	}
	return n;
}

static void store_ranks(const scale_flow_t *flow, scale_workflow_t *wf,
			const scale_dag_t *dag, const uint32_t *order,
			uint32_t *hops, double *work)
{
	double *time = work, *comm = work + dag->n, *rank = comm + dag->n;

	for (scale_stage_t *s = wf->first; s; s = s->next) {
		time[s->order] = s->gflop / flow->gflops * flow->time_scale;
		comm[s->order] = (s->out_gb / flow->bandwidth_gb_s +
				  flow->latency_s) * flow->time_scale;
	}
	scale_dag_hops(dag, order, hops);
	scale_dag_upward_rank(dag, order, time, comm, rank);
	for (scale_stage_t *s = wf->first; s; s = s->next) {
		if (hops[s->order] > s->hops)
			s->hops = hops[s->order];
		s->rank = rank[s->order];
	}
}

static int compute(const scale_flow_t *flow, scale_workflow_t *wf,
		   scale_err_t *err)
{
	uint32_t n = number_stages(wf), *index = NULL;
	double *work = NULL;
	scale_dag_t dag = { .n = n };
	size_t edges;
	int rc = -1;

	wf->dirty = false;
	index = malloc((3 * (size_t) n + 1) * sizeof(*index));
	work = malloc(3 * (size_t) n * sizeof(*work));
	if (!index || !work)
		goto nomem;
	edges = compress(wf, index, NULL);
	if (edges) {
		uint32_t *child = malloc(edges * sizeof(*child));

		if (!child)
			goto nomem;
		compress(wf, index, child);
		dag.child = child;
	}
	dag.first = index;
	if (scale_dag_order(&dag, index + n + 1, err))
		goto done;
	store_ranks(flow, wf, &dag, index + n + 1, index + 2 * n + 1, work);
	rc = 0;
	goto done;
nomem:
	scale_err_set(err, ENOMEM, "out of memory");
done:
	free((void *) dag.child);
	free(index);
	free(work);
	return rc;
}

int scale_flow_ready(scale_flow_t *flow, scale_stage_t *stage, uint32_t task,
		     scale_ready_t *out, scale_err_t *err)
{
	scale_workflow_t *wf = stage->workflow;
	int rc = 0;

	if (wf->dirty)
		rc = compute(flow, wf, err);
	*out = (scale_ready_t) {
		.gflop = stage->gflop,
		.upward_rank = stage->rank,
		.hops = stage->hops,
		.index = stage->base + scale_flow_rank(stage, task),
		.arrival = wf->arrival,
		.workflow = wf->number,
		.work_left = wf->work_left,
		.size = wf->size,
		.left = wf->size - wf->done,
	};
	return rc;
}

static bool workflow_live(const scale_workflow_t *wf)
{
	for (const scale_stage_t *stage = wf->first; stage; stage = stage->next)
		if (stage->live)
			return true;
	return false;
}

bool scale_flow_forget(scale_flow_t *flow, scale_stage_t *stage)
{
	if (workflow_live(stage->workflow))
		return false;
	flow->changes++;
	workflow_destroy(flow, stage->workflow);
	return true;
}

void scale_flow_sweep(scale_flow_t *flow, double before)
{
	scale_workflow_t *next;

	for (scale_workflow_t *wf = flow->first; wf; wf = next) {
		next = wf->next;
		if (wf->touched < before && !workflow_live(wf))
			workflow_destroy(flow, wf);
	}
}

size_t scale_flow_count(const scale_flow_t *flow)
{
	return flow->count;
}

size_t scale_flow_live(const scale_flow_t *flow)
{
	size_t n = 0;

	for (const scale_workflow_t *wf = flow->first; wf; wf = wf->next)
		n += workflow_live(wf);
	return n;
}

const scale_workflow_t *scale_flow_first(const scale_flow_t *flow)
{
	return flow->first;
}

scale_stage_t *scale_flow_sibling(const scale_stage_t *stage,
				  const char *task)
{
	scale_stage_t *other = stage->workflow->first;

	while (other && (other == stage || strcmp(other->task, task)))
		other = other->next;
	return other;
}

uint64_t scale_flow_changes(const scale_flow_t *flow)
{
	return flow->changes;
}
