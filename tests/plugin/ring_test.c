/*
 * ring_test.c - bounded, ordered, and nothing lost between threads
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "plugin/ring.h"
#include "tests/test_run.h"

enum { WRITERS = 3, EACH = 20000 };

START_TEST(full_and_empty)
{
	scale_ring_t *ring = scale_ring_create(4, sizeof(int));
	int x;

	ck_assert_ptr_nonnull(ring);
	for (int round = 0; round < 5; round++) {
		ck_assert(!scale_ring_pop(ring, &x));
		for (int i = 0; i < 4; i++)
			ck_assert(scale_ring_push(ring, &i));
		x = 4;
		ck_assert(!scale_ring_push(ring, &x));
		for (int i = 0; i < 4; i++) {
			ck_assert(scale_ring_pop(ring, &x));
			ck_assert_int_eq(x, i);
		}
	}
	scale_ring_destroy(ring);
}
END_TEST

START_TEST(bad_sizes)
{
	static const size_t cells[] = { 0, 1, 3, SIZE_MAX / 2 + 1 };

	errno = 0;
	ck_assert_ptr_null(scale_ring_create(cells[_i], 8));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

typedef struct item {
	uint32_t writer, number;
	uint64_t check;			/* torn copies show */
} item_t;

static scale_ring_t *shared;

static void *writer(void *arg)
{
	item_t item = { .writer = (uint32_t) (uintptr_t) arg };

	while (item.number < EACH) {
		item.check = (uint64_t) item.writer << 32 | item.number;
		if (scale_ring_push(shared, &item))
			item.number++;
		else
			sched_yield();
	}
	return NULL;
}

START_TEST(many_writers)
{
	uint32_t next[WRITERS] = { 0 };
	pthread_t thread[WRITERS];
	item_t item;

	shared = scale_ring_create(64, sizeof(item));
	for (uintptr_t i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, writer,
						(void *) i), 0);
	for (int left = WRITERS * EACH; left > 0;) {
		if (!scale_ring_pop(shared, &item)) {
			sched_yield();
			continue;
		}
		left--;
		ck_assert_uint_lt(item.writer, WRITERS);
		ck_assert_uint_eq(item.number, next[item.writer]++);
		ck_assert_uint_eq(item.check, (uint64_t) item.writer << 32 |
				  item.number);
	}
	ck_assert(!scale_ring_pop(shared, &item));
	for (int i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	scale_ring_destroy(shared);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, full_and_empty);
	tcase_add_loop_test(tc, bad_sizes, 0, 4);
	tcase_add_test(tc, many_writers);
	return test_run("ring", tc);
}
