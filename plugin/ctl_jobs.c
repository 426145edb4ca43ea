/*
 * ctl_jobs.c - jobs and workflows as a decision log tells them
 *
 * A log that begins in the middle (rotated away) leaves gaps, never errors.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_jobs.h"
#include "idmap.h"
#include "text.h"

const char *ctl_state_name(ctl_state_t state)
{
	static const char *const name[CTL_STATES] = {
		"pending", "running", "done", "failed",
	};

	return name[state];
}

/* Room for one more of size bytes; grows by powers of two.  RET false: no
 * memory. */
static bool grow(void *array, size_t count, size_t size)
{
	void *old, *more;

	if (count & (count - 1))
		return true;		/* between two powers */
	memcpy(&old, array, sizeof(old));
	more = realloc(old, (count ? 2 * count : 1) * size);
	if (more)
		memcpy(array, &more, sizeof(more));
	return more != NULL;
}

static uint32_t u32(const json_t *record, const char *key)
{
	long long x = ctl_integer(record, key);

	return x >= 0 && x <= UINT32_MAX ? (uint32_t) x : 0;
}

static ctl_stage_t *add_stage(ctl_jobs_t *jobs, uint32_t id)
{
	ctl_stage_t *stage = calloc(1, sizeof(*stage));

	if (stage)
		stage->by_index = calloc(1, sizeof(*stage->by_index));
	if (!stage || !stage->by_index ||
	    !grow(&jobs->stage, jobs->count, sizeof(*jobs->stage)) ||
	    scale_idmap_put(jobs->map, id, stage) < 0) {
		if (stage)
			free(stage->by_index);
		free(stage);
		return NULL;
	}
	stage->id = id;
	stage->count = 1;
	stage->submit = stage->gflop = stage->out_gb = stage->run_s = NAN;
	stage->mem_gb = NAN;
	return jobs->stage[jobs->count++] = stage;
}

/* The record's stage, made when new. */
static ctl_stage_t *stage_of(ctl_jobs_t *jobs, const json_t *record)
{
	uint32_t id = u32(record, "array");
	ctl_stage_t *stage;

	if (!id)
		id = u32(record, "job");
	if (!id)
		return NULL;
	stage = scale_idmap_get(jobs->map, id);
	if (!stage)
		stage = add_stage(jobs, id);
	if (!stage) {
		jobs->no_memory = true;
		return NULL;
	}
	stage->uid = u32(record, "uid");
	if (*ctl_text(record, "wf"))
		scale_text_copy(stage->workflow, sizeof(stage->workflow),
				ctl_text(record, "wf"));
	if (*ctl_text(record, "task"))
		scale_text_copy(stage->task, sizeof(stage->task),
				ctl_text(record, "task"));
	if (!*stage->workflow)
		snprintf(stage->workflow, sizeof(stage->workflow), "job-%u",
			 id);
	return stage;
}

static ctl_task_t *find_task(const ctl_stage_t *stage, uint32_t index)
{
	void *place = scale_idmap_get(stage->by_index, index);

	return place ? &stage->tasks[(uintptr_t) place - 1] : NULL;
}

static ctl_task_t *task_of(ctl_jobs_t *jobs, ctl_stage_t *stage,
			   const json_t *record)
{
	uint32_t index = json_object_get(record, "index")
				? u32(record, "index") : SCALE_LOG_NO_TASK;
	ctl_task_t *task = find_task(stage, index);

	if (!task) {
		void *place = (void *) (uintptr_t) (stage->task_count + 1);

		if (!grow(&stage->tasks, stage->task_count, sizeof(*task)) ||
		    scale_idmap_put(stage->by_index, index, place) < 0) {
			jobs->no_memory = true;
			return NULL;
		}
		task = &stage->tasks[stage->task_count++];
		*task = (ctl_task_t) { .index = index };
		task->ready = task->start = task->end = task->elapsed = NAN;
		task->free_at = task->room = NAN;
		if (stage->count < stage->task_count)
			stage->count = (uint32_t) stage->task_count;
	}
	task->job = u32(record, "job");
	return task;
}

static void add_parent(ctl_jobs_t *jobs, ctl_stage_t *stage, uint32_t id)
{
	for (size_t i = 0; i < stage->parent_count; i++)
		if (stage->parent[i] == id)
			return;
	if (!id || id == stage->id)
		return;
	if (grow(&stage->parent, stage->parent_count, sizeof(id)))
		stage->parent[stage->parent_count++] = id;
	else
		jobs->no_memory = true;
}

static void on_seen(ctl_jobs_t *jobs, ctl_stage_t *stage,
		    const json_t *record)
{
	const json_t *parents = json_object_get(record, "parents");
	json_t *value;
	size_t i;

	stage->submit = ctl_number(record, "submit");
	stage->gflop = ctl_number(record, "gflop");
	stage->out_gb = ctl_number(record, "out_gb");
	stage->mem_gb = ctl_number(record, "mem_gb");
	stage->run_s = ctl_number(record, "run_s");
	stage->spread = ctl_number(record, "spread");
	scale_text_copy(stage->source, sizeof(stage->source),
			ctl_text(record, "source"));
	if (u32(record, "count") > stage->count)
		stage->count = u32(record, "count");
	json_array_foreach((json_t *) parents, i, value)
		add_parent(jobs, stage, (uint32_t) json_integer_value(value));
}

