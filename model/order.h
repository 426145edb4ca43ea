/*
 * order.h - first level: which ready primitive is decided next
 *
 * Deterministic total orders, shared by simulator and plugin.  Each is one
 * rule and says what it has to know.  "Demand" is the work of a primitive as
 * somebody declared it, right or wrong: in Slurm the annotation, or else what
 * the time limit stands for.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ORDER_H
#define SCALE_ORDER_H

#include <stdint.h>

#include "param.h"
#include "weights.h"

/* What an order may know of a ready primitive.  All after since is of its
 * workflow. */
typedef struct scale_ready {
	double gflop;			/* its own demand, GFLOP */
	double upward_rank;		/* s, dag.h */
	uint32_t hops;			/* dag.h */
	uint32_t index;			/* within its workflow */
	double since;			/* it is ready, s; any origin */
	double arrival;			/* a_k, s */
	uint64_t workflow;		/* number in order of arrival */
	double work;			/* GFLOP of all its primitives */
	double work_left;		/* of those not yet finished */
	double critical_path;		/* largest upward rank, s */
	double attained;		/* server-seconds that its finished
					   primitives took */
	uint32_t size;			/* primitives */
	uint32_t left;			/* of them, not yet finished */
	uint32_t running;		/* of them, running now */
} scale_ready_t;

typedef enum {
	SCALE_ORDER_HOP,	/* the paper's */
	SCALE_ORDER_FIFO,
	SCALE_ORDER_RANK,
	SCALE_ORDER_SRPT,
	SCALE_ORDER_SJF_CP,
	SCALE_ORDER_FEWEST_LEFT,
	SCALE_ORDER_LAS,
	SCALE_ORDER_FAIR,
	SCALE_ORDER_RANK_PER_REMAINING,
	SCALE_ORDER_FDWS,
	SCALE_ORDER_MIN_MIN,
	SCALE_ORDER_MAX_MIN,
	SCALE_ORDER_BUILTIN,
	SCALE_ORDER_MEAN_PRIMITIVE,
	SCALE_ORDER_MEAN_WORKFLOW,
	SCALE_ORDER_MODEL,	/* what the policy's model was trained with */
	SCALE_ORDER_COUNT
} scale_order_kind_t;

/* What an order reads beside arrival; the rest may be anything, which a test
 * checks. */
typedef enum {
	SCALE_ORDER_KNOWS_GRAPH = 1 << 0,	/* hops, size, left */
	SCALE_ORDER_KNOWS_DEMAND = 1 << 1,	/* gflop, work, work_left;
						   with the graph the ranks */
	SCALE_ORDER_KNOWS_PAST = 1 << 2,	/* attained, running */
	SCALE_ORDER_KNOWS_AGE = 1 << 3,		/* since */
} scale_order_knows_t;

/* An order with its parameter; a value that is copied. */
typedef struct scale_order {
	scale_order_kind_t kind;
	double param;			/* 0 where it takes none */
	const scale_order_weights_t *weights;	/* static; NULL: none; of
						   SCALE_ORDER_MODEL what
						   scale_policy_order() says */
	char name[SCALE_PARAM_TEXT];	/* "fair:0.5", for people */
} scale_order_t;

/* What everybody may ask of an order. */
typedef struct scale_order_info {
	const char *name;		/* without parameter */
	const char *summary;		/* one line: the rule */
	scale_param_t param;
	const scale_order_weights_t *weights;
	unsigned knows;			/* scale_order_knows_t */
	/* When keys of a workflow's ready primitives change their places: */
	bool moves_at_end;		/* a primitive of it ends */
	bool moves_at_start;		/* one starts or is killed */
	bool blocks;			/* while the first one waits nobody
					   behind it is decided */
} scale_order_info_t;

const scale_order_info_t *scale_order_info(scale_order_kind_t kind);
/* Its name without the parameter. */
const char *scale_order_name(scale_order_t order);

/* The order that text names, "srpt" or "fair:0.5".
 * RET 0; -1 with EINVAL, *order unchanged; err lists what there is */
int scale_order_parse(const char *text, scale_order_t *order,
		      scale_err_t *err);

/*
 * What an order looks at, as two numbers: a goes before b where its first is
 * smaller; where they are equal, by workflow arrival and number; then where
 * its second is smaller; last by index.  For who sorts many and compares each
 * often.
 */
typedef struct scale_order_key {
	double first, second;
} scale_order_key_t;

scale_order_key_t scale_order_key(const scale_order_t *order,
				  const scale_ready_t *r);

/* What order is with these weights, which are scale_policy_order()'s: changed
 * where it is SCALE_ORDER_MODEL, which is hop without any. */
void scale_order_settle(scale_order_t *order,
			const scale_order_weights_t *weights);

/* The name of an order of that text once it is settled: "hop" where it is a
 * model's and there is none, else text itself. */
const char *scale_order_in_force(const char *text,
				 const scale_order_weights_t *weights);

/* Negative where a goes before b.  Ties: workflow arrival, workflow number,
 * index; so zero only for the same primitive. */
int scale_order_compare(const scale_order_t *order, const scale_ready_t *a,
			const scale_ready_t *b);

#endif
