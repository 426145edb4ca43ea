/*
 * cycle.c - seeing, ordering and placing under slurmctld's locks
 *
 * A cycle is: survey Slurm's job table, collect in order those that may
 * start, place them.  Where that takes more than a few milliseconds, the
 * locks are given back between these steps, and while collecting and placing.
 *
 * A job is only shown to job_independent() when there is reason to think
 * that the answer may have changed: it is new, a parent started or ended, it
 * was ready before, or its turn in the round has come.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <time.h>

#include "cycle.h"
#include "place.h"
#include "ready.h"
#include "shadow.h"
#include "split.h"

#define BUDGET_SEC	0.0035	/* placing stops after so long */
#define STEP_SEC	0.002	/* no further step is begun after so long */
#define GAUGE_SEC	0.5
#define KEEP_SEC	600.0	/* a workflow without records is forgotten */
#define SWEEP_SEC	10.0
#define RETRY_SEC	10.0	/* a refused job is Slurm's for so long */

enum { MAX_REFUSED = 5 };	/* cycles */

double scale_pass_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void scale_cycle_free(scale_cycle_t *cycle)
{
	scale_table_free(&cycle->table);
	scale_view_free(&cycle->view);
	xfree(cycle->entry);
	xfree(cycle->scratch);
	*cycle = (scale_cycle_t) { 0 };
}

static bool _over(const scale_pass_t *pass, double seconds)
{
	return scale_pass_clock() - pass->begin > seconds;
}

/* The record may have changed since an earlier stretch saw it. */
static bool _again(scale_job_t *job)
{
	if (!scale_table_find(job))
		return false;
	job->head = job->ptr->array_recs && job->ptr->array_task_id == NO_VAL;
	job->task = scale_job_task(job->ptr);
	return true;
}

/* The highest of the partitions that the job names. */
static uint16_t _tier(const job_record_t *job_ptr)
{
	uint16_t tier = job_ptr->part_ptr->priority_tier;
	const part_record_t *part;
	scale_iter_t iter;

	if (!job_ptr->part_ptr_list)
		return tier;
	iter = list_iterator_create(job_ptr->part_ptr_list);
	while ((part = list_next(iter)))
		tier = MAX(tier, part->priority_tier);
	list_iterator_destroy(iter);
	return tier;
}

static void _enter(scale_cycle_t *cycle, const scale_pass_t *pass, size_t n,
		   scale_job_t *job)
{
	const job_record_t *job_ptr = job->ptr;
	scale_entry_t *entry = &cycle->entry[n];

	*entry = (scale_entry_t) {
		.tier = _tier(job_ptr),
		.priority = job_ptr->priority,
		.job_id = job_ptr->job_id,
		.uid = job_ptr->user_id,
		.account = job_ptr->assoc_id,
		.qos = job_ptr->qos_id,
		.nice = job_ptr->details->nice,
		.fixed = job_ptr->direct_set_prio ? job_ptr->priority : 0,
		.partition = job_ptr->part_ptr,
		.job = job,
	};
	scale_flow_ready(cycle->table.flow, job->stage,
			 scale_job_task(job_ptr), &entry->ready, NULL);
	entry->ready.since = job->ready_at / pass->site->time_scale;
	entry->aged = scale_job_aged(pass, job);
}

static void _make_room(scale_cycle_t *cycle)
{
	if (cycle->size >= cycle->table.count)
		return;
	cycle->size = MAX(64, 2 * cycle->table.count);
	xrecalloc(cycle->entry, cycle->size, sizeof(*cycle->entry));
	xrecalloc(cycle->scratch, cycle->size, sizeof(*cycle->scratch));
}

/* Ask Slurm about those that may have become ready.
 * RET false when time ran out before all were asked */
