/*
 * journal_test.c - files that appear, move on a reload, and cannot be made
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "plugin/journal.h"
#include "plugin/state_file.h"
#include "tests/test_run.h"

static char dir[64], said[512];
static scale_site_t site;
static scale_journal_t *journal;

static pthread_t agent;
static bool hang;			/* the log's thread, in say() */
static sem_t hold;

static void say(const char *text)
{
	size_t n = strlen(said);

	if (hang && !pthread_equal(pthread_self(), agent)) {
		sem_wait(&hold);
		return;
	}
	snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static const char *in_dir(const char *name)
{
	static char path[4][128];
	static int next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static void setup(void)
{
	scale_err_t err = { "" };

	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "journal")));
	*said = '\0';
	ck_assert_int_eq(scale_conf_defaults(scale_site_table, &site, &err), 0);
	journal = scale_journal_create(dir, say, &err);
	ck_assert_msg(journal != NULL, "%s", err.text);
}

static void teardown(void)
{
	static const char *const names[] = {
		"scale.jsonl", "other.jsonl", "scale-status.json", "m.prom",
		"scale_state", "scale_state.old", "sub",
	};

	scale_journal_destroy(journal);
	scale_conf_free(scale_site_table, &site);
	for (int i = 0; i < TEST_COUNT(names); i++)
		unlink(in_dir(names[i]));
	ck_assert_int_eq(rmdir(dir), 0);
}

static void finish(void)
{
	scale_journal_destroy(journal);
	journal = NULL;
}

static void put(uint32_t job_id)
{
	scale_record_t record = { .type = SCALE_RECORD_START, .time = 1.0 };

	record.job.job_id = job_id;
	record.job.array_task = SCALE_LOG_NO_TASK;
	strcpy(record.job.workflow, "w");
	scale_journal_put(journal, &record);
}

static void holds(const char *name, const char *words)
{
	scale_err_t err = { "" };
	char *text;
	size_t size;

	ck_assert_msg(!scale_file_read(in_dir(name), 1 << 20, &text, &size,
				       &err), "%s", err.text);
	ck_assert_msg(strstr(text, words) != NULL, "%s: %s", name, text);
	free(text);
}

START_TEST(beside_the_log_of_slurmctld)
{
	strcpy(site.metrics, in_dir("m.prom"));
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	scale_stats_count(scale_journal_stats(journal), SCALE_COUNT_STARTS);
	put(17);
	finish();
	holds("scale.jsonl", "\"job\":17");
	holds("scale-status.json", "\"starts\": 1");
	holds("m.prom", "slurm_scale_starts_total 1");
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(moves)
{
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	put(1);
	strcpy(site.log, in_dir("other.jsonl"));
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	put(2);
	finish();
	holds("scale.jsonl", "\"job\":1");
	holds("other.jsonl", "\"job\":2");
}
END_TEST

/* A thread that does not come back is left, and another one goes on. */
START_TEST(hangs)
{
	agent = pthread_self();
	sem_init(&hold, 0, 0);
	hang = true;
	strcpy(site.status, in_dir("missing/status.json"));
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	scale_journal_save(journal, strdup("a state"), 7);
	usleep(1500000);	/* it complains after a second, and hangs */
	hang = false;
	strcpy(site.status, "off");
	strcpy(site.log, in_dir("other.jsonl"));
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	put(2);
	finish();
	holds("other.jsonl", "\"job\":2");
	holds("scale_state", "a state");
	ck_assert_ptr_nonnull(strstr(said, "its thread hangs"));
	sem_post(&hold);
}
END_TEST

START_TEST(off)
{
	strcpy(site.log, "off");
	strcpy(site.status, "off");
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	put(1);
	finish();
	ck_assert_int_ne(access(in_dir("scale.jsonl"), F_OK), 0);
	ck_assert_int_ne(access(in_dir("scale-status.json"), F_OK), 0);
	ck_assert_str_eq(said, "");
}
END_TEST

/* Without its log the rest goes on. */
START_TEST(log_fails)
{
	struct stat st;

	strcpy(site.log, in_dir("missing/scale.jsonl"));
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	put(1);
	scale_journal_save(journal, strdup("x"), 1);
	finish();
	ck_assert_msg(strstr(said, "missing/scale.jsonl") != NULL, "%s", said);
	holds("scale-status.json", "\"starts\": 0");
	holds(SCALE_STATE_NAME, "x");
	/* as Slurm's own state, nobody else's to read */
	ck_assert_int_eq(stat(in_dir(SCALE_STATE_NAME), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

/* Each file that cannot be written is named, and its directory. */
START_TEST(directories_missing)
{
	strcpy(site.status, in_dir("missing/status.json"));
	strcpy(site.metrics, in_dir("gone/m.prom"));
	scale_journal_open(journal, &site, in_dir("slurmctld.log"));
	finish();
	for (int i = 0; i < 2; i++) {
		char words[256];

		snprintf(words, sizeof(words), "its directory %s: No such",
			 in_dir(i ? "gone" : "missing"));
		ck_assert_msg(strstr(said, words) != NULL, "%s", said);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, beside_the_log_of_slurmctld);
	tcase_add_test(tc, moves);
	tcase_add_test(tc, hangs);
	tcase_add_test(tc, off);
	tcase_add_test(tc, log_fails);
	tcase_add_test(tc, directories_missing);
	return test_run("journal", tc);
}
