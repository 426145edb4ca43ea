/*
 * plan.c - from tasks to jobs and job arrays
 *
 * Tasks are taken level by level (edges from a root), so that all parents
 * have their jobs before a child is looked at, and so that no array depends
 * on itself.  Every task gets a key that says all in which members of an
 * array must agree; equal keys make an array.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "annotate.h"
#include "plan.h"

typedef struct item {
	uint32_t task;
	uint32_t level;
	uint32_t element;	/* that aftercorr asks for */
	bool corr;		/* each parent in an array has it */
	char *key;		/* corr: with "the same element" for those */
	char *exact;		/* with the elements themselves */
} item_t;

typedef struct maker {
	const wf_t *wf;
	wf_plan_t *plan;
	item_t *item;		/* [tasks] by level */
	bool arrays;
	scale_err_t *err;
} maker_t;

static int no_memory(scale_err_t *err)
{
	return scale_err_set(err, ENOMEM, "no memory for the plan");
}

bool wf_job_siblings(const wf_job_t *job)
{
	return job->count > 1;
}

void wf_plan_destroy(wf_plan_t *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->job[i].task);
		free(plan->job[i].element);
		free(plan->job[i].dep);
	}
	free(plan->job);
	free(plan->job_of);
	free(plan->element_of);
	free(plan);
}

/* Dependencies of one task on jobs, sorted, one of a kind. */

static int compare_dep(const void *a, const void *b)
{
	const wf_dep_t *x = a, *y = b;

	if (x->job != y->job)
		return x->job < y->job ? -1 : 1;
	if (x->job == WF_OUTSIDE)
		return strcmp(x->need->id, y->need->id);
	return (x->element > y->element) - (x->element < y->element);
}

/* A dependency on every element is one on the whole array. */
static size_t join_elements(const wf_plan_t *plan, wf_dep_t *dep, size_t count)
{
	size_t out = 0, run;

	for (size_t i = 0; i < count; i += run) {
		run = 1;
		while (i + run < count && dep[i].type == WF_DEP_ELEMENT &&
		       dep[i].job != WF_OUTSIDE &&
		       dep[i + run].job == dep[i].job)
			run++;
		if (dep[i].type == WF_DEP_ELEMENT && dep[i].job != WF_OUTSIDE &&
		    run == plan->job[dep[i].job].count) {
			dep[out] = dep[i];
			dep[out++].type = WF_DEP_OK;
			continue;
		}
		memmove(dep + out, dep + i, run * sizeof(*dep));
		out += run;
	}
	return out;
}

/* OUT dep [need_count].  RET how many */
static size_t task_deps(const maker_t *m, const wf_task_t *task, wf_dep_t *dep)
{
	for (size_t k = 0; k < task->need_count; k++) {
		const wf_need_t *need = &task->need[k];

		dep[k] = (wf_dep_t){ .type = need->each ? WF_DEP_CORR :
							  WF_DEP_OK,
				     .job = WF_OUTSIDE,
				     .need = need };
		if (need->task == WF_OUTSIDE)
			continue;
		dep[k].job = m->plan->job_of[need->task];
		if (!wf_job_siblings(&m->plan->job[dep[k].job]))
			continue;
		dep[k].type = WF_DEP_ELEMENT;
		dep[k].element = m->plan->element_of[need->task];
	}
	qsort(dep, task->need_count, sizeof(*dep), compare_dep);
	return join_elements(m->plan, dep, task->need_count);
}

/* True when all elements it needs of arrays have one number, and each array
 * gives one only. */
static bool is_corr(const wf_dep_t *dep, size_t count, uint32_t *element)
{
	bool any = false;

	for (size_t k = 0; k < count; k++) {
		if (dep[k].type != WF_DEP_ELEMENT)
			continue;
		if (any && dep[k].element != *element)
			return false;
		any = true;
		*element = dep[k].element;
	}
	return any;
}

/* What members of an array must agree in. */
static char *make_key(const wf_task_t *task, const wf_dep_t *dep, size_t count,
		      bool corr)
{
	char *key = NULL;
	size_t size;
	FILE *out = open_memstream(&key, &size);

	if (!out)
		return NULL;
	fprintf(out, "%a %lld", task->mem_gb, (long long) task->retries);
	for (size_t k = 0; k < count; k++) {
		if (dep[k].job == WF_OUTSIDE)
			fprintf(out, " %s", dep[k].need->id);
		else if (dep[k].type == WF_DEP_ELEMENT && !corr)
			fprintf(out, " %u_%u", dep[k].job, dep[k].element);
		else
			fprintf(out, " %u:%d", dep[k].job, dep[k].type);
	}
	for (size_t k = 0; k < task->option.count; k++)
		fprintf(out, "\n%s", task->option.word[k]);
	if (fclose(out)) {
		free(key);
		return NULL;
	}
	return key;
}

