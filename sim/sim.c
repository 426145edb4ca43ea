/*
 * sim.c - the two clocks of the simulator
 *
 * Event clock (ours): time runs from event to event; a primitive that was
 * not placed is set aside until the next one, others go on.  Paper clock
 * (Algorithm 2, lines 14 to 18): what is not placed costs everybody dt.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>

#include "array.h"
#include "dynamics.h"

/* Fastest server per memory class, those that will be added too, and mean
 * 1 / C_j of the first ones, as configured: they must not depend on what a
 * policy or a failure does. */
static void find_speeds(sim_t *sim)
{
	const sim_change_t *change = sim->config.changes.item;
	const sim_cluster_t *c = &sim->cluster;
	uint32_t count[SCALE_CONF_NUMBERS];
	bool added[SCALE_CONF_NUMBERS] = { false };
	double any = 0.0;

	sim_cluster_shares(&sim->config, count);
	for (size_t i = 0; i < sim->config.changes.count; i++)
		if (change[i].what == SIM_CHANGE_ADD)
			added[change[i].tier] = true;
	sim->slow = 0.0;
	for (size_t k = 0; k < c->tiers; k++) {
		sim->slow += count[k] / c->tier[k].gflops;
		if (!count[k] && !added[k])
			continue;
		any = fmax(any, c->tier[k].gflops);
		for (size_t class = 0; class <= c->tier[k].class; class++)
			sim->fastest[class] = fmax(sim->fastest[class],
						   c->tier[k].gflops);
	}
	sim->slow /= (double) sim->config.nodes;
	/* what fits nowhere never finishes; any speed keeps its age finite */
	for (size_t class = 0; class <= c->classes; class++)
		if (sim->fastest[class] <= 0.0)
			sim->fastest[class] = any;
}

/* The list's items become its own; none when there is no memory. */
static int copy_list(scale_conf_list_t *list, size_t item_size)
{
	size_t size = list->count * item_size;
	void *copy = size ? malloc(size) : NULL;

	if (copy)
		memcpy(copy, list->item, size);
	list->item = copy;
	return size && !copy ? -1 : 0;
}

static int copy_lists(sim_config_t *config)
{
	int changes = copy_list(&config->changes, sizeof(sim_change_t));
	int mixture = copy_list(&config->mixture, sizeof(sim_part_t));

	return changes || mixture ? -1 : 0;
}

static int init_source(sim_t *sim, const sim_arrivals_t *list,
		       scale_err_t *err)
{
	double share[SIM_TOPOLOGY_SHAPES];

	if (!list) {
		sim_topology_shares(&sim->config, share);
		if (share[SIM_TOPOLOGY_INSTANCES] > 0.0) {
			sim->instances = sim_instances_read(
				sim->config.instances, err);
			if (!sim->instances)
				return -1;
		}
		sim_workload_init(&sim->from.random, &sim->config,
				  sim->instances);
		sim->source = &sim->from.random.source;
		return 0;
	}
	sim->source = &sim->from.replay.source;
	return sim_replay_init(&sim->from.replay, &sim->config, list, err);
}

static sim_t *create(const sim_config_t *config, const sim_arrivals_t *list,
		     scale_err_t *err)
{
	sim_t *sim;

	if (sim_config_check(config, err))
		return NULL;
	sim = calloc(1, sizeof(*sim));
	if (!sim)
		goto nomem;
	sim->config = *config;
	sim_ready_order(&sim->ready, config->order, NULL);
	if (copy_lists(&sim->config))
		goto nomem;
	sim->over = true;	/* until sim_reset() */
	sim_cluster_init(&sim->cluster, &sim->config);
	find_speeds(sim);
	if (init_source(sim, list, err)) {
		sim_destroy(sim);
		return NULL;
	}
	if (sim_pool_init(&sim->pool, sim->source))
		goto nomem;
	if (config->check) {
		sim->check = sim_check_create(sim->pool.tasks_max,
					      sim->pool.edges_max);
		if (!sim->check)
			goto nomem;
	}
	return sim;
nomem:
	sim_destroy(sim);
	scale_err_set(err, ENOMEM, "no memory for a simulator");
	return NULL;
}

