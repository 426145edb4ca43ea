/*
 * policy_rule.c - rules that need no training
 *
 * Each looks at every server once, O(N), and allocates nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "policy_rule.h"

static bool idle_and_fits(const scale_cluster_t *c, const scale_task_t *t,
			  size_t j)
{
	return !c->busy[j] && scale_fits(c, t, j);
}

/* The two best of what was offered: larger score, then larger tie, then
 * whoever came first. */
typedef struct best {
	double tie, runner_up_tie;
} best_t;

static void offer(scale_choice_t *choice, best_t *best, size_t j,
		  double score, double tie)
{
	if (choice->server < 0 || score > choice->score ||
	    (score == choice->score && tie > best->tie)) {
		choice->runner_up = choice->server;
		choice->runner_up_score = choice->score;
		best->runner_up_tie = best->tie;
		choice->server = (ssize_t) j;
		choice->score = score;
		best->tie = tie;
	} else if (choice->runner_up < 0 || score > choice->runner_up_score ||
		   (score == choice->runner_up_score &&
		    tie > best->runner_up_tie)) {
		choice->runner_up = (ssize_t) j;
		choice->runner_up_score = score;
		best->runner_up_tie = tie;
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

/* What the paper's network learns, see SPEC: the score is C_j. */
static int choose_fastest_idle(scale_policy_t *policy,
			       const scale_cluster_t *c,
			       const scale_task_t *t, scale_choice_t *choice,
			       scale_err_t *err)
{
	best_t best = { 0.0, 0.0 };

	for (size_t j = 0; j < c->n; j++)
		if (idle_and_fits(c, t, j))
			offer(choice, &best, j, c->gflops[j], -c->mem_gb[j]);
	return 0;
}

/* The score is the negative of the time until t would end, s.  A server that
 * never gets free again (drained: free_at is infinite) is no candidate. */
static int choose_eft(scale_policy_t *policy, const scale_cluster_t *c,
		      const scale_task_t *t, scale_choice_t *choice,
		      scale_err_t *err)
{
	best_t best = { 0.0, 0.0 };

	for (size_t j = 0; j < c->n; j++) {
		double end = scale_remaining(c, j) +
			     scale_comm_delay(c, t, j) +
			     scale_exec_time(c, t, j);

		if (scale_fits(c, t, j) && isfinite(end))
			offer(choice, &best, j, -end, 0.0);
	}
	return 0;
}

const scale_rule_t scale_rules[] = {
	{ "random",
	  "any idle server with enough memory, all equally likely",
	  0, choose_random },
	{ "round-robin",
	  "the next idle server with enough memory after the last one chosen",
	  0, choose_round_robin },
	{ "fastest-idle",
	  "the fastest idle server with enough memory; ties: least memory, then lowest index",
	  SCALE_KNOWS_SPEED, choose_fastest_idle },
	{ "eft",
	  "earliest finish: least remaining + transfer + execution time over all servers with enough memory; a busy one means wait; ties: lowest index",
	  SCALE_KNOWS_SPEED | SCALE_KNOWS_REMAINING | SCALE_KNOWS_TRANSFER,
	  choose_eft },
	{ NULL, NULL, 0, NULL },
};
