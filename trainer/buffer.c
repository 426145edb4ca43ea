/*
 * buffer.c - what the environments went through in one epoch
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

enum { P = SCALE_TASK_FEATURES, S = SCALE_SERVER_FEATURES };

static void track_fini(train_track_t *track)
{
	free(track->first);
	free(track->phi);
	free(track->psi);
	free(track->allowed);
	free(track->feature);
	free(track->action);
	free(track->log_prob);
	free(track->last);
}

static int track_init(train_track_t *track, size_t steps, size_t d)
{
	real_t *block = calloc(7 * steps, sizeof(*block));

	track->first = calloc(steps + 1, sizeof(*track->first));
	track->phi = calloc(steps * P, sizeof(*track->phi));
	track->feature = calloc(steps * d, sizeof(*track->feature));
	track->action = calloc(steps, sizeof(*track->action));
	track->last = calloc(steps, sizeof(*track->last));
	track->log_prob = block;
	if (!block || !track->first || !track->phi || !track->feature ||
	    !track->action || !track->last)
		return -1;
	track->value = block + steps;
	track->next_value = block + 2 * steps;
	track->reward = block + 3 * steps;
	track->discount = block + 4 * steps;
	track->advantage = block + 5 * steps;
	track->ret = block + 6 * steps;
	return 0;
}

train_buffer_t *train_buffer_create(size_t tracks, size_t steps, size_t d,
				    scale_err_t *err)
{
	train_buffer_t *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		goto nomem;
	buffer->steps = steps;
	buffer->d = d;
	buffer->track = calloc(tracks, sizeof(*buffer->track));
	if (!buffer->track)
		goto nomem;
	buffer->tracks = tracks;
	for (size_t i = 0; i < tracks; i++)
		if (track_init(&buffer->track[i], steps, d))
			goto nomem;
	return buffer;
nomem:
	scale_err_set(err, ENOMEM, "no memory for %zu x %zu transitions",
		      tracks, steps);
	train_buffer_destroy(buffer);
	return NULL;
}

void train_buffer_destroy(train_buffer_t *buffer)
{
	int saved = errno;

	if (!buffer)
		return;
	for (size_t i = 0; i < buffer->tracks; i++)
		track_fini(&buffer->track[i]);
	free(buffer->track);
	free(buffer);
	errno = saved;
}

void train_buffer_clear(train_buffer_t *buffer)
{
	for (size_t i = 0; i < buffer->tracks; i++)
		buffer->track[i].count = 0;
}

static int reserve(train_track_t *track, size_t servers, scale_err_t *err)
{
	size_t room = track->room ? track->room : 4096;
	uint8_t *allowed;
	real_t *psi;

	if (servers <= track->room)
		return 0;
	while (room < servers)
		room *= 2;
	psi = realloc(track->psi, room * S * sizeof(*psi));
	if (psi)
		track->psi = psi;
	allowed = realloc(track->allowed, room);
	if (allowed)
		track->allowed = allowed;
	if (!psi || !allowed)
		return scale_err_set(err, ENOMEM,
				     "no memory for states of %zu servers",
				     servers);
	track->room = room;
	return 0;
}

int train_track_add(train_track_t *track, const train_state_t *state, size_t d,
		    const float *feature, size_t action, double log_prob,
		    double value, scale_err_t *err)
{
	size_t t = track->count, from = track->first[t];

	if (reserve(track, from + state->n, err))
		return -1;
	for (size_t f = 0; f < P; f++)
		track->phi[t * P + f] = state->phi[f];
	for (size_t f = 0; f < S; f++)
		for (size_t j = 0; j < state->n; j++)
			track->psi[from * S + f * state->n + j] =
				state->psi[f * state->ld + j];
	memcpy(track->allowed + from, state->allowed, state->n);
	for (size_t k = 0; k < d; k++)
		track->feature[t * d + k] = feature[k];
	track->action[t] = action;
	track->log_prob[t] = (real_t) log_prob;
	track->value[t] = (real_t) value;
	track->first[t + 1] = from + state->n;
	track->count++;
	return 0;
}

void train_minibatch_free(train_minibatch_t *mb)
{
	free(mb->first);
	free(mb->action);
	free(mb->task);
	free(mb->server);
	free(mb->allowed);
	free(mb->log_prob);
	*mb = (train_minibatch_t){ 0 };
}

static int minibatch_reserve(train_minibatch_t *mb, size_t states,
			     size_t servers, scale_err_t *err)
{
	if (states <= mb->states_room && servers <= mb->servers_room)
		return 0;
	if (states < mb->states_room)
		states = mb->states_room;
	servers += servers / 4; /* the next ones differ a little */
	if (servers < mb->servers_room)
		servers = mb->servers_room;
	train_minibatch_free(mb);
	mb->first = calloc(states + 1, sizeof(*mb->first));
	mb->action = calloc(states, sizeof(*mb->action));
	mb->task = calloc(states * P, sizeof(*mb->task));
	mb->server = calloc(servers * S, sizeof(*mb->server));
	mb->allowed = calloc(servers, 1);
	mb->log_prob = calloc(3 * states, sizeof(*mb->log_prob));
	if (!mb->first || !mb->action || !mb->task || !mb->server ||
	    !mb->allowed || !mb->log_prob)
		return scale_err_set(err, ENOMEM,
				     "no memory for a minibatch of %zu states",
				     states);
	mb->advantage = mb->log_prob + states;
	mb->ret = mb->advantage + states;
	mb->states_room = states;
	mb->servers_room = servers;
	return 0;
}

/* Copy transition t of track to place b. */
static void gather_one(train_minibatch_t *mb, const train_track_t *track,
		       size_t t, size_t b, size_t servers)
{
	size_t from = track->first[t], n = track->first[t + 1] - from;
	size_t to = mb->first[b];

	memcpy(mb->task + b * P, track->phi + t * P, P * sizeof(real_t));
	for (size_t f = 0; f < S; f++)
		memcpy(mb->server + f * servers + to,
		       track->psi + from * S + f * n, n * sizeof(real_t));
	memcpy(mb->allowed + to, track->allowed + from, n);
	mb->action[b] = track->action[t];
	mb->log_prob[b] = track->log_prob[t];
	mb->advantage[b] = track->advantage[t];
	mb->ret[b] = track->ret[t];
}

int train_minibatch_gather(train_minibatch_t *mb, const train_buffer_t *buffer,
			   const size_t *index, size_t count, scale_err_t *err)
{
	size_t servers = 0, steps = buffer->steps;

	for (size_t b = 0; b < count; b++) {
		const size_t *first = buffer->track[index[b] / steps].first +
				      index[b] % steps;

		servers += first[1] - first[0];
	}
	if (minibatch_reserve(mb, count, servers, err))
		return -1;
	for (size_t b = 0; b < count; b++) {
		const train_track_t *track = &buffer->track[index[b] / steps];
		size_t t = index[b] % steps;

		mb->first[b + 1] =
			mb->first[b] + track->first[t + 1] - track->first[t];
		gather_one(mb, track, t, b, servers);
	}
	mb->batch = (scale_batch_t){ count, mb->first, mb->task, mb->server,
				     mb->allowed };
	mb->targets = (scale_targets_t){ mb->action, mb->log_prob,
					 mb->advantage, mb->ret };
	return 0;
}
