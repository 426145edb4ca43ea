/*
 * paths.h - where plugin and scale-ctl meet unless told otherwise
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_PATHS_H
#define SCALE_PATHS_H

/* beside slurmctld's own log */
#define SCALE_LOG_BASENAME "scale.jsonl"
#define SCALE_STATUS_BASENAME "scale-status.json"
#define SCALE_SLURMCTLD_LOG "/var/log/slurm/slurmctld.log"
#define SCALE_SLURM_CONF "/etc/slurm/slurm.conf"
#define SCALE_CONF_NAME "scale.yaml"	/* beside slurm.conf */

#endif
