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
	GRACE_MS = 3000,		/* for the last of it */
};

#define ALIVE_SEC	30.0		/* status is written at least so often */

/* What the log's thread works with.  A thread that hangs keeps all of it. */
typedef struct scribe {
	scale_stats_t *stats;		/* the journal's */
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
} scribe_t;

struct scale_journal {
	scale_stats_t *stats;
	scribe_t *scribe;
	bool hung;			/* a thread may come back to stats */
};

static void empty(scribe_t *scribe)
{
	scale_letter_box_empty(&scribe->state);
	scale_letter_box_empty(&scribe->conf);
	scale_letter_box_empty(&scribe->model);
}

static void free_scribe(scribe_t *scribe)
{
	if (!scribe)
		return;
	empty(scribe);
	free(scribe->state_dir);
	free(scribe);
}

static scribe_t *create_scribe(const char *state_dir, scale_stats_t *stats,
			       scale_say_f say)
{
	scribe_t *scribe = calloc(1, sizeof(*scribe));

	if (!scribe)
		return NULL;
	scribe->stats = stats;
	scribe->say = say;
	scribe->state_dir = strdup(state_dir);
	if (scribe->state_dir)
		return scribe;
	free_scribe(scribe);
	return NULL;
}

scale_journal_t *scale_journal_create(const char *state_dir, scale_say_f say,
				      scale_err_t *err)
{
	scale_journal_t *journal = calloc(1, sizeof(*journal));

	if (!journal) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	journal->stats = scale_stats_create(err);
	if (journal->stats)
		journal->scribe = create_scribe(state_dir, journal->stats,
						say);
	if (journal->scribe)
		return journal;
	if (journal->stats)
		scale_err_set(err, ENOMEM, "out of memory");
	scale_journal_destroy(journal);
	return NULL;
}

/* End its log.  RET whether the scribe is free again; else its thread hangs
 * and keeps it */
static bool finish(scale_journal_t *journal)
{
	scribe_t *scribe = journal->scribe;

	if (scale_decision_log_destroy(scribe->log) == 0) {
		scribe->log = NULL;
		return true;
	}
	journal->hung = true;
	scribe->say("decision log: its thread hangs, on a disk that does not "
		    "answer perhaps; left to itself");
	return false;
}

void scale_journal_destroy(scale_journal_t *journal)
{
	int saved = errno;

	if (!journal)
		return;
	if (journal->scribe && !finish(journal))
		empty(journal->scribe);
	else
		free_scribe(journal->scribe);
	if (!journal->hung)
		scale_stats_destroy(journal->stats);
	free(journal);
	errno = saved;
}

/* Say a fault once, until it is over. */
static void complain(scribe_t *scribe, bool *failed, int rc,
		     const scale_err_t *err)
{
	if (rc < 0 && !*failed)
		scribe->say(err->text);
	*failed = rc < 0;
}

static void publish(scribe_t *scribe)
{
	scale_stats_view_t *view = &scribe->view;
	scale_err_t err = { "" };

	if (!*scribe->status && !*scribe->metrics)
		return;
	scale_stats_read(scribe->stats, scribe->log, view);
	if (!scale_status_changed(view, &scribe->published) &&
	    view->time - scribe->published.time < ALIVE_SEC)
		return;
	if (*scribe->status)
		complain(scribe, &scribe->status_failed,
			 scale_status_write(view, scribe->status, &err),
			 &err);
	if (*scribe->metrics)
		complain(scribe, &scribe->metrics_failed,
			 scale_status_write_metrics(view, scribe->metrics,
						    &err), &err);
	scribe->published = *view;
}

/* The model first: settings without theirs would be of no use. */
static int keep_settings(scribe_t *scribe, scale_err_t *err)
{
	if (scale_letter_box_flush(&scribe->model,
				   scale_last_good_write_model,
				   scribe->state_dir, err) < 0)
		return -1;
	return scale_letter_box_flush(&scribe->conf,
				      scale_last_good_write_conf,
				      scribe->state_dir, err);
}

