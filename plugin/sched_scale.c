/*
 * sched_scale.c - the symbols that slurmctld looks for
 *
 * Slurm's own backfill scheduler runs beside ours and schedules every job
 * that is not ours, together with slurmctld's main scheduler.  Whatever goes
 * wrong here, they remain.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "agent.h"
#include "compat.h"

const char plugin_name[] = "SCALE learned workflow scheduler plugin";
const char plugin_type[] = "sched/scale";
const uint32_t plugin_version = SLURM_VERSION_NUMBER;

static plugin_context_t *backfill;
static int (*backfill_reconfig)(void);

extern int init(void);
extern void fini(void);
extern int sched_p_reconfig(void);

extern int init(void)
{
	const char *names[] = { "sched_p_reconfig" };
	void *found[] = { NULL };

	if (slurmctld_config.scheduling_disabled)
		return SLURM_SUCCESS;
	sched_verbose("sched/scale %s for Slurm %s loaded", SCALE_VERSION,
		      SLURM_VERSION_STRING);
	backfill = plugin_context_create("sched", "sched/backfill", found,
					 names, sizeof(names));
	if (!backfill)
		error("sched/scale: sched/backfill does not load; jobs that are not ours have the main scheduler alone");
	backfill_reconfig = (int (*)(void)) found[0];
	if (scale_agent_start())
		error("sched/scale: not started; stock scheduling");
	return SLURM_SUCCESS;
}

/* The inner plugin first: it must not outlive the library that loaded it. */
extern void fini(void)
{
	if (backfill)
		plugin_context_destroy(backfill);
	backfill = NULL;
	backfill_reconfig = NULL;
	scale_agent_stop();
}

extern int sched_p_reconfig(void)
{
	if (backfill_reconfig)
		backfill_reconfig();
	scale_agent_reload();
	return SLURM_SUCCESS;
}
