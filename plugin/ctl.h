/*
 * ctl.h - what the commands of scale-ctl share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>

#include <jansson.h>

#include "model/cli.h"
#include "model/err.h"

/* How JSON is printed: for people too, or many on a line each.  Unix times
 * with their milliseconds need 13 digits. */
enum {
	CTL_JSON = JSON_INDENT(2) | JSON_REAL_PRECISION(15),
	CTL_JSON_LINE = JSON_COMPACT | JSON_REAL_PRECISION(15),
};

/* The command line, with defaults. */
typedef struct ctl {
	const char *log;		/* decision log */
	const char *status;		/* status file */
	const char *state;		/* directory; NULL: of slurm.conf */
	const char *slurm_conf;
	const char *conf;		/* scale.yaml; NULL: by slurm.conf */
	const char *plugin_dir;		/* NULL: PluginDir */
	const char *model;		/* --model; NULL: of scale.yaml */
	const char *arg;		/* JOBID or WF; NULL: none */
	long user;			/* -1: all */
	double watch;			/* s between two looks; 0: one look */
	bool json, dot, svg;
} ctl_t;

/* Path of scale.yaml, allocated; NULL with ENOMEM. */
char *ctl_conf_path(const ctl_t *ctl);

/* Room for paths that the site's configuration tells. */
typedef struct ctl_files {
	char log[1024], status[1024];	/* "" where switched off */
} ctl_files_t;

/* Set log and status of ctl where the command line left them out. */
void ctl_find_files(ctl_t *ctl, ctl_files_t *files);

enum { CTL_STALE_SEC = 90 };	/* an older status is nobody's present one */

/* The status file.  RET NULL with the errno of open and read, or EINVAL. */
json_t *ctl_status_read(const char *path, scale_err_t *err);

/* Each: RET exit status. */
int ctl_status(const ctl_t *ctl);
int ctl_explain(const ctl_t *ctl);
int ctl_workflow(const ctl_t *ctl);
int ctl_history(const ctl_t *ctl);
int ctl_report(const ctl_t *ctl);
int ctl_doctor(const ctl_t *ctl);

/* null where x is not finite */
json_t *ctl_real(double x);
/* "1.5 s", "12 min", "3.2 h", "-" where not finite. */
const char *ctl_duration(double seconds, char text[32]);

#endif