static bool _collect(scale_cycle_t *cycle, const scale_pass_t *pass)
{
	scale_table_t *table = &cycle->table;

	_make_room(cycle);
	while (cycle->next < table->count) {
		scale_job_t *job = table->job[cycle->next++];

		if (job->phase != SCALE_PHASE_PENDING ||
		    (!job->check && !job->ready) ||
		    (!pass->surveyed && !_again(job)))
			continue;
		if (job->check)
			scale_ready_test(pass, job);
		/* who was ready is asked about when a node is free for it */
		if (job->ready)
			_enter(cycle, pass, cycle->entries++, job);
		if (cycle->next % 16 == 0 && _over(pass, STEP_SEC))
			return cycle->next == table->count;
	}
	return true;
}

/* What Slurm's own schedulers could do for a job that has to wait; or NULL. */
static const char *_slurm_could(const scale_pass_t *pass,
				const job_record_t *job_ptr)
{
	if (scale_victims_for(&pass->table->victims, job_ptr))
		return "it may preempt others";
	if (job_ptr->time_min)
		return "its time limit may shrink";
	return NULL;
}

/* A job that no node suits, or that Slurm keeps refusing, gets a chance with
 * Slurm's own schedulers, which also find the reason to show; and so does one
 * for which they can do more than wait. */
static void _leave(const scale_pass_t *pass, scale_job_t *job,
		   const job_record_t *job_ptr, scale_place_t result)
{
	const char *why = "no node is allowed now";

	if (result == SCALE_REFUSED)
		why = ++job->refused < MAX_REFUSED ? NULL
			: "refused on every node that was chosen";
	else if (result == SCALE_WAITING)
		why = _slurm_could(pass, job_ptr);
	if (!why)
		return;
	if (job->retry_at <= 0.0)
		sched_info("scale: %pJ left to Slurm: %s", job_ptr, why);
	job->refused = 0;
	job->retry_at = pass->now + RETRY_SEC;
}

/*
 * Place one record; an array head as often as tasks can start.
 * RET jobs started
 */
static int _place(scale_pass_t *pass, scale_job_t *job)
{
	int started = 0;

	while (!started || scale_pass_clock() - pass->begin < BUDGET_SEC) {
		job_record_t *job_ptr;
		bool head = job->head;
		scale_place_t result;

		if (job->shadow && !pass->deep && scale_job_told(job, job->task))
			break;		/* as before, until the next second */
		result = scale_place(pass, job, &job_ptr);
		if (job->shadow)
			break;
		if (result != SCALE_PLACED) {
			if (IS_JOB_PENDING(job_ptr))
				_leave(pass, job, job_ptr, result);
			break;
		}
		job->refused = 0;
		scale_table_started(pass, job, job_ptr);
		started++;
		if (!head || job->phase != SCALE_PHASE_PENDING)
			break;
		/* the rest of the array keeps its job id, and may have a
		 * limit on running tasks */
		if (!_again(job) || !job_independent(job->ptr))
			break;
	}
	return started;
}

static void _describe(scale_cycle_t *cycle, const scale_brain_t *brain)
{
	char nodes[512];

	scale_view_describe(&cycle->view, nodes, sizeof(nodes));
	info("sched/scale: policy %s%s%.16s, order %s, %s", brain->model_name,
	     *brain->model_hash ? " sha256:" : "", brain->model_hash,
	     scale_order_name(brain->order), nodes);
	if (scale_view_unmatched(&cycle->view, &brain->site, nodes,
				 sizeof(nodes)))
		error("sched/scale: scale.yaml: nodes, %s: no node of this cluster matches",
		      nodes);
	cycle->described = true;
}

/* RET true when it was built anew: nobody is known to run anywhere then. */
static bool _refresh(scale_cycle_t *cycle, const scale_pass_t *pass)
{
	const scale_site_t *site = pass->site;
	scale_brain_t *brain = pass->brain;
	scale_view_t *view = pass->view;
	bool built = scale_view_refresh(view, site, pass->now,
					!cycle->described);

	if (!built && cycle->described)
		return false;
	scale_policy_reserve(brain->policy, view->size, NULL);
	scale_policy_reserve(brain->fallback, view->size, NULL);
	scale_ask_look(brain, view);
	scale_flow_costs(cycle->table.flow, view->gflops_mean,
			 site->bandwidth_gb_s, site->latency_s,
			 site->time_scale);
	if (!cycle->described)
		_describe(cycle, brain);
	return true;
}

