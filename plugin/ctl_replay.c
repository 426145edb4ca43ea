/*
 * ctl_replay.c - the site's own workflows once more, in the simulator
 *
 * The log tells on which jobs a job depends, not of which kind a dependency
 * was; what happened shows it.  A job array whose first task started before
 * its parent's last one ended waited task for task (aftercorr), or, where the
 * two are of different size, for the start only (after).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_replay.h"
#include "sim/episode.h"

/* Of one workflow; an array of a thousand after another is a million. */
enum { EDGES_MAX = 4000000, TASKS_MAX = 100000 };

/* Slurm counts seconds: what it calls 0 took less than one. */
#define ELAPSED_MIN 1e-3

/* One workflow that is being made: stages [0, n) of one name and user. */
typedef struct build {
	const scale_site_t *site;
	const ctl_node_t *nodes;
	size_t node_count;
	const ctl_jobs_t *jobs;
	ctl_stage_t *const *stage;
	size_t n;
	double arrival;			/* unix time */
	sim_workflow_spec_t *flow;
	size_t edges, room;
} build_t;

/* Position of the stage of that id among the first n, or n. */
static size_t position(const build_t *b, uint32_t id, size_t n)
{
	size_t i = 0;

	while (i < n && b->stage[i]->id != id)
		i++;
	return i;
}

static const ctl_node_t *node_of(const build_t *b, const ctl_task_t *t)
{
	return ctl_nodes_find(b->nodes, b->node_count, t->node);
}

/* Everything known, everything completed, each parent an earlier stage. */
static bool is_complete(const build_t *b, size_t *primitives)
{
	*primitives = 0;
	for (size_t i = 0; i < b->n; i++) {
		const ctl_stage_t *s = b->stage[i];

		*primitives += s->count;
		if (!isfinite(s->submit) || s->task_count != s->count ||
		    *primitives > TASKS_MAX)
			return false;
		for (size_t k = 0; k < s->parent_count; k++)
			if (position(b, s->parent[k], i) == i)
				return false;
		for (size_t k = 0; k < s->task_count; k++) {
			const ctl_task_t *t = &s->tasks[k];

			if (ctl_task_state(t) != CTL_DONE ||
			    !isfinite(t->start) || !isfinite(t->end) ||
			    !isfinite(t->elapsed) || !node_of(b, t))
				return false;
		}
	}
	return true;
}

static int alloc_flow(sim_workflow_spec_t *flow, size_t n)
{
	flow->n = (uint32_t) n;
	flow->gflop = calloc(4 * n, sizeof(*flow->gflop));
	flow->parent_first = calloc(n + 1, sizeof(*flow->parent_first));
	if (!flow->gflop || !flow->parent_first)
		return -1;
	flow->mem_gb = flow->gflop + n;
	flow->out_gb = flow->gflop + 2 * n;
	flow->lag = flow->gflop + 3 * n;
	return 0;
}

static void free_flow(sim_workflow_spec_t *flow)
{
	free(flow->gflop);
	free(flow->parent_first);
	free(flow->parent);
}

static double last_end(const ctl_stage_t *s)
{
	double last = -INFINITY;

	for (size_t i = 0; i < s->task_count; i++)
		last = fmax(last, s->tasks[i].end);
	return last;
}

/* Did every task wait for the whole of the parent? */
static bool waits_for_all(const ctl_stage_t *s, const ctl_stage_t *parent)
{
	double end = last_end(parent);

	for (size_t i = 0; i < s->task_count; i++)
		if (s->tasks[i].start < end)
			return false;
	return true;
}

static int add_edge(build_t *b, size_t parent)
{
	if (b->edges == b->room) {
		size_t room = b->room ? 2 * b->room : 16;
		uint32_t *more = reallocarray(b->flow->parent, room,
					      sizeof(*more));

		if (!more)
			return -1;
		b->flow->parent = more;
		b->room = room;
	}
	b->flow->parent[b->edges++] = (uint32_t) parent;
	return 0;
}

