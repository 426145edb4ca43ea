/*
 * paths.h - where plugin and scale-ctl meet unless told otherwise
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_PATHS_H
#define SCALE_PATHS_H

#define SCALE_LOG_PATH "/var/log/slurm/scale.jsonl"
#define SCALE_STATUS_PATH "/var/log/slurm/scale-status.json"
#define SCALE_SLURM_CONF "/etc/slurm/slurm.conf"
#define SCALE_CONF_NAME "scale.yaml"	/* beside slurm.conf */

#endif
