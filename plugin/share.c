/*
 * share.c - what a job would take of a node
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "share.h"

/* As _resolve_shared_status() of slurmctld has it. */
static bool _whole(const job_record_t *job_ptr)
{
	const scale_details_t *details = job_ptr->details;

	return !xstrcmp(slurm_conf.select_type, "select/linear") ||
	       (job_ptr->part_ptr && !job_ptr->part_ptr->max_share) ||
	       (details && (details->whole_node == WHOLE_NODE_REQUIRED ||
			    !details->share_res));
}

scale_share_t scale_share_of(const job_record_t *job_ptr)
{
	const scale_details_t *details = job_ptr->details;
	scale_share_t share = { .whole = _whole(job_ptr), .cpus = 1,
				.job_ptr = job_ptr };

	if (!details)
		return share;
	share.cpus = MAX(MAX(details->min_cpus, details->pn_min_cpus), 1);
	if (details->pn_min_memory & MEM_PER_CPU)
		share.mem_cpu_mb = details->pn_min_memory & ~MEM_PER_CPU;
	else
		share.mem_mb = details->pn_min_memory;
	return share;
}

uint32_t scale_share_cpus(const scale_share_t *share,
			  const node_record_t *node)
{
	uint32_t threads = MAX(node->tpc, 1);

	if (share->whole)
		return node->cpus_efctv;
	return (share->cpus + threads - 1) / threads * threads;
}

uint64_t scale_share_mem(const scale_share_t *share,
			 const node_record_t *node)
{
	if (share->mem_mb)
		return share->mem_mb;
	if (share->mem_cpu_mb)
		return share->mem_cpu_mb * scale_share_cpus(share, node);
	/* without a request all of it, where memory is counted at all */
	return slurm_conf.select_type_param & SCALE_COUNTS_MEMORY
		? node->real_memory : 0;
}

double scale_share_speed(const scale_share_t *share,
			 const node_record_t *node)
{
	uint32_t cpus = scale_share_cpus(share, node);

	if (share->whole || cpus >= node->cpus_efctv)
		return 1.0;
	return (double) cpus / node->cpus_efctv;
}

/* How many of one kind: a lower bound, since select_nodes() knows the rest. */
static uint64_t _asked(const gres_job_state_t *ask, uint32_t tasks)
{
	uint64_t count = MAX(ask->gres_per_node, ask->gres_per_job);

	count = MAX(count, ask->gres_per_socket);
	return MAX(count, ask->gres_per_task * MAX(tasks, 1));
}

/* How many of that kind the node has. */
static uint64_t _there(const node_record_t *node, uint32_t kind, bool now)
{
	scale_iter_t iter;
	gres_state_t *gres;
	uint64_t count = 0;

	if (!node->gres_list)
		return 0;
	iter = list_iterator_create(node->gres_list);
	while ((gres = list_next(iter))) {
		const gres_node_state_t *has = gres->gres_data;

		if (gres->plugin_id != kind)
			continue;
		count += has->gres_cnt_avail;
		if (now)
			count -= MIN(count, has->gres_cnt_alloc);
	}
	list_iterator_destroy(iter);
	return count;
}

bool scale_share_gres(const scale_share_t *share, const node_record_t *node,
		      bool now)
{
	const job_record_t *job_ptr = share->job_ptr;
	scale_iter_t iter;
	gres_state_t *gres;
	bool enough = true;

	if (!job_ptr->gres_list_req)
		return true;
	iter = list_iterator_create(job_ptr->gres_list_req);
	while (enough && (gres = list_next(iter)))
		enough = _asked(gres->gres_data, job_ptr->details->num_tasks) <=
			 _there(node, gres->plugin_id, now);
	list_iterator_destroy(iter);
	return enough;
}