static void hook(void *arg)
{
	scribe_t *scribe = arg;
	scale_err_t err = { "" };

	publish(scribe);
	complain(scribe, &scribe->state_failed,
		 scale_letter_box_flush(&scribe->state, scale_state_write,
					scribe->state_dir, &err), &err);
	complain(scribe, &scribe->last_failed, keep_settings(scribe, &err),
		 &err);
}

static void log_failed(void *arg, const char *text)
{
	scribe_t *scribe = arg;

	scribe->say(text);
}

static void start(scribe_t *scribe)
{
	scale_decision_log_config_t config = {
		.path = *scribe->path ? scribe->path : NULL,
		.max_bytes = scribe->max_bytes,
		.keep = scribe->keep,
		.queue = QUEUE,
		.period_ms = PERIOD_MS,
		.grace_ms = GRACE_MS,
		.hook = hook,
		.error = log_failed,
		.arg = scribe,
	};
	scale_err_t err = { "" };

	scribe->log = scale_decision_log_create(&config, &err);
	if (scribe->log)
		return;
	scribe->say(err.text);
	config.path = NULL;		/* status and state at least */
	scribe->log = scale_decision_log_create(&config, &err);
	if (!scribe->log)
		scribe->say(err.text);
}

/* Another one in place of a scribe that hangs, with what that has not
 * written.  RET NULL: no memory, and no log from now on */
static scribe_t *replace(scale_journal_t *journal)
{
	scribe_t *old = journal->scribe;
	scribe_t *scribe = create_scribe(old->state_dir, journal->stats,
					 old->say);

	if (!scribe)
		return NULL;
	scale_letter_box_move(&old->state, &scribe->state);
	scale_letter_box_move(&old->conf, &scribe->conf);
	scale_letter_box_move(&old->model, &scribe->model);
	journal->scribe = scribe;
	return scribe;
}

void scale_journal_open(scale_journal_t *journal, const scale_site_t *site,
			const char *slurmctld_log)
{
	scribe_t *scribe = journal->scribe;
	char path[SCALE_PATH_SIZE], status[SCALE_PATH_SIZE];
	size_t max_bytes = (size_t) (site->log_mb * 1e6);
	unsigned keep = (unsigned) site->log_keep;

	scale_site_log_path(site, slurmctld_log, path);
	scale_site_status_path(site, slurmctld_log, status);
	if (scribe->log && !strcmp(path, scribe->path) &&
	    !strcmp(status, scribe->status) &&
	    !strcmp(site->metrics, scribe->metrics) &&
	    max_bytes == scribe->max_bytes && keep == scribe->keep)
		return;
	if (!finish(journal))
		scribe = replace(journal);
	if (!scribe)
		return;
	strcpy(scribe->path, path);
	strcpy(scribe->status, status);
	strcpy(scribe->metrics, site->metrics);
	scribe->max_bytes = max_bytes;
	scribe->keep = keep;
	scribe->published = (scale_stats_view_t) { 0 };
	start(scribe);
}

void scale_journal_put(scale_journal_t *journal, const scale_record_t *record)
{
	scale_decision_log_put(journal->scribe->log, record);
}

scale_stats_t *scale_journal_stats(scale_journal_t *journal)
{
	return journal->stats;
}

void scale_journal_save(scale_journal_t *journal, char *text, size_t size)
{
	scale_letter_box_put(&journal->scribe->state, text, size);
}

void scale_journal_keep(scale_journal_t *journal, scale_brain_t *brain)
{
	scale_brain_text_t *conf = &brain->conf_text;
	scale_brain_text_t *model = &brain->model_text;

	if (model->data)
		scale_letter_box_put(&journal->scribe->model, model->data,
				     model->size);
	if (conf->data)
		scale_letter_box_put(&journal->scribe->conf, conf->data,
				     conf->size);
	*conf = *model = (scale_brain_text_t) { NULL };
}
