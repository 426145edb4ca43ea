/*
 * planner.c - policies that decide ahead: HEFT, CPOP, committed MCT
 *
 * A plan is a list of primitives for each server.  Primitives are known by
 * their place in the pool and the number of their workflow, since places are
 * used again; servers by their number, since positions change.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>

#include "array.h"
#include "dynamics.h"
#include "heft.h"
#include "planner.h"

enum { ENTRIES_MAX = 50000000 };	/* of a problem: 400 MB */

typedef enum { HEFT, CPOP, MCT, KINDS } kind_t;

static const struct {
	const char *name, *summary;
} planners[KINDS] = {
	[HEFT] = { "heft", "all that waits by upward rank, each to where it "
		   "ends first, in gaps; again at each arrival" },
	[CPOP] = { "cpop", "likewise by upward + downward rank, critical paths "
		   "to one server each" },
	[MCT] = { "mct", "minimum completion time: behind what is committed to "
		  "the server where it ends first, for good" },
};

/* What is planned of the primitive at one place of the pool. */
typedef struct entry {
	uint64_t owner;		/* number of its workflow + 1; 0: none */
	uint32_t server;	/* uid, or SIM_NOWHERE */
	uint32_t next;		/* on that server, or SIM_NO_INDEX */
	double cost;		/* execution time there, s */
} entry_t;

/* What is planned for one server. */
typedef struct queue {
	uint32_t head, tail;	/* or SIM_NO_INDEX */
	double backlog;		/* of what has not started, s */
} queue_t;

struct sim_planner {
	kind_t kind;
	bool planned;
	uint64_t arrived, changes;	/* of the simulator, when it was */
	entry_t *entry;		/* [entries] by place */
	size_t entries;
	queue_t *queue;		/* [queues] by uid */
	size_t queues;
};

const char *sim_planner_list(size_t i, const char **summary)
{
	if (i >= KINDS)
		return NULL;
	if (summary)
		*summary = planners[i].summary;
	return planners[i].name;
}

static int find(const char *name)
{
	for (int i = 0; i < KINDS; i++)
		if (!strcmp(name, planners[i].name))
			return i;
	return -1;
}

bool sim_planner_exists(const char *name)
{
	return find(name) >= 0;
}

bool sim_planner_orders(const char *name)
{
	return find(name) == HEFT || find(name) == CPOP;
}

sim_planner_t *sim_planner_create(const char *name, scale_err_t *err)
{
	sim_planner_t *planner;
	int kind = find(name);

	if (kind < 0) {
		scale_err_set(err, EINVAL,
			      "no planner named \"%.60s\"; known: heft, cpop, mct",
			      name);
		return NULL;
	}
	planner = calloc(1, sizeof(*planner));
	if (!planner) {
		scale_err_set(err, ENOMEM, "no memory for a planner");
		return NULL;
	}
	planner->kind = (kind_t) kind;
	return planner;
}

void sim_planner_destroy(sim_planner_t *planner)
{
	int saved = errno;

	if (!planner)
		return;
	free(planner->entry);
	free(planner->queue);
	free(planner);
	errno = saved;
}

void sim_planner_reset(sim_planner_t *planner)
{
	planner->planned = false;
}

/* Room for all places and servers, nothing planned. */
static int clear(sim_planner_t *planner, const sim_t *sim)
{
	size_t entries = sim->pool.room * sim->pool.tasks_max;
	size_t queues = sim->cluster.servers;

	if (sim_array_resize(&planner->entry, entries,
			     sizeof(*planner->entry)) ||
	    sim_array_resize(&planner->queue, queues,
			     sizeof(*planner->queue)))
		return -1;
	memset(planner->entry, 0, entries * sizeof(*planner->entry));
	for (size_t i = 0; i < queues; i++)
		planner->queue[i] = (queue_t) { SIM_NO_INDEX, SIM_NO_INDEX,
						0.0 };
	planner->entries = entries;
	planner->queues = queues;
	return 0;
}

/* The pool has grown since. */
static int grow(sim_planner_t *planner, const sim_t *sim)
{
	size_t entries = sim->pool.room * sim->pool.tasks_max;

	if (entries <= planner->entries)
		return 0;
	if (sim_array_resize(&planner->entry, entries,
			     sizeof(*planner->entry)))
		return -1;
	memset(planner->entry + planner->entries, 0,
	       (entries - planner->entries) * sizeof(*planner->entry));
	planner->entries = entries;
	return 0;
}

static uint64_t owner(const sim_t *sim, uint32_t id)
{
	return sim->pool.flow[sim->pool.task[id].slot].number + 1;
}

static void append(sim_planner_t *planner, const sim_t *sim, uint32_t id,
		   uint32_t uid, double cost)
{
	queue_t *q = &planner->queue[uid];

	planner->entry[id] = (entry_t) {
		.owner = owner(sim, id),
		.server = uid,
		.next = SIM_NO_INDEX,
		.cost = cost,
	};
	if (q->head == SIM_NO_INDEX)
		q->head = id;
	else
		planner->entry[q->tail].next = id;
	q->tail = id;
	q->backlog += cost;
}

