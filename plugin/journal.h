/*
 * journal.h - what the plugin tells the outside, and what it keeps
 *
 * Decision log, counters, status file, metrics file and state file behind
 * one object with one thread (decision_log.h), which does everything that
 * may block on a disk.  No Slurm header here.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_JOURNAL_H
#define SCALE_JOURNAL_H

#include "brain.h"
#include "log_record.h"
#include "model/err.h"
#include "stats.h"

typedef struct scale_journal scale_journal_t;

/* One line about a fault, for slurmctld's log; any thread calls. */
typedef void (*scale_say_f)(const char *text);

/* IN  state_dir StateSaveLocation.  RET NULL with ENOMEM; nothing is written
 *     before scale_journal_open(). */
scale_journal_t *scale_journal_create(const char *state_dir, scale_say_f say,
				      scale_err_t *err);
/* Writes what is queued and the last state.  Waits for seconds, where the disk
 * does not answer, and then leaves it at that.  NULL is fine. */
void scale_journal_destroy(scale_journal_t *journal);

/*
 * Write to the files that the site wants; when they were other ones, those
 * are finished first.  A log that cannot be opened is said and done without.
 * May block: not under Slurm's locks, and while nobody puts.
 * IN  slurmctld_log path of Slurm's own log, or NULL
 */
void scale_journal_open(scale_journal_t *journal, const scale_site_t *site,
			const char *slurmctld_log);

/* Any thread, also under Slurm's locks: neither blocks nor allocates. */
void scale_journal_put(scale_journal_t *journal, const scale_record_t *record);
scale_stats_t *scale_journal_stats(scale_journal_t *journal);

/* Have text written as the state; the journal owns it from now on.  Does not
 * block. */
void scale_journal_save(scale_journal_t *journal, char *text, size_t size);

/* Have the texts that brain was made from kept as the last good ones
 * (last_good.h); it no longer has them then.  Does not block. */
void scale_journal_keep(scale_journal_t *journal, scale_brain_t *brain);

#endif
