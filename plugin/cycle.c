/*
 * cycle.c - one pass under slurmctld's locks: see, order, place, lease
 *
 * A job is only shown to job_independent() when there is reason to think
 * that the answer may have changed: it is new, a parent started or ended, it
 * was ready before, or its turn in the round has come.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <time.h>

#include "cycle.h"
#include "place.h"

#define BUDGET_SEC	0.005	/* placing stops after so long */
#define SLICE_SEC	0.003	/* so does a slice */
#define SHARE		0.002	/* of the time that rounds may take */
#define CENSUS_SEC	10.0	/* a census at least so often */
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

/* A requeued job whose last run is not cleared away yet. */
static bool _cleaning(const job_record_t *job_ptr)
{
	return scale_select_cleaning(job_ptr) ||
	       job_ptr->details->prolog_running ||
	       (job_ptr->step_list && list_count(job_ptr->step_list));
}

/* Put the begin time back and ask Slurm. */
static bool _independent(scale_job_t *job, double now)
{
	job_record_t *job_ptr = job->ptr;

	scale_lease_drop(&job->lease, &job_ptr->details->begin_time);
	if (!job_ptr->priority || IS_JOB_REVOKED(job_ptr) ||
	    _cleaning(job_ptr) || !job_independent(job_ptr))
		return false;
	if (job_ptr->deadline && job_ptr->deadline != NO_VAL &&
	    !deadline_ok(job_ptr, "sched/scale"))
		return false;
	return IS_JOB_PENDING(job_ptr) && job_ptr->details;
}

/* Does Slurm alone look after the job for now? */
static bool _left(const scale_job_t *job, double now)
{
	return !job->mine || !job->ptr->priority || now < job->retry_at;
}

/* In squeue, a begin time of ours must not look like the user's. */
static void _explain(const scale_job_t *job)
{
	job_record_t *job_ptr = job->ptr;

	if (!job->mine || !job->ready || !job->lease.until ||
	    (job_ptr->state_reason != WAIT_NO_REASON &&
	     job_ptr->state_reason != WAIT_TIME))
		return;
	job_ptr->state_reason = WAIT_RESOURCES;
	xfree(job_ptr->state_desc);
	last_job_update = time(NULL);
}

static void _lease(scale_pass_t *pass, scale_job_t *job)
{
	scale_details_t *details = job->ptr ? job->ptr->details : NULL;

	if (!details || !IS_JOB_PENDING(job->ptr))
		return;
	if (_left(job, pass->now))
		scale_lease_drop(&job->lease, &details->begin_time);
	else
		scale_lease_take(&job->lease, &details->begin_time,
				 (time_t) pass->now,
				 (time_t) pass->site->lease);
	_explain(job);
}

static void _test(scale_job_t *job, double now)
{
	bool ask = job->shadow ? job->ptr->priority != 0 : !_left(job, now);

	job->tested = true;
	job->ready = ask && _independent(job, now);
	if (job->ready && job->ready_at <= 0.0)
		job->ready_at = now;
}

/*
 * Tasks of an array with aftercorr start one by one as their counterparts
 * end; each needs a record of its own.  Slurm's schedulers split off the
 * first few; we split those that can go.
 */
static bool _corresponding_done(const job_record_t *job_ptr, uint32_t task)
{
	scale_iter_t iter = list_iterator_create(job_ptr->details->depend_list);
	bool corresponding = false, done = true;
	depend_spec_t *dep;

	while (done && (dep = list_next(iter))) {
		const job_record_t *other;

		if (dep->depend_type != SLURM_DEPEND_AFTER_CORRESPOND)
			continue;
		corresponding = true;
		other = find_job_array_rec(dep->job_id, task);
		done = !other || (IS_JOB_COMPLETED(other) &&
				  other->array_task_id == task);
	}
	list_iterator_destroy(iter);
	return corresponding && done;
}

static void _split(scale_job_t *job)
{
	job_record_t *job_ptr = job->ptr;
	int64_t tasks;

	if (!job_ptr->details->depend_list ||
	    !list_count(job_ptr->details->depend_list) ||
	    !job_ptr->array_recs->task_id_bitmap)
		return;
	scale_lease_drop(&job->lease, &job_ptr->details->begin_time);
	tasks = bit_size(job_ptr->array_recs->task_id_bitmap);
	for (int64_t i = 0; i < tasks; i++) {
		job_record_t *rest;

		if (!bit_test(job_ptr->array_recs->task_id_bitmap, i) ||
		    !_corresponding_done(job_ptr, i))
			continue;
		job_ptr->array_task_id = i;
		if (job_ptr->array_recs->task_cnt <= 1) {
			scale_array_last(job_ptr);
			break;
		}
		rest = scale_array_split(job_ptr);
		if (!rest) {
			job_ptr->array_task_id = NO_VAL;
			break;
		}
		/* the record of the rest keeps the id of the array */
		job->ptr = job_ptr = rest;
		if (job_ptr->array_task_id != NO_VAL)
			break;		/* one task is left: itself */
	}
}

