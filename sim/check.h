/*
 * check.h - the four constraints, watched from outside
 *
 * SPEC section 1: readiness, idleness, memory, non-preemption.  The checker
 * keeps its own books from what it is told and shares nothing with the
 * simulator, so that a mistake there does not hide itself.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "workload.h"

typedef struct sim_check sim_check_t;

/* tasks_max, edges_max: of one workflow.  RET NULL with ENOMEM. */
sim_check_t *sim_check_create(size_t tasks_max, size_t edges_max);
void sim_check_destroy(sim_check_t *check);
void sim_check_reset(sim_check_t *check);

/* A server is there, idle.  RET 0, or -1 with ENOMEM. */
int sim_check_join(sim_check_t *check, uint32_t server, double gflops,
		   double mem_gb);
/* A server is gone.  RET 0, or -1 with EPROTO: it still runs something. */
int sim_check_leave(sim_check_t *check, uint32_t server, scale_err_t *err);

/* A workflow arrives in slot; what was there must be finished. */
int sim_check_arrive(sim_check_t *check, uint32_t slot,
		     const sim_workflow_spec_t *spec, scale_err_t *err);

/* Primitive index of slot starts on server.  RET 0; -1 with EPROTO: not
 * ready, server not there, not idle or too small. */
int sim_check_start(sim_check_t *check, uint32_t slot, uint32_t index,
		    uint32_t server, double now, scale_err_t *err);

/* It ends.  RET 0; -1 with EPROTO: it does not run there, or its time is not
 * start + c / C. */
int sim_check_finish(sim_check_t *check, uint32_t slot, uint32_t index,
		     uint32_t server, double now, scale_err_t *err);

/* A failing server takes its primitive with it: ready again. */
int sim_check_kill(sim_check_t *check, uint32_t slot, uint32_t index,
		   uint32_t server, scale_err_t *err);

#endif
