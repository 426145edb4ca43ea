/*
 * wfformat.c - recorded workflows in WfFormat 1.4, 1.5 and 1.6 (WfCommons)
 *
 * Edges come from parents (1.4: and from children).  Work is runtime x cores
 * in use x clock rate x operations per cycle, the output is what children
 * read of it.  1.4 keeps files and runs inside the task and calls parents by
 * name; from 1.5 on they stand in lists of their own.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader_impl.h"
#include "script.h"

#define SHORTEST_SEC	0.1	/* for runtimes recorded as 0 */
#define LEAST_CORES	0.01	/* in use, for avgCPU near 0 */
#define LEAST_GB	0.016	/* a shell needs as much */

typedef struct import {
	wf_json_t *r;
	bool v14;		/* the layout of version 1.4 */
	json_t *tasks;		/* list */
	json_t *index;		/* id or name: number of the task */
	json_t *edges;		/* "parent>child": true */
	json_t *runs;		/* id: its entry of execution.tasks */
	json_t *speeds;		/* machine: MHz */
	json_t *sizes;		/* file: bytes */
	json_t *readers;	/* file: numbers of the tasks that read it */
} import_t;

/* A list called key that may be missing; then *count is 0. */
static int get_list(import_t *im, json_t *object, const char *path,
		    const char *key, bool required, json_t **list,
		    size_t *count)
{
	if (wf_json_get(im->r, object, path, key, JSON_ARRAY, required, list))
		return -1;
	*count = json_array_size(*list);
	return 0;
}

static int no_memory(import_t *im)
{
	return scale_err_set(im->r->err, ENOMEM, "%s: no memory",
			     im->r->wf->file);
}

static int get_string(import_t *im, json_t *object, const char *path,
		      const char *key, bool required, const char **out)
{
	json_t *value;

	if (wf_json_get(im->r, object, path, key, JSON_STRING, required,
			&value))
		return -1;
	*out = json_string_value(value);
	return 0;
}

static void task_path(import_t *im, size_t i, char path[80])
{
	snprintf(path, 80, "workflow%s.tasks[%zu]",
		 im->v14 ? "" : ".specification", i);
}

/* Tasks, and the names that others call them by. */
static int add_tasks(import_t *im)
{
	json_t *used = json_object();
	const char *key = im->v14 ? "name" : "id";
	size_t count = json_array_size(im->tasks);
	int rc = -1;

	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_array_get(im->tasks, i);
		const char *name, *id;
		char path[80];

		task_path(im, i, path);
		if (get_string(im, entry, path, key, true, &name) ||
		    get_string(im, entry, path, "id", !im->v14, &id))
			goto done;
		if (!*name) {
			wf_json_fail(im->r, path, "\"%s\" is empty", key);
			goto done;
		}
		if (json_object_get(im->index, name)) {
			wf_json_fail(im->r, path, "task \"%s\" exists already",
				     name);
			goto done;
		}
		if (!wf_json_task(im->r, used, key, name))
			goto done;
		json_object_set_new(im->index, name, json_integer(i));
		if (id && !json_object_get(im->index, id))
			json_object_set_new(im->index, id, json_integer(i));
	}
	rc = 0;
done:
	json_decref(used);
	return rc;
}

static int64_t find_task(import_t *im, const char *name)
{
	json_t *value = json_object_get(im->index, name);

	return value ? json_integer_value(value) : -1;
}

/* RET 1 when the edge is new, 0 when not, -1 with ENOMEM */
static int note_edge(import_t *im, size_t parent, size_t child)
{
	char key[48];

	snprintf(key, sizeof(key), "%zu>%zu", parent, child);
	if (json_object_get(im->edges, key))
		return 0;
	if (json_object_set_new(im->edges, key, json_true()))
		return no_memory(im);
	return 1;
}

static bool is_edge(import_t *im, size_t parent, size_t child)
{
	char key[48];

	snprintf(key, sizeof(key), "%zu>%zu", parent, child);
	return json_object_get(im->edges, key);
}

static int add_edge(import_t *im, size_t parent, size_t child)
{
	wf_t *wf = im->r->wf;
	int fresh = note_edge(im, parent, child);

	if (fresh <= 0)
		return fresh;
	return wf_add_need(wf, &wf->task[child], wf->task[parent].id, false,
			   wf->task[child].pos, im->r->err);
}

