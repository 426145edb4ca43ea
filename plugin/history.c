/*
 * history.c - what jobs of a name needed before
 *
 * Slots are made once.  Chains of a hash table and a list by time of use run
 * through them as indices; slot number `keys` is the list's anchor.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "text.h"

enum { NONE = UINT32_MAX };

static const double first_spread = 0.6931471805599453;	/* a factor of 2 */
static const double least_spread = 0.05;
static const double least_out_gb = 1e-6;	/* ln needs a floor */

typedef struct slot {
	scale_history_entry_t entry;
	uint32_t chain;			/* next of the same bucket, or NONE */
	uint32_t older, newer;		/* by use */
} slot_t;

struct scale_history {
	size_t keys, count;
	uint32_t mask;			/* buckets - 1 */
	uint32_t *bucket;		/* [mask + 1] first slot, or NONE */
	slot_t *slot;			/* [keys + 1] */
	scale_estimate_t ratio;		/* elapsed / limit */
};

void scale_estimate_add(scale_estimate_t *e, double x)
{
	double weight, step, reach, width;

	if (!isfinite(x) || x <= 0.0)
		return;
	if (e->count == 0) {
		*e = (scale_estimate_t) { 1, log(x), first_spread };
		return;
	}
	e->count++;
	weight = fmax(1.0 / (double) e->count, SCALE_HISTORY_WEIGHT);
	reach = SCALE_HISTORY_CLIP * e->spread;
	step = fmin(fmax(log(x) - e->mean, -reach), reach);
	width = fabs(step);
	e->mean += weight * step;
	/* the prior spread counts as an observation, hence never 1/2 */
	weight = fmin(weight, SCALE_HISTORY_WEIGHT);
	e->spread = fmax(e->spread + weight * (width - e->spread),
			 least_spread);
}

double scale_estimate_value(const scale_estimate_t *e)
{
	return e->count ? exp(e->mean) : 0.0;
}

static void clear(scale_history_t *h)
{
	slot_t *anchor = &h->slot[h->keys];

	memset(h->bucket, 0xff, ((size_t) h->mask + 1) * sizeof(*h->bucket));
	anchor->older = anchor->newer = (uint32_t) h->keys;
	h->count = 0;
	h->ratio = (scale_estimate_t) { 0 };
}

scale_history_t *scale_history_create(size_t keys, scale_err_t *err)
{
	scale_history_t *h;
	size_t buckets = 1;

	if (keys == 0 || keys > SCALE_HISTORY_KEYS_MAX) {
		scale_err_set(err, EINVAL, "history: %zu keys, not 1 to %d",
			      keys, SCALE_HISTORY_KEYS_MAX);
		return NULL;
	}
	while (buckets < keys)
		buckets *= 2;
	h = calloc(1, sizeof(*h));
	if (!h)
		goto fail;
	h->keys = keys;
	h->mask = (uint32_t) buckets - 1;
	h->bucket = malloc(buckets * sizeof(*h->bucket));
	h->slot = calloc(keys + 1, sizeof(*h->slot));
	if (!h->bucket || !h->slot)
		goto fail;
	clear(h);
	return h;
fail:
	scale_history_destroy(h);
	scale_err_set(err, ENOMEM, "out of memory");
	return NULL;
}

void scale_history_destroy(scale_history_t *h)
{
	int saved = errno;

	if (!h)
		return;
	free(h->bucket);
	free(h->slot);
	free(h);
	errno = saved;
}

static void detach(scale_history_t *h, uint32_t i)
{
	slot_t *s = &h->slot[i];

	h->slot[s->older].newer = s->newer;
	h->slot[s->newer].older = s->older;
}

/* Make i the most recently used: just older than the anchor. */
static void attach(scale_history_t *h, uint32_t i)
{
	uint32_t anchor = (uint32_t) h->keys;
	slot_t *s = &h->slot[i];

	s->newer = anchor;
	s->older = h->slot[anchor].older;
	h->slot[s->older].newer = i;
	h->slot[anchor].older = i;
}

static uint32_t *bucket_of(scale_history_t *h, uint32_t uid, const char *name)
{
	return &h->bucket[scale_text_hash(uid, name) & h->mask];
}

static uint32_t lookup(scale_history_t *h, uint32_t uid, const char *name)
{
	uint32_t i = *bucket_of(h, uid, name);

	while (i != NONE && (h->slot[i].entry.uid != uid ||
			     strcmp(h->slot[i].entry.name, name)))
		i = h->slot[i].chain;
	return i;
}

/* Take the oldest slot out of its bucket and the list. */
static uint32_t evict(scale_history_t *h)
{
	uint32_t i = h->slot[h->keys].newer;
	scale_history_entry_t *entry = &h->slot[i].entry;
	uint32_t *link = bucket_of(h, entry->uid, entry->name);

	while (*link != i)
		link = &h->slot[*link].chain;
	*link = h->slot[i].chain;
	detach(h, i);
	return i;
}

/* The entry of that key, made when new; now the most recently used. */
static scale_history_entry_t *touch(scale_history_t *h, uint32_t uid,
				    const char *raw_name)
{
	char name[SCALE_HISTORY_NAME];
	uint32_t i, *bucket;

	scale_text_copy(name, sizeof(name), raw_name);
	i = lookup(h, uid, name);
	if (i != NONE) {
		detach(h, i);
		attach(h, i);
		return &h->slot[i].entry;
	}
	i = h->count < h->keys ? (uint32_t) h->count++ : evict(h);
	h->slot[i].entry = (scale_history_entry_t) { .uid = uid };
	strcpy(h->slot[i].entry.name, name);
	bucket = bucket_of(h, uid, name);
	h->slot[i].chain = *bucket;
	*bucket = i;
	attach(h, i);
	return &h->slot[i].entry;
}

