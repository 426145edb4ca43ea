/*
 * ctl_site.h - what slurm.conf and Slurm's commands say of the site
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_SITE_H
#define CTL_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "model/err.h"

/*
 * Value of a key of slurm.conf that stands first on its line, files that it
 * includes too; the last one counts, as for slurmctld.  Works without a
 * running slurmctld, unlike "scontrol show config".
 * RET allocated text; NULL with ENOENT and an empty err where the key is not
 * set, or the errno of open and read
 */
char *ctl_conf_value(const char *slurm_conf, const char *key,
		     scale_err_t *err);

/* 0x160508 of "slurm-wlm 22.05.8"; 0 where there is no such number. */
uint32_t ctl_slurm_version(const char *text);
/* "22.05.8" */
void ctl_slurm_version_text(uint32_t version, char text[32]);

#endif
