/*
 * exchange.c - states and batches as JSON, for comparison with others
 *
 * Functions take the path of the object they look into as "where", which is
 * empty or ends with a dot, so that every error names its value.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "exchange.h"

/* Refuse members that are not in the list, which ends with NULL. */
static int check_keys(json_t *object, const char *where,
		      const char *const *known, scale_err_t *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		size_t i = 0;

		while (known[i] && strcmp(known[i], key))
			i++;
		if (!known[i])
			return scale_err_set(err, EINVAL,
					     "%s%.100s: unknown key", where,
					     key);
	}
	return 0;
}

/* A member that must be an array, of want elements unless that is 0, and
 * then of one at least. */
static json_t *get_array(json_t *object, const char *where, const char *key,
			 size_t want, scale_err_t *err)
{
	json_t *array = json_object_get(object, key);
	size_t size = json_array_size(array);

	if (!array)
		scale_err_set(err, EINVAL, "%s%s: missing", where, key);
	else if (!json_is_array(array))
		scale_err_set(err, EINVAL, "%s%s: not an array", where, key);
	else if (want == 0 && size == 0)
		scale_err_set(err, EINVAL, "%s%s: empty", where, key);
	else if (want != 0 && size != want)
		scale_err_set(err, EINVAL, "%s%s: %zu elements, expected %zu",
			      where, key, size, want);
	else
		return array;
	return NULL;
}

/* RET the number, or NAN after an error. */
static real_t get_real(json_t *value, const char *where, const char *key,
		       size_t i, scale_err_t *err)
{
	real_t number = (real_t) json_number_value(value);

	if (!json_is_number(value))
		scale_err_set(err, EINVAL, "%s%s[%zu]: not a number", where,
			      key, i);
	else if (!isfinite(number))
		scale_err_set(err, EINVAL,
			      "%s%s[%zu]: too large for 32-bit floating point",
			      where, key, i);
	else
		return number;
	return (real_t) NAN;
}

/* Element i goes to out[i * stride]. */
static int get_reals(json_t *array, const char *where, const char *key,
		     real_t *out, size_t stride, scale_err_t *err)
{
	size_t i;
	json_t *value;

	json_array_foreach(array, i, value) {
		out[i * stride] = get_real(value, where, key, i, err);
		if (isnan(out[i * stride]))
			return -1;
	}
	return 0;
}

/* Clear out where the optional array of booleans says false. */
static int get_flags(json_t *object, const char *where, const char *key,
		     uint8_t *out, size_t count, scale_err_t *err)
{
	json_t *array, *value;
	size_t i;

	if (!json_object_get(object, key))
		return 0;
	array = get_array(object, where, key, count, err);
	if (!array)
		return -1;
	json_array_foreach(array, i, value) {
		if (!json_is_boolean(value))
			return scale_err_set(err, EINVAL,
					     "%s%s[%zu]: not true or false",
					     where, key, i);
		out[i] = out[i] && json_is_true(value);
	}
	return 0;
}

static int get_servers(json_t *servers, const char *where,
		       const scale_dims_t *dims, scale_states_t *s,
		       size_t begin, scale_err_t *err)
{
	size_t total = s->first[s->count];
	size_t j;
	json_t *row;

	json_array_foreach(servers, j, row) {
		char key[48];

		snprintf(key, sizeof(key), "servers[%zu]", j);
		if (!json_is_array(row))
			return scale_err_set(err, EINVAL,
					     "%s%s: not an array", where, key);
		if (json_array_size(row) != dims->server_features)
			return scale_err_set(err, EINVAL,
					     "%s%s: %zu elements, expected %u",
					     where, key, json_array_size(row),
					     dims->server_features);
		if (get_reals(row, where, key, s->server + begin + j, total,
			      err) < 0)
			return -1;
	}
	return 0;
}

static int get_state(json_t *state, const char *where,
		     const scale_dims_t *dims, scale_states_t *s, size_t b,
		     scale_err_t *err)
{
	static const char *const known[] = { "task", "servers", "idle", "fits",
					     NULL };
	size_t begin = s->first[b], n = s->first[b + 1] - begin;
	json_t *task;

	if (check_keys(state, where, known, err) < 0)
		return -1;
	task = get_array(state, where, "task", dims->task_features, err);
	if (!task ||
	    get_reals(task, where, "task", s->task + b * dims->task_features,
		      1, err) < 0)
		return -1;
	memset(s->usable + begin, 1, n);
	if (get_servers(json_object_get(state, "servers"), where, dims, s,
			begin, err) < 0 ||
	    get_flags(state, where, "idle", s->usable + begin, n, err) < 0)
		return -1;
	return get_flags(state, where, "fits", s->usable + begin, n, err);
}

