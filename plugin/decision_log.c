/*
 * decision_log.c - the decision log and its thread
 *
 * A semaphore counts the records that wait, so that an idle log sleeps.
 * After a write has failed the file is tried again with the next record, at
 * most once a second: a full disk costs the thread nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decision_log.h"
#include "log_file.h"
#include "ring.h"

struct scale_decision_log {
	scale_decision_log_config_t config;
	scale_ring_t *ring;
	scale_log_file_t file;		/* the thread's */
	pthread_t thread;
	sem_t work;			/* posted for each record and the end */
	atomic_bool stop;
	atomic_bool abandoned;	/* nobody waits for the thread any more */
	atomic_uint_fast64_t written, dropped, failed, rotated;
	bool broken;			/* last write failed */
	int64_t retry_at;		/* ms, no write before */
	int64_t due;			/* ms, of the hook; -1: none */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void write_failed(scale_decision_log_t *log, const char *text)
{
	atomic_fetch_add(&log->failed, 1);
	log->retry_at = now_ms() + 1000;
	if (!log->broken && log->config.error &&
	    !atomic_load(&log->abandoned))
		log->config.error(log->config.arg, text);
	log->broken = true;
}

static void write_record(scale_decision_log_t *log,
			 const scale_record_t *record)
{
	scale_err_t err = { "" };
	size_t size = 0;
	char *line;

	if (!log->config.path)
		return;
	if (log->broken && now_ms() < log->retry_at) {
		atomic_fetch_add(&log->failed, 1);
		return;
	}
	line = scale_record_json(record, &size);
	if (!line) {
		write_failed(log, "decision log: record cannot be written");
		return;
	}
	if (scale_log_file_append(&log->file, line, size, &err) < 0) {
		write_failed(log, err.text);
	} else {
		log->broken = false;
		atomic_fetch_add(&log->written, 1);
		atomic_store(&log->rotated, log->file.rotated);
	}
	free(line);
}

/* Until a record may be there or the time (ms) has come; -1: no time. */
static void wait_for_work(scale_decision_log_t *log, int64_t until)
{
	struct timespec ts = {
		.tv_sec = until / 1000,
		.tv_nsec = until % 1000 * 1000000,
	};
	int rc;

	do {
		rc = until < 0 ? sem_wait(&log->work)
			       : sem_clockwait(&log->work, CLOCK_MONOTONIC,
					       &ts);
	} while (rc < 0 && errno == EINTR);
}

/* The hook, when its time has come. */
static void tick(scale_decision_log_t *log)
{
	if (log->due < 0 || now_ms() < log->due ||
	    atomic_load(&log->abandoned))
		return;
	log->config.hook(log->config.arg);
	log->due = now_ms() + log->config.period_ms;
}

static void *run(void *arg)
{
	scale_decision_log_t *log = arg;
	scale_record_t record;
	bool last;

	if (log->config.hook && log->config.period_ms)
		log->due = now_ms() + log->config.period_ms;
	do {
		wait_for_work(log, log->due);
		last = atomic_load(&log->stop);
		/* all of them: a record may become visible after the wake-up
		 * of one that was put later */
		while (!atomic_load(&log->abandoned) &&
		       scale_ring_pop(log->ring, &record)) {
			write_record(log, &record);
			tick(log);
		}
		tick(log);
	} while (!last);
	if (log->config.hook && !atomic_load(&log->abandoned))
		log->config.hook(log->config.arg);
	return NULL;
}

/* slurmctld's signals are for its own threads. */
static int start_thread(scale_decision_log_t *log)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&log->thread, NULL, run, log);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		pthread_setname_np(log->thread, "scale-log");
	return rc;
}

static void release(scale_decision_log_t *log)
{
	scale_ring_destroy(log->ring);
	scale_log_file_fini(&log->file);
	sem_destroy(&log->work);
	free(log);
}

scale_decision_log_t *
scale_decision_log_create(const scale_decision_log_config_t *config,
			  scale_err_t *err)
{
	scale_decision_log_t *log = calloc(1, sizeof(*log));
	int rc;

	if (!log) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	log->config = *config;
	sem_init(&log->work, 0, 0);
	log->file.fd = -1;
	log->due = -1;
	if (config->path &&
	    scale_log_file_init(&log->file, config->path, config->max_bytes,
				config->keep, err) < 0)
		goto fail;
	log->ring = scale_ring_create(config->queue, sizeof(scale_record_t));
	if (!log->ring) {
		scale_err_set(err, errno, "decision log: a queue of %zu "
			      "records: %s", config->queue, strerror(errno));
		goto fail;
	}
	rc = start_thread(log);
	if (rc) {
		scale_err_set(err, rc, "decision log: cannot start its "
			      "thread: %s", strerror(rc));
		goto fail;
	}
	return log;
fail:
	rc = errno;
	release(log);
	errno = rc;
	return NULL;
}

/* A thread that comes back must find the code that it returns to. */
static void stay_mapped(void)
{
	Dl_info self;

	if (dladdr((void *) run, &self))
		dlopen(self.dli_fname,
		       RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

/* RET whether the thread has ended */
static bool join(scale_decision_log_t *log)
{
	int64_t until = now_ms() + log->config.grace_ms;
	struct timespec ts = {
		.tv_sec = until / 1000,
		.tv_nsec = until % 1000 * 1000000,
	};

	return pthread_clockjoin_np(log->thread, NULL, CLOCK_MONOTONIC,
				    &ts) == 0;
}

int scale_decision_log_destroy(scale_decision_log_t *log)
{
	int saved = errno;

	if (!log)
		return 0;
	if (atomic_load(&log->abandoned))
		goto hangs;
	atomic_store(&log->stop, true);
	sem_post(&log->work);
	if (!join(log)) {
		atomic_store(&log->abandoned, true);
		stay_mapped();
		pthread_detach(log->thread);
		goto hangs;
	}
	release(log);
	errno = saved;
	return 0;
hangs:
	errno = ETIMEDOUT;
	return -1;
}

bool scale_decision_log_put(scale_decision_log_t *log,
			    const scale_record_t *record)
{
	if (!log)
		return true;
	if (!scale_ring_push(log->ring, record)) {
		atomic_fetch_add(&log->dropped, 1);
		return false;
	}
	sem_post(&log->work);
	return true;
}

void scale_decision_log_counts(const scale_decision_log_t *log,
			       scale_decision_log_counts_t *counts)
{
	*counts = (scale_decision_log_counts_t) {
		.written = atomic_load(&log->written),
		.dropped = atomic_load(&log->dropped),
		.failed = atomic_load(&log->failed),
		.rotated = atomic_load(&log->rotated),
	};
}
