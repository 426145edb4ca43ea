/*
 * ours.h - the job records that we follow, and the census that keeps up
 * with Slurm's job table
 *
 * Everything here is done under slurmctld's locks.  A record is known by its
 * job id; no job_record_t pointer survives from one cycle to the next.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_OURS_H
#define SCALE_OURS_H

#include "cluster_view.h"
#include "compat.h"
#include "idmap.h"
#include "lease.h"
#include "pass.h"
#include "rival.h"
#include "stranger.h"
#include "site_conf.h"
#include "victim.h"
#include "workflow.h"

typedef enum {
	SCALE_PHASE_NEW,
	SCALE_PHASE_PENDING,
	SCALE_PHASE_RUNNING,
	SCALE_PHASE_CLOSING,		/* epilog; its children still wait */
	SCALE_PHASE_OVER,
} scale_phase_t;

/* One record of Slurm's job table that belongs to a workflow. */
typedef struct scale_job {
	uint32_t job_id;
	uint32_t task;			/* of its array; 0 without */
	bool head;			/* stands for several array tasks */
	scale_phase_t phase;
	scale_stage_t *stage;
	uint32_t seen;			/* last census */
	size_t index;			/* in the table */
	bool claimed;			/* mine and shadow are known */
	bool mine;			/* to be placed by us */
	bool shadow;			/* would be, but is only decided */
	bool annotated;
	bool ready;			/* may start, as far as Slurm knows */
	bool dependent;			/* on other jobs, at the last test */
	bool check;			/* a parent changed: test it again */
	uint32_t tested;		/* in which stretch */
	double ready_at;		/* since when, site s; 0: never */
	double free_since;		/* a node was there for it in each look
					   since then, site s; 0: not now */
	double retry_at;		/* left to Slurm until then, site s */
	uint32_t split_next;		/* first task not looked at, or 0 */
	uint32_t refused;		/* cycles in a row that ended in refusal */
	scale_lease_t lease;
	uint32_t why;			/* job_state_reason: a limit that kept
					   it from a node, or WAIT_NO_REASON */
	uint32_t said;			/* what we last made squeue show */
	bool told;			/* a decision stands in the log: */
	scale_outcome_t told_outcome;
	int told_node;
	uint32_t told_task;
	bool undecided;			/* shadow: Slurm started it first */
	double closed_at;		/* when its epilog began, site s */
	int node;			/* where it runs, or -1 */
	double began, until;		/* expected end, site s */
	job_record_t *ptr;		/* within one stretch only */
} scale_job_t;

/* Does a decision about this task of it stand in the log? */
static inline bool scale_job_told(const scale_job_t *job, uint32_t task)
{
	return job->told && job->told_task == task;
}

typedef struct scale_table {
	scale_idmap_t by_id;
	scale_job_t **job;		/* [count] */
	size_t count, size;
	scale_flow_t *flow;
	uint32_t generation;
	scale_rivals_t rivals;
	scale_victims_t victims;
	scale_strangers_t *strangers;
	size_t pending;			/* ours that wait, of any kind */
	size_t closing;
	size_t undecided;		/* about that many, at most */
	bool unsplit;			/* so are tasks of arrays */
	bool behind;			/* new jobs are left for the next census */
} scale_table_t;

/* RET 0, or -1 with ENOMEM. */
int scale_table_init(scale_table_t *table, scale_err_t *err);
void scale_table_free(scale_table_t *table);

/*
 * Walk Slurm's job table once: find new jobs of ours, record edges, follow
 * changes of state, and note in the view what runs where.
 */
void scale_table_census(scale_pass_t *pass);

/* Find the record of a job that waits, between two censuses.
 * RET false when it is gone, or waits no longer */
bool scale_table_find(scale_job_t *job);
/* Look again at what a user may have changed of it. */
void scale_table_look(scale_pass_t *pass, scale_job_t *job);

/* Has it been ready for longer than max_age? */
bool scale_job_aged(const scale_pass_t *pass, const scale_job_t *job);

/* Put all begin times back, so that Slurm goes on by itself. */
void scale_table_release(scale_table_t *table);

/* Note that we just started job_ptr for job (its head, or itself). */
void scale_table_started(scale_pass_t *pass, scale_job_t *job,
			 job_record_t *job_ptr);

/* The task that a record would start next, or is. */
uint32_t scale_job_task(const job_record_t *job_ptr);
/* What to reckon with for that task: what the user says, else the history,
 * else what the time limit tells; see history.h. */
void scale_job_demand(const scale_pass_t *pass, const job_record_t *job_ptr,
		      const scale_stage_t *stage, uint32_t task,
		      scale_demand_t *out);
/* How long the job may run, as Slurm would limit it, s; a year without a
 * limit. */
double scale_job_limit_sec(const job_record_t *job_ptr);
/* Memory that the job asks for on its node, GB; 0 where it does not say. */
double scale_job_mem_gb(const job_record_t *job_ptr);

#endif
