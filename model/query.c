/*
 * query.c - the best server for a rule, by a look at all or by an index
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>

#include "query.h"
#include "rows.h"

scale_query_t scale_query(scale_policy_t *policy, const scale_cluster_t *c,
			  const scale_task_t *t, scale_choice_t *choice)
{
	return (scale_query_t) {
		.policy = policy,
		.c = c,
		.t = t,
		.choice = choice,
		.mem_below = INFINITY,
		.parent = -1,
	};
}

static bool beats(const scale_merit_t *a, size_t i, const scale_merit_t *b,
		  size_t j)
{
	if (a->score != b->score)
		return a->score > b->score;
	if (a->tie != b->tie)
		return a->tie > b->tie;
	if (a->second_tie != b->second_tie)
		return a->second_tie > b->second_tie;
	return i < j;
}

/* RET whether it is one of the two best so far */
static inline bool offer(scale_query_t *q, size_t j)
{
	scale_merit_t merit = q->merit(q, j, false);
	scale_choice_t *choice = q->choice;

	if (!isfinite(merit.score))
		return false;
	if (choice->server < 0 ||
	    beats(&merit, j, &q->first, (size_t) choice->server)) {
		choice->runner_up = choice->server;
		choice->runner_up_score = choice->score;
		q->second = q->first;
		choice->server = (ssize_t) j;
		choice->score = merit.score;
		q->first = merit;
		return true;
	}
	if (choice->runner_up >= 0 &&
	    !beats(&merit, j, &q->second, (size_t) choice->runner_up))
		return false;
	choice->runner_up = (ssize_t) j;
	choice->runner_up_score = merit.score;
	q->second = merit;
	return true;
}

static bool suits(const scale_query_t *q, double gflops, double mem_gb)
{
	return mem_gb >= q->t->mem_gb && mem_gb < q->mem_below &&
	       gflops >= q->gflops_min;
}

static bool is_candidate(const scale_query_t *q, size_t j)
{
	return (q->busy || !q->c->busy[j]) &&
	       suits(q, q->c->gflops[j], q->c->mem_gb[j]);
}

static bool is_reserved(const scale_query_t *q, size_t j)
{
	return q->policy->rule->reserves && q->policy->reserved[j] > 0.0;
}

/* Of a set with one plain merit: two whose merit it is, and any before. */
static void offer_lowest(scale_query_t *q, const scale_bits_t *set)
{
	size_t j = scale_bits_next(set, 0);

	for (int plain = 0; j != SCALE_NO_SERVER && plain < 2;
	     j = scale_bits_next(set, j + 1)) {
		if ((ssize_t) j == q->parent)
			continue;
		if (!offer(q, j) && !is_reserved(q, j))
			break;
		plain += !is_reserved(q, j);
	}
}

/*
 * The heap from its top: what is below a server, with what is held there,
 * gets free no earlier, and is left out where not even a plain one would be
 * among the two best.  One that only ties may have the lower index.
 */
static void offer_busy(scale_query_t *q, const scale_kind_t *kind)
{
	size_t stack[64], depth = 0;

	if (kind->busy_count)
		stack[depth++] = 0;
	while (depth) {
		size_t i = stack[--depth], j = kind->busy[i].server;

		if (q->choice->runner_up >= 0) {
			scale_merit_t best;

			q->held = kind->busy[i].held;
			best = q->merit(q, j, true);
			if (!beats(&best, 0, &q->second,
				   (size_t) q->choice->runner_up + 1))
				continue;
		}
		if ((ssize_t) j != q->parent)
			offer(q, j);
		if (2 * i + 2 < kind->busy_count)
			stack[depth++] = 2 * i + 2;
		if (2 * i + 1 < kind->busy_count)
			stack[depth++] = 2 * i + 1;
	}
	q->held = 0.0;
}

/* What the policy has reserved is held, so that it is looked at no more often
 * than other servers. */
static int sort_index(scale_query_t *q)
{
	scale_policy_t *policy = q->policy;
	scale_index_t *ix = q->c->index;

	if (!policy->rule->reserves)
		return scale_index_sort(ix, q->c, NULL);
	if (scale_index_sort(ix, q->c, policy))
		return -1;
	for (size_t i = 0; ix->holder != policy && i < policy->holders; i++) {
		size_t j = policy->holder[i];

		if (q->c->busy[j])
			scale_index_hold(ix, j, q->c->free_at[j],
					 policy->reserved[j]);
	}
	ix->holder = policy;
	return 0;
}

/* The predecessor's server, where it matters, goes first and is passed over
 * from then on; the last kinds go before the others, as the better ones often
 * come last and spare the rest. */
