/*
 * langgraph.c - graphs that LangGraph's get_graph().to_json() prints
 *
 *   {"nodes": [{"id": "plan", ...}], "edges": [{"source": "plan",
 *    "target": "tools", "conditional": true}]}
 *
 * It tells names and edges only: costs and commands come from a YAML file.
 * Which branch is taken is known when it is taken, but Slurm is told of all
 * jobs beforehand: every branch is there, cycles are unrolled, and a task
 * that turns out not to be wanted has to end by itself.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader_impl.h"
#include "unroll.h"

typedef struct import {
	wf_json_t *r;
	json_t *index;		/* node: its number */
	char **label;		/* [n] borrowed from the document, or of
				   numbers */
	uint32_t n;
	wf_arc_t *arc;		/* [arcs] */
	size_t arcs;
	uint32_t *start;	/* [n] see unroll.h */
	bool *end, *begin;	/* [n] */
	char *conditional;	/* sentence on conditional edges, or NULL */
	wf_unrolled_t flat;
} import_t;

static int no_memory(import_t *im)
{
	return scale_err_set(im->r->err, ENOMEM, "%s: no memory",
			     im->r->wf->file);
}

/* A node's name, which may be a number.  OUT name: allocated */
static int get_name(import_t *im, json_t *entry, const char *path,
		    const char *key, char **name)
{
	json_t *value = json_object_get(entry, key);
	char number[32];

	if (json_is_string(value) && json_string_length(value)) {
		*name = strdup(json_string_value(value));
	} else if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld",
			 (long long) json_integer_value(value));
		*name = strdup(number);
	} else {
		return wf_json_fail(im->r, path,
				    "\"%s\" must be a name or a number", key);
	}
	return *name ? 0 : no_memory(im);
}

static bool is_start(const char *name)
{
	return !strcmp(name, "__start__");
}

static bool is_end(const char *name)
{
	return !strcmp(name, "__end__");
}

static int read_nodes(import_t *im, json_t *nodes)
{
	size_t count = json_array_size(nodes);

	if (count > WF_MAX_TASKS)
		return wf_json_fail(im->r, "nodes", "more than %d",
				    WF_MAX_TASKS);
	im->label = calloc(count + 1, sizeof(*im->label));
	if (!im->label)
		return no_memory(im);
	for (size_t i = 0; i < count; i++) {
		char path[40], *name;

		snprintf(path, sizeof(path), "nodes[%zu]", i);
		if (get_name(im, json_array_get(nodes, i), path, "id", &name))
			return -1;
		if (is_start(name) || is_end(name)) {
			free(name);
			continue;
		}
		im->label[im->n++] = name;
		if (json_object_get(im->index, name))
			return wf_fail(im->r->wf, wf_json_find(im->r, name),
				       im->r->err, EEXIST,
				       "node \"%s\" exists twice", name);
		if (json_object_set_new(im->index, name,
					json_integer(im->n - 1)))
			return no_memory(im);
	}
	if (!im->n)
		return wf_json_fail(im->r, "nodes",
				    "there are none but __start__ and __end__");
	return 0;
}

/* OUT *node: number of it; im->n for __start__ and __end__ */
static int find_node(import_t *im, const char *name, const char *path,
		     uint32_t *node)
{
	json_t *value = json_object_get(im->index, name);

	*node = value ? (uint32_t) json_integer_value(value) : im->n;
	if (value || is_start(name) || is_end(name))
		return 0;
	return wf_fail(im->r->wf, wf_json_find(im->r, name), im->r->err,
		       ENOENT, "%s: there is no node \"%.80s\"", path, name);
}

static int note_conditional(import_t *im, const char *from, const char *to)
{
	char *old = im->conditional;

	if (old && strlen(old) > 200)
		return 0;
	if (asprintf(&im->conditional, "%s%s%.40s -> %.40s%s", old ? old : "",
		     old ? ", " : "", from, is_end(to) ? "end" : to,
		     old && strlen(old) > 150 ? ", ..." : "") < 0) {
		im->conditional = old;
		return no_memory(im);
	}
	free(old);
	return 0;
}

static int add_edge(import_t *im, json_t *edge, const char *path)
{
	char *from = NULL, *to = NULL;
	uint32_t source, target;
	int rc = -1;

	if (get_name(im, edge, path, "source", &from) ||
	    get_name(im, edge, path, "target", &to) ||
	    find_node(im, from, path, &source) ||
	    find_node(im, to, path, &target))
		goto done;
	if (json_is_true(json_object_get(edge, "conditional")) &&
	    note_conditional(im, is_start(from) ? "start" : from, to))
		goto done;
	if (source < im->n && target < im->n)
		im->arc[im->arcs++] = (wf_arc_t){ source, target };
	else if (source < im->n)
		im->end[source] = true;
	else if (target < im->n)
		im->begin[target] = true;
	rc = 0;
done:
	free(from);
	free(to);
	return rc;
}

