/*
 * policy_rule.h - inside of policies: the table of rules
 *
 * Private to policy*.c and their tests.  A new rule is one function and one
 * row; it shows up in --help, --policy and the plugin by itself.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_POLICY_RULE_H
#define SCALE_POLICY_RULE_H

#include "param.h"
#include "policy.h"
#include "rng.h"
#include "weights.h"

/* What a rule reads beside memory and idleness; the rest of the snapshot may
 * be anything, which a test checks. */
typedef enum {
	SCALE_KNOWS_SPEED = 1 << 0,	/* gflops */
	SCALE_KNOWS_DEMAND = 1 << 1,	/* the task's gflop */
	SCALE_KNOWS_REMAINING = 1 << 2,	/* free_at, now: the demand of what
					   runs */
	SCALE_KNOWS_PARENT = 1 << 3,	/* parent_server */
	SCALE_KNOWS_TRANSFER = 1 << 4,	/* parent_out_gb, bandwidth, latency */
	SCALE_KNOWS_TUNED = SCALE_KNOWS_SPEED | SCALE_KNOWS_DEMAND |
			    SCALE_KNOWS_REMAINING | SCALE_KNOWS_PARENT |
			    SCALE_KNOWS_TRANSFER,
} scale_knows_t;

/*
 * Fill *choice, which holds "wait, no runner-up" and zeros.
 * RET 0; -1 with EDOM, *choice is then ignored
 */
typedef int (*scale_choose_f)(scale_policy_t *policy,
			      const scale_cluster_t *c,
			      const scale_task_t *t, scale_choice_t *choice,
			      scale_err_t *err);

typedef struct scale_rule {
	const char *name;
	const char *summary;	/* one line, says how ties fall */
	unsigned knows;		/* of scale_knows_t */
	scale_choose_f choose;
	scale_param_t param;
	const scale_place_weights_t *weights;	/* where it has them */
	bool reserves;		/* it keeps policy->reserved */
} scale_rule_t;

/* Ends with a row whose name is NULL. */
extern const scale_rule_t scale_rules[];

/* k-EFT with the policy's weights: a K for each primitive and a price for each
 * kind of server.  The score is the negative of the sum of weights.h. */
int scale_choose_tuned(scale_policy_t *policy, const scale_cluster_t *c,
		       const scale_task_t *t, scale_choice_t *choice,
		       scale_err_t *err);

/* What was reserved holds for one instant: after it all who wait are asked
 * again. */
void scale_reserved_expire(scale_policy_t *policy, const scale_cluster_t *c);

/* What a policy keeps of a model; policy_model.c. */
typedef struct scale_policy_model scale_policy_model_t;

/* n above what was reserved before.  RET 0, or -1 with ENOMEM: as before. */
int scale_policy_model_reserve(scale_policy_model_t *m, size_t n,
			       scale_err_t *err);
/* N of an MLP, or 0. */
size_t scale_policy_model_servers(const scale_policy_model_t *m);
void scale_policy_model_destroy(scale_policy_model_t *m);

struct scale_policy {
	const scale_rule_t *rule;
	char name[SCALE_PARAM_TEXT];	/* with the parameter */
	double param;
	const scale_place_weights_t *weights;	/* the rule's */
	scale_policy_model_t *model;	/* NULL for a rule */
	size_t room;		/* largest n that it may see */
	scale_rng_t rng;	/* random */
	size_t cursor;		/* round-robin: where the next search begins */
	/* what primitives that wait have asked for, see k-eft */
	double *reserved;	/* [room] s; NULL where the rule has no use */
	uint32_t *holder;	/* [room] the servers where it is above 0 */
	size_t holders;
	double reserved_at;	/* the instant of all of it, s */
	size_t reserved_n;	/* servers at that instant */
};

#endif
