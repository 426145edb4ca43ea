/*
 * ctl_paths.c - where the plugin of this site writes
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "ctl_site.h"
#include "paths.h"
#include "site_conf.h"

char *ctl_conf_path(const ctl_t *ctl)
{
	const char *slash = strrchr(ctl->slurm_conf, '/');
	char *path;

	if (ctl->conf)
		return strdup(ctl->conf);
	if (asprintf(&path, "%.*s" SCALE_CONF_NAME,
		     slash ? (int) (slash - ctl->slurm_conf) + 1 : 0,
		     ctl->slurm_conf) < 0)
		return NULL;
	return path;
}

/* What cannot be read counts as not said: the defaults stay. */
void ctl_find_files(ctl_t *ctl, ctl_files_t *files)
{
	char *conf = ctl_conf_path(ctl);
	char *log = ctl_conf_value(ctl->slurm_conf, "SlurmctldLogFile", NULL);
	scale_site_t site = { 0 };

	if (conf && (scale_conf_defaults(scale_site_table, &site, NULL) ||
		     scale_conf_read(scale_site_table, &site, conf, NULL))) {
		scale_conf_free(scale_site_table, &site);
		site = (scale_site_t) { 0 };
	}
	scale_site_log_path(&site, log ? log : SCALE_SLURMCTLD_LOG,
			    files->log);
	scale_site_status_path(&site, log ? log : SCALE_SLURMCTLD_LOG,
			       files->status);
	if (!ctl->log)
		ctl->log = files->log;
	if (!ctl->status)
		ctl->status = files->status;
	scale_conf_free(scale_site_table, &site);
	free(log);
	free(conf);
}
