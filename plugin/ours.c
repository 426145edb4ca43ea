/*
 * ours.c - the job records that we follow, and the census that keeps up
 * with Slurm's job table
 *
 * A job belongs to a workflow when it is annotated, has dependencies, or is
 * what another one depends on.  It is placed by us ("mine") when it is
 * moreover a batch job for one node without features that only Slurm's own
 * schedulers know how to treat; see _placeable().
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "ours.h"
#include "overrun.h"
#include "tell.h"

#define MB_IN_GB	1024.0
#define FRESH_SEC	0.003	/* for new jobs; the rest is for next time */
#define UNLIMITED_SEC	(365 * 86400.0)
#define WITNESS_SEC	2.0	/* an end is seen so soon, or was not seen */
#define DFLT_RUN_SEC	60.0	/* of a primitive that nothing is known of */

int scale_table_init(scale_table_t *table, scale_err_t *err)
{
	*table = (scale_table_t) { 0 };
	table->strangers = xmalloc(sizeof(*table->strangers));
	table->flow = scale_flow_create(err);
	return table->flow ? 0 : -1;
}

void scale_table_free(scale_table_t *table)
{
	for (size_t i = 0; i < table->count; i++)
		xfree(table->job[i]);
	xfree(table->job);
	scale_rivals_clear(&table->rivals);
	scale_victims_clear(&table->victims);
	scale_idmap_free(&table->by_id);
	scale_flow_destroy(table->flow);
	xfree(table->strangers);
	*table = (scale_table_t) { 0 };
}

static scale_job_t *_add(scale_table_t *table, uint32_t job_id,
			 scale_stage_t *stage)
{
	scale_job_t *job = xmalloc(sizeof(*job));

	if (scale_idmap_put(&table->by_id, job_id, job)) {
		xfree(job);
		return NULL;
	}
	if (table->count == table->size) {
		table->size = MAX(64, table->size * 2);
		xrecalloc(table->job, table->size, sizeof(*table->job));
	}
	job->job_id = job_id;
	job->stage = stage;
	job->check = true;
	job->index = table->count;
	job->node = -1;
	table->job[table->count++] = job;
	stage->live++;
	return job;
}

static void _remove(scale_table_t *table, scale_job_t *job)
{
	scale_job_t *last = table->job[--table->count];

	table->job[job->index] = last;
	last->index = job->index;
	scale_idmap_remove(&table->by_id, job->job_id);
	job->stage->live--;
	xfree(job);
}

uint32_t scale_job_task(const job_record_t *job_ptr)
{
	int first;

	if (!job_ptr->array_job_id)
		return 0;
	if (job_ptr->array_task_id != NO_VAL)
		return job_ptr->array_task_id;
	if (!job_ptr->array_recs || !job_ptr->array_recs->task_id_bitmap)
		return 0;
	first = bit_ffs(job_ptr->array_recs->task_id_bitmap);
	return first < 0 ? 0 : first;
}

double scale_job_limit_sec(const job_record_t *job_ptr)
{
	uint32_t limit = job_ptr->time_limit;

	if (limit == NO_VAL && job_ptr->part_ptr) {
		limit = job_ptr->part_ptr->default_time;
		if (limit == NO_VAL)
			limit = job_ptr->part_ptr->max_time;
	}
	if (limit == NO_VAL || limit == INFINITE)
		return UNLIMITED_SEC;
	return limit * 60.0;
}

/* In the units of the model: its seconds, and GFLOP at the mean speed. */
static void _demand(const scale_pass_t *pass, const job_record_t *job_ptr,
		    const char *task, const scale_annotation_t *note,
		    scale_demand_t *out)
{
	double limit = scale_job_limit_sec(job_ptr);
	double scale = pass->site->time_scale;
	scale_question_t question = {
		.uid = job_ptr->user_id,
		.name = *task ? task : job_ptr->name,
		.class_name = job_ptr->partition,
		.annotated_gflop = note->gflop,
		.annotated_out_gb = note->out_gb,
		.limit_s = limit < UNLIMITED_SEC ? MAX(limit, 1.0) / scale
						 : 0.0,
		.gflops = pass->view->gflops_mean,
		.dflt_gflop = DFLT_RUN_SEC / scale * pass->view->gflops_mean,
	};

	scale_history_demand(pass->history, &question, out);
}

