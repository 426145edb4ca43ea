/*
 * check.c - from names to a graph: duplicates, missing parents, cycles
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow.h"

enum { CYCLE_SHOWN = 12 };	/* tasks of a cycle that an error names */

static int no_memory(const wf_t *wf, scale_err_t *err)
{
	return scale_err_set(err, ENOMEM, "%s: no memory for %zu tasks",
			     wf->file, wf->count);
}

static int compare_id(const void *a, const void *b, void *arg)
{
	const wf_task_t *task = arg;
	uint32_t i = *(const uint32_t *) a, j = *(const uint32_t *) b;
	int order = strcmp(task[i].id, task[j].id);

	return order ? order : (i > j) - (i < j);
}

/* Sort by id; of two equal ones the later is the duplicate. */
static int index_names(wf_t *wf, scale_err_t *err)
{
	for (uint32_t i = 0; i < wf->count; i++)
		wf->by_id[i] = i;
	qsort_r(wf->by_id, wf->count, sizeof(*wf->by_id), compare_id,
		wf->task);
	for (size_t i = 1; i < wf->count; i++) {
		const wf_task_t *one = &wf->task[wf->by_id[i - 1]];
		const wf_task_t *two = &wf->task[wf->by_id[i]];

		if (strcmp(one->id, two->id))
			continue;
		if (one->pos.line)
			return wf_fail(wf, two->pos, err, EEXIST,
				       "task \"%s\" exists already, in line %zu",
				       two->id, one->pos.line);
		return wf_fail(wf, two->pos, err, EEXIST,
			       "task \"%s\" exists twice", two->id);
	}
	return 0;
}

