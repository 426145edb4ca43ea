/*
 * metrics.c - what is measured during an episode
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "array.h"
#include "dist.h"
#include "metrics.h"

static int add_sample(sim_samples_t *s, double value)
{
	if (sim_array_reserve(&s->value, &s->room, s->count + 1))
		return -1;
	s->value[s->count++] = value;
	return 0;
}

void sim_measure_reset(sim_measure_t *m)
{
	sim_measure_t fresh = { 0 };

	fresh.task_response = m->task_response;
	fresh.task_wait = m->task_wait;
	fresh.flow_response = m->flow_response;
	fresh.flow_slowdown = m->flow_slowdown;
	fresh.scratch = m->scratch;
	fresh.task_response.count = fresh.task_wait.count = 0;
	fresh.flow_response.count = fresh.flow_slowdown.count = 0;
	*m = fresh;
}

void sim_measure_free(sim_measure_t *m)
{
	free(m->task_response.value);
	free(m->task_wait.value);
	free(m->flow_response.value);
	free(m->flow_slowdown.value);
	free(m->scratch.value);
	*m = (sim_measure_t) { 0 };
}

void sim_measure_settle(sim_measure_t *m, double now)
{
	m->integral += (double) m->open * (now - m->settled_at);
	m->settled_at = now;
}

void sim_measure_arrival(sim_measure_t *m, const sim_flow_t *flow,
			 double bound)
{
	m->open += flow->n;
	m->tasks += flow->n;
	m->flows++;
	m->task_bound += bound;
	m->flow_bound += flow->critical_path;
}

int sim_measure_task(sim_measure_t *m, const sim_flow_t *flow,
		     const sim_task_t *task, double duration)
{
	double response = task->since - flow->arrival;

	if (add_sample(&m->task_response, response) ||
	    add_sample(&m->task_wait, task->wait))
		return -1;
	if (duration <= 0.0 || task->since <= duration) {
		m->censored_sum += response;
		m->censored++;
	}
	m->count.tasks_finished++;
	m->open--;
	return 0;
}

int sim_measure_flow(sim_measure_t *m, const sim_flow_t *flow, double now)
{
	double response = now - flow->arrival;

	if (add_sample(&m->flow_response, response) ||
	    add_sample(&m->flow_slowdown, response / flow->critical_path))
		return -1;
	m->count.workflows_finished++;
	return 0;
}

typedef enum { TASK_AGE, FLOW_AGE, FLOW_SLOWDOWN } age_t;

/* Append the ages of what is unfinished to value.  RET how many. */
static size_t add_ages(const sim_pool_t *pool, double now, age_t what,
		       double *value)
{
	size_t count = 0;

	for (uint32_t slot = 0; slot < pool->slots; slot++) {
		const sim_flow_t *flow = &pool->flow[slot];
		double age = now - flow->arrival;

		if (!flow->n || !flow->measured)
			continue;
		if (what == FLOW_AGE)
			value[count++] = age;
		if (what == FLOW_SLOWDOWN)
			value[count++] = age / flow->critical_path;
		if (what == TASK_AGE)
			for (uint32_t i = flow->done; i < flow->n; i++)
				value[count++] = age;
	}
	return count;
}

/* On a copy: the order of the samples decides the last bits of their sum. */
static int dist_with_ages(sim_measure_t *m, const sim_samples_t *done,
			  const sim_pool_t *pool, double now, age_t what,
			  size_t unfinished, sim_dist_t *out)
{
	sim_samples_t *copy = &m->scratch;

	if (sim_array_reserve(&copy->value, &copy->room,
			      done->count + unfinished + 1))
		return -1;
	if (done->count)
		memcpy(copy->value, done->value,
		       done->count * sizeof(*done->value));
	*out = sim_dist(copy->value, done->count +
			add_ages(pool, now, what, copy->value + done->count));
	return 0;
}

static void add_usage(const sim_cluster_t *c, double now, sim_metrics_t *out)
{
	double busy_s[SCALE_CONF_NUMBERS], present_s[SCALE_CONF_NUMBERS];
	double used = 0.0, had = 0.0, joule = 0.0;

	sim_cluster_usage(c, now, busy_s, present_s);
	for (size_t k = 0; k < c->tiers; k++) {
		const sim_tier_t *tier = &c->tier[k];

		used += busy_s[k] * tier->gflops;
		had += present_s[k] * tier->gflops;
		joule += busy_s[k] * tier->busy_w +
			 (present_s[k] - busy_s[k]) * tier->idle_w;
	}
	out->utilisation = had > 0.0 ? used / had : 0.0;
	out->energy_kj = joule / 1000.0;
}

static void count_unfinished(const sim_pool_t *pool, sim_metrics_t *out)
{
	for (uint32_t slot = 0; slot < pool->slots; slot++) {
		const sim_flow_t *flow = &pool->flow[slot];

		if (!flow->n || !flow->measured)
			continue;
		out->workflows_unfinished++;
		out->tasks_unfinished += flow->n - flow->done;
	}
}

int sim_measure_report(sim_measure_t *m, const sim_pool_t *pool,
		       const sim_cluster_t *cluster, double now,
		       sim_metrics_t *out)
{
	sim_metrics_t all = m->count;
	sim_pool_t none = { 0 };

	count_unfinished(pool, &all);
	if (dist_with_ages(m, &m->task_response, pool, now, TASK_AGE,
			   all.tasks_unfinished, &all.task_response) ||
	    dist_with_ages(m, &m->task_wait, &none, now, TASK_AGE, 0,
			   &all.task_wait) ||
	    dist_with_ages(m, &m->flow_response, pool, now, FLOW_AGE,
			   all.workflows_unfinished,
			   &all.workflow_response) ||
	    dist_with_ages(m, &m->flow_slowdown, pool, now, FLOW_SLOWDOWN,
			   all.workflows_unfinished, &all.workflow_slowdown))
		return -1;
	if (m->censored)
		all.censored_mean = m->censored_sum / (double) m->censored;
	if (m->flows) {
		all.task_bound = m->task_bound / (double) m->tasks;
		all.workflow_bound = m->flow_bound / (double) m->flows;
	}
	add_usage(cluster, now, &all);
	all.makespan = now;
	*out = all;
	return 0;
}