static void add_us(ctl_jobs_t *jobs, double us)
{
	if (!isfinite(us))
		return;
	if (grow(&jobs->us, jobs->us_count, sizeof(us)))
		jobs->us[jobs->us_count++] = us;
	else
		jobs->no_memory = true;
}

/* Did the decision name a node that was idle then? */
static bool names_idle(const json_t *decision)
{
	const json_t *list = json_object_get(decision, "candidates");
	const char *node = ctl_text(decision, "node");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);

		if (!strcmp(ctl_text(c, "node"), node))
			return !json_is_true(json_object_get(c, "busy")) &&
			       !(ctl_number(c, "wait_s") > 0.0);
	}
	return *node;
}

static void on_decision(ctl_jobs_t *jobs, const ctl_stage_t *stage,
			ctl_task_t *task, const json_t *record)
{
	const char *outcome = ctl_text(record, "outcome");

	if (!task->decisions && names_idle(record))
		task->free_at = ctl_number(record, "time");
	if (*jobs->job && (task->job == jobs->id || stage->id == jobs->id)) {
		json_decref(task->last);
		task->last = json_incref((json_t *) record);
	}
	task->decisions++;
	task->waits += !strcmp(outcome, "wait");
	task->placed = task->placed || !strcmp(outcome, "placed");
	scale_text_copy(task->policy, sizeof(task->policy),
			ctl_text(record, "policy"));
	scale_text_copy(task->mode, sizeof(task->mode),
			ctl_text(record, "mode"));
	if (!strcmp(outcome, "shadow"))
		scale_text_copy(task->wanted, sizeof(task->wanted),
				ctl_text(record, "node"));
	add_us(jobs, ctl_number(record, "us"));
}

static void on_start(ctl_task_t *task, const json_t *record)
{
	task->start = ctl_number(record, "time");
	task->ready = ctl_number(record, "ready");
	task->room = ctl_number(record, "room");
	task->room_told = json_object_get(record, "room");
	task->end = NAN;		/* requeued: the last run counts */
	*task->state = '\0';
	scale_text_copy(task->node, sizeof(task->node),
			ctl_text(record, "node"));
}

static void on_requeue(ctl_task_t *task)
{
	task->start = task->ready = task->end = NAN;
	*task->state = *task->node = '\0';
}

static void on_end(ctl_stage_t *stage, ctl_task_t *task,
		   const json_t *record)
{
	if (!strcmp(ctl_text(record, "state"), "REQUEUED")) {
		on_requeue(task);
		return;
	}
	/* one record stands for all tasks that Slurm has not split off */
	if (u32(record, "job") == stage->id && !*ctl_text(record, "node"))
		stage->gone = true;
	task->end = ctl_number(record, "time");
	task->elapsed = ctl_number(record, "elapsed_s");
	scale_text_copy(task->state, sizeof(task->state),
			ctl_text(record, "state"));
	if (*ctl_text(record, "node"))
		scale_text_copy(task->node, sizeof(task->node),
				ctl_text(record, "node"));
}

static int on_record(void *arg, const json_t *record)
{
	const char *type = ctl_text(record, "type");
	ctl_jobs_t *jobs = arg;
	ctl_stage_t *stage;
	ctl_task_t *task;

	if (!strcmp(type, "fallback")) {
		if (json_array_append(jobs->fallbacks, (json_t *) record))
			jobs->no_memory = true;
	} else if (!strcmp(type, "seen")) {
		stage = stage_of(jobs, record);
		if (stage)
			on_seen(jobs, stage, record);
	} else if (!strcmp(type, "decision") || !strcmp(type, "start") ||
		   !strcmp(type, "end")) {
		stage = stage_of(jobs, record);
		task = stage ? task_of(jobs, stage, record) : NULL;
		if (!task)
			;	/* nothing to tell of */
		else if (*type == 'd')
			on_decision(jobs, stage, task, record);
		else if (*type == 's')
			on_start(task, record);
		else
			on_end(stage, task, record);
	}
	return jobs->no_memory ? -1 : 0;
}

static bool is_wanted(void *arg, const char *line)
{
	const ctl_jobs_t *jobs = arg;

	return *jobs->job && (strstr(line, jobs->job) ||
			      strstr(line, jobs->array));
}

static void want(ctl_jobs_t *jobs, const char *jobid)
{
	jobs->id = (uint32_t) strtoul(jobid, NULL, 10);
	if (!jobs->id)
		return;
	snprintf(jobs->job, sizeof(jobs->job), "\"job\":%u,", jobs->id);
	snprintf(jobs->array, sizeof(jobs->array), "\"array\":%u,",
		 jobs->id);
}

