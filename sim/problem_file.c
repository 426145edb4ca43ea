/*
 * problem_file.c - problems as JSON
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../model/file.h"
#include "problem.h"
#include "report.h"

enum { FILE_LIMIT = 1 << 20 };

static json_t *pack_task(const sim_problem_flow_t *flow, uint32_t i)
{
	json_t *parents = json_array();

	for (uint32_t p = 0; p < i; p++)
		if (flow->parents[i] >> p & 1)
			json_array_append_new(parents, json_integer(p));
	return json_pack("{s:f, s:f, s:f, s:o}", "gflop", flow->gflop[i],
			 "mem_gb", flow->mem_gb[i], "out_gb",
			 flow->out_gb[i], "parents", parents);
}

static json_t *pack(const sim_problem_t *problem)
{
	json_t *servers = json_array(), *flows = json_array();

	for (uint32_t j = 0; j < problem->servers; j++)
		json_array_append_new(servers, json_pack("{s:f, s:f}",
			"gflops", problem->gflops[j],
			"mem_gb", problem->mem_gb[j]));
	for (uint32_t w = 0; w < problem->flows; w++) {
		json_t *tasks = json_array();

		for (uint32_t i = 0; i < problem->flow[w].n; i++)
			json_array_append_new(tasks,
				pack_task(&problem->flow[w], i));
		json_array_append_new(flows, json_pack("{s:f, s:o}",
			"at", problem->flow[w].at, "tasks", tasks));
	}
	return json_pack("{s:i, s:o, s:o}", "scale_problem",
			 SIM_PROBLEM_VERSION, "servers", servers,
			 "workflows", flows);
}

int sim_problem_write(const sim_problem_t *problem, const char *path,
		      scale_err_t *err)
{
	json_t *root = pack(problem);
	char *text = root ? json_dumps(root, JSON_INDENT(1) |
				       SIM_JSON_FLAGS) : NULL;
	int rc;

	json_decref(root);
	if (!text)
		return scale_err_set(err, ENOMEM, "out of memory");
	rc = scale_file_write(path, text, strlen(text), err);
	free(text);
	return rc;
}

/* A list with at most limit elements; RET its length, or -1 */
static int length(const json_t *root, const char *key, size_t limit,
		  scale_err_t *err)
{
	const json_t *list = json_object_get(root, key);

	if (!json_is_array(list) || json_array_size(list) < 1 ||
	    json_array_size(list) > limit)
		return scale_err_set(err, EINVAL,
				     "%s: a list of 1 to %zu is wanted", key,
				     limit);
	return (int) json_array_size(list);
}

static int read_server(sim_problem_t *problem, uint32_t j, json_t *server,
		       scale_err_t *err)
{
	json_error_t why;

	if (json_unpack_ex(server, &why, JSON_STRICT, "{s:F, s:F}",
			   "gflops", &problem->gflops[j],
			   "mem_gb", &problem->mem_gb[j]))
		return scale_err_set(err, EINVAL, "servers[%u]: %s", j,
				     why.text);
	return 0;
}

static int read_task(sim_problem_flow_t *flow, uint32_t w, uint32_t i,
		     json_t *task, scale_err_t *err)
{
	json_t *parents, *parent;
	json_error_t why;
	size_t k;

	if (json_unpack_ex(task, &why, JSON_STRICT, "{s:F, s:F, s:F, s:o}",
			   "gflop", &flow->gflop[i], "mem_gb",
			   &flow->mem_gb[i], "out_gb", &flow->out_gb[i],
			   "parents", &parents))
		return scale_err_set(err, EINVAL, "workflows[%u].tasks[%u]: %s",
				     w, i, why.text);
	json_array_foreach(parents, k, parent) {
		json_int_t p = json_integer_value(parent);

		if (!json_is_integer(parent) || p < 0 || p >= i)
			return scale_err_set(err, EINVAL,
					     "workflows[%u].tasks[%u].parents[%zu]: not the number of an earlier primitive",
					     w, i, k);
		flow->parents[i] |= UINT32_C(1) << p;
	}
	return json_is_array(parents) ? 0 :
		scale_err_set(err, EINVAL,
			      "workflows[%u].tasks[%u].parents: not a list",
			      w, i);
}

static int read_flow(sim_problem_t *problem, uint32_t w, json_t *flow,
		     scale_err_t *err)
{
	sim_problem_flow_t *to = &problem->flow[w];
	json_t *tasks;
	json_error_t why;
	int n;

	if (json_unpack_ex(flow, &why, JSON_STRICT, "{s:F, s:o}", "at",
			   &to->at, "tasks", &tasks))
		return scale_err_set(err, EINVAL, "workflows[%u]: %s", w,
				     why.text);
	n = length(flow, "tasks", SIM_PROBLEM_TASKS, err);
	if (n < 0)
		return scale_err_prefix(err, "workflows[%u]", w);
	to->n = (uint32_t) n;
	for (uint32_t i = 0; i < to->n; i++)
		if (read_task(to, w, i, json_array_get(tasks, i), err))
			return -1;
	return 0;
}

static int unpack(sim_problem_t *problem, json_t *root, scale_err_t *err)
{
	json_t *servers, *flows;
	json_error_t why;
	int version, n, w;

	if (json_unpack_ex(root, &why, JSON_STRICT, "{s:i, s:o, s:o}",
			   "scale_problem", &version, "servers", &servers,
			   "workflows", &flows))
		return scale_err_set(err, EINVAL, "%s", why.text);
	if (version != SIM_PROBLEM_VERSION)
		return scale_err_set(err, EINVAL,
				     "scale_problem: version %d; this program reads %d",
				     version, SIM_PROBLEM_VERSION);
	n = length(root, "servers", SIM_PROBLEM_SERVERS, err);
	w = length(root, "workflows", SIM_PROBLEM_FLOWS, err);
	if (n < 0 || w < 0)
		return -1;
	*problem = (sim_problem_t) { .servers = (uint32_t) n,
				     .flows = (uint32_t) w };
	for (uint32_t j = 0; j < problem->servers; j++)
		if (read_server(problem, j, json_array_get(servers, j), err))
			return -1;
	for (uint32_t i = 0; i < problem->flows; i++)
		if (read_flow(problem, i, json_array_get(flows, i), err))
			return -1;
	return sim_problem_check(problem, err);
}

int sim_problem_read(sim_problem_t *problem, const char *path,
		     scale_err_t *err)
{
	json_error_t why;
	json_t *root;
	char *text;
	size_t size;
	int rc;

	if (scale_file_read(path, FILE_LIMIT, &text, &size, err))
		return -1;
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	free(text);
	if (!root)
		return scale_err_set(err, EINVAL, "%s:%d: %s", path, why.line,
				     why.text);
	rc = unpack(problem, root, err);
	json_decref(root);
	return rc ? scale_err_prefix(err, "%s", path) : 0;
}
