/*
 * dynamics.c - what events and assignments do to the state
 *
 * Paper sections 3 and 4.1.2, SPEC sections 1 and 2.  Nothing here looks at
 * all servers or all primitives: a completion costs its successors and the
 * logarithm of what is queued.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>

#include "dynamics.h"

static int no_memory(scale_err_t *err)
{
	return scale_err_set(err, ENOMEM, "no memory for the simulation");
}

static uint64_t number_of(const sim_t *sim, const sim_task_t *task)
{
	return sim->pool.flow[task->slot].number;
}

static int queue(sim_t *sim, double time, sim_event_kind_t kind, uint32_t who,
		 uint32_t epoch, scale_err_t *err)
{
	return sim_heap_push(&sim->events, time, kind, who, epoch,
			     sim->current) ? no_memory(err) : 0;
}

/* Draw when the next workflow comes. */
static int queue_arrival(sim_t *sim, scale_err_t *err)
{
	double at;

	sim->arriving = sim_source_arrival(sim->source, &at);
	if (!sim->arriving)
		return 0;
	return queue(sim, at, SIM_EVENT_ARRIVE, 0, 0, err);
}

static int queue_failure(sim_t *sim, uint32_t uid, double now,
			 scale_err_t *err)
{
	scale_rng_t *rng = &sim->cluster.record[uid].rng;

	if (sim->config.mtbf <= 0.0)
		return 0;
	return queue(sim, now + sim->config.mtbf * scale_rng_exponential(rng),
		     SIM_EVENT_FAIL, uid, sim->cluster.server[uid].life, err);
}

static int check_joined(sim_t *sim, uint32_t uid, scale_err_t *err)
{
	const sim_server_t *s = &sim->cluster.server[uid];
	const sim_tier_t *tier = &sim->cluster.tier[s->tier];

	if (sim->check && sim_check_join(sim->check, uid, tier->gflops,
					 tier->mem_gb))
		return no_memory(err);
	return 0;
}

int sim_begin(sim_t *sim, scale_err_t *err)
{
	const sim_change_t *change = sim->config.changes.item;

	for (uint32_t uid = 0; uid < sim->cluster.servers; uid++)
		if (check_joined(sim, uid, err) ||
		    queue_failure(sim, uid, 0.0, err))
			return -1;
	sim->changes_left = sim->config.changes.count;
	for (size_t i = 0; i < sim->config.changes.count; i++)
		if (queue(sim, change[i].at, SIM_EVENT_CHANGE, (uint32_t) i, 0,
			  err))
			return -1;
	return queue_arrival(sim, err);
}

static int make_ready(sim_t *sim, uint32_t id, double now, scale_err_t *err)
{
	sim_task_t *task = &sim->pool.task[id];

	task->state = SIM_TASK_READY;
	task->since = now;
	return sim_ready_add(&sim->ready, &sim->pool, id) ?
		no_memory(err) : 0;
}

/* Nothing that it waits for is missing any more: it is ready now or, by its
 * lag, later. */
static int release(sim_t *sim, uint32_t id, double now, scale_err_t *err)
{
	double lag = sim->pool.trait[id].lag;

	if (lag <= 0.0)
		return make_ready(sim, id, now, err);
	sim->lagging++;
	return queue(sim, now + lag, SIM_EVENT_READY, id, 0, err);
}

/*
 * Seconds from the arrival to the end of each primitive if all run as soon as
 * they are ready, each on the fastest server that can hold it: no schedule is
 * faster.  The last end is the critical path.
 * RET the sum of the ends
 */
static double find_bounds(sim_t *sim, uint32_t slot)
{
	sim_flow_t *flow = &sim->pool.flow[slot];
	const sim_task_t *task = sim_pool_tasks(&sim->pool, slot);
	const sim_trait_t *trait = sim->pool.trait +
				   slot * sim->pool.tasks_max;
	double *end = sim->pool.rank, longest = 0.0, sum = 0.0;

	for (uint32_t i = 0; i < flow->n; i++) {
		size_t count;
		const uint32_t *parent = sim_pool_parents(&sim->pool, slot, i,
							  &count);

		end[i] = 0.0;
		for (size_t k = 0; k < count; k++)
			if (end[parent[k]] > end[i])
				end[i] = end[parent[k]];
		end[i] += trait[i].lag +
			  task[i].gflop / sim->fastest[task[i].class];
		longest = end[i] > longest ? end[i] : longest;
		sum += end[i];
	}
	flow->critical_path = longest;
	return sum;
}

