/*
 * entrant.c - who takes part in a comparison
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"	/* asprintf() */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "entrant.h"

bool sim_entrant_is_file(const char *name)
{
	return !scale_policy_is_rule(name) &&
	       (strchr(name, '/') || strchr(name, '.'));
}

static void entrant_free(sim_entrant_t *entrant)
{
	free(entrant->name);
	scale_model_destroy(entrant->model);
}

/* The canonical text of a rule, or the model. */
static int find_policy(sim_entrant_t *entrant, const char *text,
		       scale_err_t *err)
{
	scale_policy_t *policy;

	if (sim_entrant_is_file(text)) {
		entrant->model = scale_model_load(text, err);
		return entrant->model ? 0 : -1;
	}
	if (sim_planner_exists(text)) {
		strcpy(entrant->rule, text);
		return *entrant->order && sim_planner_orders(text) ?
			scale_err_set(err, EINVAL,
				      "%s orders by itself; name it alone",
				      text) : 0;
	}
	policy = scale_policy_create(text, err);
	if (!policy)
		return -1;
	strcpy(entrant->rule, scale_policy_name(policy));
	scale_policy_destroy(policy);
	return 0;
}

static int find_order(sim_entrant_t *entrant, const char *text,
		      scale_err_t *err)
{
	scale_order_t order;

	if (scale_order_parse(text, &order, err))
		return -1;
	strcpy(entrant->order, order.name);
	return 0;
}

static int check_new(const sim_field_t *field, const char *name,
		     scale_err_t *err)
{
	for (size_t i = 0; i < field->count; i++)
		if (!strcmp(field->entrant[i].name, name))
			return scale_err_set(err, EINVAL,
					     "%.80s takes part already", name);
	return 0;
}

/* order: NULL for the configuration's */
static int add_one(sim_field_t *field, const char *order, const char *policy,
		   scale_err_t *err)
{
	sim_entrant_t entrant = { 0 };

	if ((order && find_order(&entrant, order, err)) ||
	    find_policy(&entrant, policy, err))
		goto fail;
	if (asprintf(&entrant.name, "%s%s%s", entrant.order, order ? "+" : "",
		     *entrant.rule ? entrant.rule : policy) < 0) {
		entrant.name = NULL;
		scale_err_set(err, ENOMEM, "out of memory");
		goto fail;
	}
	if (check_new(field, entrant.name, err))
		goto fail;
	if (sim_array_reserve(&field->entrant, &field->room,
			      field->count + 1)) {
		scale_err_set(err, ENOMEM, "out of memory");
		goto fail;
	}
	field->entrant[field->count++] = entrant;
	return 0;
fail:
	entrant_free(&entrant);
	return -1;
}

static int add_placements(sim_field_t *field, const char *order,
			  const char *policy, scale_err_t *err)
{
	scale_policy_info_t info;

	if (strcmp(policy, "all"))
		return add_one(field, order, policy, err);
	for (size_t i = 0; !scale_policy_list(i, &info); i++)
		if (add_one(field, order, info.name, err))
			return -1;
	return 0;
}

static int add_orders(sim_field_t *field, const char *order,
		      const char *policy, scale_err_t *err)
{
	if (!order || strcmp(order, "all"))
		return add_placements(field, order, policy, err);
	for (int i = 0; i < SCALE_ORDER_COUNT; i++) {
		scale_order_kind_t kind = (scale_order_kind_t) i;

		if (add_placements(field, scale_order_info(kind)->name,
				   policy, err))
			return -1;
	}
	return 0;
}

/* What stands before a plus is an order, unless all of it is a file's name. */
static bool has_order(const char *text, const char *plus)
{
	return plus && !memchr(text, '/', (size_t) (plus - text));
}

int sim_field_add(sim_field_t *field, const char *text, scale_err_t *err)
{
	const char *plus = strchr(text, '+');
	char *order;
	int rc;

	if (!strcmp(text, "all"))
		return add_orders(field, "all", "all", err);
	if (!has_order(text, plus))
		return add_orders(field, NULL, text, err);
	order = strndup(text, (size_t) (plus - text));
	if (!order)
		return scale_err_set(err, ENOMEM, "out of memory");
	rc = add_orders(field, order, plus + 1, err);
	free(order);
	return rc;
}

void sim_field_free(sim_field_t *field)
{
	for (size_t i = 0; i < field->count; i++)
		entrant_free(&field->entrant[i]);
	free(field->entrant);
	*field = (sim_field_t) { 0 };
}

int sim_entrant_player(const sim_entrant_t *entrant, sim_player_t *player,
		       scale_err_t *err)
{
	*player = (sim_player_t) { 0 };
	if (entrant->model)
		player->policy = scale_policy_from_model(entrant->model, err);
	else if (sim_planner_exists(entrant->rule))
		player->planner = sim_planner_create(entrant->rule, err);
	else
		player->policy = scale_policy_create(entrant->rule, err);
	return player->policy || player->planner ? 0 : -1;
}

void sim_player_free(sim_player_t *player)
{
	scale_policy_destroy(player->policy);
	sim_planner_destroy(player->planner);
	*player = (sim_player_t) { 0 };
}
