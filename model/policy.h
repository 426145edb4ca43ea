/*
 * policy.h - second level: which server a primitive gets
 *
 * Rules and trained models behind one interface, shared by simulator and
 * plugin: the plugin's fallback is the rule that was evaluated.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_POLICY_H
#define SCALE_POLICY_H

#include <sys/types.h>

#include "err.h"
#include "feat.h"
#include "model_file.h"
#include "param.h"
#include "weights.h"

enum { SCALE_WAIT = -1 };	/* choice: nothing suits now */

/* Which servers a model chooses among; kept in its metadata as "mask". */
typedef enum {
	SCALE_MASK_NONE,	/* "none": all, as the paper does */
	SCALE_MASK_FITS,	/* "fits": enough memory; a busy pick waits */
	SCALE_MASK_IDLE,	/* "idle": enough memory and idle now */
	SCALE_MASK_COUNT
} scale_mask_t;

const char *scale_mask_name(scale_mask_t mask);
int scale_mask_find(const char *name);		/* or -1 */

/* Why a server was chosen, for logs and explanations. */
typedef struct scale_choice {
	ssize_t server;			/* index or SCALE_WAIT; may be busy,
					   which means: wait for it */
	ssize_t runner_up;		/* second best allowed server or -1;
					   random and round-robin name none */
	double score;			/* of server; larger is better */
	double runner_up_score;
	const float *logit;		/* [n] of a model, else NULL, and NULL
					   over more than SCALE_GROUPS_FEW
					   servers that have an index; valid
					   until the next choice */
	const float *feature;		/* attention feature f of a model, else
					   NULL; valid as long */
	float value;			/* V(s) of a model, else 0 */
} scale_choice_t;

typedef struct scale_policy scale_policy_t;

/*
 * Make a policy by name, "fastest-idle" or "k-eft:5" (param.h).
 * It has room for no server until scale_policy_reserve().
 * RET NULL with EINVAL (unknown name; err lists the names) or ENOMEM.
 */
scale_policy_t *scale_policy_create(const char *name, scale_err_t *err);

/* A policy that asks a model; it keeps what it needs of it.  The mask is the
 * model's own.  RET NULL with EINVAL, EDOM or ENOMEM. */
scale_policy_t *scale_policy_from_model(const scale_model_t *model,
					scale_err_t *err);
void scale_policy_destroy(scale_policy_t *policy);

/* With its parameter; "model" for all models. */
const char *scale_policy_name(const scale_policy_t *policy);

/* What everybody may ask of a rule. */
typedef struct scale_policy_info {
	const char *name;		/* without parameter */
	const char *summary;		/* one line: the rule */
	const scale_param_t *param;
	/* What it reads beside memory and idleness. */
	bool knows_speed, knows_demand, knows_remaining, knows_transfer;
} scale_policy_info_t;

/* RET 0 with the i-th rule, or -1 past the last */
int scale_policy_list(size_t i, scale_policy_info_t *info);
/* Whether text names a rule, with or without a parameter. */
bool scale_policy_is_rule(const char *text);

/* The one number of servers that a policy can choose among, or 0: any. */
size_t scale_policy_servers(const scale_policy_t *policy);

/* The order that a model was trained with and brings along, for
 * SCALE_ORDER_MODEL (order.h), as long as the policy lives; NULL: none. */
const scale_order_weights_t *scale_policy_order(const scale_policy_t *policy);

/* Make room for n servers.  The only call that may allocate after creation.
 * RET 0, or -1 with ENOMEM or EINVAL (not that one number). */
int scale_policy_reserve(scale_policy_t *policy, size_t n,
			 scale_err_t *err);

/* Start over: random stream from seed, round-robin at server 0, nothing
 * reserved. */
void scale_policy_reset(scale_policy_t *policy, uint64_t seed);

/*
 * Choose a server for t.
 * RET 0 with *choice set; -1 with EINVAL (c->n is 0, above what was
 * reserved, or not scale_policy_servers()) or EDOM (the model's output is not finite); *choice is then
 * SCALE_WAIT.  Never allocates, but what an index of c (index.h) needs when
 * it is first asked for the busy servers.
 */
int scale_policy_choose(scale_policy_t *policy, const scale_cluster_t *c,
			const scale_task_t *t, scale_choice_t *choice,
			scale_err_t *err);

#endif