static int run_index(scale_query_t *q, scale_err_t *err)
{
	scale_index_t *ix = q->c->index;

	if (q->policy->rule->knows & SCALE_KNOWS_PARENT)
		q->parent = q->t->parent_server;
	if (q->busy && sort_index(q))
		return scale_err_set(err, ENOMEM, "no memory for %zu servers",
				     q->c->n);
	if (q->parent >= 0 && (size_t) q->parent < q->c->n &&
	    is_candidate(q, (size_t) q->parent))
		offer(q, (size_t) q->parent);
	for (size_t k = ix->kinds; k-- > 0;) {
		const scale_kind_t *kind = &ix->kind[k];

		if ((!kind->idle.count && !q->busy) ||
		    !suits(q, kind->gflops, kind->mem_gb))
			continue;
		offer_lowest(q, &kind->idle);
		if (!q->busy)
			continue;
		offer_lowest(q, &kind->overdue);
		offer_busy(q, kind);
	}
	return 0;
}

/* Whether server j may have another merit than those of its row. */
static bool is_apart(const scale_query_t *q, size_t j)
{
	return (ssize_t) j == q->parent || is_reserved(q, j);
}

/* Two of row r that are not apart, if there are so many: its lowest two, or
 * those after them where these are apart. */
static void offer_row(scale_query_t *q, const scale_rows_t *rows, uint32_t r)
{
	const scale_row_set_t *set = &rows->set;
	size_t j = set->lead[r];
	unsigned offered = 0;

	if (!is_apart(q, j)) {
		if (!offer(q, j))
			return;
		offered++;
	}
	j = set->second[r];
	if (j == SCALE_ROW_NONE)
		return;
	if (!is_apart(q, j)) {
		offer(q, j);
		offered++;
	}
	if (set->count[r] == 2)
		return;
	while (offered < 2 && ++j < q->c->n)
		if (rows->of[j] == r && !is_apart(q, j)) {
			offer(q, j);
			offered++;
		}
}

/* Those that are apart one by one, of the others two for each row. */
static void run_rows(scale_query_t *q, const scale_rows_t *rows)
{
	const scale_policy_t *policy = q->policy;
	const scale_cluster_t *view = &rows->set.view;

	if (policy->rule->knows & SCALE_KNOWS_PARENT)
		q->parent = q->t->parent_server;
	if (q->parent >= 0 && (size_t) q->parent < q->c->n &&
	    is_candidate(q, (size_t) q->parent))
		offer(q, (size_t) q->parent);
	for (size_t i = 0; policy->rule->reserves && i < policy->holders; i++)
		if ((ssize_t) policy->holder[i] != q->parent &&
		    is_candidate(q, policy->holder[i]))
			offer(q, policy->holder[i]);
	for (uint32_t r = 0; r < view->n; r++)
		if ((q->busy || !view->busy[r]) &&
		    suits(q, view->gflops[r], view->mem_gb[r]))
			offer_row(q, rows, r);
}

int scale_query_run(scale_query_t *q, scale_err_t *err)
{
	if (q->c->index)
		return run_index(q, err);
	if (q->c->rows) {
		run_rows(q, q->c->rows);
		return 0;
	}
	for (size_t j = 0; j < q->c->n; j++)
		if (is_candidate(q, j))
			offer(q, j);
	return 0;
}

size_t scale_idle_count(const scale_cluster_t *c, double mem_gb)
{
	size_t count = 0;

	if (c->index)
		return scale_index_count(c->index, mem_gb);
	for (size_t j = 0; j < c->n; j++)
		count += !c->busy[j] && c->mem_gb[j] >= mem_gb;
	return count;
}

size_t scale_idle_next(const scale_cluster_t *c, double mem_gb, size_t from)
{
	if (c->index)
		return scale_index_next(c->index, mem_gb, from);
	for (size_t j = from; j < c->n; j++)
		if (!c->busy[j] && c->mem_gb[j] >= mem_gb)
			return j;
	return SCALE_NO_SERVER;
}

size_t scale_idle_nth(const scale_cluster_t *c, double mem_gb, size_t rank)
{
	size_t j;

	if (c->index)
		return scale_index_nth(c->index, mem_gb, rank);
	j = scale_idle_next(c, mem_gb, 0);
	while (rank-- > 0)
		j = scale_idle_next(c, mem_gb, j + 1);
	return j;
}

bool scale_kind_next(const scale_cluster_t *c, size_t *k, double *gflops,
		     double *mem_gb)
{
	const scale_index_t *ix = c->index;

	/* a row stands for servers of one kind */
	if (!ix && c->rows)
		c = &c->rows->set.view;
	while (ix && *k < ix->kinds && !ix->kind[*k].present)
		++*k;
	if (*k >= (ix ? ix->kinds : c->n))
		return false;
	*gflops = ix ? ix->kind[*k].gflops : c->gflops[*k];
	*mem_gb = ix ? ix->kind[*k].mem_gb : c->mem_gb[*k];
	++*k;
	return true;
}
