/*
 * policy_model.c - a trained network as a policy, Algorithm 2
 *
 * Snapshot to features, features to logits, logits to the best allowed
 * server.  Where there are many servers and few states, equal servers are one
 * row.  What a choice needs is allocated when room is reserved.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "groups.h"
#include "model_impl.h"
#include "policy_prior.h"
#include "policy_rule.h"

struct scale_policy_model {
	scale_decider_t *decider;
	scale_scratch_t *scratch;	/* NULL until room is reserved */
	scale_groups_t groups;
	float *logit;			/* [room of scratch] of servers that
					   were decided on as groups */
	uint8_t *allowed;		/* [room of scratch] */
	scale_mask_t mask;
	bool has_prior;
	scale_prior_t prior;
};

static const char *const masks[SCALE_MASK_COUNT] = {
	[SCALE_MASK_NONE] = "none",
	[SCALE_MASK_FITS] = "fits",
	[SCALE_MASK_IDLE] = "idle",
};

const char *scale_mask_name(scale_mask_t mask)
{
	return masks[mask];
}

int scale_mask_find(const char *name)
{
	for (int i = 0; i < SCALE_MASK_COUNT; i++)
		if (!strcmp(name, masks[i]))
			return i;
	return -1;
}

/* Mark the servers that the mask lets through.  RET how many. */
static size_t allow(const scale_policy_model_t *m, const scale_cluster_t *c,
		    const scale_task_t *t)
{
	size_t count = 0;

	for (size_t j = 0; j < c->n; j++) {
		uint8_t ok = m->mask == SCALE_MASK_NONE ||
			     (scale_fits(c, t, j) &&
			      (m->mask == SCALE_MASK_FITS || !c->busy[j]));

		m->allowed[j] = ok;
		count += ok;
	}
	return count;
}

static void find_runner_up(const scale_policy_model_t *m, size_t n,
			   scale_choice_t *choice)
{
	for (size_t j = 0; j < n; j++) {
		if (!m->allowed[j] || (ssize_t) j == choice->server)
			continue;
		if (choice->runner_up >= 0 &&
		    choice->logit[j] <= choice->runner_up_score)
			continue;
		choice->runner_up = (ssize_t) j;
		choice->runner_up_score = choice->logit[j];
	}
}

/* Servers c, or the rows of groups that count [c->n] are of (or NULL). */
static int decide(const scale_policy_model_t *m, const scale_cluster_t *c,
		  const scale_task_t *t, const uint32_t *count,
		  scale_decision_t *decision, scale_err_t *err)
{
	float phi[SCALE_TASK_FEATURES], *psi;
	size_t ld;

	psi = scale_scratch_psi(m->scratch, &ld);
	scale_features_task(c, t, phi);
	scale_features_servers(c, t, psi, ld);
	if (scale_decide_groups(m->decider, m->scratch, phi, psi, ld, c->n,
				count, m->allowed, decision) < 0)
		return scale_err_set(err, errno,
				     "the model's output for %zu servers is not finite",
				     c->n);
	return 0;
}

/* Is server j with this score before the one that was best so far? */
static bool beats(float score, uint32_t j, ssize_t best, double best_score)
{
	return best < 0 || score > best_score ||
	       (score == best_score && (ssize_t) j < best);
}

static void offer(scale_choice_t *choice, uint32_t j, float score)
{
	if (beats(score, j, choice->server, choice->score)) {
		choice->runner_up = choice->server;
		choice->runner_up_score = choice->score;
		choice->server = j;
		choice->score = score;
	} else if (beats(score, j, choice->runner_up,
			 choice->runner_up_score)) {
		choice->runner_up = j;
		choice->runner_up_score = score;
	}
}

static int choose_by_groups(const scale_policy_model_t *m, size_t n,
			    scale_choice_t *choice, scale_err_t *err)
{
	const scale_groups_t *groups = &m->groups;
	const scale_row_set_t *rows = &groups->set;
	scale_decision_t decision;

	if (allow(m, &rows->view, &groups->task) == 0)
		return 0;
	if (decide(m, &rows->view, &groups->task, rows->count, &decision,
		   err) < 0)
		return -1;
	for (size_t g = 0; g < rows->view.n; g++) {
		if (!m->allowed[g])
			continue;
		offer(choice, rows->lead[g], decision.logit[g]);
		if (rows->second[g] != SCALE_ROW_NONE)
			offer(choice, rows->second[g], decision.logit[g]);
	}
	choice->feature = decision.feature;
	choice->value = decision.value;
	if (!groups->of)
		return 0;
	for (size_t j = 0; j < n; j++)
		m->logit[j] = decision.logit[groups->of[j]];
	if (groups->task.parent_server >= 0)
		m->logit[rows->lead[groups->task.parent_server]] =
			decision.logit[groups->task.parent_server];
	choice->logit = m->logit;
	return 0;
}

