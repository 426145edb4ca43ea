/*
 * trace_impl.h - what writer and reader of traces share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_TRACE_IMPL_H
#define SIM_TRACE_IMPL_H

#include "trace.h"

extern const char *const sim_trace_kinds[SIM_NOTE_COUNT];
extern const char *const sim_trace_effects[SIM_INVALID + 1];

#endif
