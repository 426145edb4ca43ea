/*
 * order.c - first level: which ready primitive is decided next
 *
 * Sources: hop is the paper's (section 4.1); rank HEFT (Topcuoglu et al.);
 * sjf-cp and fair Decima's baselines; las Autellix; fdws Arabnejad and
 * Barbosa; min-min and max-min the batch rules of the same names.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "order.h"

#define GRAPH SCALE_ORDER_KNOWS_GRAPH
#define DEMAND SCALE_ORDER_KNOWS_DEMAND
#define PAST SCALE_ORDER_KNOWS_PAST
#define AGE SCALE_ORDER_KNOWS_AGE

static const scale_order_info_t orders[SCALE_ORDER_COUNT] = {
	[SCALE_ORDER_HOP] = { .name = "hop", .knows = GRAPH, .summary =
		"longest hop count to the end of its workflow (the paper's)" },
	[SCALE_ORDER_FIFO] = { .name = "fifo", .summary =
		"earliest workflow first" },
	[SCALE_ORDER_RANK] = { .name = "rank", .knows = GRAPH | DEMAND,
		.summary = "largest upward rank, in seconds (HEFT)" },
	[SCALE_ORDER_SRPT] = { .name = "srpt", .knows = DEMAND,
		.moves_at_end = true, .summary =
		"least remaining work of its workflow first" },
	[SCALE_ORDER_SJF_CP] = { .name = "sjf-cp", .knows = GRAPH | DEMAND,
		.summary = "least total work of its workflow first, largest "
		"upward rank inside it" },
	[SCALE_ORDER_FEWEST_LEFT] = { .name = "fewest-left", .knows = GRAPH,
		.moves_at_end = true, .summary =
		"fewest unfinished primitives of its workflow first" },
	[SCALE_ORDER_LAS] = { .name = "las", .knows = PAST,
		.moves_at_end = true, .summary =
		"least attained service: fewest server-seconds of the "
		"workflow's finished primitives first" },
	[SCALE_ORDER_FAIR] = { .name = "fair", .knows = DEMAND | PAST,
		.param = { "exponent a of the workflow's share", 0, -4, 4 },
		.moves_at_end = true, .moves_at_start = true, .summary =
		"weighted fair shares: least (running + 1) / work^a of its "
		"workflow first; a = 0, equal shares, needs no demand" },
	[SCALE_ORDER_RANK_PER_REMAINING] = { .name = "rank-per-remaining",
		.knows = GRAPH | DEMAND, .moves_at_end = true, .summary =
		"largest upward rank / remaining work of its workflow first" },
	[SCALE_ORDER_FDWS] = { .name = "fdws", .knows = GRAPH | DEMAND,
		.moves_at_end = true, .summary =
		"least share of unfinished primitives x critical path of its "
		"workflow first, largest upward rank inside it (FDWS)" },
	[SCALE_ORDER_MIN_MIN] = { .name = "min-min", .knows = DEMAND,
		.summary = "least work of the primitive first (min-min on "
		"servers that differ in speed alone)" },
	[SCALE_ORDER_MAX_MIN] = { .name = "max-min", .knows = DEMAND,
		.summary = "most work of the primitive first (max-min)" },
	[SCALE_ORDER_BUILTIN] = { .name = "builtin", .blocks = true,
		.summary = "earliest workflow first, and nobody overtakes: "
		"while the first waits all do (Slurm's sched/builtin)" },
	[SCALE_ORDER_MEAN_PRIMITIVE] = { .name = "mean-primitive",
		.weights = &scale_weights_primitive.order,
		.knows = GRAPH | DEMAND | AGE, .moves_at_end = true,
		.summary = "largest weighted sum of logarithms and age, tuned "
		"for mean and tail of the response of a primitive" },
	[SCALE_ORDER_MEAN_WORKFLOW] = { .name = "mean-workflow",
		.weights = &scale_weights_workflow.order,
		.knows = GRAPH | DEMAND | AGE, .moves_at_end = true,
		.summary = "the same, tuned for the response of a workflow" },
	[SCALE_ORDER_MODEL] = { .name = "model",
		.knows = GRAPH | DEMAND | AGE, .moves_at_end = true,
		.summary = "the order that the model was trained with and "
		"brings along; hop for a rule and for a model without one" },
};

const scale_order_info_t *scale_order_info(scale_order_kind_t kind)
{
	return &orders[kind];
}

const char *scale_order_name(scale_order_t order)
{
	return orders[order.kind].name;
}

static int unknown_order(const char *text, scale_err_t *err)
{
	char known[SCALE_ERR_TEXT / 2] = "";

	for (size_t i = 0, used = 0; i < SCALE_ORDER_COUNT; i++) {
		snprintf(known + used, sizeof(known) - used, "%s%s",
			 i ? ", " : "", orders[i].name);
		used = strlen(known);
	}
	return scale_err_set(err, EINVAL,
			     "no order named \"%.60s\"; known: %s", text,
			     known);
}

int scale_order_parse(const char *text, scale_order_t *order,
		      scale_err_t *err)
{
	scale_order_t found = { 0 };
	int kind = 0;

	while (kind < SCALE_ORDER_COUNT &&
	       !scale_param_names(text, orders[kind].name))
		kind++;
	if (kind == SCALE_ORDER_COUNT)
		return unknown_order(text, err);
	if (scale_param_read(&orders[kind].param, text, &found.param, err))
		return scale_err_prefix(err, "order");
	found.kind = (scale_order_kind_t) kind;
	found.weights = orders[kind].weights;
	scale_param_print(&orders[kind].param, orders[kind].name, found.param,
			  found.name);
	*order = found;
	return 0;
}

/* Negative where a is smaller. */
static int ascending(double a, double b)
{
	return (a > b) - (a < b);
}

