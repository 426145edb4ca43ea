/*
 * shadow.h - decisions about primitives that Slurm's own schedulers place
 *
 * Under slurmctld's write locks.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_SHADOW_H
#define SCALE_SHADOW_H

#include "ask.h"

/* Decide and tell, with the remark or NULL, start nothing.
 * RET true where an idle node was chosen */
bool scale_shadow_decide(scale_ask_t *ask, bitstr_t *allowed, bitstr_t *idle,
			 const char *remark);

/*
 * Primitives that Slurm started before there was a decision, as most tasks of
 * an array: decide now, as if their nodes were idle still.  Some milliseconds
 * at a time; those that started more than two seconds ago are let be.
 */
void scale_shadow_look_back(scale_pass_t *pass);

#endif
