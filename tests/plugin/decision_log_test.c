/*
 * decision_log_test.c - records, files and the thread between them
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "model/file.h"
#include "plugin/decision_log.h"
#include "plugin/log_file.h"
#include "tests/test_run.h"

static char dir[64], path[96];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "log")));
	snprintf(path, sizeof(path), "%s/log", dir);
}

static void teardown(void)
{
	for (unsigned i = 0; i < 5; i++) {
		char *name = scale_log_file_name(path, i);

		unlink(name);
		free(name);
	}
	rmdir(dir);
}

static char *slurp(const char *name, size_t *size)
{
	scale_err_t err;
	char *text;

	ck_assert_msg(!scale_file_read(name, 1 << 20, &text, size, &err),
		      "%s", err.text);
	return text;
}

static int lines(const char *name)
{
	size_t size;
	char *text = slurp(name, &size);
	int n = 0;

	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	ck_assert(!size || text[size - 1] == '\n');
	free(text);
	return n;
}

/* ------------------------------------------------------------- records */

static json_t *parsed(const scale_record_t *record)
{
	json_error_t fault;
	size_t size;
	char *line = scale_record_json(record, &size);
	json_t *json;

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(line[size - 1], '\n');
	ck_assert_ptr_null(memchr(line, '\n', size - 1));
	json = json_loadb(line, size, JSON_REJECT_DUPLICATES, &fault);
	ck_assert_msg(json != NULL, "%s", fault.text);
	free(line);
	return json;
}

static double real_of(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	ck_assert_msg(json_is_number(value), "%s is no number", key);
	return json_number_value(value);
}

static const char *text_of(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	ck_assert_msg(json_is_string(value), "%s is no text", key);
	return json_string_value(value);
}

static scale_record_t decision(void)
{
	scale_record_t r = {
		.type = SCALE_RECORD_DECISION, .time = 1700000000.25,
		.job = { .job_id = 7, .array_job = 5, .array_task = 2,
			 .uid = 1000, .workflow = "rag-42",
			 .task = "re\"rank\n" },
		.decision = { .mode = "active", .policy = "model",
			      .outcome = SCALE_OUTCOME_PLACED, .hops = 3,
			      .us = 12.5, .node = "n1", .score = 0.75,
			      .runner_up = "n2", .runner_up_score = NAN,
			      .candidate_total = 16, .candidate_count = 2,
			      .candidate = {
				{ .node = "n1", .score = 0.75, .run_s = 2.0,
				  .transfer_s = 0.5, .mem_gb = 16.0 },
				{ .node = "n2", .score = 0.5, .run_s = 4.0,
				  .transfer_s = INFINITY, .wait_s = 1.0,
				  .busy = true, .mem_gb = 32.0 } } },
	};

	return r;
}

START_TEST(decision_as_json)
{
	scale_record_t record = decision();
	json_t *json = parsed(&record), *list, *first;

	ck_assert_str_eq(text_of(json, "type"), "decision");
	ck_assert_double_eq(real_of(json, "time"), 1700000000.25);
	ck_assert_double_eq(real_of(json, "job"), 7);
	ck_assert_double_eq(real_of(json, "array"), 5);
	ck_assert_double_eq(real_of(json, "index"), 2);
	ck_assert_str_eq(text_of(json, "wf"), "rag-42");
	ck_assert_str_eq(text_of(json, "task"), "re\"rank?");
	ck_assert_str_eq(text_of(json, "outcome"), "placed");
	ck_assert_str_eq(text_of(json, "node"), "n1");
	ck_assert(json_is_null(json_object_get(json, "runner_up_score")));
	ck_assert_double_eq(real_of(json, "allowed"), 16);
	list = json_object_get(json, "candidates");
	ck_assert_uint_eq(json_array_size(list), 2);
	first = json_array_get(list, 0);
	ck_assert_str_eq(text_of(first, "node"), "n1");
	ck_assert_double_eq(real_of(first, "run_s"), 2.0);
	ck_assert_double_eq(real_of(first, "transfer_s"), 0.5);
	ck_assert_double_eq(real_of(first, "mem_gb"), 16.0);
	ck_assert_ptr_null(json_object_get(first, "busy"));
	ck_assert(json_is_true(json_object_get(json_array_get(list, 1),
					       "busy")));
	json_decref(json);
}
END_TEST

