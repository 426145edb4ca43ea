/*
 * compat.h - the Slurm headers that the plugin uses, and what differs
 * between Slurm releases
 *
 * The only file that looks at SLURM_VERSION_NUMBER.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_COMPAT_H
#define SCALE_COMPAT_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include "src/common/slurm_xlator.h"

#include "slurm/slurm.h"
#include "slurm/slurm_errno.h"
#include "src/common/assoc_mgr.h"
#include "src/common/bitstring.h"
#include "src/common/list.h"
#include "src/common/log.h"
#include "src/common/macros.h"
#include "src/common/node_conf.h"
#include "src/common/plugin.h"
#include "src/common/read_config.h"
#include "src/common/slurm_protocol_defs.h"
#include "src/common/xmalloc.h"
#include "src/common/xstring.h"
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
#include "src/interfaces/gres.h"
#include "src/interfaces/mcs.h"
#include "src/interfaces/preempt.h"
#include "src/interfaces/select.h"
#else
#include "src/common/gres.h"
#include "src/common/select.h"
#include "src/common/slurm_mcs.h"
#include "src/slurmctld/preempt.h"
#endif
#include "src/slurmctld/acct_policy.h"
#include "src/slurmctld/fed_mgr.h"
#include "src/slurmctld/job_scheduler.h"
#include "src/slurmctld/licenses.h"
#include "src/slurmctld/locks.h"
#include "src/slurmctld/node_scheduler.h"
#include "src/slurmctld/reservation.h"
#include "src/slurmctld/slurmctld.h"
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 5, 0)
#include "src/slurmctld/proc_req.h"
#else
#include "src/slurmctld/srun_comm.h"
#endif
#include "src/slurmctld/state_save.h"
#pragma GCC diagnostic pop

#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(22, 5, 0)
#error "sched/scale needs Slurm 22.05 or later"
#endif

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
typedef list_t *scale_list_t;
typedef list_itr_t *scale_iter_t;
typedef job_details_t scale_details_t;
#else
typedef List scale_list_t;
typedef ListIterator scale_iter_t;
typedef struct job_details scale_details_t;
#endif

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
enum { SCALE_COUNTS_MEMORY = SELECT_MEMORY };
#else
enum { SCALE_COUNTS_MEMORY = CR_MEMORY };
#endif

/* The locks that sched/backfill takes for a pass. */
static inline slurmctld_lock_t scale_pass_locks(void)
{
	return (slurmctld_lock_t) {
		.conf = READ_LOCK,
		.job = WRITE_LOCK,
		.node = WRITE_LOCK,
		.part = READ_LOCK,
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
		.select_node = WRITE_LOCK,
#endif
		.fed = READ_LOCK,
	};
}

/* Start job_ptr on nodes outside its exc_node_bitmap, or say why not. */
static inline int scale_select_nodes(job_record_t *job_ptr)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 11, 0)
	job_node_select_t select = { .job_ptr = job_ptr };

	return select_nodes(&select, false, false, SLURMDB_JOB_FLAG_SCHED);
#else
	return select_nodes(job_ptr, false, NULL, NULL, false,
			    SLURMDB_JOB_FLAG_SCHED);
#endif
}

/* The multi-category security filter, with the site's plugin asked once. */
static inline void scale_filter_mcs(job_record_t *job_ptr, bitstr_t *nodes)
{
	filter_by_node_mcs(job_ptr, slurm_mcs_get_select(job_ptr), nodes);
}

/*
 * Nodes that reservations leave to the job now.
 * OUT nodes  for the caller to free
 * RET false when the job may not start now
 */
static inline bool scale_reservations_leave(job_record_t *job_ptr,
					    bitstr_t **nodes)
{
	time_t when = time(NULL);
	bool overlap = false;
	int rc;
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 11, 0)
	resv_exc_t except = { 0 };

	rc = job_test_resv(job_ptr, &when, false, nodes, &except, &overlap,
			   false);
	reservation_delete_resv_exc_parts(&except);
#else
	bitstr_t *cores = NULL;

	rc = job_test_resv(job_ptr, &when, false, nodes, &cores, &overlap,
			   false);
	FREE_NULL_BITMAP(cores);
#endif
	return rc == SLURM_SUCCESS;
}

/* Node names as a bitmap for the caller to free; unknown names are left out,
 * NULL when it is no list at all. */
static inline bitstr_t *scale_named_nodes(const char *names)
{
	bitstr_t *nodes = NULL;
	int rc;

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 11, 0)
	rc = node_name2bitmap((char *) names, true, &nodes, NULL);
#else
	rc = node_name2bitmap((char *) names, true, &nodes);
#endif
	if (rc)
		FREE_NULL_BITMAP(nodes);
	return nodes;
}

/* CPUs and memory (MB) that running jobs hold on the node. */
static inline void scale_node_taken(node_record_t *node, uint16_t *cpus,
				    uint64_t *mem)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
	*cpus = node_select_stats_array[node->index]->alloc_cpus;
	*mem = node_select_stats_array[node->index]->alloc_memory;
#elif SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 5, 0)
	*cpus = node->alloc_cpus;
	*mem = node->alloc_memory;
#else
	select_g_select_nodeinfo_get(node->select_nodeinfo,
				     SELECT_NODEDATA_SUBCNT,
				     NODE_STATE_ALLOCATED, cpus);
	select_g_select_nodeinfo_get(node->select_nodeinfo,
				     SELECT_NODEDATA_MEM_ALLOC,
				     NODE_STATE_ALLOCATED, mem);
#endif
}

/* Is the select plugin still clearing away the job's last run? */
static inline bool scale_select_cleaning(const job_record_t *job_ptr)
{
	uint16_t cleaning = 0;

#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(23, 2, 0)
	select_g_select_jobinfo_get(job_ptr->select_jobinfo,
				    SELECT_JOBDATA_CLEANING, &cleaning);
#endif
	return cleaning;
}

/* Was the job submitted to several QOS, each to be tried in turn? */
static inline bool scale_several_qos(const job_record_t *job_ptr)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 11, 0)
	return job_ptr->qos_list;
#else
	return false;
#endif
}

/* The last task of an array leaves its head record. */
static inline void scale_array_last(job_record_t *job_ptr)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 11, 0)
	job_array_post_sched(job_ptr, true);
#else
	job_array_post_sched(job_ptr);
#endif
}

/*
 * Split task array_task_id of an array off its head record.
 * RET the record of the rest, pending, or NULL
 */
static inline job_record_t *scale_array_split(job_record_t *job_ptr)
{
	job_record_t *rest;

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 11, 0)
	rest = job_array_split(job_ptr, true);
#else
	rest = job_array_split(job_ptr);
#endif
	if (!rest)
		return NULL;
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 11, 0)
	job_state_set(rest, JOB_PENDING);
#else
	rest->job_state = JOB_PENDING;
#endif
	rest->start_time = 0;
	return rest;
}

#endif