static int set_keys(maker_t *m, item_t *item)
{
	const wf_task_t *task = &m->wf->task[item->task];
	wf_dep_t *dep = calloc(task->need_count + 1, sizeof(*dep));
	size_t count;

	if (!dep)
		return no_memory(m->err);
	count = task_deps(m, task, dep);
	item->corr = is_corr(dep, count, &item->element);
	item->exact = make_key(task, dep, count, false);
	item->key = make_key(task, dep, count, item->corr);
	free(dep);
	return item->key && item->exact ? 0 : no_memory(m->err);
}

/* Only plain commands share an array. */
static bool may_share(const maker_t *m, const item_t *item)
{
	const wf_task_t *task = &m->wf->task[item->task];

	return m->arrays && !task->width && task->command;
}

static int compare_key(const void *a, const void *b)
{
	const item_t *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (!order)
		order = (x->element > y->element) - (x->element < y->element);
	return order ? order : (x->task > y->task) - (x->task < y->task);
}

static int compare_exact(const void *a, const void *b)
{
	const item_t *x = a, *y = b;
	int order = strcmp(x->exact, y->exact);

	return order ? order : (x->task > y->task) - (x->task < y->task);
}

/* Jobs */

static int add_deps(maker_t *m, wf_job_t *job, bool corr)
{
	const wf_task_t *task = &m->wf->task[job->task[0]];

	job->dep = calloc(task->need_count + 1, sizeof(*job->dep));
	if (!job->dep)
		return no_memory(m->err);
	job->dep_count = task_deps(m, task, job->dep);
	for (size_t k = 0; corr && k < job->dep_count; k++)
		if (job->dep[k].type == WF_DEP_ELEMENT)
			job->dep[k].type = WF_DEP_CORR;
	return 0;
}

static void name_job(const maker_t *m, wf_job_t *job)
{
	const char *id = m->wf->task[job->task[0]].id;

	if (wf_job_siblings(job))
		snprintf(job->name, sizeof(job->name), "%.56s+%zu", id,
			 job->count - 1);
	else
		snprintf(job->name, sizeof(job->name), "%s", id);
}

/* One job of items [count], which are siblings when there are several. */
static int add_job(maker_t *m, const item_t *item, size_t count, bool corr)
{
	wf_job_t *job = &m->plan->job[m->plan->count];

	job->task = calloc(count, sizeof(*job->task));
	job->element = calloc(count, sizeof(*job->element));
	if (!job->task || !job->element) {
		free(job->task);
		free(job->element);
		*job = (wf_job_t){ 0 };
		return no_memory(m->err);
	}
	m->plan->count++;
	job->count = count;
	for (size_t i = 0; i < count; i++) {
		uint32_t task = item[i].task;

		job->task[i] = task;
		job->element[i] = corr ? item[i].element : i;
		m->plan->job_of[task] = job - m->plan->job;
		m->plan->element_of[task] = job->element[i];
		if (job->hops < m->wf->hops[task])
			job->hops = m->wf->hops[task];
	}
	job->width = count > 1 ? (int64_t) count :
				 m->wf->task[item[0].task].width;
	name_job(m, job);
	return add_deps(m, job, corr);
}

/* How many of item [count] fit into one array's annotation. */
static size_t fitting(const maker_t *m, const item_t *item, size_t count)
{
	size_t used = WF_NAME_SIZE * 2 + 100, i;

	for (i = 0; i < count && i < WF_ARRAY_MAX; i++) {
		used += wf_annotation_share(&m->wf->task[item[i].task]);
		/* a bar for each element up to this one */
		if (used + item[i].element > WF_COMMENT_MAX)
			break;
	}
	return i ? i : 1;
}

/* As few arrays as possible, of near equal size. */
static int add_array(maker_t *m, const item_t *item, size_t count, bool corr)
{
	size_t size;

	for (size_t i = 0; i < count; i += size) {
		size = fitting(m, item + i, count - i);
		/* one alone has no array to correspond to */
		if (add_job(m, item + i, size, corr && size > 1))
			return -1;
	}
	return 0;
}