/* RET true when records were split off, so that the census must be redone */
static bool _split_all(scale_pass_t *pass)
{
	scale_table_t *table = pass->table;
	int before = list_count(job_list);

	for (size_t i = 0; i < table->count; i++) {
		scale_job_t *job = table->job[i];

		if (job->head && job->mine && !_left(job, pass->now) &&
		    (job->stage->check || pass->deep))
			_split(job);
	}
	return list_count(job_list) != before;
}

static void _enter(scale_cycle_t *cycle, size_t n, scale_job_t *job)
{
	const job_record_t *job_ptr = job->ptr;
	scale_entry_t *entry = &cycle->entry[n];

	*entry = (scale_entry_t) {
		.tier = job_ptr->part_ptr->priority_tier,
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
}

/* Ask Slurm about those that may have become ready; RET how many are. */
static size_t _collect(scale_cycle_t *cycle, const scale_pass_t *pass)
{
	scale_table_t *table = &cycle->table;
	size_t n = 0;

	if (cycle->size < table->count) {
		cycle->size = MAX(64, 2 * table->count);
		xrecalloc(cycle->entry, cycle->size, sizeof(*cycle->entry));
		xrecalloc(cycle->scratch, cycle->size,
			  sizeof(*cycle->scratch));
	}
	for (size_t i = 0; i < table->count; i++) {
		scale_job_t *job = table->job[i];

		if (job->phase != SCALE_PHASE_PENDING)
			continue;
		job->tested = false;
		if (job->stage->check)
			_test(job, pass->now);
		/* who was ready is asked about when a node is free for it */
		if (job->ready)
			_enter(cycle, n++, job);
	}
	for (size_t i = 0; i < table->count; i++)
		table->job[i]->stage->check = false;
	return n;
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

		if (job->shadow && job->told && !pass->deep)
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
		/* the rest of the array keeps its job id */
		job->ptr = find_job_record(job->job_id);
		if (!job->ptr || !IS_JOB_PENDING(job->ptr))
			break;
		job->head = job->ptr->array_recs &&
			    job->ptr->array_task_id == NO_VAL;
		job->task = scale_job_task(job->ptr);
		if (!job_independent(job->ptr))	/* limit on running tasks */
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
	cycle->described = true;
}

static void _refresh(scale_cycle_t *cycle, const scale_pass_t *pass)
{
	const scale_site_t *site = pass->site;
	scale_brain_t *brain = pass->brain;
	scale_view_t *view = pass->view;

	if (!scale_view_refresh(view, site, pass->now, !cycle->described) &&
	    cycle->described)
		return;
	scale_policy_reserve(brain->policy, view->size, NULL);
	scale_policy_reserve(brain->fallback, view->size, NULL);
	scale_flow_costs(cycle->table.flow, view->gflops_mean,
			 site->bandwidth_gb_s, site->latency_s,
			 site->time_scale);
	if (!cycle->described)
		_describe(cycle, brain);
}

/* Ask for each ready job, in order, until the time is up.  What was left over
 * goes first next time, so that those who wait by choice hold up nobody. */
static int _place_all(scale_cycle_t *cycle, scale_pass_t *pass, size_t n)
{
	size_t i = cycle->resume < n ? cycle->resume : 0;
	int started = 0;

	cycle->resume = 0;
	for (; i < n && scale_view_any_idle(&cycle->view); i++) {
		scale_job_t *job = cycle->entry[i].job;

		if (!job->tested)
			_test(job, pass->now);
		if (job->ready)
			started += _place(pass, job);
		if (scale_pass_clock() - pass->begin > BUDGET_SEC) {
			cycle->resume = i + 1;
			cycle->late = true;
			break;
		}
	}
	for (size_t k = i; k < n && !cycle->resume; k++) {
		scale_job_t *job = cycle->entry[k].job;

		if (!job->shadow && !_left(job, pass->now))
			_leave(pass, job, job->ptr, SCALE_WAITING);
	}
	return started;
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
	scale_stats_drift(stats, scale_guard_drift(&pass->brain->guard));
}

static scale_pass_t _pass(scale_cycle_t *cycle, scale_brain_t *brain,
			  double now, bool deep)
{
	return (scale_pass_t) {
		.brain = brain, .site = &brain->site, .table = &cycle->table,
		.view = &cycle->view, .history = cycle->history,
		.journal = cycle->journal, .now = now, .deep = deep,
		.begin = scale_pass_clock(),
	};
}

bool scale_cycle_round_due(const scale_cycle_t *cycle, double now)
{
	const scale_round_t *round = &cycle->round;

	return round->open || ((time_t) now != round->second &&
			       scale_pass_clock() >= round->after);
}

static void _round_begin(scale_round_t *round, double now)
{
	round->open = true;
	round->next = 0;
	round->number++;
	round->stride = MAX(round->stride, 1);
	round->second = (time_t) now;
	round->begun = scale_pass_clock();
	round->spent = 0.0;
}

/* Leases must be renewed in time; what else a round does comes more rarely
 * when it takes more than its share. */
static void _round_end(scale_round_t *round, double lease)
{
	double longest = lease / 3.0;
	double wanted = round->spent / SHARE;

	round->open = false;
	round->after = round->begun + MIN(wanted, longest);
	round->stride = MIN(1 + (uint32_t) (wanted / longest) * round->stride,
			    8);
}

/* What waits for a dependency alone needs the least attention: its end is
 * noticed by other means. */
static bool _turn(const scale_round_t *round, const scale_job_t *job)
{
	const scale_details_t *details = job->ptr->details;

	return !details->depend_list || !list_count(details->depend_list) ||
	       (job->job_id + round->number) % round->stride == 0;
}

bool scale_cycle_slice(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		       bool *deep)
{
	scale_pass_t pass = _pass(cycle, brain, now, true);
	scale_round_t *round = &cycle->round;
	scale_table_t *table = &cycle->table;
	double begin = pass.begin, end = begin;
	bool wanted = false;

	*deep = false;
	if (!job_list || !node_record_count)
		return false;
	if (!round->open)
		_round_begin(round, now);
	while (round->next < table->count && end - begin < SLICE_SEC) {
		scale_job_t *job = table->job[round->next++];

		if (job->phase != SCALE_PHASE_PENDING)
			continue;
		if (!scale_table_find(job)) {
			wanted = true;
			continue;
		}
		if (_turn(round, job)) {
			bool ready = job->ready;

			scale_table_look(&pass, job);
			if (job->phase == SCALE_PHASE_PENDING)
				_test(job, now);
			wanted |= job->ready && !ready;
		}
		_lease(&pass, job);
		if (round->next % 16 == 0)
			end = scale_pass_clock();
	}
	end = scale_pass_clock();
	round->spent += end - begin;
	if (round->next < table->count)
		return wanted;
	_round_end(round, pass.site->lease);
	/* a census more rarely where it is costly and nothing seems new */
	*deep = end - round->census >=
		MIN(round->census_cost / SHARE, CENSUS_SEC);
	return wanted || *deep;
}

bool scale_cycle_run(scale_cycle_t *cycle, scale_brain_t *brain, double now,
		     bool deep, int *started)
{
	scale_table_t *table = &cycle->table;
	scale_pass_t pass = _pass(cycle, brain, now, deep);
	double begin = pass.begin;
	size_t n;

	*started = 0;
	if (!job_list || !node_record_count)
		return false;
	if (!cycle->described)		/* the configuration may be new */
		for (size_t i = 0; i < table->count; i++)
			table->job[i]->claimed = false;
	_refresh(cycle, &pass);
	scale_table_census(&pass);
	if (_split_all(&pass))
		scale_table_census(&pass);
	cycle->round.census = begin;
	cycle->round.census_cost = scale_pass_clock() - begin;
	cycle->late = false;
	n = _collect(cycle, &pass);
	scale_queue_sort(cycle->entry, cycle->scratch, n, brain->order);
	if (n) {
		scale_view_measure(&cycle->view);
		*started = _place_all(cycle, &pass, n);
	}
	for (size_t i = 0; i < table->count; i++)
		if (table->job[i]->phase == SCALE_PHASE_PENDING &&
		    !table->job[i]->lease.until)
			_lease(&pass, table->job[i]);
	if (now - cycle->swept > SWEEP_SEC) {
		scale_flow_sweep(table->flow, now - KEEP_SEC);
		cycle->swept = now;
	}
	if (begin - cycle->gauged > GAUGE_SEC) {
		_gauges(cycle, &pass);
		cycle->gauged = begin;
	}
	scale_stats_cycle(scale_journal_stats(pass.journal), now);
	return cycle->late || table->behind;
}
