/*
 * letter_box.h - hand a text to the thread that writes files
 *
 * One thread puts, another flushes; a newer text replaces an older one that
 * was not written yet.  No locks.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LETTER_BOX_H
#define SCALE_LETTER_BOX_H

#include <stdatomic.h>
#include <stddef.h>

#include "model/err.h"

struct scale_letter;

/* All zero: empty. */
typedef struct scale_letter_box {
	_Atomic(struct scale_letter *) letter;
} scale_letter_box_t;

/* The box owns text, allocated, from now on.  Never blocks. */
void scale_letter_box_put(scale_letter_box_t *box, char *text, size_t size);

/* Writes one text to the place dir; RET 0 or -1 with err. */
typedef int (*scale_letter_write_f)(const char *dir, const char *text,
				    size_t size, scale_err_t *err);

/* Write what was put.  May block.  RET 1 written, 0 nothing to do, -1 (it
 * stays put unless something newer came). */
int scale_letter_box_flush(scale_letter_box_t *box, scale_letter_write_f write,
			   const char *dir, scale_err_t *err);

/* What was put into from and not written goes into to. */
void scale_letter_box_move(scale_letter_box_t *from, scale_letter_box_t *to);

/* Forget what was not written. */
void scale_letter_box_empty(scale_letter_box_t *box);

#endif
