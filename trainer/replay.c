/*
 * replay.c - the transitions that an off-policy learner draws from
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

enum { P = SCALE_TASK_FEATURES, S = SCALE_SERVER_FEATURES };

static int alloc_sides(train_replay_t *r)
{
	for (int side = 0; side < TRAIN_SIDES; side++) {
		r->phi[side] = calloc(r->room * P, sizeof(real_t));
		r->psi[side] = calloc(r->room * S * r->n, sizeof(real_t));
		r->allowed[side] = calloc(r->room * r->n, 1);
		if (!r->phi[side] || !r->psi[side] || !r->allowed[side])
			return -1;
	}
	return 0;
}

train_replay_t *train_replay_create(size_t n, size_t room, scale_err_t *err)
{
	train_replay_t *r = calloc(1, sizeof(*r));

	if (!r)
		goto nomem;
	r->n = n;
	r->room = room;
	r->action = calloc(room, sizeof(*r->action));
	r->reward = calloc(room, sizeof(*r->reward));
	r->discount = calloc(room, sizeof(*r->discount));
	if (r->action && r->reward && r->discount && !alloc_sides(r))
		return r;
nomem:
	train_replay_destroy(r);
	scale_err_set(err, ENOMEM, "no memory for %zu transitions", room);
	return NULL;
}

void train_replay_destroy(train_replay_t *r)
{
	int saved = errno;

	if (!r)
		return;
	for (int side = 0; side < TRAIN_SIDES; side++) {
		free(r->phi[side]);
		free(r->psi[side]);
		free(r->allowed[side]);
	}
	free(r->action);
	free(r->reward);
	free(r->discount);
	free(r);
	errno = saved;
}

void train_replay_clear(train_replay_t *r)
{
	r->count = 0;
}

size_t train_replay_size(const train_replay_t *r)
{
	return r->count < r->room ? (size_t) r->count : r->room;
}

static void put_state(train_replay_t *r, int side, const train_state_t *state)
{
	size_t slot = r->count % r->room;
	real_t *psi = r->psi[side] + slot * S * r->n;
	uint8_t *allowed = r->allowed[side] + slot * r->n;

	for (size_t f = 0; f < P; f++)
		r->phi[side][slot * P + f] = state->phi[f];
	for (size_t f = 0; f < S; f++)
		for (size_t j = 0; j < r->n; j++)
			psi[f * r->n + j] = state->psi[f * state->ld + j];
	if (state->choices)
		memcpy(allowed, state->allowed, r->n);
	else
		memset(allowed, 1, r->n);
}

void train_replay_begin(train_replay_t *r, const train_state_t *state)
{
	put_state(r, TRAIN_NOW, state);
}

void train_replay_act(train_replay_t *r, size_t action, double reward,
		      double discount)
{
	size_t slot = r->count % r->room;

	r->action[slot] = (uint32_t) action;
	r->reward[slot] = (real_t) reward;
	r->discount[slot] = (real_t) discount;
}

void train_replay_end(train_replay_t *r, const train_state_t *next)
{
	size_t slot = r->count % r->room;

	if (next) {
		put_state(r, TRAIN_NEXT, next);
	} else {
		/* any state: its value counts for nothing */
		memset(r->phi[TRAIN_NEXT] + slot * P, 0, P * sizeof(real_t));
		memset(r->psi[TRAIN_NEXT] + slot * S * r->n, 0,
		       S * r->n * sizeof(real_t));
		memset(r->allowed[TRAIN_NEXT] + slot * r->n, 1, r->n);
		r->discount[slot] = 0;
	}
	r->count++;
}

static void copy_slot(train_replay_t *to, size_t k, const train_replay_t *from,
		      size_t i)
{
	size_t n = to->n;

	for (int side = 0; side < TRAIN_SIDES; side++) {
		memcpy(to->phi[side] + k * P, from->phi[side] + i * P,
		       P * sizeof(real_t));
		memcpy(to->psi[side] + k * S * n, from->psi[side] + i * S * n,
		       S * n * sizeof(real_t));
		memcpy(to->allowed[side] + k * n, from->allowed[side] + i * n,
		       n);
	}
	to->action[k] = from->action[i];
	to->reward[k] = from->reward[i];
	to->discount[k] = from->discount[i];
}

