/*
 * trained.c - what a model file says of its training, for the guard
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <jansson.h>

#include "trained.h"

static int bad(scale_err_t *err, const char *key)
{
	return scale_err_set(err, EINVAL, "model metadata: %s is not what "
			     "scale-train writes; train the model again", key);
}

/* A list of at most room finite numbers.  RET how many, or -1. */
static int numbers(const json_t *list, double *x, size_t room)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n == 0 || n > room)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const json_t *value = json_array_get(list, i);

		x[i] = json_number_value(value);
		if (!json_is_number(value) || !isfinite(x[i]))
			return -1;
	}
	return (int) n;
}

/* Least over largest of the tiers that there are any nodes of, or NAN. */
static double tier_ratio(const json_t *list, const double *mix, int tiers)
{
	double x[SCALE_TRAINED_TIERS], least = INFINITY, most = 0.0;

	if (numbers(list, x, SCALE_TRAINED_TIERS) != tiers)
		return NAN;
	for (int i = 0; i < tiers; i++) {
		if (mix[i] <= 0.0)
			continue;
		least = fmin(least, x[i]);
		most = fmax(most, x[i]);
	}
	return least > 0.0 && isfinite(least) ? least / most : NAN;
}

static void add_load(scale_trained_t *t, const json_t *list)
{
	double x[SCALE_TRAINED_TIERS];
	int n = numbers(list, x, SCALE_TRAINED_TIERS);

	for (int i = 0; i < n; i++) {
		t->load_min = t->load_max > 0.0 ? fmin(t->load_min, x[i])
						: x[i];
		t->load_max = fmax(t->load_max, x[i]);
	}
}

static void add_mix(scale_trained_t *t, const json_t *c, const double *mix,
		    int tiers)
{
	double gflops[SCALE_TRAINED_TIERS], mem_gb[SCALE_TRAINED_TIERS];
	scale_mix_t *to = &t->mix[t->mixes];
	double sum = 0.0;

	if (t->mixes == SCALE_TRAINED_CASES)
		return;
	numbers(json_object_get(c, "gflops"), gflops, SCALE_TRAINED_TIERS);
	numbers(json_object_get(c, "mem_gb"), mem_gb, SCALE_TRAINED_TIERS);
	for (int i = 0; i < tiers; i++)
		sum += fmax(mix[i], 0.0);
	for (int i = 0; i < tiers; i++) {
		if (mix[i] <= 0.0)
			continue;
		to->share[to->tiers] = mix[i] / sum;
		to->gflops[to->tiers] = gflops[i];
		to->mem_gb[to->tiers++] = mem_gb[i];
	}
	t->mixes++;
}

/* One cluster of "trained_on": widen *t by it. */
static bool add_case(scale_trained_t *t, const json_t *c)
{
	double n[SCALE_TRAINED_TIERS], mix[SCALE_TRAINED_TIERS], speed, mem;
	int sizes = numbers(json_object_get(c, "nodes"), n, SCALE_TRAINED_TIERS);
	int tiers = numbers(json_object_get(c, "mix"), mix, SCALE_TRAINED_TIERS);

	if (sizes < 0 || tiers < 0)
		return false;
	for (int i = 0; i < sizes; i++) {
		if (n[i] < 1.0 || n[i] > 1e9)
			return false;
		if (!t->n_min || n[i] < t->n_min)
			t->n_min = (uint32_t) n[i];
		if (n[i] > t->n_max)
			t->n_max = (uint32_t) n[i];
	}
	speed = tier_ratio(json_object_get(c, "gflops"), mix, tiers);
	mem = tier_ratio(json_object_get(c, "mem_gb"), mix, tiers);
	if (!isfinite(speed) || !isfinite(mem))
		return false;
	t->speed_min = t->speed_min > 0.0 ? fmin(t->speed_min, speed) : speed;
	t->mem_min = t->mem_min > 0.0 ? fmin(t->mem_min, mem) : mem;
	add_load(t, json_object_get(c, "load"));
	add_mix(t, c, mix, tiers);
	return true;
}