static bool has_plan(const sim_planner_t *planner, const sim_t *sim,
		     uint32_t id)
{
	return planner->entry[id].owner == owner(sim, id);
}

/* Whose turn it is on a server. */
static uint32_t turn(sim_planner_t *planner, uint32_t uid)
{
	return planner->queue[uid].head;
}

static void take_turn(sim_planner_t *planner, uint32_t uid)
{
	queue_t *q = &planner->queue[uid];

	q->backlog -= planner->entry[q->head].cost;
	q->head = planner->entry[q->head].next;
	if (q->head == SIM_NO_INDEX)
		*q = (queue_t) { SIM_NO_INDEX, SIM_NO_INDEX, 0.0 };
}

/* All that has arrived and not started, as a problem. */
typedef struct draft {
	sim_problem_t p;
	uint32_t *id;		/* [n] place in the pool */
	uint32_t *local;	/* [places] number here */
	uint32_t *first, *child, *group;
	double *comm, *cost, *release, *free_at;
	sim_slot_t *slot;	/* [n] */
} draft_t;

static void draft_fini(draft_t *d)
{
	free(d->id);
	free(d->local);
	free(d->first);
	free(d->child);
	free(d->group);
	free(d->comm);
	free(d->cost);
	free(d->release);
	free(d->free_at);
	free(d->slot);
}

static bool is_open(const sim_task_t *task)
{
	return task->state == SIM_TASK_WAITING ||
	       task->state == SIM_TASK_READY;
}

/* Number the primitives, workflow by workflow. */
static void number(draft_t *d, const sim_t *sim)
{
	const sim_pool_t *pool = &sim->pool;
	uint32_t n = 0;

	for (uint32_t slot = 0; slot < pool->slots; slot++)
		for (uint32_t i = 0; i < pool->flow[slot].n; i++) {
			const sim_task_t *task = sim_pool_tasks(pool, slot) +
						 i;
			uint32_t id = (uint32_t) (task - pool->task);

			if (!is_open(task))
				continue;
			d->local[id] = n;
			d->group[n] = slot;
			d->id[n++] = id;
		}
	d->p.dag.n = n;
}

static void fill_edges(draft_t *d, const sim_t *sim)
{
	uint32_t edges = 0;

	for (uint32_t k = 0; k < d->p.dag.n; k++) {
		const sim_task_t *task = &sim->pool.task[d->id[k]];
		uint32_t index = sim_pool_index(&sim->pool, d->id[k]);
		size_t count;
		const uint32_t *child = sim_pool_children(
			&sim->pool, task->slot, index, &count);

		d->first[k] = edges;
		for (size_t e = 0; e < count; e++)
			d->child[edges++] = d->local[d->id[k] - index +
						     child[e]];
	}
	d->first[d->p.dag.n] = edges;
}

/* Not before now, nor before the end of what runs and it waits for. */
static double released(const sim_t *sim, uint32_t id)
{
	const sim_task_t *task = &sim->pool.task[id];
	const sim_task_t *siblings = sim_pool_tasks(&sim->pool, task->slot);
	size_t count;
	const uint32_t *parent = sim_pool_parents(
		&sim->pool, task->slot, sim_pool_index(&sim->pool, id), &count);
	double at = sim->now;

	for (size_t e = 0; e < count; e++) {
		const sim_task_t *p = &siblings[parent[e]];

		if (p->state == SIM_TASK_RUNNING)
			at = fmax(at, sim->cluster.view.free_at[
				sim->cluster.server[p->server].pos]);
	}
	return at;
}

static void fill_costs(draft_t *d, const sim_t *sim)
{
	const sim_cluster_t *c = &sim->cluster;

	for (uint32_t j = 0; j < d->p.servers; j++)
		d->free_at[j] = sim->now + scale_remaining(&c->view, j);
	for (uint32_t k = 0; k < d->p.dag.n; k++) {
		const sim_task_t *task = &sim->pool.task[d->id[k]];
		double *cost = d->cost + (size_t) k * d->p.servers;

		d->release[k] = released(sim, d->id[k]);
		for (uint32_t j = 0; j < d->p.servers; j++) {
			bool stays = c->server[c->uid_at[j]].state ==
				     SIM_SERVER_UP;

			cost[j] = stays && task->mem_gb <= c->view.mem_gb[j] ?
				task->guess / c->view.gflops[j] :
				INFINITY;
		}
	}
}

