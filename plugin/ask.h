/*
 * ask.h - one decision: what policy and guard say of a ready primitive
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ASK_H
#define SCALE_ASK_H

#include "ours.h"

typedef struct scale_ask {
	scale_pass_t *pass;
	scale_job_t *job;
	job_record_t *job_ptr;
	uint32_t task;
	scale_share_t share;		/* that it takes of a node */
	bool room;			/* it could start on some node */
	scale_demand_t demand;
	scale_facts_t facts;
	scale_task_t features;
	/* of the last question; arrays live in view and policy until the
	 * next */
	scale_cluster_t cluster;
	scale_choice_t choice;
	const char *policy;		/* who chose: "model" or a rule */
	double us;			/* that it took */
} scale_ask_t;

/* Show the guard the cluster as a whole; whenever it, or the model, is new. */
void scale_ask_look(scale_brain_t *brain, const scale_view_t *view);

/* The primitive as the model sees it; once before questions about it. */
void scale_ask_describe(scale_ask_t *ask);

/*
 * Which of the allowed nodes?  The fallback chooses where the guard does not
 * trust the model.
 * IN  idle: nodes where the job would start at once
 * RET Slurm's index of the node, or -1 to wait
 */
int scale_ask(scale_ask_t *ask, bitstr_t *allowed, bitstr_t *idle);

/* Name of the server'th candidate, "" for a negative one. */
const char *scale_ask_name(const scale_ask_t *ask, ssize_t server);

#endif