ssize_t wf_find(const wf_t *wf, const char *id)
{
	size_t low = 0, high = wf->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(wf->task[wf->by_id[middle]].id, id);

		if (!order)
			return wf->by_id[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static int no_array(const wf_t *wf, const wf_task_t *task,
		    const wf_need_t *need, scale_err_t *err)
{
	return wf_fail(wf, need->pos, err, EINVAL,
		       "task \"%s\" is no array: give it a width, or write needs instead of needs_each",
		       task->id);
}

static int check_each(const wf_t *wf, const wf_task_t *task,
		      const wf_need_t *need, scale_err_t *err)
{
	const wf_task_t *parent = &wf->task[need->task];

	if (!need->each)
		return 0;
	if (!task->width)
		return no_array(wf, task, need, err);
	if (parent->width != task->width)
		return wf_fail(wf, need->pos, err, EINVAL,
			       "task \"%s\" has width %lld and \"%s\" has %lld; needs_each pairs equal widths",
			       task->id, (long long) task->width, parent->id,
			       (long long) parent->width);
	return 0;
}

static int needed_twice(const wf_t *wf, const wf_task_t *task,
			const wf_need_t *need, scale_err_t *err)
{
	return wf_fail(wf, need->pos, err, EEXIST,
		       "task \"%s\" needs \"%s\" twice", task->id, need->id);
}

/* A task submitted before; there are few. */
static int resolve_outside(const wf_t *wf, const wf_task_t *task, size_t i,
			   wf_known_f known, void *arg, scale_err_t *err)
{
	wf_need_t *need = &task->need[i];

	if (!known || !known(need->id, arg))
		return wf_fail(wf, need->pos, err, ENOENT,
			       "task \"%s\" needs \"%s\", and there is no such task",
			       task->id, need->id);
	if (need->each && !task->width)
		return no_array(wf, task, need, err);
	need->task = WF_OUTSIDE;
	for (size_t k = 0; k < i; k++)
		if (task->need[k].task == WF_OUTSIDE &&
		    !strcmp(task->need[k].id, need->id))
			return needed_twice(wf, task, need, err);
	return 0;
}

/* TMP child_of [count]: the last task that named it, plus 1 */
static int resolve_needs(wf_t *wf, uint32_t index, uint32_t *child_of,
			 wf_known_f known, void *arg, scale_err_t *err)
{
	wf_task_t *task = &wf->task[index];

	for (size_t i = 0; i < task->need_count; i++) {
		wf_need_t *need = &task->need[i];
		ssize_t found = wf_find(wf, need->id);

		if (found < 0) {
			if (resolve_outside(wf, task, i, known, arg, err))
				return -1;
			continue;
		}
		need->task = found;
		if (child_of[found] == index + 1)
			return needed_twice(wf, task, need, err);
		child_of[found] = index + 1;
		if (check_each(wf, task, need, err))
			return -1;
	}
	return 0;
}

/* Children lists from needs. */
static int link_children(wf_t *wf, scale_err_t *err)
{
	uint32_t *fill;

	for (size_t i = 0; i < wf->count; i++)
		for (size_t k = 0; k < wf->task[i].need_count; k++)
			if (wf->task[i].need[k].task != WF_OUTSIDE)
				wf->child_first[wf->task[i].need[k].task + 1]++;
	for (size_t i = 0; i < wf->count; i++)
		wf->child_first[i + 1] += wf->child_first[i];
	fill = malloc((wf->count + 1) * sizeof(*fill));
	if (!fill)
		return no_memory(wf, err);
	memcpy(fill, wf->child_first, wf->count * sizeof(*fill));
	for (uint32_t i = 0; i < wf->count; i++)
		for (size_t k = 0; k < wf->task[i].need_count; k++)
			if (wf->task[i].need[k].task != WF_OUTSIDE)
				wf->child[fill[wf->task[i].need[k].task]++] = i;
	free(fill);
	return 0;
}

scale_dag_t wf_dag(const wf_t *wf)
{
	return (scale_dag_t){ wf->count, wf->child_first, wf->child };
}

/* Strip what has no parents left, again and again; what stays lies on a
 * cycle or behind one.  OUT left [count], not 0 for what stays */
static void strip_free(const wf_t *wf, uint32_t *left, uint32_t *stack)
{
	size_t depth = 0;

	for (uint32_t i = 0; i < wf->child_first[wf->count]; i++)
		left[wf->child[i]]++;
	for (uint32_t i = 0; i < wf->count; i++)
		if (!left[i])
			stack[depth++] = i;
	while (depth) {
		uint32_t i = stack[--depth];

		for (uint32_t e = wf->child_first[i];
		     e < wf->child_first[i + 1]; e++)
			if (!--left[wf->child[e]])
				stack[depth++] = wf->child[e];
	}
}

/* A parent of task i that stays as well. */
static uint32_t left_parent(const wf_t *wf, const uint32_t *left, uint32_t i,
			    const wf_need_t **need)
{
	for (size_t k = 0; k < wf->task[i].need_count; k++) {
		uint32_t parent = wf->task[i].need[k].task;

		if (parent == WF_OUTSIDE || !left[parent])
			continue;
		*need = &wf->task[i].need[k];
		return parent;
	}
	return i;
}

/* The sentence "a -> b -> a" of the cycle through last. */
static int name_cycle(const wf_t *wf, const uint32_t *left, uint32_t last,
		      uint32_t *path, scale_err_t *err)
{
	char text[SCALE_ERR_TEXT / 2] = "";
	const wf_need_t *need = NULL, *any;
	size_t length = 0, used = 0, first = 0;
	uint32_t i = last;

	do {	/* from the end to the beginning */
		path[length++] = i;
		i = left_parent(wf, left, i, length == 1 ? &need : &any);
	} while (i != last && length < wf->count);
	for (size_t k = 1; k < length; k++)	/* as the file begins */
		if (path[k] < path[first])
			first = k;
	for (size_t k = 0; k <= length && used < sizeof(text) - 1; k++) {
		if (k == CYCLE_SHOWN && k < length) {
			snprintf(text + used, sizeof(text) - used,
				 " -> ... (%zu tasks)", length);
			break;
		}
		i = path[(first + 2 * length - k) % length];
		used += snprintf(text + used, sizeof(text) - used, "%s%s",
				 k ? " -> " : "", wf->task[i].id);
	}
	return wf_fail(wf, need->pos, err, ELOOP,
		       "tasks wait for each other: %s", text);
}

static int report_cycle(const wf_t *wf, scale_err_t *err)
{
	uint32_t *block = calloc(2 * wf->count, sizeof(*block));
	uint32_t *left = block, *path = block + wf->count;
	const wf_need_t *need;
	uint32_t i = 0;

	if (!block)
		return no_memory(wf, err);
	strip_free(wf, left, path);
	while (!left[i])
		i++;
	/* so many steps back end on the cycle */
	for (size_t k = 0; k < wf->count; k++)
		i = left_parent(wf, left, i, &need);
	name_cycle(wf, left, i, path, err);
	free(block);
	errno = ELOOP;
	return -1;
}

static int allocate(wf_t *wf, scale_err_t *err)
{
	wf->by_id = calloc(wf->count, sizeof(*wf->by_id));
	wf->order = calloc(wf->count, sizeof(*wf->order));
	wf->hops = calloc(wf->count, sizeof(*wf->hops));
	wf->child_first = calloc(wf->count + 1, sizeof(*wf->child_first));
	wf->child = calloc(wf->need_total + 1, sizeof(*wf->child));
	if (!wf->by_id || !wf->order || !wf->hops || !wf->child_first ||
	    !wf->child)
		return no_memory(wf, err);
	return 0;
}

int wf_check(wf_t *wf, wf_known_f known, void *arg, scale_err_t *err)
{
	scale_dag_t dag;

	if (!wf->count)
		return wf_fail(wf, (wf_pos_t){ 0 }, err, EINVAL,
			       "the workflow has no tasks");
	if (allocate(wf, err) || index_names(wf, err))
		return -1;
	/* hops is not needed yet and serves as scratch */
	for (uint32_t i = 0; i < wf->count; i++)
		if (resolve_needs(wf, i, wf->hops, known, arg, err))
			return -1;
	if (link_children(wf, err))
		return -1;
	dag = wf_dag(wf);
	if (scale_dag_order(&dag, wf->order, err))
		return errno == ELOOP ? report_cycle(wf, err) : -1;
	scale_dag_hops(&dag, wf->order, wf->hops);
	return 0;
}