/* Ready, and not only when it was collected? */
static bool _still_ready(const scale_pass_t *pass, scale_job_t *job)
{
	if (job->phase != SCALE_PHASE_PENDING)
		return false;
	if (!pass->surveyed && !_again(job))
		return false;
	if (job->tested != pass->stretch)
		scale_ready_test(pass, job);
	return job->ready;
}

/* No node is left for these. */
static void _leave_rest(scale_cycle_t *cycle, scale_pass_t *pass)
{
	for (size_t i = cycle->next; i < cycle->entries; i++) {
		scale_job_t *job = cycle->entry[i].job;

		job->free_since = 0.0;
		if (job->shadow || (!pass->surveyed && !_again(job)) ||
		    scale_ready_left(job, pass->now))
			continue;
		_leave(pass, job, job->ptr, SCALE_WAITING);
	}
}

/*
 * Ask for each ready job, in order, until the time is up.  What was left over
 * goes first next time, so that those who wait by choice hold up nobody.
 * RET false when time ran out
 */
static bool _place_all(scale_cycle_t *cycle, scale_pass_t *pass, int *started)
{
	while (cycle->next < cycle->entries &&
	       scale_view_any_idle(&cycle->view)) {
		scale_job_t *job = cycle->entry[cycle->next++].job;
		int now = _still_ready(pass, job) ? _place(pass, job) : 0;

		*started += now;
		if (!_over(pass, BUDGET_SEC))
			continue;
		/* more tasks of the array could go */
		if (now && job->head && job->phase == SCALE_PHASE_PENDING)
			cycle->next--;
		return cycle->next == cycle->entries;
	}
	_leave_rest(cycle, pass);
	return true;
}

static void _gauges(scale_cycle_t *cycle, const scale_pass_t *pass)
{
	scale_stats_t *stats = scale_journal_stats(pass->journal);
	const scale_table_t *table = &cycle->table;
	uint64_t primitives = 0, ready = 0, leased = 0;

	for (size_t i = 0; i < table->count; i++) {
		const scale_job_t *job = table->job[i];

		if (job->phase == SCALE_PHASE_OVER)
			continue;
		primitives += job->head && job->ptr && job->ptr->array_recs
			? job->ptr->array_recs->task_cnt : 1;
		ready += job->ready;
		leased += job->lease.until != 0;
	}
	scale_stats_gauge(stats, SCALE_GAUGE_NODES, pass->view->nodes);
	scale_stats_gauge(stats, SCALE_GAUGE_WORKFLOWS,
			  scale_flow_live(table->flow));
	scale_stats_gauge(stats, SCALE_GAUGE_PRIMITIVES, primitives);
	scale_stats_gauge(stats, SCALE_GAUGE_READY, ready);
	scale_stats_gauge(stats, SCALE_GAUGE_LEASED, leased);
	scale_stats_load(stats, scale_view_load(pass->view), pass->now);
	scale_stats_drift(stats, scale_guard_drift(&pass->brain->guard));
}

static void _survey(scale_cycle_t *cycle, scale_pass_t *pass)
{
	double begin = scale_pass_clock();

	pass->surveyed = true;
	scale_table_census(pass);
	if (scale_split_all(pass))
		scale_table_census(pass);
	cycle->round.census = begin;
	cycle->round.census_cost = scale_pass_clock() - begin;
	cycle->next = cycle->entries = 0;
	cycle->step = SCALE_STEP_COLLECT;
}

static bool _order(scale_cycle_t *cycle, const scale_pass_t *pass)
{
	if (!_collect(cycle, pass))
		return false;
	scale_queue_sort(cycle->entry, cycle->scratch, cycle->entries,
			 pass->brain->order);
	/* where the time ran out last time */
	cycle->next = cycle->resume < cycle->entries ? cycle->resume : 0;
	cycle->step = SCALE_STEP_PLACE;
	cycle->placing = false;
	return true;
}