/* The other end of item k of a task's list of parents or children. */
static int get_peer(import_t *im, size_t i, const char *key, json_t *list,
		    size_t k, size_t *peer)
{
	wf_t *wf = im->r->wf;
	const char *name;
	char path[80];
	int64_t found;

	task_path(im, i, path);
	strcat(path, ".");
	strcat(path, key);
	if (wf_json_item(im->r, list, path, k, &name))
		return -1;
	found = find_task(im, name);
	if (found < 0)
		return wf_fail(wf, wf->task[i].pos, im->r->err, ENOENT,
			       "task \"%s\" names \"%.80s\" among its %s, and there is no such task",
			       wf->task[i].id, name, key);
	*peer = found;
	return 0;
}

static int add_parents(import_t *im, size_t i)
{
	char path[80];
	json_t *list;
	size_t count, peer;

	task_path(im, i, path);
	if (get_list(im, json_array_get(im->tasks, i), path, "parents",
		     !im->v14, &list, &count))
		return -1;
	for (size_t k = 0; k < count; k++)
		if (get_peer(im, i, "parents", list, k, &peer) ||
		    add_edge(im, peer, i))
			return -1;
	return 0;
}

/* From 1.5 on both ends tell of an edge, and must agree. */
static int check_children(import_t *im, size_t i)
{
	wf_t *wf = im->r->wf;
	char path[80];
	json_t *list;
	size_t count, peer;

	task_path(im, i, path);
	if (get_list(im, json_array_get(im->tasks, i), path, "children",
		     false, &list, &count))
		return -1;
	for (size_t k = 0; k < count; k++) {
		if (get_peer(im, i, "children", list, k, &peer))
			return -1;
		if (im->v14 ? add_edge(im, i, peer) : 0)
			return -1;
		if (!is_edge(im, i, peer))
			return wf_fail(wf, wf->task[i].pos, im->r->err, EINVAL,
				       "task \"%s\" has the child \"%s\", which does not have it among its parents",
				       wf->task[i].id, wf->task[peer].id);
	}
	return 0;
}

/* Files */

static int add_size(import_t *im, json_t *file, const char *path,
		    const char *key)
{
	const char *name;
	double bytes;

	if (get_string(im, file, path, key, true, &name) ||
	    wf_json_number(im->r, file, path, "sizeInBytes", 1e18, 0.0,
			   &bytes))
		return -1;
	if (json_object_set_new(im->sizes, name, json_real(bytes)))
		return no_memory(im);
	return 0;
}

static int add_reader(import_t *im, const char *file, size_t task)
{
	json_t *list = json_object_get(im->readers, file);

	if (!list) {
		list = json_array();
		if (json_object_set_new(im->readers, file, list))
			return no_memory(im);
	}
	return json_array_append_new(list, json_integer(task)) ?
		       no_memory(im) :
		       0;
}

typedef int (*file_f)(import_t *im, const char *file, size_t task);

/* Call what for each file that task i reads (input) or writes. */
static int each_file(import_t *im, size_t i, bool input, file_f what)
{
	json_t *entry = json_array_get(im->tasks, i), *list;
	const char *key = im->v14 ? "files" :
			  input	  ? "inputFiles" :
				    "outputFiles";
	char path[80];
	size_t count;

	task_path(im, i, path);
	if (get_list(im, entry, path, key, false, &list, &count))
		return -1;
	for (size_t k = 0; k < count; k++) {
		const char *name, *link = NULL;
		json_t *file = json_array_get(list, k);

		if (!im->v14) {
			if (wf_json_item(im->r, list, path, k, &name))
				return -1;
		} else if (get_string(im, file, path, "link", true, &link) ||
			   get_string(im, file, path, "name", true, &name)) {
			return -1;
		}
		if (link && !strcmp(link, "input") != input)
			continue;
		if (what(im, name, i))
			return -1;
	}
	return 0;
}

/* Add the file to the output where a child reads it. */
static int add_output(import_t *im, const char *file, size_t i)
{
	json_t *list = json_object_get(im->readers, file);
	wf_task_t *task = &im->r->wf->task[i];
	double bytes = json_real_value(json_object_get(im->sizes, file));

	for (size_t k = 0; k < json_array_size(list); k++) {
		size_t reader = json_integer_value(json_array_get(list, k));

		if (!is_edge(im, i, reader))
			continue;
		if (task->out_gb < 0.0)
			task->out_gb = 0.0;
		task->out_gb += bytes / 1e9;
		break;
	}
	return 0;
}