START_TEST(other_records)
{
	scale_record_t seen = {
		.type = SCALE_RECORD_SEEN, .job = { .job_id = 9 },
		.seen = { .submit = 5, .gflop = 1.5, .source = "limit",
			  .parent_count = 99, .parent = { 7, 8 } },
	};
	scale_record_t end = {
		.type = SCALE_RECORD_END, .job = { .job_id = 9 },
		.end = { .state = "FAILED", .elapsed_s = 3 },
	};
	scale_record_t fall = {
		.type = SCALE_RECORD_FALLBACK,
		.fallback = { "late", "eft", "12 ms" },
	};
	scale_record_t none = { .type = SCALE_RECORD_TYPES };
	json_t *json = parsed(&seen);
	size_t size;

	/* a count above what there is room for is cut */
	ck_assert_uint_eq(json_array_size(json_object_get(json, "parents")),
			  SCALE_LOG_PARENTS);
	ck_assert_ptr_null(json_object_get(json, "array"));
	json_decref(json);
	json = parsed(&end);
	ck_assert_str_eq(text_of(json, "state"), "FAILED");
	ck_assert_ptr_null(json_object_get(json, "node"));
	json_decref(json);
	json = parsed(&fall);
	ck_assert_str_eq(text_of(json, "cause"), "late");
	ck_assert_ptr_null(json_object_get(json, "job"));
	json_decref(json);
	ck_assert_ptr_null(scale_record_json(&none, &size));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* --------------------------------------------------------------- files */

START_TEST(rotates_by_size)
{
	static const char *const want[] = { "9\n", "7\n8\n", "5\n6\n" };
	scale_log_file_t file;
	scale_err_t err;
	struct stat st;
	char line[3] = "x\n", *name;

	ck_assert_int_eq(scale_log_file_init(&file, path, 4, 2, &err), 0);
	for (line[0] = '1'; line[0] <= '9'; line[0]++)
		ck_assert_msg(!scale_log_file_append(&file, line, 2, &err),
			      "%s", err.text);
	ck_assert_uint_eq(file.rotated, 4);
	for (unsigned i = 0; i < 3; i++) {
		size_t size;
		char *text;

		name = scale_log_file_name(path, i);
		text = slurp(name, &size);
		ck_assert_str_eq(text, want[i]);
		free(text);
		free(name);
	}
	name = scale_log_file_name(path, 3);
	ck_assert_int_eq(stat(name, &st), -1);
	free(name);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0137, 0);
	scale_log_file_fini(&file);
}
END_TEST

START_TEST(half_a_line_is_cut)
{
	static const struct {
		const char *before, *after;
	} table[] = {
		{ "a\nb\nhal", "a\nb\nX\n" },
		{ "hal", "X\n" },
		{ "a\n", "a\nX\n" },
		{ "", "X\n" },
	};
	scale_log_file_t file;
	scale_err_t err;
	size_t size;
	char *text;

	ck_assert_int_eq(scale_file_write(path, table[_i].before,
				strlen(table[_i].before), &err), 0);
	scale_log_file_init(&file, path, 0, 1, &err);
	ck_assert_int_eq(scale_log_file_append(&file, "X\n", 2, &err), 0);
	scale_log_file_fini(&file);
	text = slurp(path, &size);
	ck_assert_str_eq(text, table[_i].after);
	free(text);
}
END_TEST