static void _place_step(scale_cycle_t *cycle, scale_pass_t *pass, int *started)
{
	bool undecided = cycle->table.undecided > 0;

	if (cycle->entries || undecided) {
		if (!pass->surveyed)
			scale_rivals_renew(&cycle->table.rivals);
		scale_view_measure(&cycle->view);
	}
	if (undecided)
		scale_shadow_look_back(pass);
	cycle->placing = true;
	if (_place_all(cycle, pass, started)) {
		cycle->step = SCALE_STEP_SURVEY;
		cycle->resume = 0;
	} else {
		cycle->resume = cycle->next;
	}
}

static void _steps(scale_cycle_t *cycle, scale_pass_t *pass, int *started)
{
	if (cycle->step == SCALE_STEP_SURVEY) {
		_survey(cycle, pass);
		if (_over(pass, STEP_SEC))
			return;
	}
	if (cycle->step == SCALE_STEP_COLLECT &&
	    (!_order(cycle, pass) || _over(pass, STEP_SEC)))
		return;
	_place_step(cycle, pass, started);
}

/* What keeps house, rarely. */
static void _tidy(scale_cycle_t *cycle, const scale_pass_t *pass)
{
	if (pass->now - cycle->swept > SWEEP_SEC) {
		scale_flow_sweep(cycle->table.flow, pass->now - KEEP_SEC);
		cycle->swept = pass->now;
	}
	/* they read records, which only a survey has just seen all of */
	if (pass->surveyed && pass->begin - cycle->gauged > GAUGE_SEC) {
		_gauges(cycle, pass);
		cycle->gauged = pass->begin;
	}
}

static scale_pass_t _pass(scale_cycle_t *cycle, scale_brain_t *brain,
			  double now, bool deep)
{
	return (scale_pass_t) {
		.brain = brain, .site = &brain->site, .table = &cycle->table,
		.view = &cycle->view, .history = cycle->history,
		.journal = cycle->journal, .now = now, .deep = deep,
		.begin = scale_pass_clock(), .stretch = ++cycle->stretch,
	};
}

bool scale_cycle_slice(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		       bool *deep)
{
	scale_pass_t pass = _pass(cycle, brain, now, true);

	*deep = false;
	return job_list && node_record_count &&
	       scale_round_slice(&cycle->round, &pass, deep);
}

bool scale_cycle_run(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		     const scale_cycle_why_t *why, scale_cycle_did_t *did)
{
	scale_table_t *table = &cycle->table;
	scale_pass_t pass;

	*did = (scale_cycle_did_t) { .surveyed = true };
	if (!job_list || !node_record_count)
		return false;
	if (!cycle->described)		/* the configuration may be new */
		for (size_t i = 0; i < table->count; i++)
			table->job[i]->claimed = false;
	/* never two surveys without placing in between */
	if (cycle->step == SCALE_STEP_PLACE && cycle->placing && why->changed)
		cycle->step = SCALE_STEP_SURVEY;
	pass = _pass(cycle, brain, now, false);
	if (_refresh(cycle, &pass))
		cycle->step = SCALE_STEP_SURVEY;
	if (cycle->step == SCALE_STEP_SURVEY)
		cycle->deep = why->deep;
	pass.deep = cycle->deep;
	_steps(cycle, &pass, &did->started);
	did->surveyed = pass.surveyed;
	for (size_t i = 0; i < table->count; i++)
		if (table->job[i]->phase == SCALE_PHASE_PENDING &&
		    !table->job[i]->lease.until &&
		    (pass.surveyed || _again(table->job[i])))
			scale_ready_lease(&pass, table->job[i]);
	_tidy(cycle, &pass);
	scale_stats_cycle(scale_journal_stats(pass.journal), now);
	return cycle->step != SCALE_STEP_SURVEY || table->behind ||
	       table->unsplit || table->undecided;
}
