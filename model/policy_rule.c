/*
 * policy_rule.c - rules that need no training
 *
 * Each looks at every server once or twice, O(N), and allocates nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "policy_rule.h"

static bool idle_and_fits(const scale_cluster_t *c, const scale_task_t *t,
			  size_t j)
{
	return !c->busy[j] && scale_fits(c, t, j);
}

/* The larger is better; further numbers count where the ones before tie. */
typedef struct merit {
	double score, tie, second_tie;
} merit_t;

/* The two best of what was offered; equals keep the one that came first. */
typedef struct best {
	merit_t first, second;
} best_t;

static bool beats(const merit_t *a, const merit_t *b)
{
	if (a->score != b->score)
		return a->score > b->score;
	if (a->tie != b->tie)
		return a->tie > b->tie;
	return a->second_tie > b->second_tie;
}

static void offer(scale_choice_t *choice, best_t *best, size_t j,
		  merit_t merit)
{
	if (choice->server < 0 || beats(&merit, &best->first)) {
		choice->runner_up = choice->server;
		choice->runner_up_score = choice->score;
		best->second = best->first;
		choice->server = (ssize_t) j;
		choice->score = merit.score;
		best->first = merit;
	} else if (choice->runner_up < 0 || beats(&merit, &best->second)) {
		choice->runner_up = (ssize_t) j;
		choice->runner_up_score = merit.score;
		best->second = merit;
	}
}

/* Count first, so that one draw picks among the candidates evenly. */
static int choose_random(scale_policy_t *policy, const scale_cluster_t *c,
			 const scale_task_t *t, scale_choice_t *choice,
			 scale_err_t *err)
{
	uint64_t count = 0, skip;

	for (size_t j = 0; j < c->n; j++)
		count += idle_and_fits(c, t, j);
	if (count == 0)
		return 0;
	skip = scale_rng_below(&policy->rng, count);
	for (size_t j = 0; j < c->n; j++) {
		if (!idle_and_fits(c, t, j) || skip-- > 0)
			continue;
		choice->server = (ssize_t) j;
		break;
	}
	return 0;
}

static int choose_round_robin(scale_policy_t *policy,
			      const scale_cluster_t *c,
			      const scale_task_t *t, scale_choice_t *choice,
			      scale_err_t *err)
{
	size_t j = policy->cursor < c->n ? policy->cursor : 0;

	for (size_t seen = 0; seen < c->n; seen++) {
		size_t next = j + 1 < c->n ? j + 1 : 0;

		if (idle_and_fits(c, t, j)) {
			choice->server = (ssize_t) j;
			policy->cursor = next;
			break;
		}
		j = next;
	}
	return 0;
}

static merit_t by_speed(const scale_cluster_t *c, size_t j)
{
	return (merit_t) { c->gflops[j], -c->mem_gb[j], 0.0 };
}

/* What the paper's network learns: the score is C_j. */
static int choose_fastest_idle(scale_policy_t *policy,
			       const scale_cluster_t *c,
			       const scale_task_t *t, scale_choice_t *choice,
			       scale_err_t *err)
{
	best_t best = { 0 };

	for (size_t j = 0; j < c->n; j++)
		if (idle_and_fits(c, t, j))
			offer(choice, &best, j, by_speed(c, j));
	return 0;
}

/* The score is -M_j. */
static int choose_best_fit(scale_policy_t *policy, const scale_cluster_t *c,
			   const scale_task_t *t, scale_choice_t *choice,
			   scale_err_t *err)
{
	best_t best = { 0 };

	for (size_t j = 0; j < c->n; j++)
		if (idle_and_fits(c, t, j))
			offer(choice, &best, j,
			      (merit_t) { -c->mem_gb[j], c->gflops[j], 0.0 });
	return 0;
}

/* The score is 1 where the predecessor ran, 0 elsewhere. */
static int choose_locality(scale_policy_t *policy, const scale_cluster_t *c,
			   const scale_task_t *t, scale_choice_t *choice,
			   scale_err_t *err)
{
	best_t best = { 0 };

	for (size_t j = 0; j < c->n; j++)
		if (idle_and_fits(c, t, j))
			offer(choice, &best, j,
			      (merit_t) { (ssize_t) j == t->parent_server,
					  c->gflops[j], -c->mem_gb[j] });
	return 0;
}

