/*
 * ask.c - one decision: what policy and guard say of a ready primitive
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ask.h"
#include "tell.h"

void scale_ask_look(scale_brain_t *brain, const scale_view_t *view)
{
	double *gflops, *mem_gb;
	size_t n = 0;

	if (!scale_brain_learned(brain))
		return;
	gflops = xcalloc(view->size + 1, sizeof(*gflops));
	mem_gb = xcalloc(view->size + 1, sizeof(*mem_gb));
	for (int i = 0; i < view->size; i++) {
		if (view->server[i].gflops <= 0.0)
			continue;
		gflops[n] = view->server[i].gflops;
		mem_gb[n++] = view->server[i].mem_gb;
	}
	scale_guard_cluster(&brain->guard, gflops, mem_gb, n);
	xfree(gflops);
	xfree(mem_gb);
}

/* Where the parent ran, among the candidates. */
static ssize_t _parent_server(const scale_ask_t *ask)
{
	const scale_view_t *view = ask->pass->view;
	const char *name = ask->facts.parent_node;
	node_record_t *node;

	if (!ask->facts.has_parent)
		return SCALE_PARENT_NONE;
	node = name ? find_node_record((char *) name) : NULL;
	if (!node || (int) node->index >= view->size ||
	    view->snapshot.at[node->index] < 0)
		return SCALE_PARENT_GONE;
	return view->snapshot.at[node->index];
}

void scale_ask_describe(scale_ask_t *ask)
{
	const scale_facts_t *facts = &ask->facts;

	ask->task = scale_job_task(ask->job_ptr);
	scale_flow_facts(ask->job->stage, ask->task, &ask->facts);
	scale_job_demand(ask->pass, ask->job_ptr, ask->job->stage, ask->task,
			 &ask->demand);
	ask->features = (scale_task_t) {
		.gflop = ask->demand.gflop,
		.mem_gb = scale_job_mem_gb(ask->job_ptr),
		.out_gb = ask->demand.out_gb,
		.successors = facts->successors,
		.workflow_done = facts->workflow_done,
		.workflow_size = facts->workflow_size,
		.parent_out_gb = facts->parent_out_gb,
	};
}

/* The model, under the guard.  RET true where its choice holds. */
static bool _ask_model(scale_ask_t *ask, scale_cause_t *cause)
{
	scale_brain_t *brain = ask->pass->brain;
	double begin = scale_pass_clock(), us;
	bool finite;

	if (!scale_guard_before(&brain->guard, &ask->cluster,
				(size_t) ask->pass->view->nodes, begin, cause))
		return false;
	finite = scale_policy_choose(brain->policy, &ask->cluster,
				     &ask->features, &ask->choice, NULL) == 0;
	us = (scale_pass_clock() - begin) * 1e6;
	scale_stats_time(scale_journal_stats(ask->pass->journal),
			 SCALE_TIME_INFERENCE, us);
	return scale_guard_after(&brain->guard, ask->choice.feature, finite,
				 us, begin, cause);
}

static void _fall_back(scale_ask_t *ask, scale_cause_t cause)
{
	scale_brain_t *brain = ask->pass->brain;

	scale_stats_fallback(scale_journal_stats(ask->pass->journal), cause);
	if (scale_guard_tell(&brain->guard, cause)) {
		error("sched/scale: %s: %s; %s decides instead (said once for each cause)",
		      brain->model_name, scale_cause_text(cause),
		      scale_policy_name(brain->fallback));
		scale_tell_fallback(ask->pass, cause);
	}
}

static void _ask_rule(scale_ask_t *ask, scale_policy_t *rule)
{
	ask->policy = scale_policy_name(rule);
	/* where it fails the choice is to wait */
	scale_policy_choose(rule, &ask->cluster, &ask->features, &ask->choice,
			    NULL);
}

int scale_ask(scale_ask_t *ask, bitstr_t *allowed, bitstr_t *idle)
{
	scale_pass_t *pass = ask->pass;
	scale_brain_t *brain = pass->brain;
	double begin = scale_pass_clock();
	scale_cause_t cause;

	ask->choice = (scale_choice_t) { .server = SCALE_WAIT,
					 .runner_up = -1 };
	ask->policy = scale_policy_name(brain->policy);
	scale_view_gather(pass->view, pass->site, &ask->share, allowed, idle,
			  pass->now, &ask->cluster);
	if (!ask->cluster.n)
		return -1;
	ask->features.parent_server = _parent_server(ask);
	if (!scale_brain_learned(brain)) {
		_ask_rule(ask, brain->policy);
	} else if (!_ask_model(ask, &cause)) {
		_fall_back(ask, cause);
		_ask_rule(ask, brain->fallback);
	}
	ask->us = (scale_pass_clock() - begin) * 1e6;
	scale_stats_time(scale_journal_stats(pass->journal),
			 SCALE_TIME_DECISION, ask->us);
	return ask->choice.server < 0
		? -1 : pass->view->snapshot.node[ask->choice.server];
}

const char *scale_ask_name(const scale_ask_t *ask, ssize_t server)
{
	const int *node = ask->pass->view->snapshot.node;

	return server < 0 ? "" : node_record_table_ptr[node[server]]->name;
}