ctl_jobs_t *ctl_jobs_read(const char *log, const char *jobid,
			  scale_err_t *err)
{
	ctl_jobs_t *jobs = calloc(1, sizeof(*jobs));
	int rc;

	if (jobs) {
		jobs->map = calloc(1, sizeof(*jobs->map));
		jobs->fallbacks = json_array();
	}
	if (!jobs || !jobs->map || !jobs->fallbacks) {
		ctl_jobs_destroy(jobs);
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	if (jobid)
		want(jobs, jobid);
	rc = ctl_log_read(log, on_record, jobid ? is_wanted : NULL, jobs,
			  &jobs->info, err);
	if (jobs->no_memory)
		scale_err_set(err, ENOMEM, "%s: out of memory", log);
	if (rc < 0) {
		ctl_jobs_destroy(jobs);
		return NULL;
	}
	return jobs;
}

void ctl_jobs_destroy(ctl_jobs_t *jobs)
{
	int saved = errno;

	if (!jobs)
		return;
	for (size_t i = 0; i < jobs->count; i++) {
		ctl_stage_t *stage = jobs->stage[i];

		for (size_t k = 0; k < stage->task_count; k++)
			json_decref(stage->tasks[k].last);
		free(stage->tasks);
		scale_idmap_free(stage->by_index);
		free(stage->by_index);
		free(stage->parent);
		free(stage);
	}
	free(jobs->stage);
	if (jobs->map)
		scale_idmap_free(jobs->map);
	free(jobs->map);
	free(jobs->us);
	json_decref(jobs->fallbacks);
	free(jobs);
	errno = saved;
}

ctl_stage_t *ctl_jobs_stage(const ctl_jobs_t *jobs, uint32_t id)
{
	return scale_idmap_get(jobs->map, id);
}

/* An array's task under its own job id. */
static ctl_task_t *find_job(const ctl_jobs_t *jobs, uint32_t job,
			    ctl_stage_t **stage)
{
	for (size_t i = 0; i < jobs->count; i++)
		for (size_t k = 0; k < jobs->stage[i]->task_count; k++)
			if (jobs->stage[i]->tasks[k].job == job &&
			    jobs->stage[i]->id != job) {
				*stage = jobs->stage[i];
				return &jobs->stage[i]->tasks[k];
			}
	return NULL;
}

ctl_task_t *ctl_jobs_find(const ctl_jobs_t *jobs, const char *jobid,
			  ctl_stage_t **stage)
{
	char *end;
	unsigned long id = strtoul(jobid, &end, 10);
	unsigned long index = SCALE_LOG_NO_TASK;

	*stage = NULL;
	if (end != jobid && end[0] == '_' && end[1] == '[')
		end += strlen(end);	/* the tasks that wait: the array */
	else if (*end == '_')
		index = strtoul(end + 1, &end, 10);
	if (end == jobid || *end || id > UINT32_MAX || index > UINT32_MAX)
		return NULL;
	*stage = ctl_jobs_stage(jobs, (uint32_t) id);
	if (*stage)
		return find_task(*stage, (uint32_t) index);
	return index == SCALE_LOG_NO_TASK ? find_job(jobs, (uint32_t) id,
						     stage) : NULL;
}

static int by_workflow(const void *a, const void *b)
{
	const ctl_stage_t *x = *(ctl_stage_t *const *) a;
	const ctl_stage_t *y = *(ctl_stage_t *const *) b;
	int d = strcmp(x->workflow, y->workflow);

	if (d)
		return d;
	return x->uid != y->uid ? (x->uid > y->uid) - (x->uid < y->uid)
				: (x->id > y->id) - (x->id < y->id);
}

void ctl_jobs_sort(ctl_jobs_t *jobs)
{
	if (jobs->count)
		qsort(jobs->stage, jobs->count, sizeof(*jobs->stage),
		      by_workflow);
}

size_t ctl_jobs_next(const ctl_jobs_t *jobs, size_t i)
{
	const ctl_stage_t *first = jobs->stage[i];

	while (++i < jobs->count &&
	       jobs->stage[i]->uid == first->uid &&
	       !strcmp(jobs->stage[i]->workflow, first->workflow))
		;
	return i;
}

ctl_state_t ctl_task_state(const ctl_task_t *task)
{
	if (*task->state)
		return strcmp(task->state, "COMPLETED") ? CTL_FAILED
							: CTL_DONE;
	return isfinite(task->start) ? CTL_RUNNING : CTL_PENDING;
}

uint32_t ctl_stage_count(const ctl_stage_t *stage, ctl_state_t state)
{
	uint32_t n = 0;

	for (size_t i = 0; i < stage->task_count; i++)
		n += ctl_task_state(&stage->tasks[i]) == state;
	if (state == (stage->gone ? CTL_FAILED : CTL_PENDING))
		n += stage->count - (uint32_t) stage->task_count;
	return n;
}