void scale_job_demand(const scale_pass_t *pass, const job_record_t *job_ptr,
		      const scale_stage_t *stage, uint32_t task,
		      scale_demand_t *out)
{
	scale_annotation_t note;

	scale_annotation_parse(job_ptr->comment, scale_flow_rank(stage, task),
			       &note, NULL);
	_demand(pass, job_ptr, stage->task, &note, out);
}

bool scale_job_aged(const scale_pass_t *pass, const scale_job_t *job)
{
	return job->ready_at > 0.0 &&
	       pass->now - job->ready_at > scale_site_max_age(pass->site);
}

double scale_job_mem_gb(const job_record_t *job_ptr)
{
	uint64_t mem = job_ptr->details->pn_min_memory;

	if (mem & MEM_PER_CPU)
		mem = (mem & ~MEM_PER_CPU) * MAX(job_ptr->details->min_cpus, 1);
	return mem / MB_IN_GB;
}

static bool _excluded(const job_record_t *job_ptr, const scale_site_t *site)
{
	return scale_site_excludes(site, job_ptr->partition, job_ptr->account,
				   job_ptr->qos_ptr ? job_ptr->qos_ptr->name
						    : NULL,
				   job_ptr->name);
}

/* What this version leaves to Slurm's own schedulers. */
static bool _placeable(const job_record_t *job_ptr)
{
	const scale_details_t *details = job_ptr->details;

	return details && job_ptr->batch_flag && !job_ptr->het_job_id &&
	       job_ptr->part_ptr && details->min_nodes == 1 &&
	       !job_ptr->burst_buffer && !details->expanding_jobid &&
	       !scale_several_qos(job_ptr);
}

static bool _has_dependency(const job_record_t *job_ptr)
{
	return job_ptr->details && job_ptr->details->depend_list &&
	       list_count(job_ptr->details->depend_list);
}

/* Count and numbering of an array's tasks, as far as they are still there. */
static void _array_info(const job_record_t *job_ptr, scale_stage_info_t *info)
{
	const job_record_t *base = find_job_record(job_ptr->array_job_id);
	bitstr_t *tasks;
	int64_t first, second;

	if (!base || !base->array_recs || !base->array_recs->task_id_bitmap) {
		info->task_first = scale_job_task(job_ptr);
		return;
	}
	tasks = base->array_recs->task_id_bitmap;
	info->count = MAX(1, bit_set_count(tasks));
	first = bit_ffs(tasks);
	info->task_first = MAX(first, 0);
	for (second = first + 1; second < bit_size(tasks); second++)
		if (bit_test(tasks, second))
			break;
	if (second < bit_size(tasks))
		info->task_step = second - first;
}

/* What the user says of the job, or the name that its engine gave it: then
 * RET true. */
static bool _note(scale_pass_t *pass, const job_record_t *job_ptr,
		  scale_annotation_t *note)
{
	scale_err_t err = { "" };

	scale_annotation_parse(job_ptr->comment, 0, note, &err);
	if (*err.text) {
		sched_info("scale: %pJ annotation: %s; default used",
			   job_ptr, err.text);
		scale_stats_count(scale_journal_stats(pass->journal),
				  SCALE_COUNT_BAD_ANNOTATIONS);
	}
	return !*note->wf &&
	       scale_engines_match(pass->brain->engines, job_ptr->name,
				   job_ptr->comment, note->wf, note->task);
}

/* parents=: stages of the same workflow that the engine waited for itself. */
static void _link_named(scale_pass_t *pass, scale_stage_t *stage,
			const scale_annotation_t *note)
{
	char names[sizeof(note->parents)], *save = NULL;

	strcpy(names, note->parents);
	for (char *name = strtok_r(names, "+", &save); name;
	     name = strtok_r(NULL, "+", &save)) {
		scale_stage_t *parent = scale_flow_sibling(stage, name);

		if (parent)
			scale_flow_link(pass->table->flow, stage, parent,
					SCALE_TASK_ALL, NULL);
	}
}

/* Ids come again when Slurm has lost its state.  Only a requeue changes when
 * a job was submitted. */
static bool _same_job(const scale_stage_t *stage, const job_record_t *job_ptr,
		      double submitted)
{
	return stage->uid == job_ptr->user_id &&
	       (job_ptr->restart_cnt || stage->live ||
		fabs(stage->submitted - submitted) < 1.0);
}