static int check_arrival(sim_t *sim, uint32_t slot, scale_err_t *err)
{
	sim_pool_t *pool = &sim->pool;
	size_t stride = pool->tasks_max;
	sim_workflow_spec_t spec = {
		.n = pool->flow[slot].n,
		.gflop = pool->draw,
		.mem_gb = pool->draw + stride,
		.out_gb = pool->draw + 2 * stride,
		.lag = pool->draw + 3 * stride,
		.parent_first = sim_pool_graph(pool, slot, 0),
		.parent = sim_pool_graph(pool, slot, 2),
	};

	if (!sim->check)
		return 0;
	return sim_check_arrive(sim->check, slot, &spec, err);
}

static int arrive(sim_t *sim, double now, scale_err_t *err)
{
	sim_pool_t *pool = &sim->pool;
	sim_flow_t *flow;
	sim_task_t *task;
	double bound;
	uint32_t slot;

	if (sim_pool_take(pool, sim->source, now, sim->slow, &slot))
		return no_memory(err);
	flow = &pool->flow[slot];
	task = sim_pool_tasks(pool, slot);
	flow->measured = now >= sim->config.warmup;
	SIM_TELL(sim, { .kind = SIM_NOTE_ARRIVE, .time = now,
				     .workflow = flow->number,
				     .index = flow->n });
	if (check_arrival(sim, slot, err))
		return -1;
	for (uint32_t i = 0; i < flow->n; i++)
		task[i].class = (uint8_t) sim_cluster_class(&sim->cluster,
							    task[i].mem_gb);
	bound = find_bounds(sim, slot);
	if (flow->measured)
		sim_measure_arrival(&sim->measure, flow, bound);
	for (uint32_t i = 0; i < flow->n; i++)
		if (!task[i].missing &&
		    release(sim, (uint32_t) (task + i - pool->task), now, err))
			return -1;
	sim->last_arrival = now;
	return queue_arrival(sim, err);
}

/* One predecessor of child is finished.  The first to finish decides where
 * the input is thought to be; ties go to the lowest index. */
static int release_child(sim_t *sim, const sim_task_t *done,
			 uint32_t done_index, uint32_t index, scale_err_t *err)
{
	sim_task_t *siblings = sim_pool_tasks(&sim->pool, done->slot);
	sim_task_t *child = siblings + index;

	if (child->parent == SIM_NO_INDEX ||
	    (siblings[child->parent].since == done->since &&
	     done_index < child->parent))
		child->parent = done_index;
	if (--child->missing)
		return 0;
	return release(sim, (uint32_t) (child - sim->pool.task),
		       done->since, err);
}

static int leave(sim_t *sim, uint32_t uid, sim_server_state_t state,
		 double now, scale_err_t *err)
{
	sim_cluster_leave(&sim->cluster, uid, state, now);
	SIM_TELL(sim, { .kind = SIM_NOTE_LEAVE, .time = now,
				     .server = uid,
				     .tier = sim->cluster.server[uid].tier });
	return sim->check ? sim_check_leave(sim->check, uid, err) : 0;
}

static int join(sim_t *sim, uint32_t uid, double now, scale_err_t *err)
{
	SIM_TELL(sim, { .kind = SIM_NOTE_JOIN, .time = now,
				     .server = uid,
				     .tier = sim->cluster.server[uid].tier });
	return check_joined(sim, uid, err) ||
	       queue_failure(sim, uid, now, err) ? -1 : 0;
}

/* Take the primitive off its server.  RET its id */
static uint32_t stop(sim_t *sim, uint32_t uid, double now)
{
	uint32_t id = sim->cluster.server[uid].task;

	sim_cluster_stop(&sim->cluster, uid, now);
	sim->pool.flow[sim->pool.task[id].slot].running--;
	sim->running--;
	return id;
}

static int end_workflow(sim_t *sim, uint32_t slot, double now,
			scale_err_t *err)
{
	const sim_flow_t *flow = &sim->pool.flow[slot];

	if (flow->done < flow->n)
		return 0;
	if (flow->measured && sim_measure_flow(&sim->measure, flow, now))
		return no_memory(err);
	sim_pool_give_back(&sim->pool, slot);
	return 0;
}

static int finish(sim_t *sim, uint32_t uid, double now, scale_err_t *err)
{
	uint32_t id = stop(sim, uid, now);
	sim_task_t *task = &sim->pool.task[id];
	sim_flow_t *flow = &sim->pool.flow[task->slot];
	uint32_t index = sim_pool_index(&sim->pool, id);
	const uint32_t *child;
	size_t count;

	flow->done++;
	flow->work_left -= task->guess;
	flow->attained += now - task->since;
	task->state = SIM_TASK_DONE;
	task->since = now;
	if (flow->measured && sim_measure_task(&sim->measure, flow, task,
					       sim->config.duration))
		return no_memory(err);
	SIM_TELL(sim, { .kind = SIM_NOTE_FINISH, .time = now,
				     .workflow = flow->number,
				     .index = index, .server = uid });
	if (sim->check && sim_check_finish(sim->check, task->slot, index, uid,
					   now, err))
		return -1;
	sim_ready_refresh(&sim->ready, &sim->pool, task->slot, true);
	child = sim_pool_children(&sim->pool, task->slot, index, &count);
	for (size_t k = 0; k < count; k++)
		if (release_child(sim, task, index, child[k], err))
			return -1;
	if (sim->cluster.server[uid].state == SIM_SERVER_DRAINING &&
	    leave(sim, uid, SIM_SERVER_OUT, now, err))
		return -1;
	return end_workflow(sim, task->slot, now, err);
}