/* Fastest idle, but only from so large a share of the fastest server that
 * could hold it; the score is C_j. */
static int choose_threshold(scale_policy_t *policy, const scale_cluster_t *c,
			    const scale_task_t *t, scale_choice_t *choice,
			    scale_err_t *err)
{
	double fastest = 0.0;
	best_t best = { 0 };

	for (size_t j = 0; j < c->n; j++)
		if (scale_fits(c, t, j) && c->gflops[j] > fastest)
			fastest = c->gflops[j];
	for (size_t j = 0; j < c->n; j++)
		if (idle_and_fits(c, t, j) &&
		    c->gflops[j] >= policy->param * fastest)
			offer(choice, &best, j, by_speed(c, j));
	return 0;
}

/* Fastest idle among servers below the largest memory, unless only the
 * largest can hold it; the score is C_j. */
static int choose_reserve_large(scale_policy_t *policy,
				const scale_cluster_t *c,
				const scale_task_t *t,
				scale_choice_t *choice, scale_err_t *err)
{
	bool smaller = false;
	double largest = 0.0;
	best_t best = { 0 };

	for (size_t j = 0; j < c->n; j++)
		if (c->mem_gb[j] > largest)
			largest = c->mem_gb[j];
	for (size_t j = 0; j < c->n; j++)
		smaller |= c->mem_gb[j] < largest && scale_fits(c, t, j);
	for (size_t j = 0; j < c->n; j++)
		if (idle_and_fits(c, t, j) &&
		    !(smaller && c->mem_gb[j] == largest))
			offer(choice, &best, j, by_speed(c, j));
	return 0;
}

/* The score is the negative of the time until t would end, s.  A server that
 * never gets free again (drained: free_at is infinite) is no candidate. */
static int choose_eft(scale_policy_t *policy, const scale_cluster_t *c,
		      const scale_task_t *t, scale_choice_t *choice,
		      scale_err_t *err)
{
	best_t best = { 0 };

	for (size_t j = 0; j < c->n; j++) {
		double end = scale_remaining(c, j) +
			     scale_comm_delay(c, t, j) +
			     scale_exec_time(c, t, j);

		if (scale_fits(c, t, j) && isfinite(end))
			offer(choice, &best, j, (merit_t) { -end, 0.0, 0.0 });
	}
	return 0;
}

/* What was reserved holds for one instant: after it all who wait are asked
 * again. */
static void expire(scale_policy_t *policy, const scale_cluster_t *c)
{
	if (policy->reserved_n == c->n && policy->reserved_at == c->now)
		return;
	memset(policy->reserved, 0, c->n * sizeof(*policy->reserved));
	policy->reserved_n = c->n;
	policy->reserved_at = c->now;
}

/*
 * Least K (remaining_j + reserved_j) + tau_j: it waits for j rather than run
 * on i only where a second of waiting saves more than K seconds of running.
 * reserved_j: the execution times of those that at this instant chose to
 * wait for j before.  The score is the negative of the sum.
 */
static int choose_k_eft(scale_policy_t *policy, const scale_cluster_t *c,
			const scale_task_t *t, scale_choice_t *choice,
			scale_err_t *err)
{
	best_t best = { 0 };

	expire(policy, c);
	for (size_t j = 0; j < c->n; j++) {
		double wait = scale_remaining(c, j) + policy->reserved[j];
		double cost = policy->param * wait + scale_exec_time(c, t, j);

		if (scale_fits(c, t, j) && isfinite(wait))
			offer(choice, &best, j, (merit_t) { -cost, 0.0, 0.0 });
	}
	if (choice->server >= 0 && c->busy[choice->server])
		policy->reserved[choice->server] +=
			scale_exec_time(c, t, (size_t) choice->server);
	return 0;
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
	{ .name = NULL },
};