static scale_stage_t *_stage(scale_pass_t *pass, const job_record_t *job_ptr)
{
	uint32_t id = job_ptr->array_job_id ? job_ptr->array_job_id
					    : job_ptr->job_id;
	scale_stage_t *stage = scale_flow_find(pass->table->flow, id);
	scale_annotation_t note;
	scale_demand_t demand;
	scale_stage_info_t info = { .id = id, .uid = job_ptr->user_id,
				    .count = 1, .task_step = 1 };

	info.submitted = job_ptr->details ? job_ptr->details->submit_time : 0;
	if (stage && _same_job(stage, job_ptr, info.submitted))
		return stage;
	if (stage && !scale_flow_forget(pass->table->flow, stage))
		return NULL;
	if (stage)
		verbose("sched/scale: %pJ has the id of another job that was remembered; that one's workflow is forgotten",
		     job_ptr);
	if (job_ptr->array_job_id)
		_array_info(job_ptr, &info);
	info.weak = _note(pass, job_ptr, &note);
	_demand(pass, job_ptr, note.task, &note, &demand);
	info.gflop = demand.gflop;
	info.out_gb = demand.out_gb;
	info.hops = note.hops > 0 ? note.hops : 0;
	info.wf = note.wf;
	info.task = note.task;
	stage = scale_flow_add(pass->table->flow, &info, NULL);
	if (stage)
		_link_named(pass, stage, &note);
	return stage;
}

/* The user's own words.  Most comments are not for us: no parser for those,
 * and no more of it in one look at all jobs than the locks can bear. */
static bool _addressed(const scale_pass_t *pass, const job_record_t *job_ptr,
		       bool once)
{
	scale_strangers_t *strangers = pass->table->strangers;
	const char *comment = job_ptr->comment;
	scale_annotation_t note;

	if (!comment)
		return false;
	if (!xstrncmp(comment, "scale:", 6)) {
		scale_annotation_parse(comment, 0, &note, NULL);
		return note.present;
	}
	if (*comment != '{' || !xstrstr(comment, "\"scale\""))
		return false;
	if (!once && !scale_strangers_may_read(strangers, job_ptr->job_id,
					       comment, pass->now)) {
		pass->table->behind |= !strangers->reads;
		return false;
	}
	scale_annotation_parse(comment, 0, &note, NULL);
	if (!note.present &&
	    scale_strangers_note(strangers, job_ptr->job_id, comment,
				 pass->now))
		sched_info("scale: %pJ has \"scale\" in its comment, which is no JSON object with that key; not ours by it",
			   job_ptr);
	return note.present;
}

/* Says the job, or the name that its engine gave it, that it is ours? */
static bool _annotated(const scale_pass_t *pass, const job_record_t *job_ptr,
		       bool once)
{
	scale_annotation_t note;

	return _addressed(pass, job_ptr, once) ||
	       scale_engines_match(pass->brain->engines, job_ptr->name,
				   job_ptr->comment, note.wf, note.task);
}

static scale_job_t *_follow(scale_pass_t *pass, const job_record_t *job_ptr)
{
	scale_table_t *table = pass->table;
	scale_job_t *job = scale_idmap_get(&table->by_id, job_ptr->job_id);
	scale_stage_t *stage;

	if (job)
		return job;
	stage = _stage(pass, job_ptr);
	if (!stage)
		return NULL;
	job = _add(table, job_ptr->job_id, stage);
	if (job)
		job->annotated = _annotated(pass, job_ptr, true);
	return job;
}

static void _visit(scale_pass_t *pass, scale_job_t *job,
		   job_record_t *job_ptr);

/* The tasks of the parent that a dependency names. */
static uint32_t _edge_task(const depend_spec_t *dep, const job_record_t *parent)
{
	if (dep->depend_type == SLURM_DEPEND_AFTER_CORRESPOND)
		return SCALE_TASK_SAME;
	if (dep->array_task_id != NO_VAL && dep->array_task_id != INFINITE)
		return dep->array_task_id;
	if (dep->array_task_id == NO_VAL && parent->array_task_id != NO_VAL &&
	    parent->array_job_id)
		return parent->array_task_id;
	return SCALE_TASK_ALL;
}

