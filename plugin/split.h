/*
 * split.h - tasks of arrays get records of their own
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_SPLIT_H
#define SCALE_SPLIT_H

#include "ours.h"

/* After a census, under its locks: split off the tasks whose counterparts of
 * aftercorr are done.  RET true when there are new records: count again */
bool scale_split_all(const scale_pass_t *pass);

#endif
