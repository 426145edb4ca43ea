/*
 * policy.c - second level: which server a primitive gets
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_rule.h"

const char *scale_policy_list(size_t i, const char **summary)
{
	size_t count = 0;

	while (scale_rules[count].name)
		count++;
	if (i >= count)
		return NULL;
	if (summary)
		*summary = scale_rules[i].summary;
	return scale_rules[i].name;
}

static int unknown_rule(const char *name, scale_err_t *err)
{
	char known[256] = "";
	size_t used = 0;

	for (size_t i = 0; scale_rules[i].name; i++) {
		snprintf(known + used, sizeof(known) - used, "%s%s",
			 i ? ", " : "", scale_rules[i].name);
		used = strlen(known);
	}
	return scale_err_set(err, EINVAL, "no policy named \"%s\"; known: %s",
			     name, known);
}

scale_policy_t *scale_policy_create(const char *name, scale_err_t *err)
{
	const scale_rule_t *rule = scale_rules;
	scale_policy_t *policy;

	while (rule->name && strcmp(rule->name, name))
		rule++;
	if (!rule->name) {
		unknown_rule(name, err);
		return NULL;
	}
	policy = calloc(1, sizeof(*policy));
	if (!policy) {
		scale_err_set(err, ENOMEM, "no memory for a policy");
		return NULL;
	}
	policy->rule = rule;
	scale_policy_reset(policy, 0);
	return policy;
}

void scale_policy_destroy(scale_policy_t *policy)
{
	int saved = errno;

	if (!policy)
		return;
	scale_policy_model_destroy(policy->model);
	free(policy);
	errno = saved;
}

const char *scale_policy_name(const scale_policy_t *policy)
{
	return policy->rule->name;
}

int scale_policy_reserve(scale_policy_t *policy, size_t n, scale_err_t *err)
{
	if (n <= policy->reserved)
		return 0;
	if (policy->model &&
	    scale_policy_model_reserve(policy->model, n, err) < 0)
		return -1;
	policy->reserved = n;
	return 0;
}

void scale_policy_reset(scale_policy_t *policy, uint64_t seed)
{
	/* a stream of its own: no other purpose hashes this text */
	scale_rng_seed(&policy->rng, seed, 0x706f6c696379ULL /* "policy" */);
	policy->cursor = 0;
}

int scale_policy_choose(scale_policy_t *policy, const scale_cluster_t *c,
			const scale_task_t *t, scale_choice_t *choice,
			scale_err_t *err)
{
	static const scale_choice_t wait = {
		.server = SCALE_WAIT,
		.runner_up = -1,
	};

	*choice = wait;
	if (c->n == 0 || c->n > policy->reserved)
		return scale_err_set(err, EINVAL,
				     "policy %s: %zu servers, room for 1 to %zu",
				     policy->rule->name, c->n,
				     policy->reserved);
	if (policy->rule->choose(policy, c, t, choice, err) < 0) {
		*choice = wait;
		return -1;
	}
	return 0;
}