static void _link(scale_pass_t *pass, scale_job_t *job,
		  const job_record_t *job_ptr)
{
	scale_iter_t iter;
	depend_spec_t *dep;

	if (!_has_dependency(job_ptr))
		return;
	iter = list_iterator_create(job_ptr->details->depend_list);
	while ((dep = list_next(iter))) {
		job_record_t *parent_ptr;
		scale_job_t *parent;

		if (dep->depend_type == SLURM_DEPEND_SINGLETON ||
		    dep->depend_type == SLURM_DEPEND_EXPAND)
			continue;
		parent_ptr = find_job_record(dep->job_id);
		if (!parent_ptr)
			parent_ptr = find_job_array_rec(dep->job_id, INFINITE);
		if (!parent_ptr)
			continue;	/* purged: counts as met */
		parent = _follow(pass, parent_ptr);
		if (!parent)
			continue;
		if (parent->phase == SCALE_PHASE_NEW)
			_visit(pass, parent, parent_ptr);
		parent->claimed = false;	/* it has a child now */
		scale_flow_link(pass->table->flow, job->stage, parent->stage,
				_edge_task(dep, parent_ptr), NULL);
	}
	list_iterator_destroy(iter);
}

static bool _mine(const scale_job_t *job, const job_record_t *job_ptr,
		  const scale_site_t *site)
{
	const scale_stage_t *stage = job->stage;
	bool dependent = stage->in_count || stage->out_count ||
			 (job_ptr->details &&
			  job_ptr->details->orig_dependency);

	if (!_placeable(job_ptr) || _excluded(job_ptr, site))
		return false;
	if (site->jobs == SCALE_JOBS_ANNOTATED)
		return job->annotated;
	if (site->jobs == SCALE_JOBS_DEPENDENT)
		return dependent;
	return job->annotated || dependent;
}

/* Whose is it: ours, Slurm's while we look on, or Slurm's alone? */
static void _claim(const scale_pass_t *pass, scale_job_t *job)
{
	scale_workflow_t *wf = job->stage->workflow;
	bool candidate = _mine(job, job->ptr, pass->site);

	scale_workflow_settle(wf);
	job->claimed = true;
	job->mine = candidate &&
		    scale_rollout_places(pass->site->mode, pass->site->canary,
					 scale_workflow_draw(wf));
	job->shadow = candidate && !job->mine;
}

static scale_phase_t _phase(const job_record_t *job_ptr)
{
	if (IS_JOB_COMPLETING(job_ptr))
		return SCALE_PHASE_CLOSING;
	if (IS_JOB_PENDING(job_ptr))
		return SCALE_PHASE_PENDING;
	if (IS_JOB_FINISHED(job_ptr))
		return SCALE_PHASE_OVER;
	return SCALE_PHASE_RUNNING;
}

/* Where a one-node job runs: its first node. */
static int _node_of(const job_record_t *job_ptr)
{
	return job_ptr->node_bitmap ? bit_ffs(job_ptr->node_bitmap) : -1;
}

/* What the job gets of the node's speed. */
static double _speed(const scale_view_t *view, const job_record_t *job_ptr,
		     int node)
{
	scale_share_t share = scale_share_of(job_ptr);

	return scale_view_speed(view, node, &share);
}

static scale_job_t *_head(const scale_table_t *table, const scale_job_t *job,
			  const job_record_t *job_ptr)
{
	scale_job_t *head = NULL;

	if (job_ptr->array_job_id)
		head = scale_idmap_get(&table->by_id, job_ptr->array_job_id);
	return head == job ? NULL : head;
}

/* Was there a decision about it, perhaps while it was still part of its
 * array's head? */
static bool _decided(const scale_table_t *table, const scale_job_t *job,
		     const job_record_t *job_ptr)
{
	const scale_job_t *head = _head(table, job, job_ptr);

	return scale_job_told(job, job->task) ||
	       (head && scale_job_told(head, job->task));
}

