/*
 * policy_rule.c - rules that need no training
 *
 * Each says which servers it would take and how much it likes one; query.c
 * finds the best.  Nothing is allocated, but what an index needs the first
 * time that it sorts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "policy_rule.h"
#include "query.h"

/* Count first, so that one draw picks among the candidates evenly. */
static int choose_random(scale_policy_t *policy, const scale_cluster_t *c,
			 const scale_task_t *t, scale_choice_t *choice,
			 scale_err_t *err)
{
	size_t count = scale_idle_count(c, t->mem_gb), rank;

	if (count == 0)
		return 0;
	rank = scale_rng_below(&policy->rng, count);
	choice->server = (ssize_t) scale_idle_nth(c, t->mem_gb, rank);
	return 0;
}

static int choose_round_robin(scale_policy_t *policy,
			      const scale_cluster_t *c,
			      const scale_task_t *t, scale_choice_t *choice,
			      scale_err_t *err)
{
	size_t from = policy->cursor < c->n ? policy->cursor : 0;
	size_t j = scale_idle_next(c, t->mem_gb, from);

	if (j == SCALE_NO_SERVER)
		j = scale_idle_next(c, t->mem_gb, 0);
	if (j == SCALE_NO_SERVER)
		return 0;
	choice->server = (ssize_t) j;
	policy->cursor = j + 1 < c->n ? j + 1 : 0;
	return 0;
}

static scale_merit_t by_speed(const scale_query_t *q, size_t j, bool plain)
{
	return (scale_merit_t) { q->c->gflops[j], -q->c->mem_gb[j], 0.0 };
}

/* What the paper's network learns: the score is C_j. */
static int choose_fastest_idle(scale_policy_t *policy,
			       const scale_cluster_t *c,
			       const scale_task_t *t, scale_choice_t *choice,
			       scale_err_t *err)
{
	scale_query_t q = scale_query(policy, c, t, choice);

	q.merit = by_speed;
	return scale_query_run(&q, err);
}

static scale_merit_t by_memory(const scale_query_t *q, size_t j, bool plain)
{
	return (scale_merit_t) { -q->c->mem_gb[j], q->c->gflops[j], 0.0 };
}

/* The score is -M_j. */
static int choose_best_fit(scale_policy_t *policy, const scale_cluster_t *c,
			   const scale_task_t *t, scale_choice_t *choice,
			   scale_err_t *err)
{
	scale_query_t q = scale_query(policy, c, t, choice);

	q.merit = by_memory;
	return scale_query_run(&q, err);
}

static scale_merit_t by_place(const scale_query_t *q, size_t j, bool plain)
{
	return (scale_merit_t) { !plain && (ssize_t) j == q->t->parent_server,
			   q->c->gflops[j], -q->c->mem_gb[j] };
}

/* The score is 1 where the predecessor ran, 0 elsewhere. */
static int choose_locality(scale_policy_t *policy, const scale_cluster_t *c,
			   const scale_task_t *t, scale_choice_t *choice,
			   scale_err_t *err)
{
	scale_query_t q = scale_query(policy, c, t, choice);

	q.merit = by_place;
	return scale_query_run(&q, err);
}

/* Fastest idle, but only from so large a share of the fastest server that
 * could hold it; the score is C_j. */
static int choose_threshold(scale_policy_t *policy, const scale_cluster_t *c,
			    const scale_task_t *t, scale_choice_t *choice,
			    scale_err_t *err)
{
	double fastest = 0.0, gflops, mem_gb;
	scale_query_t q = scale_query(policy, c, t, choice);

	for (size_t k = 0; scale_kind_next(c, &k, &gflops, &mem_gb);)
		if (t->mem_gb <= mem_gb && gflops > fastest)
			fastest = gflops;
	q.gflops_min = policy->param * fastest;
	q.merit = by_speed;
	return scale_query_run(&q, err);
}

/* Fastest idle among servers below the largest memory, unless only the
 * largest can hold it; the score is C_j. */
static int choose_reserve_large(scale_policy_t *policy,
				const scale_cluster_t *c,
				const scale_task_t *t,
				scale_choice_t *choice, scale_err_t *err)
{
	double largest = 0.0, gflops, mem_gb;
	scale_query_t q = scale_query(policy, c, t, choice);

	for (size_t k = 0; scale_kind_next(c, &k, &gflops, &mem_gb);)
		if (mem_gb > largest)
			largest = mem_gb;
	for (size_t k = 0; scale_kind_next(c, &k, &gflops, &mem_gb);)
		if (mem_gb < largest && t->mem_gb <= mem_gb)
			q.mem_below = largest;
	q.merit = by_speed;
	return scale_query_run(&q, err);
}

static scale_merit_t by_end(const scale_query_t *q, size_t j, bool plain)
{
	/* at no position n there is no predecessor */
	double end = scale_remaining(q->c, j) +
		     scale_comm_delay(q->c, q->t, plain ? q->c->n : j) +
		     scale_exec_time(q->c, q->t, j);

	return (scale_merit_t) { -end, 0.0, 0.0 };
}

/* The score is the negative of the time until t would end, s.  A server that
 * never gets free again (drained: free_at is infinite) is no candidate. */
static int choose_eft(scale_policy_t *policy, const scale_cluster_t *c,
		      const scale_task_t *t, scale_choice_t *choice,
		      scale_err_t *err)
{
	scale_query_t q = scale_query(policy, c, t, choice);

	q.busy = true;
	q.merit = by_end;
	return scale_query_run(&q, err);
}

