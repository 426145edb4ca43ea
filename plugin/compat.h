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
#include "src/interfaces/mcs.h"
#include "src/interfaces/select.h"
#else
#include "src/common/select.h"
#include "src/common/slurm_mcs.h"
#endif
#include "src/slurmctld/acct_policy.h"
#include "src/slurmctld/fed_mgr.h"
#include "src/slurmctld/job_scheduler.h"
#include "src/slurmctld/licenses.h"
#include "src/slurmctld/locks.h"
#include "src/slurmctld/node_scheduler.h"
#include "src/slurmctld/reservation.h"
#include "src/slurmctld/slurmctld.h"
#include "src/slurmctld/srun_comm.h"
#include "src/slurmctld/state_save.h"
#pragma GCC diagnostic pop

#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(22, 5, 0)
#error "sched/scale needs Slurm 22.05 or later"
#endif

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
typedef list_t *scale_list_t;
typedef list_itr_t *scale_iter_t;
#else
typedef List scale_list_t;
typedef ListIterator scale_iter_t;
#endif

/* Start job_ptr on nodes outside its exc_node_bitmap, or say why not. */
static inline int scale_select_nodes(job_record_t *job_ptr)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 5, 0)
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

#endif