static void *zeros(size_t count, size_t size, scale_err_t *err)
{
	void *block = calloc(count, size);

	if (!block)
		scale_err_set(err, ENOMEM, "no memory for the input");
	return block;
}

/* How a state is called in errors: nothing when it is the whole document. */
typedef struct where {
	char text[40];
} where_t;

static where_t where_of(bool alone, size_t b)
{
	where_t where = { "" };

	if (!alone)
		snprintf(where.text, sizeof(where.text), "states[%zu].", b);
	return where;
}

/* Count the servers of each state into first[]. */
static int count_servers(json_t *const *state, bool alone, scale_states_t *s,
			 scale_err_t *err)
{
	for (size_t b = 0; b < s->count; b++) {
		where_t where = where_of(alone, b);
		json_t *servers;

		if (!json_is_object(state[b]))
			return scale_err_set(err, EINVAL,
					     "states[%zu]: not an object", b);
		servers = get_array(state[b], where.text, "servers", 0, err);
		if (!servers)
			return -1;
		s->first[b + 1] = s->first[b] + json_array_size(servers);
	}
	return 0;
}

static int get_states(json_t *const *state, size_t count, bool alone,
		      const scale_dims_t *dims, scale_states_t *s,
		      scale_err_t *err)
{
	size_t total;

	s->count = count;
	s->first = zeros(count + 1, sizeof(*s->first), err);
	if (!s->first || count_servers(state, alone, s, err) < 0)
		return -1;
	total = s->first[count];
	s->task = zeros(count * dims->task_features, sizeof(*s->task), err);
	s->server = zeros(total * dims->server_features, sizeof(*s->server),
			  err);
	s->usable = zeros(total, 1, err);
	if (!s->task || !s->server || !s->usable)
		return -1;
	for (size_t b = 0; b < count; b++) {
		where_t where = where_of(alone, b);

		if (get_state(state[b], where.text, dims, s, b, err) < 0)
			return -1;
	}
	return 0;
}

static int get_actions(json_t *root, scale_exchange_t *x, scale_err_t *err)
{
	const scale_states_t *s = &x->states;
	json_t *array = get_array(root, "", "actions", s->count, err), *value;
	size_t b;

	if (!array)
		return -1;
	x->action = zeros(s->count, sizeof(*x->action), err);
	if (!x->action)
		return -1;
	json_array_foreach(array, b, value) {
		size_t n = s->first[b + 1] - s->first[b];
		json_int_t action = json_integer_value(value);

		if (!json_is_integer(value))
			return scale_err_set(err, EINVAL,
					     "actions[%zu]: not an integer",
					     b);
		if (action < 0 || (size_t) action >= n)
			return scale_err_set(err, EINVAL,
					     "actions[%zu]: %lld is none of the %zu servers of states[%zu]",
					     b, (long long) action, n, b);
		x->action[b] = (size_t) action;
		if (x->mask && !s->usable[s->first[b] + x->action[b]])
			return scale_err_set(err, EINVAL,
					     "actions[%zu]: server %lld of states[%zu] is masked",
					     b, (long long) action, b);
	}
	return 0;
}

/* A required array of one number for each state. */
static int get_column(json_t *root, const char *key, size_t count,
		      real_t **out, scale_err_t *err)
{
	json_t *array = get_array(root, "", key, count, err);

	if (!array)
		return -1;
	*out = zeros(count, sizeof(**out), err);
	if (!*out)
		return -1;
	return get_reals(array, "", key, *out, 1, err);
}

/* Leaves *out alone when the key is absent. */
static int get_setting(json_t *root, const char *key, double *out,
		       scale_err_t *err)
{
	json_t *value = json_object_get(root, key);

	if (!value)
		return 0;
	if (!json_is_number(value))
		return scale_err_set(err, EINVAL, "%s: not a number", key);
	if (json_number_value(value) < 0)
		return scale_err_set(err, EINVAL, "%s: negative", key);
	*out = json_number_value(value);
	return 0;
}