static int choose_by_servers(const scale_policy_model_t *m,
			     const scale_cluster_t *c, const scale_task_t *t,
			     scale_choice_t *choice, scale_err_t *err)
{
	scale_decision_t decision;

	if (allow(m, c, t) == 0)
		return 0;
	if (decide(m, c, t, NULL, &decision, err) < 0)
		return -1;
	choice->server = decision.choice;
	choice->score = decision.logit[decision.choice];
	choice->logit = decision.logit;
	choice->feature = decision.feature;
	choice->value = decision.value;
	find_runner_up(m, c->n, choice);
	return 0;
}

static int choose_by_model(scale_policy_t *policy, const scale_cluster_t *c,
			   const scale_task_t *t, scale_choice_t *choice,
			   scale_err_t *err)
{
	scale_policy_model_t *m = policy->model;
	int rc = 1;

	if (c->n > SCALE_GROUPS_FEW && !scale_policy_model_servers(m))
		rc = scale_groups_gather(&m->groups, c, t);
	if (rc < 0)
		return scale_err_set(err, ENOMEM, "no memory for %zu servers",
				     c->n);
	return rc ? choose_by_servers(m, c, t, choice, err) :
		    choose_by_groups(m, c->n, choice, err);
}

static const scale_rule_t model_rule = {
	.name = "model", .summary = "a trained network",
	.knows = SCALE_KNOWS_TUNED,
	.choose = choose_by_model,
};

static int choose_by_prior(scale_policy_t *policy, const scale_cluster_t *c,
			   const scale_task_t *t, scale_choice_t *choice,
			   scale_err_t *err)
{
	scale_policy_model_t *m = policy->model;

	return scale_prior_choose(&m->prior, m->decider, m->scratch, policy,
				  c, t, choice, err);
}

static const scale_rule_t prior_rule = {
	.name = "model", .summary = "a trained network that amends a rule",
	.knows = SCALE_KNOWS_TUNED, .reserves = true,
	.choose = choose_by_prior,
};

static int find_mask(const scale_model_t *model, scale_mask_t *mask,
		     scale_err_t *err)
{
	const char *name = scale_model_meta(model, SCALE_META_MASK);
	int found = name ? scale_mask_find(name) : SCALE_MASK_FITS;

	if (found < 0)
		return scale_err_set(err, EINVAL,
				     "metadata \"%s\" is \"%.100s\"; known: none, fits, idle",
				     SCALE_META_MASK, name);
	*mask = (scale_mask_t) found;
	return 0;
}

scale_policy_t *scale_policy_from_model(const scale_model_t *model,
					scale_err_t *err)
{
	scale_policy_model_t *m = NULL;
	scale_policy_t *policy;

	policy = calloc(1, sizeof(*policy));
	m = calloc(1, sizeof(*m));
	if (!policy || !m) {
		scale_err_set(err, ENOMEM, "no memory for a policy");
		free(policy);
		free(m);
		return NULL;
	}
	m->has_prior = model->net->dims.prior;
	policy->rule = m->has_prior ? &prior_rule : &model_rule;
	strcpy(policy->name, policy->rule->name);
	policy->model = m;
	if (find_mask(model, &m->mask, err) < 0 ||
	    scale_schema_check(NULL, &model->net->dims, err) < 0)
		goto error;
	if (m->has_prior) {
		scale_prior_init(&m->prior, model->net);
		policy->weights = &m->prior.weights.place;
	}
	m->decider = scale_decider_create(model->net, err);
	if (!m->decider)
		goto error;
	return policy;
error:
	scale_policy_destroy(policy);
	return NULL;
}

const scale_order_weights_t *scale_policy_order(const scale_policy_t *policy)
{
	const scale_policy_model_t *m = policy->model;

	return m && m->has_prior ? &m->prior.weights.order : NULL;
}

int scale_policy_model_reserve(scale_policy_model_t *m, size_t n,
			       scale_err_t *err)
{
	scale_scratch_t *scratch = scale_scratch_create(m->decider, n, err);
	uint8_t *allowed;
	float *logit;

	if (!scratch)
		return -1;
	allowed = malloc(n);
	logit = malloc(n * sizeof(*logit));
	if (!allowed || !logit || scale_groups_reserve(&m->groups, n) ||
	    (m->has_prior && scale_prior_reserve(&m->prior, n))) {
		scale_scratch_destroy(scratch);
		free(allowed);
		free(logit);
		return scale_err_set(err, ENOMEM, "no memory for %zu servers",
				     n);
	}
	scale_scratch_destroy(m->scratch);
	free(m->allowed);
	free(m->logit);
	m->scratch = scratch;
	m->allowed = allowed;
	m->logit = logit;
	return 0;
}

size_t scale_policy_model_servers(const scale_policy_model_t *m)
{
	return scale_decider_dims(m->decider)->servers;
}

void scale_policy_model_destroy(scale_policy_model_t *m)
{
	if (!m)
		return;
	scale_scratch_destroy(m->scratch);
	scale_decider_destroy(m->decider);
	scale_groups_fini(&m->groups);
	scale_prior_fini(&m->prior);
	free(m->allowed);
	free(m->logit);
	free(m);
}