void scale_reserved_expire(scale_policy_t *policy, const scale_cluster_t *c)
{
	if (policy->reserved_n == c->n && policy->reserved_at == c->now)
		return;
	if (c->index)
		scale_index_let_go(c->index);
	while (policy->holders)
		policy->reserved[policy->holder[--policy->holders]] = 0.0;
	policy->reserved_n = c->n;
	policy->reserved_at = c->now;
}

static void reserve(scale_policy_t *policy, const scale_cluster_t *c,
		    size_t j, double seconds)
{
	if (!(seconds > 0.0))
		return;
	if (!(policy->reserved[j] > 0.0))
		policy->holder[policy->holders++] = (uint32_t) j;
	policy->reserved[j] += seconds;
	if (c->index)
		scale_index_hold(c->index, j, c->free_at[j],
				 policy->reserved[j]);
}

int scale_wait_or_run(scale_query_t *q, scale_err_t *err)
{
	const scale_choice_t *choice = q->choice;

	scale_reserved_expire(q->policy, q->c);
	q->busy = true;
	if (scale_query_run(q, err))
		return -1;
	if (choice->server >= 0 && q->c->busy[choice->server])
		reserve(q->policy, q->c, (size_t) choice->server,
			scale_exec_time(q->c, q->t,
					(size_t) choice->server));
	return 0;
}

static scale_merit_t by_cost(const scale_query_t *q, size_t j, bool plain)
{
	double wait = scale_remaining(q->c, j) +
		      (plain ? q->held : q->policy->reserved[j]);
	double cost = q->policy->param * wait +
		      scale_exec_time(q->c, q->t, j);

	return (scale_merit_t) { -cost, 0.0, 0.0 };
}

/*
 * Least K (remaining_j + reserved_j) + tau_j: it waits for j rather than run
 * on i only where a second of waiting saves more than K seconds of running.
 * reserved_j: the execution times of those that at this instant chose to
 * wait for j before.  The score is the negative of the sum.  A server that
 * never gets free again is no candidate: 0 times infinity is none either.
 */
static int choose_k_eft(scale_policy_t *policy, const scale_cluster_t *c,
			const scale_task_t *t, scale_choice_t *choice,
			scale_err_t *err)
{
	scale_query_t q = scale_query(policy, c, t, choice);

	q.merit = by_cost;
	return scale_wait_or_run(&q, err);
}

const scale_rule_t scale_rules[] = {
	{ .name = "random", .choose = choose_random, .summary =
	  "any idle server with enough memory, all equally likely" },
	{ .name = "round-robin", .choose = choose_round_robin, .summary =
	  "the next idle server with enough memory after the last one chosen" },
	{ .name = "fastest-idle", .choose = choose_fastest_idle,
	  .knows = SCALE_KNOWS_SPEED, .summary =
	  "the fastest idle server with enough memory; ties: least memory, then lowest index" },
	{ .name = "eft", .choose = choose_eft,
	  .knows = SCALE_KNOWS_SPEED | SCALE_KNOWS_DEMAND |
		   SCALE_KNOWS_REMAINING | SCALE_KNOWS_PARENT |
		   SCALE_KNOWS_TRANSFER, .summary =
	  "earliest finish: least remaining + transfer + execution time over all servers with enough memory; a busy one means wait; ties: lowest index" },
	{ .name = "k-eft", .choose = choose_k_eft, .reserves = true,
	  .knows = SCALE_KNOWS_SPEED | SCALE_KNOWS_DEMAND |
		   SCALE_KNOWS_REMAINING,
	  .param = { "K, what a second of waiting costs", 5, 0, 1e6 },
	  .summary =
	  "least K x wait + execution time over all servers with enough memory; wait counts what others that wait have reserved; a busy one means wait; ties: lowest index" },
	{ .name = "best-fit", .choose = choose_best_fit,
	  .knows = SCALE_KNOWS_SPEED, .summary =
	  "the idle server with the least memory that is enough; ties: fastest, then lowest index" },
	{ .name = "locality", .choose = choose_locality,
	  .knows = SCALE_KNOWS_SPEED | SCALE_KNOWS_PARENT, .summary =
	  "the server of the predecessor that ended first, if idle and large enough; else fastest-idle" },
	{ .name = "threshold", .choose = choose_threshold,
	  .knows = SCALE_KNOWS_SPEED,
	  .param = { "share of the fastest speed", 0.5, 0, 1 }, .summary =
	  "fastest-idle, but waits rather than take less than this share of the speed of the fastest server with enough memory" },
	{ .name = "reserve-large", .choose = choose_reserve_large,
	  .knows = SCALE_KNOWS_SPEED, .summary =
	  "fastest-idle among servers below the largest memory; the largest are kept for what fits nowhere else" },
	{ .name = "mean-primitive", .choose = scale_choose_tuned, .reserves = true,
	  .weights = &scale_weights_primitive.place, .knows = SCALE_KNOWS_TUNED,
	  .summary =
	  "least K x wait + price x execution time + transfer, with K and prices tuned for the mean response of a primitive; a busy one means wait; ties: lowest index" },
	{ .name = "mean-workflow", .choose = scale_choose_tuned, .reserves = true,
	  .weights = &scale_weights_workflow.place, .knows = SCALE_KNOWS_TUNED,
	  .summary =
	  "the same, tuned for the mean response of a workflow; a busy one means wait; ties: lowest index" },
	{ .name = NULL },
};