static int get_switch(json_t *root, const char *key, bool *out,
		      scale_err_t *err)
{
	json_t *value = json_object_get(root, key);

	*out = json_is_true(value);
	if (value && !json_is_boolean(value))
		return scale_err_set(err, EINVAL, "%s: not true or false",
				     key);
	return 0;
}

static int get_config(json_t *root, scale_exchange_t *x, scale_err_t *err)
{
	scale_loss_config_t *config = &x->config;
	bool normalize;

	*config = (scale_loss_config_t) {
		.clip = 0.2,
		.c1 = 0.5,
		.c2 = 0.01,
		.lambda1 = 0.01,
		.lambda2 = 0.001,
		.srr_weight = 1.0,
	};
	if (get_setting(root, "clip", &config->clip, err) < 0 ||
	    get_setting(root, "c1", &config->c1, err) < 0 ||
	    get_setting(root, "c2", &config->c2, err) < 0 ||
	    get_setting(root, "lambda1", &config->lambda1, err) < 0 ||
	    get_setting(root, "lambda2", &config->lambda2, err) < 0 ||
	    get_setting(root, "srr_weight", &config->srr_weight, err) < 0 ||
	    get_switch(root, "normalize_advantages", &normalize, err) < 0 ||
	    get_switch(root, "mask", &x->mask, err) < 0)
		return -1;
	config->normalize_advantages = normalize;
	return 0;
}

static int get_batch(json_t *root, const scale_dims_t *dims,
		     scale_exchange_t *x, scale_err_t *err)
{
	static const char *const known[] = {
		"states", "actions", "old_log_probs", "advantages", "returns",
		"clip", "c1", "c2", "lambda1", "lambda2", "srr_weight",
		"normalize_advantages", "mask", NULL,
	};
	json_t *array, **state;
	size_t count;
	int rc;

	if (check_keys(root, "", known, err) < 0 ||
	    get_config(root, x, err) < 0)
		return -1;
	array = get_array(root, "", "states", 0, err);
	if (!array)
		return -1;
	count = json_array_size(array);
	state = zeros(count, sizeof(*state), err);
	if (!state)
		return -1;
	for (size_t b = 0; b < count; b++)
		state[b] = json_array_get(array, b);
	rc = get_states(state, count, false, dims, &x->states, err);
	free(state);
	if (rc < 0 || get_actions(root, x, err) < 0 ||
	    get_column(root, "old_log_probs", count, &x->old_log_prob,
		       err) < 0 ||
	    get_column(root, "advantages", count, &x->advantage, err) < 0)
		return -1;
	return get_column(root, "returns", count, &x->ret, err);
}

static json_t *parse(const char *text, size_t size, scale_err_t *err)
{
	json_error_t where;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);

	if (!root && json_error_code(&where) == json_error_out_of_memory)
		scale_err_set(err, ENOMEM, "no memory for the input");
	else if (!root)
		scale_err_set(err, EINVAL, "line %d, column %d: %s",
			      where.line, where.column, where.text);
	else if (json_is_object(root))
		return root;
	else
		scale_err_set(err, EINVAL, "not a JSON object");
	json_decref(root);
	return NULL;
}

/* Release, and report the failure that rc and errno hold. */
static int finish(json_t *root, scale_exchange_t *x, int rc)
{
	int saved = errno;

	json_decref(root);
	if (rc < 0)
		scale_exchange_free(x);
	errno = saved;
	return rc;
}

int scale_exchange_state(const char *text, size_t size,
			 const scale_dims_t *dims, scale_exchange_t *x,
			 scale_err_t *err)
{
	json_t *root = parse(text, size, err);

	*x = (scale_exchange_t) { 0 };
	if (!root)
		return -1;
	return finish(root, x,
		      get_states(&root, 1, true, dims, &x->states, err));
}

int scale_exchange_batch(const char *text, size_t size,
			 const scale_dims_t *dims, scale_exchange_t *x,
			 scale_err_t *err)
{
	json_t *root = parse(text, size, err);

	*x = (scale_exchange_t) { 0 };
	if (!root)
		return -1;
	return finish(root, x, get_batch(root, dims, x, err));
}

void scale_exchange_free(scale_exchange_t *x)
{
	free(x->states.first);
	free(x->states.task);
	free(x->states.server);
	free(x->states.usable);
	free(x->action);
	free(x->old_log_prob);
	free(x->advantage);
	free(x->ret);
	*x = (scale_exchange_t) { 0 };
}