static int read_files(import_t *im, json_t *spec)
{
	json_t *list = NULL;
	size_t count = 0, tasks = im->r->wf->count;

	if (!im->v14 && get_list(im, spec, "workflow.specification", "files",
				 false, &list, &count))
		return -1;
	for (size_t k = 0; k < count; k++)
		if (add_size(im, json_array_get(list, k),
			     "workflow.specification.files", "id"))
			return -1;
	for (size_t i = 0; i < tasks && im->v14; i++) {
		list = json_object_get(json_array_get(im->tasks, i), "files");
		for (size_t k = 0; k < json_array_size(list); k++)
			if (add_size(im, json_array_get(list, k),
				     "workflow.tasks.files", "name"))
				return -1;
	}
	for (size_t i = 0; i < tasks; i++)
		if (each_file(im, i, true, add_reader))
			return -1;
	for (size_t i = 0; i < tasks; i++)
		if (each_file(im, i, false, add_output))
			return -1;
	return 0;
}

/* Runs */

static int read_machines(import_t *im, json_t *execution)
{
	json_t *list;
	size_t count;

	if (get_list(im, execution, "machines", "machines", false, &list,
		     &count))
		return -1;
	for (size_t k = 0; k < count; k++) {
		json_t *machine = json_array_get(list, k), *cpu;
		const char *name;
		double mhz;

		if (get_string(im, machine, "machines", "nodeName", true,
			       &name) ||
		    wf_json_get(im->r, machine, "machines", "cpu", JSON_OBJECT,
				false, &cpu) ||
		    wf_json_number(im->r, cpu, "machines.cpu",
				   im->v14 ? "speed" : "speedInMHz", 1e6, 0.0,
				   &mhz))
			return -1;
		if (json_object_set_new(im->speeds, name, json_real(mhz)))
			return no_memory(im);
	}
	return 0;
}

static int read_runs(import_t *im, json_t *execution)
{
	json_t *list;
	size_t count;

	if (get_list(im, execution, "workflow.execution", "tasks", false,
		     &list, &count))
		return -1;
	for (size_t k = 0; k < count; k++) {
		json_t *run = json_array_get(list, k);
		const char *id;

		if (get_string(im, run, "workflow.execution.tasks", "id", true,
			       &id))
			return -1;
		if (json_object_set(im->runs, id, run))
			return no_memory(im);
	}
	return 0;
}

/* Clock rate of the machine of a run, MHz; the only one where it names none;
 * 0 where that is not known. */
static double clock_rate(import_t *im, json_t *run)
{
	json_t *machine = json_object_get(run, "machine");
	json_t *list = json_object_get(run, "machines");

	if (json_array_size(list))
		machine = json_array_get(list, 0);
	if (json_is_string(machine))
		return json_real_value(json_object_get(
			im->speeds, json_string_value(machine)));
	if (json_object_size(im->speeds) == 1)
		return json_real_value(json_object_iter_value(
			json_object_iter(im->speeds)));
	return 0.0;
}

static int read_work(import_t *im, json_t *run, const char *path,
		     wf_task_t *task)
{
	double seconds, cores, percent, used, mhz = clock_rate(im, run);

	if (!json_object_get(run, "runtimeInSeconds"))
		return 0;
	if (wf_json_number(im->r, run, path, "runtimeInSeconds", 1e9, 0.0,
			   &seconds) ||
	    wf_json_number(im->r, run, path, im->v14 ? "cores" : "coreCount",
			   1e6, 1.0, &cores) ||
	    wf_json_number(im->r, run, path, "avgCPU", 1e8, 100.0, &percent))
		return -1;
	if (seconds < SHORTEST_SEC)
		seconds = SHORTEST_SEC;
	/* above 100 % it is the sum over the cores, not their mean */
	used = percent / 100.0 * (percent > 100.0 || cores < 1.0 ? 1.0 : cores);
	if (used < LEAST_CORES)
		used = LEAST_CORES;
	if (mhz > 0.0)
		task->gflop = seconds * used * mhz / 1e3 *
			      im->r->how->flops_per_cycle;
	else
		task->gflop = seconds * im->r->how->ref_gflops;
	if (task->gflop > WF_GFLOP_MAX)
		task->gflop = WF_GFLOP_MAX;
	return 0;
}

/* Program as it stands, for Nextflow records whole scripts there; then the
 * arguments, quoted. */
static int read_command(import_t *im, json_t *run, const char *path,
			wf_task_t *task)
{
	json_t *command, *list;
	const char *program, *word;
	size_t count, size;
	FILE *out;

	if (wf_json_get(im->r, run, path, "command", JSON_OBJECT, false,
			&command) ||
	    get_string(im, command, path, "program", false, &program) ||
	    get_list(im, command, path, "arguments", false, &list, &count))
		return -1;
	if (!program || im->r->how->command)
		return 0;
	out = open_memstream(&task->command, &size);
	if (!out)
		return no_memory(im);
	fputs(program, out);
	for (size_t k = 0; k < count; k++) {
		if (wf_json_item(im->r, list, path, k, &word)) {
			fclose(out);
			return -1;
		}
		fputc(' ', out);
		wf_shell_quote(out, word);
	}
	if (fclose(out))
		return no_memory(im);
	if (size > WF_MAX_COMMAND)
		return wf_json_fail(im->r, path,
				    "the command is longer than %d bytes",
				    WF_MAX_COMMAND);
	return 0;
}

