/*
 * ctl_graph.c - one workflow: its graph, critical path and expected end
 *
 * The expected end supposes a free node for whatever becomes ready: it is when
 * the workflow can end, not when a crowded cluster lets it.  The interval comes
 * from drawing every run time from its history (log-normal), 400 times.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_graph.h"
#include "model/rng.h"

enum { DRAWS = 400, TASKS_DRAWN = 64, SEED = 42 };

/* Standard deviation of a normal over its mean absolute deviation. */
static const double sigma_of_spread = 1.2533141373155003;

ctl_state_t ctl_graph_state(const ctl_stage_t *stage)
{
	if (ctl_stage_count(stage, CTL_FAILED))
		return CTL_FAILED;
	if (ctl_stage_count(stage, CTL_DONE) == stage->count)
		return CTL_DONE;
	return ctl_stage_count(stage, CTL_PENDING) == stage->count
		? CTL_PENDING : CTL_RUNNING;
}

const char *ctl_graph_name(const ctl_stage_t *stage, char *text)
{
	if (*stage->task)
		return stage->task;
	snprintf(text, SCALE_LOG_NAME, "job %u", stage->id);
	return text;
}

static int collect(ctl_graph_t *g, const ctl_jobs_t *jobs,
		   const char *workflow, long uid, scale_err_t *err)
{
	for (size_t i = 0; i < jobs->count; i++) {
		const ctl_stage_t *s = jobs->stage[i];

		if (strcmp(s->workflow, workflow) ||
		    (uid >= 0 && s->uid != (uint32_t) uid))
			continue;
		if (g->n && g->stage[0]->uid != s->uid)
			return scale_err_set(err, EEXIST, "users %u and %u "
				"both have a workflow %s; give --user",
				g->stage[0]->uid, s->uid, workflow);
		g->stage[g->n++] = s;
	}
	if (!g->n)
		return scale_err_set(err, ENOENT, "the decision log knows no "
				     "workflow %s%s", workflow,
				     uid >= 0 ? " of that user" : "");
	return 0;
}

static bool has_parent(const ctl_stage_t *stage, uint32_t id)
{
	for (size_t i = 0; i < stage->parent_count; i++)
		if (stage->parent[i] == id)
			return true;
	return false;
}

/* Children lists by comparing all pairs; workflows have some dozens of
 * stages. */
static int link_up(ctl_graph_t *g, scale_err_t *err)
{
	size_t edges = 0, used = 0;

	for (uint32_t i = 0; i < g->n; i++)
		edges += g->stage[i]->parent_count;
	g->first = calloc(g->n + 1, sizeof(*g->first));
	g->child = calloc(edges ? edges : 1, sizeof(*g->child));
	if (!g->first || !g->child)
		return scale_err_set(err, ENOMEM, "out of memory");
	for (uint32_t i = 0; i < g->n; i++) {
		g->first[i] = (uint32_t) used;
		for (uint32_t k = 0; k < g->n; k++)
			if (has_parent(g->stage[k], g->stage[i]->id))
				g->child[used++] = k;
	}
	g->first[g->n] = (uint32_t) used;
	return 0;
}

/* Number the stages in topological order. */
static int sort(ctl_graph_t *g, scale_err_t *err)
{
	scale_dag_t dag;
	uint32_t *order = calloc(g->n, sizeof(*order));
	const ctl_stage_t **sorted = calloc(g->n, sizeof(*sorted));
	int rc = -1;

	if (!order || !sorted) {
		scale_err_set(err, ENOMEM, "out of memory");
		goto out;
	}
	if (link_up(g, err) < 0)
		goto out;
	dag = (scale_dag_t) { g->n, g->first, g->child };
	if (scale_dag_order(&dag, order, err) < 0)
		goto out;
	for (uint32_t i = 0; i < g->n; i++)
		sorted[i] = g->stage[order[i]];
	memcpy(g->stage, sorted, g->n * sizeof(*sorted));
	free(g->first);
	free(g->child);
	g->first = g->child = NULL;
	rc = link_up(g, err);
out:
	free(order);
	free(sorted);
	return rc;
}

/* Seconds that one open primitive of the stage still takes; z is a standard
 * normal, 0 for the median. */
static double task_left(const ctl_graph_t *g, const ctl_stage_t *s,
			const ctl_task_t *task, double z)
{
	double spread = isfinite(s->spread) ? s->spread : 0.0;
	double run = s->run_s * exp(sigma_of_spread * spread * z);

	if (task && isfinite(task->start))
		run -= g->now - task->start;
	return isnan(run) ? NAN : fmax(run, 0.0);
}

