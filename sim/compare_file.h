/*
 * compare_file.h - an entrant's scores in a cell, kept for another run
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_COMPARE_FILE_H
#define SIM_COMPARE_FILE_H

#include "compare.h"

/* Make dir and what it holds, unless they are there.  RET 0, or -1. */
int sim_compare_prepare(const char *dir, scale_err_t *err);

/* Write score [seeds] below dir.  RET 0, or -1. */
int sim_compare_write(const sim_compare_t *compare, size_t cell,
		      size_t entrant, const sim_score_t *score,
		      scale_err_t *err);

/* Read them.  RET 0; -1 when there is no such file or it is damaged, ENOMEM
 * apart from that; score may then hold anything */
int sim_compare_read(const sim_compare_t *compare, size_t cell,
		     size_t entrant, sim_score_t *score, scale_err_t *err);

#endif
