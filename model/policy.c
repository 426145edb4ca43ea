/*
 * policy.c - second level: which server a primitive gets
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_rule.h"

int scale_policy_list(size_t i, scale_policy_info_t *info)
{
	const scale_rule_t *rule = scale_rules;

	while (rule->name && i) {
		rule++;
		i--;
	}
	if (!rule->name)
		return -1;
	*info = (scale_policy_info_t) {
		.name = rule->name,
		.summary = rule->summary,
		.param = &rule->param,
		.knows_speed = rule->knows & SCALE_KNOWS_SPEED,
		.knows_demand = rule->knows & SCALE_KNOWS_DEMAND,
		.knows_remaining = rule->knows & SCALE_KNOWS_REMAINING,
		.knows_transfer = rule->knows & (SCALE_KNOWS_PARENT |
						 SCALE_KNOWS_TRANSFER),
	};
	return 0;
}

static const scale_rule_t *find_rule(const char *text)
{
	const scale_rule_t *rule = scale_rules;

	while (rule->name && !scale_param_names(text, rule->name))
		rule++;
	return rule->name ? rule : NULL;
}

bool scale_policy_is_rule(const char *text)
{
	return find_rule(text) != NULL;
}

static int unknown_rule(const char *name, scale_err_t *err)
{
	char known[SCALE_ERR_TEXT / 2] = "";
	size_t used = 0;

	for (size_t i = 0; scale_rules[i].name; i++) {
		snprintf(known + used, sizeof(known) - used, "%s%s",
			 i ? ", " : "", scale_rules[i].name);
		used = strlen(known);
	}
	return scale_err_set(err, EINVAL,
			     "no policy named \"%.60s\"; known: %s",
			     name, known);
}

scale_policy_t *scale_policy_create(const char *name, scale_err_t *err)
{
	const scale_rule_t *rule = find_rule(name);
	scale_policy_t *policy;
	double param;

	if (!rule) {
		unknown_rule(name, err);
		return NULL;
	}
	if (scale_param_read(&rule->param, name, &param, err))
		return NULL;
	policy = calloc(1, sizeof(*policy));
	if (!policy) {
		scale_err_set(err, ENOMEM, "no memory for a policy");
		return NULL;
	}
	policy->rule = rule;
	policy->param = param;
	policy->weights = rule->weights;
	scale_param_print(&rule->param, rule->name, param, policy->name);
	scale_policy_reset(policy, 0);
	return policy;
}

void scale_policy_destroy(scale_policy_t *policy)
{
	int saved = errno;

	if (!policy)
		return;
	scale_policy_model_destroy(policy->model);
	free(policy->reserved);
	free(policy->holder);
	free(policy);
	errno = saved;
}

const char *scale_policy_name(const scale_policy_t *policy)
{
	return policy->name;
}

size_t scale_policy_servers(const scale_policy_t *policy)
{
	return policy->model ? scale_policy_model_servers(policy->model) : 0;
}

static int check_servers(const scale_policy_t *policy, size_t n,
			 scale_err_t *err)
{
	size_t only = scale_policy_servers(policy);

	if (!only || n == only)
		return 0;
	return scale_err_set(err, EINVAL,
			     "this model is an MLP for exactly %zu servers, not %zu",
			     only, n);
}

static int reserve_times(scale_policy_t *policy, size_t n)
{
	double *time = realloc(policy->reserved, n * sizeof(*time));
	uint32_t *holder;

	if (!time)
		return -1;
	memset(time + policy->room, 0, (n - policy->room) * sizeof(*time));
	policy->reserved = time;
	holder = realloc(policy->holder, n * sizeof(*holder));
	if (!holder)
		return -1;
	policy->holder = holder;
	return 0;
}

int scale_policy_reserve(scale_policy_t *policy, size_t n, scale_err_t *err)
{
	if (check_servers(policy, n, err) < 0)
		return -1;
	if (n <= policy->room)
		return 0;
	if (policy->model &&
	    scale_policy_model_reserve(policy->model, n, err) < 0)
		return -1;
	if (policy->rule->reserves && reserve_times(policy, n))
		return scale_err_set(err, ENOMEM, "no memory for %zu servers",
				     n);
	policy->room = n;
	return 0;
}

void scale_policy_reset(scale_policy_t *policy, uint64_t seed)
{
	/* a stream of its own: no other purpose hashes this text */
	scale_rng_seed(&policy->rng, seed, 0x706f6c696379ULL /* "policy" */);
	policy->cursor = 0;
	policy->reserved_n = 0;
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
	if (c->n == 0 || c->n > policy->room)
		return scale_err_set(err, EINVAL,
				     "policy %s: %zu servers, room for 1 to %zu",
				     policy->name, c->n, policy->room);
	if (check_servers(policy, c->n, err) < 0)
		return -1;
	if (policy->rule->choose(policy, c, t, choice, err) < 0) {
		*choice = wait;
		return -1;
	}
	return 0;
}
