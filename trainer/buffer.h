/*
 * buffer.h - what the environments went through in one epoch
 *
 * One track for each environment, filled by one thread; minibatches are
 * gathered across tracks.  States keep their own numbers of servers.
 * Letters as in model/net.h.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_BUFFER_H
#define TRAIN_BUFFER_H

#include "../model/learn.h"
#include "env.h"

/* Transitions of one environment in order. */
typedef struct train_track {
	size_t count;		/* transitions so far */
	size_t *first;		/* [steps + 1] state t owns servers first[t] ..
				   first[t + 1] - 1 of the track */
	real_t *phi;		/* [steps][P] */
	real_t *psi;		/* state t: [S][N_t] from S first[t] on */
	uint8_t *allowed;	/* [first[count]] */
	size_t room;		/* servers that psi and allowed hold */
	real_t *feature;	/* [steps][d] attention feature */
	size_t *action;		/* all the following: [steps] */
	real_t *log_prob;	/* of the action when it was taken */
	real_t *value;		/* V(s) */
	real_t *next_value;	/* V(s'), 0 at a real end */
	real_t *reward, *discount;
	real_t *advantage, *ret;
	unsigned char *last;	/* 1: last of its episode */
} train_track_t;

typedef struct train_buffer {
	size_t tracks, steps;	/* environments; transitions of each */
	size_t d;		/* width of a feature */
	train_track_t *track;	/* [tracks] */
} train_buffer_t;

train_buffer_t *train_buffer_create(size_t tracks, size_t steps, size_t d,
				    scale_err_t *err);
void train_buffer_destroy(train_buffer_t *buffer);

/* Forget all transitions. */
void train_buffer_clear(train_buffer_t *buffer);

/* Append a state and what the policy did; the caller fills what comes of it
 * at [count - 1].  RET 0, or -1 with ENOMEM */
int train_track_add(train_track_t *track, const train_state_t *state,
		    size_t d, const float *feature, size_t action,
		    double log_prob, double value, scale_err_t *err);

/* Transitions of a minibatch in the form that learn.h takes; grown when
 * needed and reused. */
typedef struct train_minibatch {
	scale_batch_t batch;
	scale_targets_t targets;
	size_t states_room, servers_room;
	size_t *first, *action;
	real_t *task, *server;
	uint8_t *allowed;
	real_t *log_prob, *advantage, *ret;
} train_minibatch_t;

/*
 * Gather transitions; index k is transition k % steps of track k / steps.
 * IN  index [count]
 * RET 0, or -1 with ENOMEM
 */
int train_minibatch_gather(train_minibatch_t *mb, const train_buffer_t *buffer,
			   const size_t *index, size_t count,
			   scale_err_t *err);
void train_minibatch_free(train_minibatch_t *mb);

#endif
