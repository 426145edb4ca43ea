/*
 * parallel.c - independent pieces of work on a few threads
 *
 * Threads live as long as one call: an epoch makes few calls and each is
 * long against the start of a thread.  A thread that cannot be started is
 * done without.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "parallel.h"

enum { MAX_THREADS = 256 };

typedef struct work {
	size_t n;
	sim_piece_f piece;
	void *arg;
	atomic_size_t next;
	pthread_mutex_t lock; /* of what follows */
	size_t failed; /* lowest failed piece; n: none */
	int errnum;
	scale_err_t err;
} work_t;

static void note_failure(work_t *work, size_t i, int errnum,
			 const scale_err_t *err)
{
	pthread_mutex_lock(&work->lock);
	if (i < work->failed) {
		work->failed = i;
		work->errnum = errnum;
		work->err = *err;
	}
	pthread_mutex_unlock(&work->lock);
	atomic_store(&work->next, work->n);
}

static void *run(void *arg)
{
	work_t *work = arg;
	scale_err_t err = { "" };
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < work->n)
		if (work->piece(work->arg, i, &err))
			note_failure(work, i, errno, &err);
	return NULL;
}

int sim_parallel(size_t n, size_t threads, sim_piece_f piece, void *arg,
		   scale_err_t *err)
{
	work_t work = { .n = n, .piece = piece, .arg = arg, .failed = n };
	pthread_t thread[MAX_THREADS];
	size_t started = 0;

	pthread_mutex_init(&work.lock, NULL);
	if (threads > n)
		threads = n;
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	while (started + 1 < threads &&
	       !pthread_create(&thread[started], NULL, run, &work))
		started++;
	run(&work);
	while (started > 0)
		pthread_join(thread[--started], NULL);
	pthread_mutex_destroy(&work.lock);
	if (work.failed == n)
		return 0;
	return scale_err_set(err, work.errnum, "%s", work.err.text);
}
