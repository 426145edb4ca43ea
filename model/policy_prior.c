/*
 * policy_prior.c - a network that amends a placement rule
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "feat_relative.h"
#include "layout.h"
#include "policy_prior.h"
#include "query.h"

#define LEAST_COST 1e-9	/* of the argument of the logarithm, s */

static void take(double *weight, size_t n, const scale_net_t *net, size_t row)
{
	const real_t *value = scale_param(net, scale_prior_row(net, row));

	for (size_t i = 0; i < n; i++)
		weight[i] = (double) value[i];
}

/* Without a query no server is told from another. */
static bool is_silent(const scale_net_t *net)
{
	size_t row = scale_actor_row(net, SCALE_ACTOR_Q);
	const real_t *value = scale_param(net, row);

	for (size_t i = 0; i < net->tensor[row].count; i++)
		if (value[i] != 0)
			return false;
	return true;
}

void scale_prior_init(scale_prior_t *prior, const scale_net_t *net)
{
	*prior = (scale_prior_t) { .silent = is_silent(net) };
	take((double *) &prior->weights.order, SCALE_ORDER_WEIGHTS, net,
	     SCALE_PRIOR_ORDER);
	take((double *) &prior->weights.place, SCALE_PLACE_WEIGHTS, net,
	     SCALE_PRIOR_PLACE);
}

void scale_prior_fini(scale_prior_t *prior)
{
	free(prior->wait);
	free(prior->combined);
	*prior = (scale_prior_t) { 0 };
}

int scale_prior_reserve(scale_prior_t *prior, size_t n)
{
	double *wait;
	float *combined;

	if (prior->silent)
		return 0;
	wait = malloc(3 * n * sizeof(*wait));
	combined = malloc(n * sizeof(*combined));
	if (!wait || !combined) {
		free(wait);
		free(combined);
		return -1;
	}
	free(prior->wait);
	free(prior->combined);
	prior->wait = wait;
	prior->log_cost = wait + n;
	prior->score = wait + 2 * n;
	prior->combined = combined;
	return 0;
}

/* In single precision, as the logits are. */
static double log_cost(double cost)
{
	return (double) logf((float) fmax(cost, LEAST_COST));
}

static scale_tariff_t weigh(scale_prior_t *prior, const scale_policy_t *policy,
			    const scale_cluster_t *c, const scale_task_t *t)
{
	scale_tariff_t tariff = scale_tariff(policy->weights, c, t);
	double run = 0.0, last = NAN;	/* without wait; the last cost */

	for (size_t j = 0; j < c->n; j++) {
		double wait = policy->reserved[j], cost;

		if (c->busy[j] && c->free_at[j] > c->now)
			wait += c->free_at[j] - c->now;
		/* neighbours are often of one kind, and idle */
		if (!j || c->gflops[j] != c->gflops[j - 1] ||
		    c->mem_gb[j] != c->mem_gb[j - 1])
			run = scale_tariff_cost(
				&tariff, c, t, j,
				scale_tariff_price(&tariff, c, j), c->n, 0.0);
		cost = run + tariff.wait * wait;
		prior->wait[j] = wait;
		prior->log_cost[j] = cost == last ? prior->log_cost[j - 1] :
					   log_cost(cost);
		last = cost;
	}
	if (t->parent_server >= 0 && (size_t) t->parent_server < c->n) {
		size_t j = (size_t) t->parent_server;

		prior->log_cost[j] = log_cost(scale_tariff_cost(
			&tariff, c, t, j, scale_tariff_price(&tariff, c, j), j,
			prior->wait[j]));
	}
	return tariff;
}

static int ask(scale_prior_t *prior, const scale_decider_t *decider,
	       scale_scratch_t *scratch, const scale_relative_t *r,
	       scale_choice_t *choice, scale_err_t *err)
{
	float phi[SCALE_RELATIVE_TASK_FEATURES], *psi;
	scale_decision_t decision;
	size_t ld, n = r->c->n;

	psi = scale_scratch_psi(scratch, &ld);
	scale_relative_features(r, phi, psi, ld);
	if (scale_decide(decider, scratch, phi, psi, ld, n, NULL, &decision))
		return scale_err_set(err, errno,
				     "the model's output for %zu servers is not finite",
				     n);
	for (size_t j = 0; j < n; j++) {
		prior->score[j] = (double) decision.logit[j] -
				  prior->log_cost[j];
		prior->combined[j] = (float) prior->score[j];
	}
	choice->logit = prior->combined;
	choice->feature = decision.feature;
	choice->value = decision.value;
	return 0;
}

static scale_merit_t by_score(const scale_query_t *q, size_t j, bool plain)
{
	return (scale_merit_t) { q->score[j], 0.0, 0.0 };
}

int scale_prior_choose(scale_prior_t *prior, const scale_decider_t *decider,
		       scale_scratch_t *scratch, scale_policy_t *policy,
		       const scale_cluster_t *c, const scale_task_t *t,
		       scale_choice_t *choice, scale_err_t *err)
{
	scale_cluster_t all = *c;
	scale_query_t q;
	scale_relative_t r = { .c = c, .t = t, .wait = prior->wait,
			       .log_cost = prior->log_cost };
	scale_tariff_t tariff;

	if (prior->silent)
		return scale_choose_tuned(policy, c, t, choice, err);
	/* merits of equal servers may differ: all are looked at */
	all.index = NULL;
	scale_reserved_expire(policy, &all);
	tariff = weigh(prior, policy, c, t);
	r.gflops_max = tariff.gflops_max;
	r.mem_max_gb = tariff.mem_max_gb;
	if (ask(prior, decider, scratch, &r, choice, err))
		return -1;
	q = scale_query(policy, &all, t, choice);
	q.score = prior->score;
	q.merit = by_score;
	return scale_wait_or_run(&q, err);
}
