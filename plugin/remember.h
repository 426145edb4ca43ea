/*
 * remember.h - workflows and history to and from the state file
 *
 * Both calls belong to the agent's thread, which owns what they read and
 * write; neither blocks, and no lock of Slurm's is needed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_REMEMBER_H
#define SCALE_REMEMBER_H

#include "history.h"
#include "state_file.h"
#include "workflow.h"

/* OUT *text allocated.  RET 0, or -1 with ENOMEM or EDOM */
int scale_remember_export(const scale_flow_t *flow,
			  const scale_history_t *history, double now,
			  char **text, size_t *size, scale_err_t *err);

/* Fill an empty flow and replace the history.  What has no memory left is
 * not remembered: stages without edges or runs are no fault.
 * RET 0, or -1 with ENOMEM */
int scale_remember_import(scale_flow_t *flow, scale_history_t *history,
			  const scale_state_t *state, scale_err_t *err);

#endif
