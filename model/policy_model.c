/*
 * policy_model.c - a trained network as a policy, Algorithm 2
 *
 * Snapshot to features, features to logits, logits to the best allowed
 * server.  What a choice needs is allocated when room is reserved.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "model_impl.h"
#include "policy_rule.h"

struct scale_policy_model {
	scale_decider_t *decider;
	scale_scratch_t *scratch;	/* NULL until room is reserved */
	uint8_t *allowed;		/* [room of scratch] */
	scale_mask_t mask;
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

static int choose_by_model(scale_policy_t *policy, const scale_cluster_t *c,
			   const scale_task_t *t, scale_choice_t *choice,
			   scale_err_t *err)
{
	const scale_policy_model_t *m = policy->model;
	float phi[SCALE_TASK_FEATURES];
	scale_decision_t decision;
	float *psi;
	size_t ld;

	if (allow(m, c, t) == 0)
		return 0;
	psi = scale_scratch_psi(m->scratch, &ld);
	scale_features_task(c, t, phi);
	scale_features_servers(c, t, psi, ld);
	if (scale_decide(m->decider, m->scratch, phi, psi, ld, c->n,
			 m->allowed, &decision) < 0)
		return scale_err_set(err, errno,
				     "the model's output for %zu servers is not finite",
				     c->n);
	choice->server = decision.choice;
	choice->score = decision.logit[decision.choice];
	choice->logit = decision.logit;
	choice->feature = decision.feature;
	choice->value = decision.value;
	find_runner_up(m, c->n, choice);
	return 0;
}

static const scale_rule_t model_rule = {
	.name = "model", .summary = "a trained network",
	.knows = SCALE_KNOWS_SPEED | SCALE_KNOWS_DEMAND |
		 SCALE_KNOWS_REMAINING | SCALE_KNOWS_PARENT |
		 SCALE_KNOWS_TRANSFER,
	.choose = choose_by_model,
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
	policy->rule = &model_rule;
	strcpy(policy->name, model_rule.name);
	policy->model = m;
	if (find_mask(model, &m->mask, err) < 0 ||
	    scale_schema_check(SCALE_FEATURE_SCHEMA, &model->net->dims,
			       err) < 0)
		goto error;
	m->decider = scale_decider_create(model->net, err);
	if (!m->decider)
		goto error;
	return policy;
error:
	scale_policy_destroy(policy);
	return NULL;
}

int scale_policy_model_reserve(scale_policy_model_t *m, size_t n,
			       scale_err_t *err)
{
	scale_scratch_t *scratch = scale_scratch_create(m->decider, n, err);
	uint8_t *allowed;

	if (!scratch)
		return -1;
	allowed = malloc(n);
	if (!allowed) {
		scale_scratch_destroy(scratch);
		return scale_err_set(err, ENOMEM, "no memory for %zu servers",
				     n);
	}
	scale_scratch_destroy(m->scratch);
	free(m->allowed);
	m->scratch = scratch;
	m->allowed = allowed;
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
	free(m->allowed);
	free(m);
}
