/*
 * replay.h - the transitions that an off-policy learner draws from
 *
 * A ring of transitions between states of exactly n servers: the oldest are
 * forgotten first.  Letters as in model/net.h.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_REPLAY_H
#define TRAIN_REPLAY_H

#include "../model/learn.h"
#include "../model/rng.h"
#include "env.h"
#include "part.h"

enum { TRAIN_NOW, TRAIN_NEXT, TRAIN_SIDES };	/* s and s' */

typedef struct train_replay {
	size_t n;		/* servers of each state */
	size_t room;		/* transitions that are kept */
	uint64_t count;		/* transitions ever; i is in slot i % room */
	real_t *phi[TRAIN_SIDES];	/* [room][P] */
	real_t *psi[TRAIN_SIDES];	/* [room][S][n] */
	uint8_t *allowed[TRAIN_SIDES];	/* [room][n]; of an s' in which nothing
					   is possible, which waits: all */
	uint32_t *action;	/* [room] */
	real_t *reward;		/* [room] */
	real_t *discount;	/* [room] 0 where the episode really ended */
} train_replay_t;

train_replay_t *train_replay_create(size_t n, size_t room, scale_err_t *err);
void train_replay_destroy(train_replay_t *replay);
void train_replay_clear(train_replay_t *replay);

/* Transitions that it holds. */
size_t train_replay_size(const train_replay_t *replay);

/* A transition in three steps, as an env yields it: the state, what was done
 * and came of it, the state after it (NULL: none). */
void train_replay_begin(train_replay_t *replay, const train_state_t *state);
void train_replay_act(train_replay_t *replay, size_t action, double reward,
		      double discount);
void train_replay_end(train_replay_t *replay, const train_state_t *next);

/* Append all that another one of as many servers holds. */
void train_replay_append(train_replay_t *replay, const train_replay_t *from);

/* Drawn transitions in the form that learn.h takes. */
typedef struct train_draw {
	scale_batch_t batch[TRAIN_SIDES];
	size_t states;			/* B */
	size_t *first;			/* [B + 1], the same of both */
	size_t *action;			/* [B] */
	real_t *reward, *discount;	/* [B] */
	real_t *task[TRAIN_SIDES], *server[TRAIN_SIDES];
	uint8_t *allowed[TRAIN_SIDES];
} train_draw_t;

int train_draw_init(train_draw_t *draw, size_t states, size_t n,
		    scale_err_t *err);
void train_draw_fini(train_draw_t *draw);

/* Draw draw->states transitions, each as likely, with replacement, from a
 * replay that is not empty. */
void train_replay_draw(const train_replay_t *replay, scale_rng_t *rng,
		       train_draw_t *draw);

/* All that a checkpoint must keep (part.h). */
int train_replay_parts(train_replay_t *replay, train_part_f part, void *arg);

#endif