/* Edges of task t of stage s, its parents in ascending order.
 * IN/OUT last  latest end of what it waited for, unix time */
static int add_edges(build_t *b, size_t s, const ctl_task_t *t, double *last)
{
	size_t base = 0;

	for (size_t p = 0; p < s; base += b->stage[p++]->count) {
		const ctl_stage_t *parent = b->stage[p];
		bool ours = false, all;

		for (size_t k = 0; k < b->stage[s]->parent_count; k++)
			ours = ours || b->stage[s]->parent[k] == parent->id;
		if (!ours)
			continue;
		all = waits_for_all(b->stage[s], parent);
		for (size_t k = 0; k < parent->task_count; k++) {
			const ctl_task_t *one = &parent->tasks[k];

			if (!all && (one->index != t->index ||
				     one->end > t->start))
				continue;
			*last = fmax(*last, one->end);
			if (b->edges < EDGES_MAX && add_edge(b, base + k))
				return -1;
		}
	}
	return 0;
}

static void add_demand(build_t *b, size_t i, const ctl_stage_t *s,
		       const ctl_task_t *t)
{
	const ctl_node_t *node = node_of(b, t);
	sim_workflow_spec_t *flow = b->flow;

	flow->gflop[i] = fmax(t->elapsed, ELAPSED_MIN) / b->site->time_scale *
			 node->gflops;
	/* a job without a request fits everywhere; any fitted where it ran */
	flow->mem_gb[i] = isfinite(s->mem_gb)
				? fmin(fmax(s->mem_gb, 0.0), node->mem_gb)
				: 0.0;
	flow->out_gb[i] = isfinite(s->out_gb) ? fmax(s->out_gb, 0.0) : 0.0;
}

/* RET 0; -1: no memory */
static int add_stages(build_t *b)
{
	size_t i = 0;

	for (size_t s = 0; s < b->n; s++)
		for (size_t k = 0; k < b->stage[s]->task_count; k++, i++) {
			const ctl_task_t *t = &b->stage[s]->tasks[k];
			double last = b->arrival;

			b->flow->parent_first[i] = (uint32_t) b->edges;
			if (add_edges(b, s, t, &last))
				return -1;
			add_demand(b, i, b->stage[s], t);
			/* engines submit when the parents are done */
			b->flow->lag[i] = fmax(b->stage[s]->submit - last,
					       0.0) / b->site->time_scale;
		}
	b->flow->parent_first[i] = (uint32_t) b->edges;
	return 0;
}

static void measure(const build_t *b, sim_ratio_t *primitive,
		    sim_ratio_t *workflow)
{
	double sum = 0.0, last = b->arrival;

	for (size_t s = 0; s < b->n; s++)
		for (size_t k = 0; k < b->stage[s]->task_count; k++) {
			double end = b->stage[s]->tasks[k].end;

			sum += end - b->arrival;
			last = fmax(last, end);
		}
	*primitive = (sim_ratio_t) { sum, b->flow->n };
	*workflow = (sim_ratio_t) { last - b->arrival, 1.0 };
}

/* RET 1 added, 0 left out, -1 no memory */
static int add_flow(ctl_replay_t *r, build_t *b)
{
	size_t at = r->list.count, primitives;
	sim_arrival_t *item = &r->item[at];

	if (!is_complete(b, &primitives))
		return 0;
	b->arrival = INFINITY;
	for (size_t i = 0; i < b->n; i++)
		b->arrival = fmin(b->arrival, b->stage[i]->submit);
	b->flow = &item->flow;
	b->edges = b->room = 0;
	r->list.count++;		/* for destroy */
	if (alloc_flow(b->flow, primitives) || add_stages(b))
		return -1;
	if (b->edges >= EDGES_MAX) {
		r->list.count--;
		free_flow(b->flow);
		*item = (sim_arrival_t) { 0 };
		return 0;
	}
	item->at = b->arrival;		/* unix time, until all are known */
	r->primitives += primitives;
	measure(b, &r->primitive[at], &r->workflow[at]);
	return 1;
}