sim_t *sim_create(const sim_config_t *config, scale_err_t *err)
{
	return create(config, NULL, err);
}

sim_t *sim_create_replay(const sim_config_t *config,
			 const sim_arrivals_t *list, scale_err_t *err)
{
	sim_config_t c = *config;

	if (!c.workflows && c.duration <= 0.0)
		c.workflows = (int64_t) list->count;	/* the list ends */
	return create(&c, list, err);
}

void sim_destroy(sim_t *sim)
{
	int saved = errno;

	if (!sim)
		return;
	sim_check_destroy(sim->check);
	sim_measure_free(&sim->measure);
	sim_heap_free(&sim->events);
	sim_ready_free(&sim->ready);
	sim_pool_fini(&sim->pool);
	sim_cluster_fini(&sim->cluster);
	sim_instances_destroy(sim->instances);
	scale_conf_free(sim_conf_table, &sim->config);
	free(sim);
	errno = saved;
}

void sim_order(sim_t *sim, const scale_order_weights_t *weights)
{
	sim_ready_order(&sim->ready, sim->config.order, weights);
}

int sim_reset(sim_t *sim, uint64_t seed, scale_err_t *err)
{
	sim_heap_clear(&sim->events);
	sim_ready_reset(&sim->ready);
	sim_pool_reset(&sim->pool);
	sim_measure_reset(&sim->measure);
	sim_source_reset(sim->source, seed);
	if (sim->check)
		sim_check_reset(sim->check);
	sim->now = sim->last_arrival = 0.0;
	sim->step = 0;
	sim->running = sim->lagging = 0;
	sim->refusals = 0;
	sim->due = sim->over = false;
	sim->broken = true;	/* until all of this has worked */
	if (sim_cluster_reset(&sim->cluster, &sim->config, seed))
		return scale_err_set(err, ENOMEM,
				     "no memory for %lld servers",
				     (long long) sim->config.nodes);
	if (sim_begin(sim, err))
		return -1;
	sim->broken = false;
	return 0;
}

void sim_observe(sim_t *sim, sim_observe_f observe, void *arg)
{
	sim->observe = observe;
	sim->observer = arg;
}

/* When the episode ends, whatever is left, s. */
static double horizon(const sim_t *sim)
{
	if (!sim->config.drain)
		return sim->config.duration;
	if (sim->arriving || sim->config.drain_limit <= 0.0)
		return INFINITY;
	return sim->last_arrival + sim->config.drain_limit;
}

static void move_clock(sim_t *sim, double now)
{
	sim_measure_settle(&sim->measure, now);
	sim->now = now;
	sim->cluster.view.now = now;
}

static void end_episode(sim_t *sim, double now)
{
	move_clock(sim, now);
	sim->over = true;
}

/* Nothing runs, nothing comes, and what is ready fits no server that is
 * there, under repair or announced. */
static bool is_stuck(const sim_t *sim)
{
	if (sim->arriving || sim->running || sim->lagging ||
	    sim->changes_left || sim->ready.deferred.count)
		return false;
	return sim_ready_first(&sim->ready,
			       sim_cluster_top_expected(&sim->cluster)) ==
	       SIM_NO_INDEX;
}

/*
 * A policy that never places would keep an episode without drain_limit for
 * ever: repairs and the paper clock always come to another decision.  So
 * many refusals in a row while nothing runs or arrives are taken for never;
 * a random choice of the one server among a thousand that fits comes long
 * before.
 */
static bool is_refused(sim_t *sim)
{
	if (sim->arriving || sim->running || sim->lagging)
		sim->refusals = 0;
	return ++sim->refusals > 1000000;
}

