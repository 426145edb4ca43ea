/*
 * part.h - state that a checkpoint writes and reads, piece by piece
 *
 * What learns names its pieces once; written and read back in that order
 * they are its whole state.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_PART_H
#define TRAIN_PART_H

#include <stddef.h>

/* Write size bytes from data, or read them to it.  RET 0, or -1 */
typedef int (*train_part_f)(void *arg, void *data, size_t size);

#endif
