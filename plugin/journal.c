/*
 * journal.c - what the plugin tells the outside, and what it keeps
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision_log.h"
#include "journal.h"
#include "last_good.h"
#include "letter_box.h"
#include "state_file.h"
#include "status.h"

enum {
	QUEUE = 4096,			/* records */
	PERIOD_MS = 1000,		/* of status, metrics and state */
};

#define ALIVE_SEC	30.0		/* status is written at least so often */

struct scale_journal {
	scale_stats_t *stats;
	char *state_dir;
	scale_letter_box_t state, conf, model;
	scale_decision_log_t *log;
	scale_say_f say;
	/* of the open files */
	char path[SCALE_PATH_SIZE];
	char status[SCALE_PATH_SIZE], metrics[SCALE_PATH_SIZE];
	size_t max_bytes;
	unsigned keep;
	/* of the log's thread */
	scale_stats_view_t view, published;
	bool status_failed, metrics_failed, state_failed, last_failed;
};

scale_journal_t *scale_journal_create(const char *state_dir, scale_say_f say,
				      scale_err_t *err)
{
	scale_journal_t *journal = calloc(1, sizeof(*journal));

	if (!journal) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	journal->say = say;
	journal->stats = scale_stats_create(err);
	journal->state_dir = strdup(state_dir);
	if (journal->stats && journal->state_dir)
		return journal;
	if (journal->stats)
		scale_err_set(err, ENOMEM, "out of memory");
	scale_journal_destroy(journal);
	return NULL;
}

void scale_journal_destroy(scale_journal_t *journal)
{
	int saved = errno;

	if (!journal)
		return;
	scale_decision_log_destroy(journal->log);
	scale_letter_box_empty(&journal->state);
	scale_letter_box_empty(&journal->conf);
	scale_letter_box_empty(&journal->model);
	free(journal->state_dir);
	scale_stats_destroy(journal->stats);
	free(journal);
	errno = saved;
}

/* Say a fault once, until it is over. */
static void complain(scale_journal_t *journal, bool *failed, int rc,
		     const scale_err_t *err)
{
	if (rc < 0 && !*failed)
		journal->say(err->text);
	*failed = rc < 0;
}

static void publish(scale_journal_t *journal)
{
	scale_stats_view_t *view = &journal->view;
	scale_err_t err = { "" };

	if (!*journal->status && !*journal->metrics)
		return;
	scale_stats_read(journal->stats, journal->log, view);
	if (!scale_status_changed(view, &journal->published) &&
	    view->time - journal->published.time < ALIVE_SEC)
		return;
	if (*journal->status)
		complain(journal, &journal->status_failed,
			 scale_status_write(view, journal->status, &err),
			 &err);
	if (*journal->metrics)
		complain(journal, &journal->metrics_failed,
			 scale_status_write_metrics(view, journal->metrics,
						    &err), &err);
	journal->published = *view;
}

/* The model first: settings without theirs would be of no use. */
static int keep_settings(scale_journal_t *journal, scale_err_t *err)
{
	if (scale_letter_box_flush(&journal->model,
				   scale_last_good_write_model,
				   journal->state_dir, err) < 0)
		return -1;
	return scale_letter_box_flush(&journal->conf,
				      scale_last_good_write_conf,
				      journal->state_dir, err);
}

static void hook(void *arg)
{
	scale_journal_t *journal = arg;
	scale_err_t err = { "" };

	publish(journal);
	complain(journal, &journal->state_failed,
		 scale_letter_box_flush(&journal->state, scale_state_write,
					journal->state_dir, &err), &err);
	complain(journal, &journal->last_failed, keep_settings(journal, &err),
		 &err);
}

static void log_failed(void *arg, const char *text)
{
	scale_journal_t *journal = arg;

	journal->say(text);
}

static void start(scale_journal_t *journal)
{
	scale_decision_log_config_t config = {
		.path = *journal->path ? journal->path : NULL,
		.max_bytes = journal->max_bytes,
		.keep = journal->keep,
		.queue = QUEUE,
		.period_ms = PERIOD_MS,
		.hook = hook,
		.error = log_failed,
		.arg = journal,
	};
	scale_err_t err = { "" };

	journal->log = scale_decision_log_create(&config, &err);
	if (journal->log)
		return;
	journal->say(err.text);
	config.path = NULL;		/* status and state at least */
	journal->log = scale_decision_log_create(&config, &err);
	if (!journal->log)
		journal->say(err.text);
}

void scale_journal_open(scale_journal_t *journal, const scale_site_t *site,
			const char *slurmctld_log)
{
	char path[SCALE_PATH_SIZE], status[SCALE_PATH_SIZE];
	size_t max_bytes = (size_t) (site->log_mb * 1e6);
	unsigned keep = (unsigned) site->log_keep;

	scale_site_log_path(site, slurmctld_log, path);
	scale_site_status_path(site, slurmctld_log, status);
	if (journal->log && !strcmp(path, journal->path) &&
	    !strcmp(status, journal->status) &&
	    !strcmp(site->metrics, journal->metrics) &&
	    max_bytes == journal->max_bytes && keep == journal->keep)
		return;
	scale_decision_log_destroy(journal->log);
	strcpy(journal->path, path);
	strcpy(journal->status, status);
	strcpy(journal->metrics, site->metrics);
	journal->max_bytes = max_bytes;
	journal->keep = keep;
	journal->published = (scale_stats_view_t) { 0 };
	start(journal);
}

void scale_journal_put(scale_journal_t *journal, const scale_record_t *record)
{
	scale_decision_log_put(journal->log, record);
}

scale_stats_t *scale_journal_stats(scale_journal_t *journal)
{
	return journal->stats;
}

void scale_journal_save(scale_journal_t *journal, char *text, size_t size)
{
	scale_letter_box_put(&journal->state, text, size);
}

void scale_journal_keep(scale_journal_t *journal, scale_brain_t *brain)
{
	scale_brain_text_t *conf = &brain->conf_text;
	scale_brain_text_t *model = &brain->model_text;

	if (model->data)
		scale_letter_box_put(&journal->model, model->data, model->size);
	if (conf->data)
		scale_letter_box_put(&journal->conf, conf->data, conf->size);
	*conf = *model = (scale_brain_text_t) { NULL };
}
