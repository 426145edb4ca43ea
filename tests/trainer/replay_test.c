/*
 * replay_test.c - a ring of transitions: order, draws, pieces
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tests/test_run.h"
#include "trainer/replay.h"

enum { N = 2, LD = 16, P = SCALE_TASK_FEATURES, S = SCALE_SERVER_FEATURES };

static float psi[S * LD];
static uint8_t allowed[N];

/* A state whose features say which one it is: phi 100 k + f, psi of feature f
 * and server j 100 k + 10 f + j. */
static train_state_t state_of(int k)
{
	train_state_t state = { .psi = psi, .ld = LD, .n = N,
				.allowed = allowed, .choices = 1 };

	for (int f = 0; f < P; f++)
		state.phi[f] = 100.0f * k + f;
	for (int f = 0; f < S; f++)
		for (int j = 0; j < N; j++)
			psi[f * LD + j] = 100.0f * k + 10.0f * f + j;
	allowed[0] = k % 2;
	allowed[1] = 1;
	return state;
}

/* Transition k: from state k to k + 1 with reward k. */
static void add(train_replay_t *r, int k)
{
	train_state_t state = state_of(k);

	train_replay_begin(r, &state);
	train_replay_act(r, 1, k, 0.5);
	state = state_of(k + 1);
	train_replay_end(r, &state);
}

/* Every drawn transition is one of from .. to, whole, and all occur. */
static void check_draws(const train_replay_t *r, int from, int to)
{
	enum { B = 64 };
	bool seen[16] = { false };
	train_draw_t draw;
	scale_rng_t rng;

	ck_assert_int_eq(train_draw_init(&draw, B, N, NULL), 0);
	scale_rng_seed(&rng, 1, 1);
	train_replay_draw(r, &rng, &draw);
	ck_assert_uint_eq(draw.batch[TRAIN_NEXT].states, B);
	ck_assert_uint_eq(draw.first[B], B * N);
	for (int b = 0; b < B; b++) {
		int k = (int) draw.reward[b];

		ck_assert(k >= from && k <= to);
		seen[k] = true;
		ck_assert(draw.discount[b] == 0.5f && draw.action[b] == 1);
		for (int side = 0; side < 2; side++) {
			const scale_batch_t *batch = &draw.batch[side];

			ck_assert(batch->task[b * P + 3] ==
				  100 * (k + side) + 3);
			ck_assert(batch->server[2 * B * N + b * N + 1] ==
				  100 * (k + side) + 21);
			ck_assert_uint_eq(batch->allowed[b * N],
					  (k + side) % 2);
		}
	}
	for (int k = from; k <= to; k++)
		ck_assert_msg(seen[k], "transition %d never drawn", k);
	train_draw_fini(&draw);
}

START_TEST(forgets_the_oldest)
{
	train_replay_t *r = train_replay_create(N, 4, NULL);

	for (int k = 0; k < 3; k++)
		add(r, k);
	ck_assert_uint_eq(train_replay_size(r), 3);
	check_draws(r, 0, 2);
	for (int k = 3; k < 6; k++)
		add(r, k);
	ck_assert_uint_eq(train_replay_size(r), 4);
	check_draws(r, 2, 5);
	train_replay_destroy(r);
}
END_TEST

/* Appending goes from the oldest on, past the end of either ring. */
START_TEST(appends)
{
	train_replay_t *from = train_replay_create(N, 3, NULL);
	train_replay_t *to = train_replay_create(N, 4, NULL);

	for (int k = 0; k < 5; k++)
		add(from, k);
	add(to, 9);
	add(to, 8);
	train_replay_append(to, from);
	ck_assert_uint_eq(to->count, 5);
	ck_assert(to->reward[2] == 2 && to->reward[3] == 3);
	ck_assert(to->reward[0] == 4);
	ck_assert(to->phi[TRAIN_NEXT][0] == 500);
	train_replay_destroy(from);
	train_replay_destroy(to);
}
END_TEST

/* No state follows an end, and its value counts for nothing; where nothing is
 * possible, all is allowed, so that there is a value. */
START_TEST(ends)
{
	train_replay_t *r = train_replay_create(N, 2, NULL);
	train_state_t state = state_of(1), stuck = state_of(2);

	stuck.choices = 0;
	allowed[0] = allowed[1] = 0;
	state.choices = 0;
	train_replay_begin(r, &state);
	train_replay_act(r, 0, 1, 0.9);
	train_replay_end(r, NULL);
	ck_assert(r->discount[0] == 0);
	ck_assert(r->allowed[TRAIN_NEXT][0] == 1);
	train_replay_begin(r, &state);
	train_replay_act(r, 0, 1, 0.9);
	train_replay_end(r, &stuck);
	ck_assert(r->discount[1] == 0.9f);
	ck_assert(r->allowed[TRAIN_NEXT][2] == 1 &&
		  r->allowed[TRAIN_NEXT][3] == 1);
	train_replay_destroy(r);
}
END_TEST

typedef struct tape {
	char data[1 << 16];
	size_t at;
} tape_t;

static int put(void *arg, void *data, size_t size)
{
	tape_t *tape = arg;

	memcpy(tape->data + tape->at, data, size);
	tape->at += size;
	return 0;
}

static int get(void *arg, void *data, size_t size)
{
	tape_t *tape = arg;

	memcpy(data, tape->data + tape->at, size);
	tape->at += size;
	return 0;
}

START_TEST(parts_make_it_whole)
{
	train_replay_t *a = train_replay_create(N, 4, NULL);
	train_replay_t *b = train_replay_create(N, 4, NULL);
	static tape_t tape;
	size_t size;

	for (int k = 0; k < (_i ? 6 : 3); k++)
		add(a, k);
	tape.at = 0;
	ck_assert_int_eq(train_replay_parts(a, put, &tape), 0);
	size = tape.at;
	tape.at = 0;
	ck_assert_int_eq(train_replay_parts(b, get, &tape), 0);
	ck_assert_uint_eq(tape.at, size);
	check_draws(b, _i ? 2 : 0, _i ? 5 : 2);
	add(a, 6);
	add(b, 6);
	ck_assert_mem_eq(a->reward, b->reward, 4 * sizeof(*a->reward));
	train_replay_destroy(a);
	train_replay_destroy(b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, forgets_the_oldest);
	tcase_add_test(tc, appends);
	tcase_add_test(tc, ends);
	tcase_add_loop_test(tc, parts_make_it_whole, 0, 2);
	return test_run("replay", tc);
}
