/*
 * query.h - the best server for a rule, by a look at all or by an index
 *
 * Private to the rules.  What a rule means is said once, as the merit of a
 * server; with an index (index.h) or rows (rows.h) only those servers are
 * looked at that can be among the two best, and the answers are the same.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_QUERY_H
#define SCALE_QUERY_H

#include "index.h"
#include "policy_rule.h"

#define SCALE_NO_SERVER SCALE_BITS_NONE

/* The larger is better; further numbers count where the ones before tie, and
 * last the lower index. */
typedef struct scale_merit {
	double score, tie, second_tie;
} scale_merit_t;

/* What merits are made of, see policy_tuned.c. */
typedef struct scale_tariff {
	const scale_place_weights_t *weights;
	double wait;			/* cost of a second of waiting, K */
	double gflops_max, mem_max_gb;	/* of the servers that there are */
} scale_tariff_t;

/* For servers c and primitive t. */
scale_tariff_t scale_tariff(const scale_place_weights_t *weights,
			    const scale_cluster_t *c, const scale_task_t *t);
/* P_j of weights.h, of server j's kind. */
double scale_tariff_price(const scale_tariff_t *tariff,
			  const scale_cluster_t *c, size_t j);
/* The sum of weights.h for server j of that price, free in wait s; at: j, or
 * c->n for one like it where no predecessor ran. */
double scale_tariff_cost(const scale_tariff_t *tariff,
			 const scale_cluster_t *c, const scale_task_t *t,
			 size_t j, double price, size_t at, double wait);

typedef struct scale_query scale_query_t;
struct scale_query {
	scale_policy_t *policy;
	const scale_cluster_t *c;
	const scale_task_t *t;
	scale_choice_t *choice;		/* waits, without runner-up */
	scale_tariff_t tariff;		/* of a rule that has one */
	const double *score;		/* [n] of a rule that has them */
	/* Which servers: with enough memory, and */
	bool busy;			/* busy ones, too */
	double gflops_min;		/* so fast or faster */
	double mem_below;		/* with less memory than that, GB */
	/*
	 * Merit of server j; it is no candidate where the score is not finite.
	 * plain: as if the predecessor had not run there and only held
	 * were reserved.  Of equal servers that are idle, or busy, the later
	 * free one has no larger plain merit; and none is better than that
	 * but the predecessor's.
	 */
	scale_merit_t (*merit)(const scale_query_t *q, size_t j, bool plain);
	/* The rest is query.c's. */
	scale_merit_t first, second;	/* of choice and its runner-up */
	ssize_t parent;			/* handled apart, or negative */
	double held;			/* s of a plain merit */
};

/* A query for idle servers, whatever their speed; merit is to be set. */
scale_query_t scale_query(scale_policy_t *policy, const scale_cluster_t *c,
			  const scale_task_t *t, scale_choice_t *choice);

/* Set server, runner_up and their scores in *choice.
 * RET 0, or -1 with ENOMEM */
int scale_query_run(scale_query_t *q, scale_err_t *err);
/* The same among busy ones, too: who waits for one reserves it, for his
 * execution time, with those who are asked after him at this instant. */
int scale_wait_or_run(scale_query_t *q, scale_err_t *err);

/* Idle servers that have mem_gb: how many, the first at or after position
 * from, and the one that rank others precede; SCALE_NO_SERVER: none. */
size_t scale_idle_count(const scale_cluster_t *c, double mem_gb);
size_t scale_idle_next(const scale_cluster_t *c, double mem_gb, size_t from);
size_t scale_idle_nth(const scale_cluster_t *c, double mem_gb, size_t rank);

/* C_j and M_j of the kinds of servers that there are, from *k = 0 on: those
 * of the index, or else each server is its own.  RET false past the last */
bool scale_kind_next(const scale_cluster_t *c, size_t *k, double *gflops,
		     double *mem_gb);

#endif
