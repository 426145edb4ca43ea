/*
 * parallel.h - independent pieces of work on a few threads
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_PARALLEL_H
#define SIM_PARALLEL_H

#include <stddef.h>

#include "../model/err.h"

/* Do piece i of the work.  Pieces share nothing that they write, so that
 * results do not depend on which thread does them, or when. */
typedef int (*sim_piece_f)(void *arg, size_t i, scale_err_t *err);

/*
 * Do pieces 0 .. n-1 on at most so many threads and wait for all.
 * RET 0, or -1 with errno and err of the failed piece of the lowest number
 * (pieces that were not begun by then are left out)
 */
int sim_parallel(size_t n, size_t threads, sim_piece_f piece, void *arg,
		   scale_err_t *err);

#endif