static void _start(scale_pass_t *pass, scale_job_t *job,
		   const job_record_t *job_ptr, double when)
{
	const scale_view_t *view = pass->view;
	scale_demand_t demand;
	int node = _node_of(job_ptr);
	const char *name = NULL;
	double speed = view->gflops_mean;

	job->node = node;
	if (node >= 0 && node < view->size && node_record_table_ptr[node]) {
		name = node_record_table_ptr[node]->name;
		speed = MAX(_speed(view, job_ptr, node), 1e-9);
	}
	scale_job_demand(pass, job_ptr, job->stage, job->task, &demand);
	job->began = when;
	job->until = when + MIN(demand.gflop / speed * pass->site->time_scale,
				scale_job_limit_sec(job_ptr));
	job->lease.until = 0;
	job->ready = false;
	scale_flow_start(job->stage, job->task, name, when, NULL);
	if (IS_JOB_FINISHED(job_ptr))
		return;
	scale_tell_start(pass, job, job_ptr);
	/* in shadow, or perhaps: whose it is may not be known yet */
	job->undecided = (job->shadow || !job->claimed) &&
			 !_decided(pass->table, job, job_ptr);
	pass->table->undecided += job->undecided;
}

/* Learn from a primitive that completed; its run is known and not yet over. */
static void _observe(scale_pass_t *pass, const scale_job_t *job,
		     const job_record_t *job_ptr, double started)
{
	const scale_view_t *view = pass->view;
	double scale = pass->site->time_scale;
	double limit = scale_job_limit_sec(job_ptr);
	double ended = job->closed_at > started &&
		       job->closed_at - job_ptr->end_time < WITNESS_SEC
			? job->closed_at : job_ptr->end_time;
	scale_annotation_t note;

	if (!IS_JOB_COMPLETE(job_ptr) || job->node < 0 ||
	    job->node >= view->size || !node_record_table_ptr[job->node])
		return;
	scale_annotation_parse(job_ptr->comment,
			       scale_flow_rank(job->stage, job->task), &note,
			       NULL);
	scale_history_observe(pass->history, &(scale_observation_t) {
		.uid = job_ptr->user_id,
		.name = *job->stage->task ? job->stage->task : job_ptr->name,
		.class_name = job_ptr->partition,
		.elapsed_s = MAX(ended - started - job_ptr->tot_sus_time,
				 0.0) / scale,
		.limit_s = limit < UNLIMITED_SEC ? limit / scale : 0.0,
		.gflops = _speed(view, job_ptr, job->node),
		.out_gb = note.out_gb,
	});
}

static void _end(scale_pass_t *pass, scale_job_t *job,
		 const job_record_t *job_ptr, bool witnessed)
{
	const scale_run_t *run = scale_flow_run(job->stage, job->task);

	if (run && run->state == SCALE_RUN_DONE)
		return;			/* known from before a restart */
	if (run)
		_observe(pass, job, job_ptr, run->started);
	/* seen to end: to the millisecond; else, as after mode off, what Slurm
	 * noted in whole seconds */
	witnessed = witnessed && pass->now - job_ptr->end_time < WITNESS_SEC;
	scale_flow_drop(job->stage, job->task,
			witnessed ? pass->now : job_ptr->end_time, NULL);
	scale_tell_end(pass, job, job_ptr);
}

/* Follow the record from one phase into the next. */
static void _change(scale_pass_t *pass, scale_job_t *job,
		    const job_record_t *job_ptr, scale_phase_t phase)
{
	scale_phase_t old = job->phase;
	const scale_run_t *run = scale_flow_run(job->stage, job->task);

	job->phase = phase;
	job->claimed = false;
	if (phase == SCALE_PHASE_PENDING) {
		if (old != SCALE_PHASE_NEW) {	/* requeued */
			scale_tell_requeue(pass, job, job_ptr);
			scale_flow_requeue(job->stage, job->task);
			job->ready_at = job->retry_at = 0.0;
			job->free_since = 0.0;
			job->told = false;
			job->why = WAIT_NO_REASON;
		}
		job->node = -1;
		return;
	}
	if (phase != SCALE_PHASE_OVER || (!run && job_ptr->node_bitmap)) {
		if (!run || run->state == SCALE_RUN_DONE)
			_start(pass, job, job_ptr, job_ptr->start_time);
		else if (job->node < 0)
			job->node = _node_of(job_ptr);
	}
	if (phase == SCALE_PHASE_CLOSING && old != SCALE_PHASE_NEW)
		job->closed_at = pass->now;
	if (phase == SCALE_PHASE_OVER)
		_end(pass, job, job_ptr, old != SCALE_PHASE_NEW);
}

/* A task that Slurm split off was ready as long as the array's head was.  A
 * begin time that came from the head's lease, copied then, is not the user's. */