static int read_run(import_t *im, size_t i)
{
	json_t *entry = json_array_get(im->tasks, i), *run = entry;
	wf_task_t *task = &im->r->wf->task[i];
	double memory, written;
	char path[80];

	if (!im->v14)
		run = json_object_get(
			im->runs,
			json_string_value(json_object_get(entry, "id")));
	snprintf(path, sizeof(path), "run of task \"%.50s\"", task->id);
	if (read_work(im, run, path, task) ||
	    read_command(im, run, path, task) ||
	    wf_json_number(im->r, run, path, "memoryInBytes", 1e18, 0.0,
			   &memory) ||
	    wf_json_number(im->r, run, path, "writtenBytes", 1e18, -1.0,
			   &written))
		return -1;
	if (memory > 0.0)
		task->mem_gb = memory < LEAST_GB * 1e9 ? LEAST_GB :
							 memory / 1e9;
	if (task->out_gb < 0.0 && written >= 0.0)
		task->out_gb = written / 1e9;
	return 0;
}

static int check_version(import_t *im, json_t *root)
{
	wf_json_t *r = im->r;
	const char *version;

	if (get_string(im, root, "", "schemaVersion", true, &version))
		return -1;
	im->v14 = !strcmp(version, "1.4");
	if (im->v14 || !strcmp(version, "1.5") || !strcmp(version, "1.6"))
		return 0;
	if (!strncmp(version, "1.", 2) && strchr("0123", version[2]) &&
	    version[2] && !version[3])
		return wf_fail(r->wf, wf_json_find(r, "schemaVersion"), r->err,
			       ENOTSUP,
			       "WfFormat %s is older than 1.4; convert the file with tools/wfcommons-migrate-instance.py of https://github.com/wfcommons/WfFormat",
			       version);
	return wf_fail(r->wf, wf_json_find(r, "schemaVersion"), r->err,
		       ENOTSUP,
		       "schemaVersion \"%.20s\" is not known; WfFormat 1.4, 1.5 and 1.6 are",
		       version);
}

static int read_all(import_t *im, json_t *root)
{
	json_t *workflow, *spec, *execution;
	wf_t *wf = im->r->wf;
	size_t count;

	if (check_version(im, root) ||
	    wf_json_get(im->r, root, "", "workflow", JSON_OBJECT, true,
			&workflow))
		return -1;
	spec = execution = workflow;
	if (!im->v14 &&
	    (wf_json_get(im->r, workflow, "workflow", "specification",
			 JSON_OBJECT, true, &spec) ||
	     wf_json_get(im->r, workflow, "workflow", "execution", JSON_OBJECT,
			 false, &execution)))
		return -1;
	if (get_list(im, spec, "workflow", "tasks", true, &im->tasks, &count) ||
	    add_tasks(im))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (add_parents(im, i))
			return -1;
	for (size_t i = 0; i < count; i++)
		if (check_children(im, i))
			return -1;
	if (read_files(im, spec) || read_machines(im, execution) ||
	    (!im->v14 && read_runs(im, execution)))
		return -1;
	for (size_t i = 0; i < wf->count; i++)
		if (read_run(im, i))
			return -1;
	return 0;
}

static int read_name(import_t *im, json_t *root)
{
	char name[WF_NAME_SIZE];
	const char *text;

	if (get_string(im, root, "", "name", false, &text))
		return -1;
	if (!text || !*text)
		return 0;
	wf_name_fit(text, name);
	im->r->wf->name = strdup(name);
	return im->r->wf->name ? 0 : no_memory(im);
}

int wf_wfformat_read(wf_json_t *r, json_t *root)
{
	import_t im = { .r = r,
			.index = json_object(),
			.edges = json_object(),
			.runs = json_object(),
			.speeds = json_object(),
			.sizes = json_object(),
			.readers = json_object() };
	int rc = -1;

	if (!im.index || !im.edges || !im.runs || !im.speeds || !im.sizes ||
	    !im.readers)
		no_memory(&im);
	else if (!read_name(&im, root))
		rc = read_all(&im, root);
	json_decref(im.index);
	json_decref(im.edges);
	json_decref(im.runs);
	json_decref(im.speeds);
	json_decref(im.sizes);
	json_decref(im.readers);
	return rc;
}