static json_t *parse(const char *text)
{
	return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static int read_cases(scale_trained_t *t, const char *text, scale_err_t *err)
{
	json_t *list;
	bool good;

	if (!text)
		return 0;
	list = parse(text);
	good = json_array_size(list) > 0;
	for (size_t i = 0; good && i < json_array_size(list); i++)
		good = add_case(t, json_array_get(list, i));
	json_decref(list);
	return good ? 0 : bad(err, "trained_on");
}

static int read_list(const char *key, const char *text, double *x,
		     scale_err_t *err)
{
	json_t *list = parse(text);
	int n = numbers(list, x, SCALE_TRAINED_FEATURES);

	json_decref(list);
	return n < 0 ? bad(err, key) : n;
}

static int read_moments(scale_trained_t *t, const char *mean, const char *var,
			scale_err_t *err)
{
	int n;

	if (!mean || !var)
		return 0;
	n = read_list("feature_mean", mean, t->mean, err);
	if (n < 0)
		return -1;
	if (read_list("feature_variance", var, t->var, err) != n)
		return bad(err, "feature_variance");
	for (int i = 0; i < n; i++)
		if (t->var[i] < 0.0)
			return bad(err, "feature_variance");
	t->d = (size_t) n;
	return 0;
}

int scale_trained_read(scale_trained_t *trained, scale_meta_f meta,
		       const void *model, scale_err_t *err)
{
	*trained = (scale_trained_t) { 0 };
	if (read_cases(trained, meta(model, "trained_on"), err) < 0 ||
	    read_moments(trained, meta(model, "feature_mean"),
			 meta(model, "feature_variance"), err) < 0) {
		*trained = (scale_trained_t) { 0 };
		return -1;
	}
	return 0;
}

/* A share of the nodes, and ln of what they have over the most that one has. */
typedef struct point {
	double x, share;
} point_t;

static int by_x(const void *a, const void *b)
{
	const point_t *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

/* Points [n], sorted.  share NULL: all alike.  RET false: not above 0 */
static bool make_points(const double *value, const double *share, size_t n,
			point_t *point)
{
	double most = 0.0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, value[i]);
	for (size_t i = 0; i < n; i++) {
		if (!(value[i] > 0.0) || !isfinite(value[i]))
			return false;
		point[i].x = log(value[i] / most);
		point[i].share = share ? share[i] : 1.0 / (double) n;
	}
	qsort(point, n, sizeof(*point), by_x);
	return true;
}

/* Mean way from a to b: the earth mover's distance, in one dimension. */
static double way(const point_t *a, size_t n, const point_t *b, size_t m)
{
	double left_a = a->share, left_b = b->share, sum = 0.0;
	size_t i = 0, j = 0;

	while (i < n && j < m) {
		double share = fmin(left_a, left_b);

		sum += share * fabs(a[i].x - b[j].x);
		left_a -= share;
		left_b -= share;
		if (left_a <= 1e-12 && ++i < n)
			left_a = a[i].share;
		if (left_b <= 1e-12 && ++j < m)
			left_b = b[j].share;
	}
	return sum;
}

double scale_trained_mix(const scale_trained_t *t, const double *gflops,
			 const double *mem_gb, size_t n)
{
	point_t *speed = calloc(n + 1, sizeof(*speed));
	point_t *mem = calloc(n + 1, sizeof(*mem)), tier[SCALE_TRAINED_TIERS];
	double least = INFINITY;

	if (n && speed && mem && make_points(gflops, NULL, n, speed) &&
	    make_points(mem_gb, NULL, n, mem))
		for (size_t k = 0; k < t->mixes; k++) {
			const scale_mix_t *mix = &t->mix[k];
			double d;

			make_points(mix->gflops, mix->share, mix->tiers, tier);
			d = way(speed, n, tier, mix->tiers);
			make_points(mix->mem_gb, mix->share, mix->tiers, tier);
			d = fmax(d, way(mem, n, tier, mix->tiers));
			least = fmin(least, d);
		}
	free(speed);
	free(mem);
	return isfinite(least) ? exp(least) : NAN;
}