void train_replay_append(train_replay_t *r, const train_replay_t *from)
{
	size_t size = train_replay_size(from);

	for (size_t i = 0; i < size; i++)
		copy_slot(r, r->count++ % r->room, from,
			  (from->count - size + i) % from->room);
}

int train_draw_init(train_draw_t *draw, size_t states, size_t n,
		    scale_err_t *err)
{
	bool whole;

	*draw = (train_draw_t){ .states = states };
	draw->first = calloc(states + 1, sizeof(*draw->first));
	draw->action = calloc(states, sizeof(*draw->action));
	draw->reward = calloc(2 * states, sizeof(*draw->reward));
	whole = draw->first && draw->action && draw->reward;
	for (int side = 0; side < TRAIN_SIDES; side++) {
		draw->task[side] = calloc(states * P, sizeof(real_t));
		draw->server[side] = calloc(states * S * n, sizeof(real_t));
		draw->allowed[side] = calloc(states * n, 1);
		whole = whole && draw->task[side] && draw->server[side] &&
			draw->allowed[side];
		draw->batch[side] = (scale_batch_t){
			states,		    draw->first,
			draw->task[side],   draw->server[side],
			draw->allowed[side]
		};
	}
	if (!whole) {
		train_draw_fini(draw);
		return scale_err_set(err, ENOMEM,
				     "no memory for a minibatch of %zu states",
				     states);
	}
	draw->discount = draw->reward + states;
	for (size_t b = 0; b < states; b++)
		draw->first[b + 1] = draw->first[b] + n;
	return 0;
}

void train_draw_fini(train_draw_t *draw)
{
	for (int side = 0; side < TRAIN_SIDES; side++) {
		free(draw->task[side]);
		free(draw->server[side]);
		free(draw->allowed[side]);
	}
	free(draw->first);
	free(draw->action);
	free(draw->reward);
	*draw = (train_draw_t){ 0 };
}

/* Transition in slot i to place b. */
static void draw_one(const train_replay_t *r, size_t i, train_draw_t *draw,
		     size_t b)
{
	size_t n = r->n, total = draw->states * n;

	for (int side = 0; side < TRAIN_SIDES; side++) {
		memcpy(draw->task[side] + b * P, r->phi[side] + i * P,
		       P * sizeof(real_t));
		for (size_t f = 0; f < S; f++)
			memcpy(draw->server[side] + f * total + b * n,
			       r->psi[side] + (i * S + f) * n,
			       n * sizeof(real_t));
		memcpy(draw->allowed[side] + b * n, r->allowed[side] + i * n,
		       n);
	}
	draw->action[b] = r->action[i];
	draw->reward[b] = r->reward[i];
	draw->discount[b] = r->discount[i];
}

void train_replay_draw(const train_replay_t *r, scale_rng_t *rng,
		       train_draw_t *draw)
{
	size_t size = train_replay_size(r);

	for (size_t b = 0; b < draw->states; b++)
		draw_one(r, scale_rng_below(rng, size), draw, b);
}

int train_replay_parts(train_replay_t *r, train_part_f part, void *arg)
{
	size_t size;

	if (part(arg, &r->count, sizeof(r->count)))
		return -1;
	size = train_replay_size(r);
	for (int side = 0; side < TRAIN_SIDES; side++)
		if (part(arg, r->phi[side], size * P * sizeof(real_t)) ||
		    part(arg, r->psi[side],
			 size * S * r->n * sizeof(real_t)) ||
		    part(arg, r->allowed[side], size * r->n))
			return -1;
	if (part(arg, r->action, size * sizeof(*r->action)) ||
	    part(arg, r->reward, size * sizeof(*r->reward)))
		return -1;
	return part(arg, r->discount, size * sizeof(*r->discount));
}