static void _inherit(scale_table_t *table, scale_job_t *job,
		     const job_record_t *job_ptr)
{
	const scale_job_t *head = _head(table, job, job_ptr);

	if (!head || !job_ptr->details)
		return;
	if (head->phase == SCALE_PHASE_PENDING) {
		job->ready_at = head->ready_at;
		job->free_since = head->free_since;
	}
	if (!head->lease.until)
		return;
	/* the head's may have been renewed since the split */
	if (job_ptr->details->begin_time == head->lease.until ||
	    job_ptr->details->begin_time == head->lease.last)
		job->lease = (scale_lease_t) {
			.until = job_ptr->details->begin_time,
			.begin = head->lease.begin,
		};
}

/* An epilog that began then is thought to be short, and long once it has
 * been. */
static double _epilog_end(double began, double now)
{
	return scale_overrun_end(began, began, now, HUGE_VAL);
}

/* As it looks now. */
static double _ends_at(const scale_pass_t *pass, const scale_job_t *job,
		       const job_record_t *job_ptr)
{
	if (!IS_JOB_RUNNING(job_ptr))
		return _epilog_end(job->closed_at, pass->now);
	return scale_overrun_end(job->began, job->until, pass->now,
				 job->began + scale_job_limit_sec(job_ptr));
}

static void _visit(scale_pass_t *pass, scale_job_t *job,
		   job_record_t *job_ptr)
{
	scale_table_t *table = pass->table;
	scale_phase_t phase = _phase(job_ptr);

	if (job->phase == SCALE_PHASE_NEW)
		_inherit(table, job, job_ptr);
	job->ptr = job_ptr;
	job->seen = table->generation;
	job->head = job_ptr->array_recs && job_ptr->array_task_id == NO_VAL &&
		    phase == SCALE_PHASE_PENDING;
	if (job->phase != SCALE_PHASE_OVER || phase != job->phase)
		job->task = scale_job_task(job_ptr);
	if (phase != job->phase)
		_change(pass, job, job_ptr, phase);
	if (phase == SCALE_PHASE_RUNNING || phase == SCALE_PHASE_CLOSING)
		scale_view_occupy(pass->view, job_ptr, _ends_at(pass, job, job_ptr));
	if (phase == SCALE_PHASE_RUNNING)
		scale_victims_note(&table->victims, job_ptr);
}

/* A job of others that runs: its nodes are free when its time is up.  One
 * that waits may have a higher claim than ours. */
static void _visit_other(scale_pass_t *pass, job_record_t *job_ptr)
{
	if (IS_JOB_PENDING(job_ptr))
		scale_rivals_offer(&pass->table->rivals, job_ptr,
				   (time_t) pass->now);
	if (IS_JOB_COMPLETING(job_ptr))
		scale_view_occupy(pass->view, job_ptr,
				  _epilog_end(job_ptr->end_time, pass->now));
	if (!IS_JOB_RUNNING(job_ptr))
		return;
	scale_view_occupy(pass->view, job_ptr, job_ptr->end_time);
	scale_victims_note(&pass->table->victims, job_ptr);
}

/* Records that Slurm has purged since the last census. */
static void _forget(scale_table_t *table, double now)
{
	for (size_t i = table->count; i-- > 0;) {
		scale_job_t *job = table->job[i];

		if (job->seen == table->generation)
			continue;
		if (!job->head && job->phase != SCALE_PHASE_OVER)
			scale_flow_drop(job->stage, job->task, now, NULL);
		_remove(table, job);
	}
}

static void _count(scale_table_t *table)
{
	table->pending = table->closing = 0;
	for (size_t i = 0; i < table->count; i++) {
		const scale_job_t *job = table->job[i];

		table->pending += job->phase == SCALE_PHASE_PENDING &&
				  (job->mine || job->shadow);
		table->closing += job->phase == SCALE_PHASE_CLOSING;
	}
}

/* Did it run when the state was saved? */
static bool _ran(const scale_pass_t *pass, const job_record_t *job_ptr)
{
	const scale_stage_t *stage =
		scale_flow_find(pass->table->flow, job_ptr->array_job_id
				? job_ptr->array_job_id : job_ptr->job_id);
	const scale_run_t *run = stage
		? scale_flow_run(stage, scale_job_task(job_ptr)) : NULL;

	return run && run->state != SCALE_RUN_DONE;
}

