/*
 * victim.c - running jobs that Slurm might preempt for one of ours
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "victim.h"

void scale_victims_clear(scale_victims_t *victims)
{
	FREE_NULL_BITMAP(victims->qos);
	*victims = (scale_victims_t) { 0 };
}

void scale_victims_note(scale_victims_t *victims, job_record_t *job_ptr)
{
	uint32_t tier;

	if (!slurm_preemption_enabled() || !job_ptr->part_ptr ||
	    slurm_job_preempt_mode(job_ptr) == PREEMPT_MODE_OFF)
		return;
	tier = job_ptr->part_ptr->priority_tier;
	if (!victims->count++ || tier < victims->lowest_tier)
		victims->lowest_tier = tier;
	if (!job_ptr->qos_ptr)
		return;
	if (!victims->qos)
		victims->qos = bit_alloc(g_qos_count + 1);
	if (job_ptr->qos_id < bit_size(victims->qos))
		bit_set(victims->qos, job_ptr->qos_id);
}

/* Does the QOS of job_ptr preempt one of theirs? */
static bool _by_qos(const scale_victims_t *victims,
		    const job_record_t *job_ptr)
{
	const slurmdb_qos_rec_t *qos = job_ptr->qos_ptr;

	int64_t size;

	if (!victims->qos || !qos || !qos->preempt_bitstr)
		return false;
	/* QOS may have come or gone between the two */
	size = MIN(bit_size(qos->preempt_bitstr), bit_size(victims->qos));
	for (int64_t i = 0; i < size; i++)
		if (bit_test(qos->preempt_bitstr, i) &&
		    bit_test(victims->qos, i))
			return true;
	return false;
}

bool scale_victims_for(const scale_victims_t *victims,
		       const job_record_t *job_ptr)
{
	if (!victims->count || !job_ptr->part_ptr)
		return false;
	if (!xstrcmp(slurm_conf.preempt_type, "preempt/qos"))
		return _by_qos(victims, job_ptr);
	return job_ptr->part_ptr->priority_tier > victims->lowest_tier;
}