START_TEST(refuses_what_is_not_its_file)
{
	scale_log_file_t file;
	scale_err_t err;
	char other[96];

	snprintf(other, sizeof(other), "%s/log.1", dir);
	ck_assert_int_eq(scale_file_write(other, "a\n", 2, &err), 0);
	if (_i == 0)
		ck_assert_int_eq(symlink(other, path), 0);
	else if (_i == 1)
		ck_assert_int_eq(link(other, path), 0);
	else
		ck_assert_int_eq(mkfifo(path, 0600), 0);
	scale_log_file_init(&file, path, 0, 1, &err);
	ck_assert_int_eq(scale_log_file_append(&file, "X\n", 2, &err), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert_int_eq(lines(other), 1);
	/* and works as soon as the path is free */
	unlink(path);
	ck_assert_int_eq(scale_log_file_append(&file, "X\n", 2, &err), 0);
	scale_log_file_fini(&file);
}
END_TEST

/* A bound on the file's size stands for a disk that is full. */
START_TEST(full_disk_leaves_whole_lines)
{
	struct rlimit limit = { 10, 10 };
	scale_log_file_t file;
	scale_err_t err;

	signal(SIGXFSZ, SIG_IGN);
	scale_log_file_init(&file, path, 0, 1, &err);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(scale_log_file_append(&file, "123456\n", 7, &err), 0);
	ck_assert_int_eq(scale_log_file_append(&file, "abcdef\n", 7, &err),
			 -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_int_eq(lines(path), 1);
	ck_assert_int_eq(scale_log_file_append(&file, "ab\n", 3, &err), 0);
	ck_assert_int_eq(lines(path), 2);
	scale_log_file_fini(&file);
}
END_TEST

START_TEST(bad_settings)
{
	scale_log_file_t file;
	scale_err_t err;

	ck_assert_int_eq(scale_log_file_init(&file, "log", 0, 1, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(scale_log_file_init(&file, path, 0, 100, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* -------------------------------------------------------------- thread */

typedef struct spy {
	sem_t hold;			/* the hook waits here, if asked to */
	sem_t held;
	bool wait;
	int hooks, errors;
	bool signals_blocked;
	char text[SCALE_ERR_TEXT];
} spy_t;

static void spy_hook(void *arg)
{
	spy_t *spy = arg;
	sigset_t set;

	spy->hooks++;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	spy->signals_blocked = sigismember(&set, SIGTERM) &&
			       sigismember(&set, SIGHUP);
	if (spy->wait) {
		sem_post(&spy->held);
		sem_wait(&spy->hold);
		spy->wait = false;
	}
}

static void spy_error(void *arg, const char *text)
{
	spy_t *spy = arg;

	spy->errors++;
	strcpy(spy->text, text);
}

static scale_decision_log_t *start(spy_t *spy, const char *where)
{
	scale_decision_log_config_t config = {
		.path = where, .max_bytes = 1 << 20, .keep = 2, .queue = 8,
		.period_ms = 1, .grace_ms = 60000, .hook = spy_hook,
		.error = spy_error, .arg = spy,
	};
	scale_decision_log_t *log;
	scale_err_t err;

	sem_init(&spy->hold, 0, 0);
	sem_init(&spy->held, 0, 0);
	log = scale_decision_log_create(&config, &err);
	ck_assert_msg(log != NULL, "%s", err.text);
	return log;
}

START_TEST(everything_is_written_at_the_end)
{
	scale_decision_log_counts_t counts;
	scale_record_t record = decision();
	spy_t spy = { .wait = false };
	scale_decision_log_t *log = start(&spy, path);
	uint64_t done;
	int put = 0;

	for (int i = 0; i < 1000; i++)
		put += scale_decision_log_put(log, &record);
	scale_decision_log_counts(log, &counts);
	done = counts.written;
	ck_assert_uint_le(done, put);
	ck_assert_uint_eq(counts.dropped, 1000 - put);
	scale_decision_log_destroy(log);
	ck_assert_int_eq(lines(path), put);
	ck_assert_int_ge(spy.hooks, 1);
	ck_assert(spy.signals_blocked);
	ck_assert_int_eq(spy.errors, 0);
}
END_TEST

/* While the thread hangs on a disk, producers go on and count. */
START_TEST(full_queue_drops)
{
	scale_decision_log_counts_t counts;
	scale_record_t record = decision();
	spy_t spy = { .wait = true };
	scale_decision_log_t *log = start(&spy, path);

	sem_wait(&spy.held);
	for (int i = 0; i < 8; i++)
		ck_assert(scale_decision_log_put(log, &record));
	for (int i = 0; i < 3; i++)
		ck_assert(!scale_decision_log_put(log, &record));
	scale_decision_log_counts(log, &counts);
	ck_assert_uint_eq(counts.dropped, 3);
	sem_post(&spy.hold);
	scale_decision_log_destroy(log);
	ck_assert_int_eq(lines(path), 8);
}
END_TEST

/* Nobody waits for ever for a thread that hangs, and it says no more. */
START_TEST(hung_thread_is_left)
{
	static spy_t spy = { .wait = true };
	static scale_decision_log_t *log;	/* the thread's from now on */
	scale_decision_log_config_t config = {
		.path = path, .max_bytes = 1 << 20, .keep = 2, .queue = 8,
		.period_ms = 1, .grace_ms = 20, .hook = spy_hook,
		.error = spy_error, .arg = &spy,
	};
	scale_record_t record = decision();
	scale_err_t err;

	sem_init(&spy.hold, 0, 0);
	sem_init(&spy.held, 0, 0);
	log = scale_decision_log_create(&config, &err);
	ck_assert_msg(log != NULL, "%s", err.text);
	sem_wait(&spy.held);
	ck_assert(scale_decision_log_put(log, &record));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(scale_decision_log_destroy(log), -1);
		ck_assert_int_eq(errno, ETIMEDOUT);
	}
	sem_post(&spy.hold);
	usleep(50000);
	ck_assert_int_eq(spy.hooks, 1);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(failed_writes_are_told_once)
{
	scale_record_t record = decision();
	spy_t spy = { .wait = true };
	scale_decision_log_counts_t counts = { 0 };
	scale_decision_log_t *log = start(&spy, "/nonexistent/scale/log");

	sem_wait(&spy.held);
	for (int i = 0; i < 5; i++)
		scale_decision_log_put(log, &record);
	sem_post(&spy.hold);
	while (counts.failed < 5)
		scale_decision_log_counts(log, &counts);
	ck_assert_uint_eq(counts.written, 0);
	usleep(1100000);	/* after a second it tries again, in silence */
	scale_decision_log_put(log, &record);
	scale_decision_log_destroy(log);
	ck_assert_int_eq(spy.errors, 1);
	ck_assert_ptr_nonnull(strstr(spy.text, "/nonexistent/scale/log"));
}
END_TEST

START_TEST(bad_config)
{
	scale_decision_log_config_t config = { .path = "x", .queue = 8 };
	scale_err_t err;

	ck_assert_ptr_null(scale_decision_log_create(&config, &err));
	ck_assert_int_eq(errno, EINVAL);
	config.path = path;
	config.queue = 7;
	ck_assert_ptr_null(scale_decision_log_create(&config, &err));
	ck_assert_int_eq(errno, EINVAL);
	scale_decision_log_destroy(NULL);
	ck_assert(scale_decision_log_put(NULL, NULL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, decision_as_json);
	tcase_add_test(tc, other_records);
	tcase_add_test(tc, rotates_by_size);
	tcase_add_loop_test(tc, half_a_line_is_cut, 0, 4);
	tcase_add_loop_test(tc, refuses_what_is_not_its_file, 0, 3);
	tcase_add_test(tc, full_disk_leaves_whole_lines);
	tcase_add_test(tc, bad_settings);
	tcase_add_test(tc, everything_is_written_at_the_end);
	tcase_add_test(tc, full_queue_drops);
	tcase_add_test(tc, hung_thread_is_left);
	tcase_add_test(tc, failed_writes_are_told_once);
	tcase_add_test(tc, bad_config);
	return test_run("decision_log", tc);
}