/* A record that we do not know: does it belong to a workflow? */
static bool _belongs(const scale_pass_t *pass, const job_record_t *job_ptr)
{
	if (IS_JOB_FINISHED(job_ptr))
		return _ran(pass, job_ptr);
	return _has_dependency(job_ptr) || _annotated(pass, job_ptr, false) ||
	       (job_ptr->array_job_id &&
		scale_flow_find(pass->table->flow, job_ptr->array_job_id));
}

/* After a restart thousands are new at once. */
static bool _behind(scale_pass_t *pass, uint32_t *fresh)
{
	scale_table_t *table = pass->table;

	if (!table->behind && ++*fresh % 8 == 0)
		table->behind = scale_pass_clock() - pass->begin > FRESH_SEC;
	return table->behind;
}

void scale_table_census(scale_pass_t *pass)
{
	scale_table_t *table = pass->table;
	scale_iter_t iter;
	job_record_t *job_ptr;
	uint32_t news = 0;

	table->generation++;
	table->behind = false;
	scale_strangers_begin(table->strangers);
	scale_rivals_clear(&table->rivals);
	scale_victims_clear(&table->victims);
	scale_view_clear(pass->view);
	iter = list_iterator_create(job_list);
	while ((job_ptr = list_next(iter))) {
		scale_job_t *job =
			scale_idmap_get(&table->by_id, job_ptr->job_id);
		bool fresh = !job || job->phase == SCALE_PHASE_NEW;

		if (!job && !table->behind && _belongs(pass, job_ptr) &&
		    !_behind(pass, &news))
			job = _follow(pass, job_ptr);
		if (!job) {
			_visit_other(pass, job_ptr);
			continue;
		}
		_visit(pass, job, job_ptr);
		if (fresh && job->phase == SCALE_PHASE_PENDING)
			_link(pass, job, job_ptr);
	}
	list_iterator_destroy(iter);
	_forget(table, pass->now);
	for (size_t i = 0; i < table->count; i++) {
		scale_job_t *job = table->job[i];

		job->check |= job->stage->check;
		if (!job->claimed || job->stage->check)
			_claim(pass, job);
		if (job->stage->announce) {
			job->stage->announce = false;
			scale_tell_seen(pass, job);
		}
		if (job->phase == SCALE_PHASE_PENDING &&
		    (!job->mine || pass->now < job->retry_at))
			scale_rivals_offer(&table->rivals, job->ptr,
					   (time_t) pass->now);
	}
	for (size_t i = 0; i < table->count; i++)
		table->job[i]->stage->check = false;
	_count(table);
}

bool scale_table_find(scale_job_t *job)
{
	job->ptr = find_job_record(job->job_id);
	return job->ptr && job->ptr->details && IS_JOB_PENDING(job->ptr);
}

void scale_table_look(scale_pass_t *pass, scale_job_t *job)
{
	_visit(pass, job, job->ptr);
	_link(pass, job, job->ptr);
	_claim(pass, job);
}

void scale_table_started(scale_pass_t *pass, scale_job_t *job,
			 job_record_t *job_ptr)
{
	scale_table_t *table = pass->table;
	scale_job_t *started = scale_idmap_get(&table->by_id, job_ptr->job_id);

	if (!started)		/* a task split off its head */
		started = _add(table, job_ptr->job_id, job->stage);
	if (!started)
		return;
	started->phase = SCALE_PHASE_RUNNING;
	started->ready_at = job->ready_at;
	started->free_since = job->free_since;
	started->head = false;
	started->seen = table->generation;
	started->ptr = job_ptr;
	started->annotated = job->annotated;
	started->mine = true;
	started->task = scale_job_task(job_ptr);
	started->told = true;
	started->told_task = started->task;
	if (scale_job_aged(pass, started))
		scale_stats_count(scale_journal_stats(pass->journal),
				  SCALE_COUNT_AGED);
	_start(pass, started, job_ptr, pass->now);
	scale_view_occupy(pass->view, job_ptr, started->until);
	scale_view_take(pass->view, job_ptr);
}

void scale_table_release(scale_table_t *table)
{
	for (size_t i = 0; i < table->count; i++) {
		scale_job_t *job = table->job[i];
		job_record_t *job_ptr = find_job_record(job->job_id);

		if (job_ptr && job_ptr->details && IS_JOB_PENDING(job_ptr))
			scale_lease_drop(&job->lease,
					 &job_ptr->details->begin_time);
		job->lease.until = 0;
	}
}