/* The server is gone at once; what it ran is ready again. */
static int fail(sim_t *sim, uint32_t uid, sim_server_state_t state,
		double now, scale_err_t *err)
{
	if (sim->cluster.server[uid].task != SIM_NO_INDEX) {
		uint32_t id = stop(sim, uid, now);
		sim_task_t *task = &sim->pool.task[id];
		uint32_t index = sim_pool_index(&sim->pool, id);

		sim->measure.count.restarted++;
		SIM_TELL(sim, {
			.kind = SIM_NOTE_KILL, .time = now,
			.workflow = number_of(sim, task), .index = index,
			.server = uid });
		if (sim->check && sim_check_kill(sim->check, task->slot,
						 index, uid, err))
			return -1;
		sim_ready_refresh(&sim->ready, &sim->pool, task->slot, false);
		if (make_ready(sim, id, now, err))
			return -1;
	}
	return leave(sim, uid, state, now, err);
}

/* A failure by chance: repaired later, unless it was being drained. */
static int fail_by_chance(sim_t *sim, uint32_t uid, double now,
			  scale_err_t *err)
{
	sim_server_t *s = &sim->cluster.server[uid];
	bool draining = s->state == SIM_SERVER_DRAINING;

	if (fail(sim, uid, draining ? SIM_SERVER_OUT : SIM_SERVER_DOWN, now,
		 err))
		return -1;
	if (draining)
		return 0;
	return queue(sim, now + sim->config.mttr *
		     scale_rng_exponential(&sim->cluster.record[uid].rng),
		     SIM_EVENT_REPAIR, uid, s->life, err);
}

static int repair(sim_t *sim, uint32_t uid, double now, scale_err_t *err)
{
	sim_cluster_join(&sim->cluster, uid, now);
	return join(sim, uid, now, err);
}

/* A change by config.changes of a server that exists. */
static int change_server(sim_t *sim, int what, uint32_t uid, double now,
			 scale_err_t *err)
{
	sim_server_t *s = &sim->cluster.server[uid];
	bool present = s->pos != SIM_NO_INDEX;

	switch (what) {
	case SIM_CHANGE_DRAIN:
		if (present && s->task == SIM_NO_INDEX)
			return leave(sim, uid, SIM_SERVER_OUT, now, err);
		if (present)
			s->state = SIM_SERVER_DRAINING;
		else
			sim_cluster_expel(&sim->cluster, uid);
		return 0;
	case SIM_CHANGE_FAIL:
		if (present)
			return fail(sim, uid, SIM_SERVER_OUT, now, err);
		sim_cluster_expel(&sim->cluster, uid);
		return 0;
	default:
		if (present)
			s->state = SIM_SERVER_UP;
		else
			return repair(sim, uid, now, err);
		return 0;
	}
}

static int change(sim_t *sim, size_t row, double now, scale_err_t *err)
{
	const sim_change_t *c = sim->config.changes.item;
	uint32_t uid;

	c += row;
	sim->changes_left--;
	for (int64_t i = 0; i < c->count; i++) {
		if (c->what == SIM_CHANGE_ADD) {
			uid = (uint32_t) sim->cluster.servers;
			if (sim_cluster_add(&sim->cluster, (uint32_t) c->tier,
					    now))
				return no_memory(err);
			if (join(sim, uid, now, err))
				return -1;
			continue;
		}
		uid = (uint32_t) (c->server + i);
		/* a server that is added later only cannot leave yet */
		if (uid < sim->cluster.servers &&
		    change_server(sim, c->what, uid, now, err))
			return -1;
	}
	return 0;
}

/* A large cluster does not stay in the caches: fetch what the next event
 * touches while this one happens. */
static void look_ahead(const sim_t *sim)
{
	const sim_event_t *next = sim_heap_top(&sim->events);
	const sim_pool_t *pool = &sim->pool;
	uint32_t slot;

	if (!next || sim_event_kind(next) != SIM_EVENT_FINISH)
		return;
	slot = next->task / (uint32_t) pool->tasks_max;
	__builtin_prefetch(&sim->cluster.server[next->who]);
	__builtin_prefetch(&pool->task[next->task]);
	__builtin_prefetch(&pool->task[next->task].state);
	__builtin_prefetch(&pool->flow[slot]);
	__builtin_prefetch(&pool->flow[slot].number);
	__builtin_prefetch(sim_pool_graph(pool, slot, 1));
}

