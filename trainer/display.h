/*
 * display.h - progress for people, on stderr
 *
 * One line for each epoch; on a terminal a bar with the time that is left,
 * drawn over itself.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_DISPLAY_H
#define TRAIN_DISPLAY_H

#include <stdbool.h>
#include <stdio.h>

#include "progress.h"
#include "train.h"

typedef struct train_display {
	FILE *out;
	bool bar;		/* out is a terminal */
	bool color;
	int level;		/* 0 quiet, 1 normal, 2 with evaluations */
	int64_t epochs;
	int64_t begin;		/* epoch that this process began after */
	double start;		/* s, when it did */
	double response;	/* s, last one evaluated; NAN */
} train_display_t;

/* Decides bar and colour from out and the environment (NO_COLOR, TERM). */
void train_display_init(train_display_t *display, FILE *out, int level,
			int64_t epochs, int64_t begin);
void train_display_epoch(train_display_t *display, const train_progress_t *row,
			 const train_t *train);
/* Leave the cursor on a line of its own. */
void train_display_end(train_display_t *display);

/* "1:02:03" or "4:05" for a number of seconds. */
void train_format_time(double seconds, char text[32]);

#endif