/* All events up to time end happen, each at its own time. */
static int happen_until(sim_t *sim, double end, scale_err_t *err)
{
	const sim_event_t *next;

	while ((next = sim_pending(sim)) && next->time <= end &&
	       next->time <= horizon(sim))
		if (sim_happen(sim, err))
			return -1;
	return 0;
}

/* The event clock goes to the next event, and all at its time happen. */
static int next_event(sim_t *sim, scale_err_t *err)
{
	const sim_event_t *next = sim_pending(sim);
	double now;

	if (!next || next->time > horizon(sim)) {
		/* without an event nothing ever changes again */
		end_episode(sim, next || !sim->config.drain ?
				 horizon(sim) : sim->now);
		return 0;
	}
	now = next->time;
	sim_ready_release(&sim->ready, &sim->pool);
	if (happen_until(sim, now, err))
		return -1;
	move_clock(sim, now);
	return 0;
}

/* The paper clock goes to step * dt, or to the end of the episode. */
static int go_to_step(sim_t *sim, uint64_t step, scale_err_t *err)
{
	double end = (double) step * sim->config.dt;

	if (happen_until(sim, end, err))
		return -1;
	sim->step = step;
	if (end >= horizon(sim))
		end_episode(sim, fmax(sim->now, horizon(sim)));
	else
		move_clock(sim, end);
	return 0;
}

/* Steps without a decision, until the one in which something happens. */
static int skip_steps(sim_t *sim, scale_err_t *err)
{
	const sim_event_t *next = sim_pending(sim);
	double dt = sim->config.dt, until;
	uint64_t step = sim->step + 1;

	if (!next) {
		end_episode(sim, sim->now);
		return 0;
	}
	until = fmin(next->time, horizon(sim));
	if (until / dt > (double) step)
		step = (uint64_t) (until / dt);
	while ((double) step * dt < until)
		step++;
	return go_to_step(sim, step, err);
}

/* The first that a present server can hold, if it may start: under an order
 * that blocks nobody goes before it. */
static uint32_t pick_blocking(const sim_t *sim)
{
	uint32_t id;

	if (sim->ready.deferred.count)
		return SIM_NO_INDEX;
	id = sim_ready_first(&sim->ready,
			     sim_cluster_top_present(&sim->cluster));
	if (id != SIM_NO_INDEX && (int) sim->pool.task[id].class >
				  sim_cluster_top_idle(&sim->cluster))
		return SIM_NO_INDEX;
	return id;
}

static uint32_t pick(const sim_t *sim)
{
	bool event = sim->config.clock == SIM_CLOCK_EVENT;

	if (event && sim->ready.order_info->blocks)
		return pick_blocking(sim);
	return sim_ready_first(&sim->ready, event ?
			       sim_cluster_top_idle(&sim->cluster) :
			       sim_cluster_top_present(&sim->cluster));
}

/* One step towards a decision or the end. */
static int proceed(sim_t *sim, scale_err_t *err)
{
	uint32_t id;

	if (sim->now >= horizon(sim) ||
	    (!sim->arriving && !sim->pool.live) || is_stuck(sim)) {
		end_episode(sim, sim->config.drain ? sim->now :
						     sim->config.duration);
		return 0;
	}
	id = pick(sim);
	if (id != SIM_NO_INDEX) {
		sim->current = id;
		sim->due = true;
		sim_describe(sim, id);
		return 0;
	}
	return sim->config.clock == SIM_CLOCK_EVENT ?
		next_event(sim, err) : skip_steps(sim, err);
}

sim_status_t sim_next(sim_t *sim, scale_err_t *err)
{
	if (sim->broken) {
		scale_err_set(err, EINVAL,
			      "the episode has failed; start another");
		return SIM_FAILED;
	}
	while (!sim->due && !sim->over) {
		if (proceed(sim, err)) {
			sim->broken = true;
			return SIM_FAILED;
		}
	}
	return sim->over ? SIM_DONE : SIM_DECIDE;
}

const scale_cluster_t *sim_cluster(const sim_t *sim)
{
	return &sim->cluster.view;
}

const scale_task_t *sim_task(const sim_t *sim)
{
	return &sim->task;
}