static bool distinct_elements(const item_t *item, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (item[i].element == item[i - 1].element)
			return false;
	return true;
}

/* Items of one key: an array with aftercorr where that holds, else arrays of
 * those that need the very same elements. */
static int add_group(maker_t *m, item_t *item, size_t count)
{
	size_t run;

	if (!item->corr || (count > 1 && distinct_elements(item, count)))
		return add_array(m, item, count, item->corr);
	qsort(item, count, sizeof(*item), compare_exact);
	for (size_t i = 0; i < count; i += run) {
		for (run = 1; i + run < count; run++)
			if (strcmp(item[i].exact, item[i + run].exact))
				break;
		if (add_array(m, item + i, run, false))
			return -1;
	}
	return 0;
}

static int compare_job(const void *a, const void *b)
{
	const wf_job_t *x = a, *y = b;

	return (x->task[0] > y->task[0]) - (x->task[0] < y->task[0]);
}

/* Jobs from first on, in the order of the file. */
static void sort_jobs(wf_plan_t *plan, size_t first)
{
	qsort(plan->job + first, plan->count - first, sizeof(*plan->job),
	      compare_job);
	for (size_t i = first; i < plan->count; i++)
		for (size_t k = 0; k < plan->job[i].count; k++)
			plan->job_of[plan->job[i].task[k]] = i;
}

static int add_level(maker_t *m, item_t *item, size_t count)
{
	size_t shared = 0, run, first = m->plan->count;

	for (size_t i = 0; i < count; i++) {
		if (set_keys(m, &item[i]))
			return -1;
		if (may_share(m, &item[i])) {
			item_t swap = item[shared];

			item[shared++] = item[i];
			item[i] = swap;
		}
	}
	qsort(item, shared, sizeof(*item), compare_key);
	for (size_t i = 0; i < shared; i += run) {
		for (run = 1; i + run < shared; run++)
			if (strcmp(item[i].key, item[i + run].key))
				break;
		if (add_group(m, item + i, run))
			return -1;
	}
	for (size_t i = shared; i < count; i++)
		if (add_job(m, &item[i], 1, false))
			return -1;
	sort_jobs(m->plan, first);
	return 0;
}

static int compare_level(const void *a, const void *b)
{
	const item_t *x = a, *y = b;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	return (x->task > y->task) - (x->task < y->task);
}

static void set_levels(maker_t *m)
{
	const wf_t *wf = m->wf;

	for (uint32_t i = 0; i < wf->count; i++)
		m->item[i].task = i;
	for (size_t k = 0; k < wf->count; k++) {
		uint32_t i = wf->order[k];

		for (uint32_t e = wf->child_first[i];
		     e < wf->child_first[i + 1]; e++)
			if (m->item[wf->child[e]].level <= m->item[i].level)
				m->item[wf->child[e]].level =
					m->item[i].level + 1;
	}
	qsort(m->item, wf->count, sizeof(*m->item), compare_level);
}

static int make_jobs(maker_t *m)
{
	size_t run;

	set_levels(m);
	for (size_t i = 0; i < m->wf->count; i += run) {
		for (run = 1; i + run < m->wf->count; run++)
			if (m->item[i + run].level != m->item[i].level)
				break;
		if (add_level(m, m->item + i, run))
			return -1;
	}
	return 0;
}

wf_plan_t *wf_plan_create(const wf_t *wf, bool arrays, scale_err_t *err)
{
	wf_plan_t *plan = calloc(1, sizeof(*plan));
	maker_t m = { wf, plan, calloc(wf->count, sizeof(item_t)), arrays,
		      err };
	int rc = -1;

	if (plan) {
		plan->job = calloc(wf->count, sizeof(*plan->job));
		plan->job_of = calloc(wf->count, sizeof(*plan->job_of));
		plan->element_of =
			calloc(wf->count, sizeof(*plan->element_of));
	}
	if (plan && m.item && plan->job && plan->job_of && plan->element_of)
		rc = make_jobs(&m);
	else
		no_memory(err);
	for (size_t i = 0; m.item && i < wf->count; i++) {
		free(m.item[i].key);
		free(m.item[i].exact);
	}
	free(m.item);
	if (rc) {
		wf_plan_destroy(plan);
		return NULL;
	}
	return plan;
}