static void observe_key(scale_history_t *h, uint32_t uid, const char *name,
			const scale_observation_t *seen, double gflop)
{
	scale_history_entry_t *entry = touch(h, uid, name);

	scale_estimate_add(&entry->gflop, gflop);
	if (seen->out_gb >= 0.0)
		scale_estimate_add(&entry->out_gb,
				   fmax(seen->out_gb, least_out_gb));
}

void scale_history_observe(scale_history_t *h,
			   const scale_observation_t *seen)
{
	double elapsed = seen->elapsed_s > 0.0 ? seen->elapsed_s : 0.5;
	double gflop = elapsed * seen->gflops;

	if (!isfinite(gflop) || gflop <= 0.0)
		return;
	observe_key(h, seen->uid, seen->name, seen, gflop);
	if (seen->class_name)
		observe_key(h, SCALE_HISTORY_CLASS, seen->class_name, seen,
			    gflop);
	if (seen->limit_s > 0.0)
		scale_estimate_add(&h->ratio,
				   fmin(elapsed / seen->limit_s, 1.0));
}

const char *scale_source_name(scale_source_t source)
{
	static const char *const name[SCALE_SOURCES] = {
		[SCALE_SOURCE_ANNOTATION] = "annotation",
		[SCALE_SOURCE_HISTORY] = "history",
		[SCALE_SOURCE_LIMIT] = "limit",
		[SCALE_SOURCE_CLASS] = "class",
		[SCALE_SOURCE_DEFAULT] = "default",
	};

	return source < SCALE_SOURCES ? name[source] : "?";
}

double scale_history_ratio(const scale_history_t *h)
{
	return h->ratio.count ? fmin(scale_estimate_value(&h->ratio), 1.0)
			      : SCALE_HISTORY_RATIO;
}

/* Asking is a use, but makes no key. */
static const scale_history_entry_t *ask(scale_history_t *h, uint32_t uid,
					const char *raw_name)
{
	char name[SCALE_HISTORY_NAME];
	uint32_t i;

	if (!raw_name)
		return NULL;
	scale_text_copy(name, sizeof(name), raw_name);
	i = lookup(h, uid, name);
	if (i == NONE)
		return NULL;
	detach(h, i);
	attach(h, i);
	return &h->slot[i].entry;
}

static double known_output(const scale_estimate_t *e)
{
	double x = scale_estimate_value(e);

	return x > 2.0 * least_out_gb ? x : 0.0;
}

void scale_history_demand(scale_history_t *h, const scale_question_t *q,
			  scale_demand_t *demand)
{
	const scale_history_entry_t *own = ask(h, q->uid, q->name);
	const scale_history_entry_t *class =
		ask(h, SCALE_HISTORY_CLASS, q->class_name);
	bool limited = isfinite(q->limit_s) && q->limit_s > 0.0;

	*demand = (scale_demand_t) { .source = SCALE_SOURCE_ANNOTATION };
	if (isfinite(q->annotated_out_gb) && q->annotated_out_gb >= 0.0)
		demand->out_gb = q->annotated_out_gb;
	else if (own)
		demand->out_gb = known_output(&own->out_gb);
	if (isfinite(q->annotated_gflop) && q->annotated_gflop > 0.0) {
		demand->gflop = q->annotated_gflop;
		return;
	}
	if (own && own->gflop.count) {
		demand->source = SCALE_SOURCE_HISTORY;
		demand->gflop = scale_estimate_value(&own->gflop);
		demand->spread = own->gflop.spread;
	} else if (limited) {
		demand->source = SCALE_SOURCE_LIMIT;
		demand->gflop = q->limit_s * q->gflops *
				scale_history_ratio(h);
		demand->spread = h->ratio.count ? h->ratio.spread : 0.0;
	} else if (class && class->gflop.count) {
		demand->source = SCALE_SOURCE_CLASS;
		demand->gflop = scale_estimate_value(&class->gflop);
		demand->spread = class->gflop.spread;
	} else {
		demand->source = SCALE_SOURCE_DEFAULT;
		demand->gflop = q->dflt_gflop;
	}
	if (limited)
		demand->gflop = fmin(demand->gflop, q->limit_s * q->gflops);
}

size_t scale_history_count(const scale_history_t *h)
{
	return h->count;
}

size_t scale_history_keys(const scale_history_t *h)
{
	return h->keys;
}

size_t scale_history_export(const scale_history_t *h,
			    scale_history_entry_t *entry, size_t room)
{
	uint32_t i = h->slot[h->keys].newer;
	size_t n = 0;

	for (; i != h->keys && n < room; i = h->slot[i].newer)
		entry[n++] = h->slot[i].entry;
	return n;
}

const scale_estimate_t *scale_history_ratio_state(const scale_history_t *h)
{
	return &h->ratio;
}

void scale_history_import(scale_history_t *h,
			  const scale_history_entry_t *entry, size_t count,
			  const scale_estimate_t *ratio)
{
	clear(h);
	for (size_t i = 0; i < count; i++) {
		scale_history_entry_t *own =
			touch(h, entry[i].uid, entry[i].name);

		own->gflop = entry[i].gflop;
		own->out_gb = entry[i].out_gb;
	}
	h->ratio = *ratio;
}