/* The longest of its open primitives; rng NULL: medians. */
static double stage_left(const ctl_graph_t *g, const ctl_stage_t *s,
			 scale_rng_t *rng)
{
	uint32_t extra = s->gone ? 0 : s->count - (uint32_t) s->task_count;
	double most = 0.0;

	for (size_t i = 0; i < s->task_count; i++) {
		ctl_state_t state = ctl_task_state(&s->tasks[i]);
		double left;

		if (state == CTL_DONE || state == CTL_FAILED)
			continue;
		left = task_left(g, s, &s->tasks[i],
				 rng ? scale_rng_normal(rng) : 0.0);
		if (isnan(left))
			return NAN;
		most = fmax(most, left);
	}
	for (uint32_t i = 0; i < extra && i < TASKS_DRAWN; i++) {
		double left = task_left(g, s, NULL,
					rng ? scale_rng_normal(rng) : 0.0);

		if (isnan(left))
			return NAN;
		most = fmax(most, left);
	}
	return most;
}

/* The larger; unlike fmax(), not known where either is not. */
static double larger(double a, double b)
{
	return isnan(a) || isnan(b) ? NAN : fmax(a, b);
}

/* left[i]: stage i and the longest path below it.  RET the whole. */
static double paths(const ctl_graph_t *g, double *left, scale_rng_t *rng)
{
	double whole = 0.0;

	for (uint32_t i = g->n; i-- > 0;) {
		double below = 0.0, own = stage_left(g, g->stage[i], rng);

		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
			below = larger(below, left[g->child[e]]);
		left[i] = own + below;
		whole = larger(whole, left[i]);
	}
	return whole;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static uint32_t overdue(const ctl_graph_t *g)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->n; i++)
		for (size_t k = 0; k < g->stage[i]->task_count; k++) {
			const ctl_task_t *t = &g->stage[i]->tasks[k];

			n += ctl_task_state(t) == CTL_RUNNING &&
			     g->now - t->start > g->stage[i]->run_s;
		}
	return n;
}

static int estimate(ctl_graph_t *g)
{
	double draws[DRAWS], *left = calloc(g->n, sizeof(*left));
	scale_rng_t rng;

	if (!left)
		return -1;
	g->overdue = overdue(g);
	g->eta = g->eta_low = g->eta_high = paths(g, g->left, NULL);
	scale_rng_seed(&rng, SEED, 0);
	for (int i = 0; i < DRAWS && isfinite(g->eta); i++)
		draws[i] = paths(g, left, &rng);
	if (isfinite(g->eta)) {
		qsort(draws, DRAWS, sizeof(*draws), compare);
		g->eta = draws[DRAWS / 2];
		g->eta_low = draws[DRAWS / 10];
		g->eta_high = draws[DRAWS - 1 - DRAWS / 10];
	}
	free(left);
	return 0;
}

/* Depths, and the chain with the most time left. */
static void mark(ctl_graph_t *g)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
			if (g->depth[g->child[e]] < g->depth[i] + 1)
				g->depth[g->child[e]] = g->depth[i] + 1;
		if (g->left[i] > g->left[at])
			at = i;
	}
	if (!(g->left[at] > 0.0))
		return;
	for (bool more = true; more;) {
		uint32_t next = at;

		g->critical[at] = true;
		for (uint32_t e = g->first[at]; e < g->first[at + 1]; e++)
			if (next == at || g->left[g->child[e]] > g->left[next])
				next = g->child[e];
		more = next != at && g->left[next] > 0.0;
		at = next;
	}
}

ctl_graph_t *ctl_graph_create(const ctl_jobs_t *jobs, const char *workflow,
			      long uid, double now, scale_err_t *err)
{
	ctl_graph_t *g = calloc(1, sizeof(*g));

	if (g)
		g->stage = calloc(jobs->count + 1, sizeof(*g->stage));
	if (!g || !g->stage)
		goto no_memory;
	g->now = now;
	if (collect(g, jobs, workflow, uid, err) < 0 || sort(g, err) < 0) {
		ctl_graph_destroy(g);
		return NULL;
	}
	g->depth = calloc(g->n, sizeof(*g->depth));
	g->left = calloc(g->n, sizeof(*g->left));
	g->critical = calloc(g->n, sizeof(*g->critical));
	if (!g->depth || !g->left || !g->critical || estimate(g) < 0)
		goto no_memory;
	mark(g);
	return g;
no_memory:
	ctl_graph_destroy(g);
	scale_err_set(err, ENOMEM, "out of memory");
	return NULL;
}

void ctl_graph_destroy(ctl_graph_t *g)
{
	int saved = errno;

	if (!g)
		return;
	free(g->stage);
	free(g->first);
	free(g->child);
	free(g->depth);
	free(g->left);
	free(g->critical);
	free(g);
	errno = saved;
}
