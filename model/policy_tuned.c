/*
 * policy_tuned.c - k-EFT with weights that were tuned, weights.h
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "query.h"

/* K of weights.h; a second of waiting is never free. */
static double wait_cost(const scale_place_weights_t *w, size_t n,
			const scale_task_t *t)
{
	double left = t->workflow_size > t->workflow_done ?
		t->workflow_size - t->workflow_done : 1.0;
	double k = w->wait + w->nodes * log((double) n / 32.0) +
		   w->left * log(left) +
		   w->successors * log(1.0 + t->successors);

	return exp(fmin(fmax(k, -3.0), 6.0));
}

scale_tariff_t scale_tariff(const scale_place_weights_t *weights,
			    const scale_cluster_t *c, const scale_task_t *t)
{
	scale_tariff_t tariff = { .weights = weights };
	double gflops, mem_gb;

	tariff.wait = wait_cost(weights, c->n, t);
	for (size_t k = 0; scale_kind_next(c, &k, &gflops, &mem_gb);) {
		tariff.gflops_max = fmax(tariff.gflops_max, gflops);
		tariff.mem_max_gb = fmax(tariff.mem_max_gb, mem_gb);
	}
	return tariff;
}

double scale_tariff_price(const scale_tariff_t *tariff,
			  const scale_cluster_t *c, size_t j)
{
	double speed = c->gflops[j] / tariff->gflops_max;
	double memory = c->mem_gb[j] / tariff->mem_max_gb;

	return pow(speed, tariff->weights->speed) *
	       pow(memory, tariff->weights->memory);
}

double scale_tariff_cost(const scale_tariff_t *tariff,
			 const scale_cluster_t *c, const scale_task_t *t,
			 size_t j, double price, size_t at, double wait)
{
	return tariff->wait * wait +
	       price * scale_exec_time(c, t, j) +
	       tariff->weights->transfer * scale_comm_delay(c, t, at);
}

static scale_merit_t by_tariff(const scale_query_t *q, size_t j, bool plain)
{
	double wait = scale_remaining(q->c, j) +
		      (plain ? q->held : q->policy->reserved[j]);
	double price = scale_tariff_price(&q->tariff, q->c, j);
	double cost = scale_tariff_cost(&q->tariff, q->c, q->t, j, price,
					plain ? q->c->n : j, wait);

	return (scale_merit_t) { -cost, 0.0, 0.0 };
}

int scale_choose_tuned(scale_policy_t *policy, const scale_cluster_t *c,
		       const scale_task_t *t, scale_choice_t *choice,
		       scale_err_t *err)
{
	scale_query_t q = scale_query(policy, c, t, choice);

	q.tariff = scale_tariff(policy->weights, c, t);
	q.merit = by_tariff;
	return scale_wait_or_run(&q, err);
}