typedef struct place {
	double at;
	size_t from;
} place_t;

static int by_arrival(const void *a, const void *b)
{
	const place_t *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

static int copy_sorted(void *array, size_t size, const place_t *place,
		       size_t n)
{
	char *copy = malloc(n * size), *to = array;

	if (!copy)
		return -1;
	memcpy(copy, to, n * size);
	for (size_t i = 0; i < n; i++)
		memcpy(to + i * size, copy + place[i].from * size, size);
	free(copy);
	return 0;
}

/* Bring workflows into the order of arrival, the first at 0 s. */
static int sort(ctl_replay_t *r)
{
	size_t n = r->list.count;
	place_t *place = calloc(n + 1, sizeof(*place));
	int rc = -1;

	if (!place)
		return -1;
	for (size_t i = 0; i < n; i++)
		place[i] = (place_t) { r->item[i].at, i };
	if (n)
		qsort(place, n, sizeof(*place), by_arrival);
	if (!n || (!copy_sorted(r->item, sizeof(*r->item), place, n) &&
		   !copy_sorted(r->primitive, sizeof(*r->primitive), place,
				n) &&
		   !copy_sorted(r->workflow, sizeof(*r->workflow), place, n)))
		rc = 0;
	for (size_t i = 0; i < n; i++)
		r->item[i].at = (place[i].at - place[0].at) / r->scale;
	free(place);
	return rc;
}

/* The measured lags apart: a run adds its delay to them. */
static int keep_lags(ctl_replay_t *r)
{
	r->lag = calloc(r->list.count + 1, sizeof(*r->lag));
	for (size_t i = 0; r->lag && i < r->list.count; i++) {
		const sim_workflow_spec_t *flow = &r->item[i].flow;

		r->lag[i] = malloc(flow->n * sizeof(double));
		if (!r->lag[i])
			return -1;
		memcpy(r->lag[i], flow->lag, flow->n * sizeof(double));
	}
	return r->lag ? 0 : -1;
}

static int add_tier(sim_config_t *c, const ctl_node_t *node, scale_err_t *err)
{
	size_t k = 0;

	while (k < c->mix.count && (c->gflops.value[k] != node->gflops ||
				    c->mem_gb.value[k] != node->mem_gb ||
				    c->idle_w.value[k] != node->idle_w ||
				    c->busy_w.value[k] != node->busy_w))
		k++;
	if (k == SCALE_CONF_NUMBERS)
		return scale_err_set(err, EINVAL,
				     "the nodes are of more than %d kinds of "
				     "speed and memory", SCALE_CONF_NUMBERS);
	if (k == c->mix.count) {
		c->mix.value[k] = 0.0;
		c->gflops.value[k] = node->gflops;
		c->mem_gb.value[k] = node->mem_gb;
		c->idle_w.value[k] = node->idle_w;
		c->busy_w.value[k] = node->busy_w;
		c->mix.count = c->gflops.count = c->mem_gb.count =
			c->idle_w.count = c->busy_w.count = k + 1;
	}
	c->mix.value[k]++;
	return 0;
}

static int make_cluster(sim_config_t *c, const scale_site_t *site,
			const ctl_node_t *nodes, size_t n, scale_err_t *err)
{
	if (sim_config_named(c, "base", err))
		return -1;
	c->mix.count = 0;
	for (size_t i = 0; i < n; i++)
		if (add_tier(c, &nodes[i], err))
			return -1;
	c->nodes = (int64_t) n;
	c->bandwidth_gb_s = site->bandwidth_gb_s;
	c->latency_s = site->latency_s;
	c->duration = c->drain_limit = 0.0;
	c->load = 0.5;			/* none of it is drawn */
	return 0;
}

static int make_flows(ctl_replay_t *r, build_t *b)
{
	size_t next;

	for (size_t i = 0; i < b->jobs->count; i = next) {
		int rc;

		next = ctl_jobs_next(b->jobs, i);
		b->stage = b->jobs->stage + i;
		b->n = next - i;
		rc = add_flow(r, b);
		if (rc < 0)
			return -1;
		r->left_out += !rc;
	}
	return sort(r) || keep_lags(r) ? -1 : 0;
}

ctl_replay_t *ctl_replay_create(const ctl_jobs_t *jobs,
				const scale_site_t *site,
				const ctl_node_t *nodes, size_t node_count,
				scale_err_t *err)
{
	ctl_replay_t *r = calloc(1, sizeof(*r));
	build_t build = { .site = site, .nodes = nodes,
			  .node_count = node_count, .jobs = jobs };

	if (r) {
		r->item = calloc(jobs->count + 1, sizeof(*r->item));
		r->primitive = calloc(jobs->count + 1, sizeof(*r->primitive));
		r->workflow = calloc(jobs->count + 1, sizeof(*r->workflow));
	}
	if (!r || !r->item || !r->primitive || !r->workflow)
		goto no_memory;
	r->scale = site->time_scale;
	if (make_cluster(&r->cluster, site, nodes, node_count, err)) {
		ctl_replay_destroy(r);
		return NULL;
	}
	if (make_flows(r, &build))
		goto no_memory;
	r->list.item = r->item;
	return r;
no_memory:
	ctl_replay_destroy(r);
	scale_err_set(err, ENOMEM, "out of memory");
	return NULL;
}

void ctl_replay_destroy(ctl_replay_t *r)
{
	int saved = errno;

	if (!r)
		return;
	for (size_t i = 0; r->item && i < r->list.count; i++)
		free_flow(&r->item[i].flow);
	for (size_t i = 0; r->lag && i < r->list.count; i++)
		free(r->lag[i]);
	free(r->lag);
	free(r->item);
	free(r->primitive);
	free(r->workflow);
	free(r);
	errno = saved;
}

typedef struct watch {
	const ctl_replay_t *replay;
	sim_ratio_t *primitive, *workflow;
} watch_t;

static void on_note(void *arg, const sim_note_t *note)
{
	watch_t *w = arg;
	double response;

	if (note->kind != SIM_NOTE_FINISH)
		return;
	response = (note->time - w->replay->item[note->workflow].at) *
		   w->replay->scale;
	w->primitive[note->workflow].sum += response;
	w->primitive[note->workflow].count++;
	w->workflow[note->workflow] = (sim_ratio_t) { response, 1.0 };
}

static int check_finished(const ctl_replay_t *r, const sim_ratio_t *p,
			  const char *name, scale_err_t *err)
{
	for (size_t i = 0; i < r->list.count; i++)
		if (p[i].count < r->item[i].flow.n)
			return scale_err_set(err, EPROTO, "%s leaves "
					     "primitives waiting for ever",
					     name);
	return 0;
}

int ctl_replay_run(ctl_replay_t *r, scale_policy_t *policy,
		   const char *order, double delay, sim_ratio_t *primitive,
		   sim_ratio_t *workflow, scale_err_t *err)
{
	watch_t watch = { r, primitive, workflow };
	sim_config_t config = r->cluster;
	sim_t *sim;
	int rc = -1;

	memset(primitive, 0, r->list.count * sizeof(*primitive));
	memset(workflow, 0, r->list.count * sizeof(*workflow));
	for (size_t i = 0; i < r->list.count; i++)
		for (uint32_t k = 0; k < r->item[i].flow.n; k++)
			r->item[i].flow.lag[k] = r->lag[i][k] +
						 delay / r->scale;
	snprintf(config.order, sizeof(config.order), "%s", order);
	sim = sim_create_replay(&config, &r->list, err);
	if (!sim)
		return -1;
	sim_observe(sim, on_note, &watch);
	if (!sim_episode(sim, policy, 1, err))
		rc = check_finished(r, primitive, scale_policy_name(policy),
				    err);
	sim_destroy(sim);
	return rc;
}
