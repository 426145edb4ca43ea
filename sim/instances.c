/*
 * instances.c - workflows that were recorded, as templates
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"	/* asprintf() */

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../workflow/reader.h"
#include "instances.h"

/* Recorded times of 0 s are too short to be measured. */
#define LEAST_SHARE 1e-3

static int no_memory(scale_err_t *err)
{
	return scale_err_set(err, ENOMEM, "no memory for the instances");
}

void sim_instances_destroy(sim_instances_t *instances)
{
	int saved = errno;

	if (!instances)
		return;
	for (size_t k = 0; k < instances->count; k++)
		free(instances->item[k].block);
	free(instances->item);
	free(instances);
	errno = saved;
}

static int alloc_instance(sim_instance_t *item, const wf_t *wf)
{
	size_t n = wf->count, edges = wf->child_first[n];
	sim_workflow_spec_t *spec = &item->spec;

	item->block = calloc(1, 3 * n * sizeof(double) +
				(n + 1 + edges) * sizeof(uint32_t));
	if (!item->block)
		return -1;
	*spec = (sim_workflow_spec_t) {
		.n = (uint32_t) n,
		.gflop = item->block,
	};
	spec->mem_gb = spec->gflop + n;
	spec->out_gb = spec->mem_gb + n;
	spec->parent_first = (uint32_t *) (spec->out_gb + n);
	spec->parent = spec->parent_first + n + 1;
	return 0;
}

/*
 * Parents from children, primitives renumbered so that parents come first.
 * Going through the parents in their new order makes each list ascend.
 * IN  rank [n] new numbers
 */
static void fill_edges(sim_workflow_spec_t *spec, const wf_t *wf,
		       const uint32_t *rank)
{
	uint32_t *first = spec->parent_first, edges = wf->child_first[spec->n];

	for (uint32_t e = 0; e < edges; e++)
		first[rank[wf->child[e]] + 1]++;
	for (uint32_t i = 0; i < spec->n; i++)
		first[i + 1] += first[i];
	for (uint32_t k = 0; k < spec->n; k++) {
		uint32_t i = wf->order[k];

		for (uint32_t e = wf->child_first[i];
		     e < wf->child_first[i + 1]; e++)
			spec->parent[first[rank[wf->child[e]]]++] = k;
	}
	/* each start has moved to the next list's: move back */
	memmove(first + 1, first, spec->n * sizeof(*first));
	first[0] = 0;
}

static void fill_shares(sim_workflow_spec_t *spec, const wf_t *wf)
{
	double sum = 0.0, known = 0.0, mean;

	for (size_t i = 0; i < wf->count; i++)
		if (wf->task[i].gflop >= 0.0) {
			sum += wf->task[i].gflop;
			known++;
		}
	mean = sum > 0.0 ? sum / known : 1.0;
	sum = 0.0;
	for (uint32_t k = 0; k < spec->n; k++) {
		double work = wf->task[wf->order[k]].gflop;

		spec->gflop[k] = work < 0.0 ? mean :
				 fmax(work, LEAST_SHARE * mean);
		sum += spec->gflop[k];
	}
	for (uint32_t k = 0; k < spec->n; k++)
		spec->gflop[k] /= sum;
}

static int convert(sim_instance_t *item, const wf_t *wf, scale_err_t *err)
{
	uint32_t *rank = malloc(wf->count * sizeof(*rank));

	if (!rank || alloc_instance(item, wf)) {
		free(rank);
		return no_memory(err);
	}
	for (uint32_t k = 0; k < item->spec.n; k++) {
		const wf_task_t *task = &wf->task[wf->order[k]];

		rank[wf->order[k]] = k;
		item->spec.mem_gb[k] = task->mem_gb < 0.0 ? NAN : task->mem_gb;
		item->spec.out_gb[k] = task->out_gb < 0.0 ? NAN : task->out_gb;
	}
	fill_edges(&item->spec, wf, rank);
	fill_shares(&item->spec, wf);
	free(rank);
	return 0;
}

/* A record has a task for each primitive that ran. */
static int no_arrays(const wf_t *wf, scale_err_t *err)
{
	for (size_t i = 0; i < wf->count; i++)
		if (wf->task[i].width)
			return scale_err_set(err, EINVAL,
					     "%s:%zu: task %s is an array; instances name each primitive: write its elements out",
					     wf->file, wf->task[i].pos.line,
					     wf->task[i].id);
	return 0;
}

static int read_instance(sim_instances_t *all, const char *path,
			 scale_err_t *err)
{
	wf_read_t how = WF_READ_DEFAULTS;
	sim_instance_t *item = &all->item[all->count];
	int saved, rc = -1;
	wf_t *wf;

	how.command = ":";	/* nobody runs them */
	wf = wf_read_file(path, &how, err);
	if (!wf)
		return -1;
	if (!no_arrays(wf, err) && !wf_check(wf, NULL, NULL, err) &&
	    !convert(item, wf, err)) {
		size_t edges = item->spec.parent_first[item->spec.n];

		all->count++;
		if (wf->count > all->tasks_max)
			all->tasks_max = wf->count;
		if (edges > all->edges_max)
			all->edges_max = edges;
		rc = 0;
	}
	saved = errno;
	wf_destroy(wf);
	errno = saved;
	return rc;
}

static int is_instance(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 5 && !strcmp(entry->d_name + length - 5, ".json");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);	/* in any locale */
}

static int read_all(sim_instances_t *all, const char *dir,
		    struct dirent **entry, int count, scale_err_t *err)
{
	all->item = calloc((size_t) count, sizeof(*all->item));
	if (!all->item)
		return no_memory(err);
	for (int i = 0; i < count; i++) {
		char *path;
		int rc;

		if (asprintf(&path, "%s/%s", dir, entry[i]->d_name) < 0)
			return no_memory(err);
		rc = read_instance(all, path, err);
		free(path);
		if (rc)
			return -1;
	}
	return 0;
}

sim_instances_t *sim_instances_read(const char *dir, scale_err_t *err)
{
	struct dirent **entry = NULL;
	int count = scandir(dir, &entry, is_instance, by_name), rc = -1;
	sim_instances_t *all = calloc(1, sizeof(*all));

	if (!all)
		no_memory(err);
	else if (count < 0)
		scale_err_set(err, errno, "instances: cannot read %s: %s", dir,
			      strerror(errno));
	else if (!count)
		scale_err_set(err, EINVAL,
			      "instances: no file in %s ends in .json", dir);
	else
		rc = read_all(all, dir, entry, count, err);
	for (int i = 0; i < count; i++)
		free(entry[i]);
	free(entry);
	if (rc) {
		sim_instances_destroy(all);
		return NULL;
	}
	return all;
}