const scale_ready_t *sim_ready(const sim_t *sim)
{
	return &sim->key;
}

bool sim_placeable(const sim_t *sim)
{
	return (int) sim->pool.task[sim->current].class <=
	       sim_cluster_top_idle(&sim->cluster);
}

const sim_config_t *sim_config(const sim_t *sim)
{
	return &sim->config;
}

double sim_now(const sim_t *sim)
{
	return sim->now;
}

static void set_refusal(const sim_t *sim, sim_outcome_t *out,
			sim_effect_t effect)
{
	if (out)
		*out = (sim_outcome_t) {
			.effect = effect,
			.reward = sim->config.invalid_reward,
		};
}

/* An answer that places nothing. */
static int wait_on(sim_t *sim, bool too_small, sim_outcome_t *out,
		   scale_err_t *err)
{
	sim_metrics_t *count = &sim->measure.count;

	sim->due = false;
	if (is_refused(sim)) {
		set_refusal(sim, out, SIM_INVALID);
		count->invalid++;
		end_episode(sim, sim->now);
		return 0;
	}
	if (sim->config.clock == SIM_CLOCK_PAPER) {
		set_refusal(sim, out, SIM_INVALID);
		count->invalid++;
		return go_to_step(sim, sim->step + 1, err);
	}
	set_refusal(sim, out, SIM_DEFERRED);
	count->invalid += too_small;
	count->deferred += !too_small;
	if (sim_ready_defer(&sim->ready, &sim->pool, sim->current))
		return scale_err_set(err, ENOMEM,
				     "no memory for the simulation");
	return 0;
}

static void tell_decision(const sim_t *sim, ssize_t server,
			  sim_effect_t effect)
{
	SIM_TELL(sim, { .kind = SIM_NOTE_DECIDE, .time = sim->now,
			.workflow = sim->key.workflow,
			.index = sim->key.index, .choice = server,
			.effect = effect,
			.server = sim->pool.task[sim->current].server });
	if (effect == SIM_ASSIGNED)
		SIM_TELL(sim, { .kind = SIM_NOTE_START, .time = sim->now,
				.workflow = sim->key.workflow,
				.index = sim->key.index, .choice = server,
				.effect = effect,
				.server = sim->pool.task[sim->current].server
			      });
}

int sim_act(sim_t *sim, ssize_t server, sim_outcome_t *out,
	    scale_err_t *err)
{
	const scale_cluster_t *c = &sim->cluster.view;
	bool fits, idle;
	int rc;

	if (!sim->due)
		return scale_err_set(err, EINVAL, "no decision is due");
	if (server < SIM_DEFER || server >= (ssize_t) c->n)
		return scale_err_set(err, EINVAL,
				     "server %zd is not one of the %zu",
				     server, c->n);
	fits = server >= 0 && scale_fits(c, &sim->task, (size_t) server);
	idle = server >= 0 && !c->busy[server];
	sim->measure.count.decisions++;
	if (fits && idle) {
		rc = sim_assign(sim, (size_t) server, out, err);
		sim->due = false;
		sim->refusals = 0;
		tell_decision(sim, server, SIM_ASSIGNED);
	} else {
		tell_decision(sim, server,
			      sim->config.clock == SIM_CLOCK_PAPER ?
			      SIM_INVALID : SIM_DEFERRED);
		rc = wait_on(sim, server >= 0 && !fits, out, err);
	}
	if (rc)
		sim->broken = true;
	return rc;
}

double sim_unfinished_time(const sim_t *sim)
{
	const sim_measure_t *m = &sim->measure;

	return m->integral + (double) m->open * (sim->now - m->settled_at);
}

int sim_metrics(sim_t *sim, sim_metrics_t *out, scale_err_t *err)
{
	if (sim_measure_report(&sim->measure, &sim->pool, &sim->cluster,
			       sim->now, out))
		return scale_err_set(err, ENOMEM,
				     "no memory for the quantiles");
	return 0;
}