static int read_edges(import_t *im, json_t *edges)
{
	size_t count = json_array_size(edges);
	uint32_t filled = 0;

	if (count > WF_MAX_NEEDS)
		return wf_json_fail(im->r, "edges", "more than %d",
				    WF_MAX_NEEDS);
	im->arc = calloc(count + 1, sizeof(*im->arc));
	im->start = calloc(im->n, sizeof(*im->start));
	im->begin = calloc(im->n, sizeof(*im->begin));
	im->end = calloc(im->n, sizeof(*im->end));
	if (!im->arc || !im->start || !im->begin || !im->end)
		return no_memory(im);
	for (size_t i = 0; i < count; i++) {
		char path[40];

		snprintf(path, sizeof(path), "edges[%zu]", i);
		if (add_edge(im, json_array_get(edges, i), path))
			return -1;
	}
	for (int first = 1; first >= 0; first--)
		for (uint32_t i = 0; i < im->n; i++)
			if (im->begin[i] == first)
				im->start[filled++] = i;
	return 0;
}

/* The costs of one visit, which is as likely as that of its node to the
 * power of the visit. */
static int apply_costs(import_t *im, wf_costs_t *costs, const wf_copy_t *copy,
		       wf_task_t *task)
{
	double prob = 1.0;

	if (!costs)
		return 0;
	if (wf_costs_apply(costs, im->label[copy->node], task, &prob,
			   im->r->err))
		return -1;
	if (task->gflop > 0.0)
		task->gflop *= pow(prob, copy->visit);
	return 0;
}

static int add_tasks(import_t *im, wf_costs_t *costs)
{
	json_t *used = json_object();
	wf_t *wf = im->r->wf;
	int rc = -1;

	for (size_t i = 0; i < im->flat.copies; i++) {
		const wf_copy_t *copy = &im->flat.copy[i];
		char *label = im->label[copy->node], *name = label;
		wf_task_t *task;

		if (copy->cycle &&
		    asprintf(&name, "%s.%u", label, copy->visit) < 0) {
			no_memory(im);
			goto done;
		}
		task = wf_json_task(im->r, used, "id", name);
		if (name != label)
			free(name);
		if (!task)
			goto done;
		free(task->label);
		task->label = strcmp(task->id, label) ? strdup(label) : NULL;
		if (apply_costs(im, costs, copy, task))
			goto done;
	}
	for (size_t e = 0; e < im->flat.arcs; e++) {
		wf_task_t *child = &wf->task[im->flat.arc[e].to];

		if (wf_add_need(wf, child, wf->task[im->flat.arc[e].from].id,
				false, child->pos, im->r->err))
			goto done;
	}
	rc = 0;
done:
	json_decref(used);
	return rc;
}

/* "cycle of agent, tools: ..." for each cycle. */
static int note_cycles(import_t *im)
{
	for (uint32_t cycle = 1; cycle <= im->flat.cycles; cycle++) {
		char names[200] = "";
		size_t used = 0;

		for (size_t i = 0; i < im->flat.copies; i++) {
			const wf_copy_t *copy = &im->flat.copy[i];

			if (copy->cycle != cycle || copy->visit != 1)
				continue;
			if (used > sizeof(names) - 60) {
				strcat(names, ", ...");
				break;
			}
			used += snprintf(names + used, sizeof(names) - used,
					 "%s%.40s", used ? ", " : "",
					 im->label[copy->node]);
		}
		if (wf_note(im->r->wf, im->r->err,
			    "cycle of %s: unrolled to %d visits of each (--max-visits)",
			    names, im->r->how->max_visits))
			return -1;
	}
	if (im->conditional &&
	    wf_note(im->r->wf, im->r->err,
		    "conditional edges (%s): every branch is submitted; a task that is not wanted has to end by itself",
		    im->conditional))
		return -1;
	return 0;
}

static int read_all(import_t *im, json_t *root, wf_costs_t *costs)
{
	json_t *nodes, *edges;
	wf_digraph_t g;

	if (wf_json_get(im->r, root, "", "nodes", JSON_ARRAY, true, &nodes) ||
	    wf_json_get(im->r, root, "", "edges", JSON_ARRAY, true, &edges) ||
	    read_nodes(im, nodes) || read_edges(im, edges))
		return -1;
	g = (wf_digraph_t){ im->n, im->arc, im->arcs, im->start, im->end };
	if (wf_unroll(&g, im->r->how->max_visits, &im->flat, im->r->err))
		return errno == EFBIG ?
			       scale_err_prefix(im->r->err, "%s",
						im->r->wf->file) :
			       -1;
	if (add_tasks(im, costs) || note_cycles(im))
		return -1;
	return costs ? wf_costs_check_used(costs, im->r->err) : 0;
}

int wf_langgraph_read(wf_json_t *r, json_t *root)
{
	import_t im = { .r = r, .index = json_object() };
	wf_costs_t *costs = NULL;
	int rc = -1;

	if (!im.index)
		return no_memory(&im);
	if (!r->how->costs || (costs = wf_costs_read(r->how->costs, r->err)))
		rc = read_all(&im, root, costs);
	wf_costs_destroy(costs);
	json_decref(im.index);
	for (uint32_t i = 0; i < im.n; i++)
		free(im.label[i]);
	free(im.label);
	free(im.arc);
	free(im.start);
	free(im.begin);
	free(im.end);
	free(im.conditional);
	wf_unrolled_free(&im.flat);
	return rc;
}