int sim_happen(sim_t *sim, scale_err_t *err)
{
	const sim_event_t *event = sim_heap_top(&sim->events);
	sim_event_kind_t kind = sim_event_kind(event);
	double time = event->time;
	uint32_t who = event->who;

	sim_heap_pop(&sim->events);
	look_ahead(sim);
	sim_measure_settle(&sim->measure, time);
	switch (kind) {
	case SIM_EVENT_FINISH:
		return finish(sim, who, time, err);
	case SIM_EVENT_CHANGE:
		return change(sim, who, time, err);
	case SIM_EVENT_FAIL:
		return fail_by_chance(sim, who, time, err);
	case SIM_EVENT_REPAIR:
		return repair(sim, who, time, err);
	case SIM_EVENT_READY:
		sim->lagging--;
		return make_ready(sim, who, time, err);
	default:
		return arrive(sim, time, err);
	}
}

/* Volume that comes from other servers, over all incoming edges, GB. */
static double moved_gb(const sim_t *sim, const sim_task_t *task,
		       uint32_t index, uint32_t uid)
{
	const sim_task_t *siblings = sim_pool_tasks(&sim->pool, task->slot);
	size_t count;
	const uint32_t *parent = sim_pool_parents(&sim->pool, task->slot,
						  index, &count);
	double gb = 0.0;

	for (size_t k = 0; k < count; k++)
		if (siblings[parent[k]].server != uid)
			gb += siblings[parent[k]].out_gb;
	return gb;
}

/* Eq. (2) of section 4.1.3, with the energy at the server's busy power. */
static double reward(const sim_config_t *c, double tau, double delta,
		     double busy_w)
{
	return c->w_tau * exp(-tau / c->s_tau) -
	       c->alpha * delta / c->delta_max -
	       c->beta * tau * busy_w / c->e_max;
}

int sim_assign(sim_t *sim, size_t pos, sim_outcome_t *out, scale_err_t *err)
{
	sim_cluster_t *cluster = &sim->cluster;
	uint32_t uid = cluster->uid_at[pos], id = sim->current;
	sim_server_t *server = &cluster->server[uid];
	sim_task_t *task = &sim->pool.task[id];
	double tau = task->gflop / cluster->view.gflops[pos];
	double expected = scale_exec_time(&cluster->view, &sim->task, pos);

	if (out) {
		out->effect = SIM_ASSIGNED;
		out->tau = tau;
		out->delta = scale_comm_delay(&cluster->view, &sim->task, pos);
		out->reward = reward(&sim->config, tau, out->delta,
				     cluster->tier[server->tier].busy_w);
	}
	if (sim->check && sim_check_start(sim->check, task->slot,
					  sim->key.index, uid, sim->now, err))
		return -1;
	if (queue(sim, sim->now + tau, SIM_EVENT_FINISH, uid, server->run + 1,
		  err))
		return -1;
	sim_ready_remove(&sim->ready, &sim->pool, id);
	sim_cluster_start(cluster, uid, id, sim->now, sim->now + expected);
	task->state = SIM_TASK_RUNNING;
	task->wait = sim->now - task->since;
	task->since = sim->now;
	task->server = uid;
	sim->pool.flow[task->slot].running++;
	sim->running++;
	sim_ready_refresh(&sim->ready, &sim->pool, task->slot, false);
	sim->measure.count.assigned++;
	sim->measure.count.comm_gb += moved_gb(sim, task, sim->key.index, uid);
	return 0;
}

void sim_describe(sim_t *sim, uint32_t id)
{
	const sim_task_t *task = &sim->pool.task[id];
	const sim_flow_t *flow = &sim->pool.flow[task->slot];
	scale_task_t *out = &sim->task;
	size_t children;

	sim_pool_key(&sim->pool, id, &sim->key);
	sim_pool_children(&sim->pool, task->slot, sim->key.index, &children);
	*out = (scale_task_t) {
		.gflop = task->guess,
		.mem_gb = task->mem_gb,
		.out_gb = task->out_gb,
		.successors = (uint32_t) children,
		.workflow_done = flow->done,
		.workflow_size = flow->n,
		.parent_server = SCALE_PARENT_NONE,
	};
	if (task->parent != SIM_NO_INDEX) {
		const sim_task_t *parent = sim_pool_tasks(&sim->pool,
							  task->slot) +
					   task->parent;
		uint32_t pos = sim->cluster.server[parent->server].pos;

		out->parent_out_gb = parent->out_gb;
		out->parent_server = pos == SIM_NO_INDEX ?
			SCALE_PARENT_GONE : (ssize_t) pos;
	}
}