/* Whose next server would be dearest to the others: D'Hondt's quotient with
 * weight work^a, the other way up. */
static double share(const scale_ready_t *r, double a)
{
	double weight = a == 0.0 ? 1.0 : pow(r->work, a);

	return (r->running + 1) / weight;
}

/* Rank_r of FDWS, inverted: remaining share of the primitives times the
 * length of the critical path. */
static double fdws(const scale_ready_t *r)
{
	return (double) r->left / r->size * r->critical_path;
}

/* What rounding leaves of work, and no work at all, are very little. */
static double ln(double x)
{
	return log(fmax(x, 1e-9));
}

/* The sum of weights.h, less age times now. */
static double weighted_sum(const scale_order_weights_t *w,
			   const scale_ready_t *r)
{
	return w->rank * ln(r->upward_rank) +
	       w->work_left * ln(r->work_left) + w->work * ln(r->gflop) +
	       w->hops * ln(1.0 + r->hops) + w->left * ln(r->left) +
	       w->size * ln(r->size) - w->age * r->since;
}

/* Rules for workflows; those of sjf-cp and fdws name one for inside, too. */
static scale_order_key_t key_of_workflow(const scale_order_t *order,
					 const scale_ready_t *r)
{
	switch (order->kind) {
	case SCALE_ORDER_SRPT:
		return (scale_order_key_t) { r->work_left, 0.0 };
	case SCALE_ORDER_SJF_CP:
		return (scale_order_key_t) { r->work, -r->upward_rank };
	case SCALE_ORDER_FEWEST_LEFT:
		return (scale_order_key_t) { r->left, 0.0 };
	case SCALE_ORDER_LAS:
		return (scale_order_key_t) { r->attained, 0.0 };
	case SCALE_ORDER_FAIR:
		return (scale_order_key_t) { share(r, order->param), 0.0 };
	case SCALE_ORDER_FDWS:
		return (scale_order_key_t) { fdws(r), -r->upward_rank };
	default:	/* the ties are the order */
		return (scale_order_key_t) { 0.0, 0.0 };
	}
}

static scale_order_key_t by_hops(const scale_ready_t *r)
{
	return (scale_order_key_t) { -(double) r->hops, 0.0 };
}

scale_order_key_t scale_order_key(const scale_order_t *order,
				  const scale_ready_t *r)
{
	switch (order->kind) {
	case SCALE_ORDER_HOP:
		return by_hops(r);
	case SCALE_ORDER_RANK:
		return (scale_order_key_t) { -r->upward_rank, 0.0 };
	case SCALE_ORDER_RANK_PER_REMAINING:
		return (scale_order_key_t) { -r->upward_rank / r->work_left,
					     0.0 };
	case SCALE_ORDER_MIN_MIN:
		return (scale_order_key_t) { r->gflop, 0.0 };
	case SCALE_ORDER_MAX_MIN:
		return (scale_order_key_t) { -r->gflop, 0.0 };
	case SCALE_ORDER_MEAN_PRIMITIVE:
	case SCALE_ORDER_MEAN_WORKFLOW:
	case SCALE_ORDER_MODEL:
		if (!order->weights)
			return by_hops(r);
		return (scale_order_key_t) {
			-weighted_sum(order->weights, r), 0.0
		};
	default:
		return key_of_workflow(order, r);
	}
}

void scale_order_settle(scale_order_t *order,
			const scale_order_weights_t *weights)
{
	if (order->kind != SCALE_ORDER_MODEL)
		return;
	order->weights = weights;
	if (!weights)
		order->kind = SCALE_ORDER_HOP;
}

const char *scale_order_in_force(const char *text,
				 const scale_order_weights_t *weights)
{
	if (weights || strcmp(text, orders[SCALE_ORDER_MODEL].name))
		return text;
	return orders[SCALE_ORDER_HOP].name;
}

int scale_order_compare(const scale_order_t *order, const scale_ready_t *a,
			const scale_ready_t *b)
{
	scale_order_key_t x = scale_order_key(order, a);
	scale_order_key_t y = scale_order_key(order, b);
	int c = ascending(x.first, y.first);

	if (c == 0)
		c = ascending(a->arrival, b->arrival);
	if (c == 0)	/* whole numbers: doubles would merge large ones */
		c = (a->workflow > b->workflow) - (a->workflow < b->workflow);
	if (c == 0)
		c = ascending(x.second, y.second);
	if (c == 0)
		c = (a->index > b->index) - (a->index < b->index);
	return c;
}