static int draft_init(draft_t *d, const sim_t *sim, scale_err_t *err)
{
	size_t places = sim->pool.slots * sim->pool.tasks_max;
	size_t edges = sim->pool.slots * sim->pool.edges_max;
	size_t servers = sim->cluster.view.n;

	*d = (draft_t) { 0 };
	d->id = calloc(places + 1, sizeof(*d->id));
	d->local = calloc(places + 1, sizeof(*d->local));
	d->group = calloc(places + 1, sizeof(*d->group));
	d->first = calloc(places + 2, sizeof(*d->first));
	d->child = calloc(edges + 1, sizeof(*d->child));
	d->comm = calloc(edges + 1, sizeof(*d->comm));
	d->free_at = calloc(servers + 1, sizeof(*d->free_at));
	if (!d->id || !d->local || !d->group || !d->first || !d->child ||
	    !d->comm || !d->free_at)
		goto nomem;
	number(d, sim);
	if (servers * d->p.dag.n > ENTRIES_MAX) {
		draft_fini(d);
		return scale_err_set(err, ENOMEM,
				     "%u primitives on %zu servers are beyond planning; take a rule",
				     d->p.dag.n, servers);
	}
	d->cost = malloc((d->p.dag.n * servers + 1) * sizeof(*d->cost));
	d->release = calloc(d->p.dag.n + 1, sizeof(*d->release));
	d->slot = calloc(d->p.dag.n + 1, sizeof(*d->slot));
	if (!d->cost || !d->release || !d->slot)
		goto nomem;
	d->p.servers = (uint32_t) servers;
	fill_edges(d, sim);
	fill_costs(d, sim);
	d->p.dag.first = d->first;
	d->p.dag.child = d->child;
	d->p.comm = d->comm;
	d->p.cost = d->cost;
	d->p.release = d->release;
	d->p.free_at = d->free_at;
	d->p.group = d->group;
	return 0;
nomem:
	draft_fini(d);
	return scale_err_set(err, ENOMEM, "no memory for a plan");
}

static int by_start(const void *x, const void *y, void *arg)
{
	uint32_t a = *(const uint32_t *) x, b = *(const uint32_t *) y;
	const sim_slot_t *slot = arg;

	if (slot[a].start != slot[b].start)
		return slot[a].start < slot[b].start ? -1 : 1;
	return (a > b) - (a < b);
}

/* Lists of the servers from the schedule; uses up d->local. */
static void publish(sim_planner_t *planner, const sim_t *sim, draft_t *d)
{
	uint32_t *order = d->local;

	for (uint32_t k = 0; k < d->p.dag.n; k++)
		order[k] = k;
	qsort_r(order, d->p.dag.n, sizeof(*order), by_start, d->slot);
	for (uint32_t i = 0; i < d->p.dag.n; i++) {
		const sim_slot_t *slot = &d->slot[order[i]];

		if (slot->server != SIM_NOWHERE)
			append(planner, sim, d->id[order[i]],
			       sim->cluster.uid_at[slot->server],
			       slot->end - slot->start);
	}
}

static int plan(sim_planner_t *planner, const sim_t *sim, scale_err_t *err)
{
	draft_t d;
	int rc;

	if (draft_init(&d, sim, err))
		return -1;
	rc = (planner->kind == CPOP ? sim_cpop : sim_heft)(&d.p, d.slot, err);
	if (!rc)
		publish(planner, sim, &d);
	draft_fini(&d);
	return rc;
}

/* To the server where it ends first behind all that is committed there. */
static void commit(sim_planner_t *planner, const sim_t *sim, uint32_t id)
{
	const sim_cluster_t *c = &sim->cluster;
	const sim_task_t *task = &sim->pool.task[id];
	double best = INFINITY, best_cost = 0.0;
	uint32_t uid = SIM_NO_INDEX;

	for (size_t j = 0; j < c->view.n; j++) {
		uint32_t u = c->uid_at[j];
		double cost = task->guess / c->view.gflops[j];
		double end = scale_remaining(&c->view, j) +
			     planner->queue[u].backlog + cost;

		if (task->mem_gb > c->view.mem_gb[j] ||
		    c->server[u].state != SIM_SERVER_UP || end >= best)
			continue;
		best = end;
		best_cost = cost;
		uid = u;
	}
	if (uid != SIM_NO_INDEX)
		append(planner, sim, id, uid, best_cost);
}

static int renew(sim_planner_t *planner, const sim_t *sim, scale_err_t *err)
{
	bool arrival = planner->kind != MCT &&
		       planner->arrived != sim->source->made;

	if (planner->planned && !arrival &&
	    planner->changes == sim->cluster.changes)
		return grow(planner, sim) ?
			scale_err_set(err, ENOMEM, "no memory for a plan") : 0;
	if (clear(planner, sim))
		return scale_err_set(err, ENOMEM, "no memory for a plan");
	planner->planned = true;
	planner->arrived = sim->source->made;
	planner->changes = sim->cluster.changes;
	return planner->kind == MCT ? 0 : plan(planner, sim, err);
}

int sim_planner_choose(sim_planner_t *planner, sim_t *sim, ssize_t *server,
		       scale_err_t *err)
{
	uint32_t id = sim->current, uid, pos;

	*server = SIM_DEFER;
	if (renew(planner, sim, err))
		return -1;
	if (planner->kind == MCT && !has_plan(planner, sim, id))
		commit(planner, sim, id);
	if (!has_plan(planner, sim, id))
		return 0;
	uid = planner->entry[id].server;
	pos = sim->cluster.server[uid].pos;
	if (turn(planner, uid) != id || sim->cluster.view.busy[pos])
		return 0;
	take_turn(planner, uid);
	*server = (ssize_t) pos;
	return 0;
}
