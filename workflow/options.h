/*
 * options.h - options of sbatch that users may and may not give
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_OPTIONS_H
#define WF_OPTIONS_H

/*
 * A long option of sbatch, without its dashes.
 * RET NULL, or the end of a sentence "NAME ..." that says why not: we set it
 * ourselves, or it would keep sbatch from submitting a job
 */
const char *wf_option_check(const char *name);

/* The same for a word of a command line: "--array=1-3", "-d", "3". */
const char *wf_option_check_word(const char *word);

#endif
