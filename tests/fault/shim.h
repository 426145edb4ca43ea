/*
 * shim.h - make the n-th call of malloc, write, fsync, rename, ... fail
 *
 * The program that links shim.c has these functions of libc replaced, also
 * for the libraries it uses.  While armed, calls are counted and one of them
 * fails, or the power fails before it.  One thread.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>

/* What is counted while armed. */
enum {
	SHIM_ALLOC = 1 << 0,	/* malloc, calloc, realloc */
	SHIM_FILE = 1 << 1,	/* open, read, write, fsync, fchmod, rename,
				   link, unlink */
};

typedef enum {
	SHIM_COUNT,	/* nothing: count only */
	SHIM_FAIL,	/* the call does nothing and says ENOMEM, ENOSPC, EIO */
	SHIM_POWER,	/* the process ends with SHIM_STATUS before the call;
			   files lose all that was not synced */
	SHIM_POWER_HALF,	/* they lose half of their bytes instead */
} shim_mode_t;

enum { SHIM_STATUS = 99 };

/* Begin to count the calls of these kinds.  nth is from 1. */
void shim_arm(unsigned kinds, long nth, shim_mode_t mode);

/* Stop.  RET how many calls were counted */
long shim_disarm(void);

/* The call that failed last, "fsync" say; "" before. */
const char *shim_failed(void);

/* malloc() that is neither counted among the calls nor fails. */
void *shim_sure_malloc(size_t size);

/* Blocks of memory that are in use. */
long shim_blocks(void);

#endif
