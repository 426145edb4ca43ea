/*
 * ctl_doctor.h - inside of scale-ctl doctor
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include <stdint.h>
#include <sys/types.h>

#include "ctl.h"
#include "site_conf.h"

enum { CTL_FINDINGS_MAX = 64 };

typedef enum {
	CTL_FINE,
	CTL_NOTE,			/* not checked, or worth knowing */
	CTL_WARNING,			/* works, but not as it should */
	CTL_FAULT,			/* would not work */
	CTL_LEVELS
} ctl_level_t;

typedef struct ctl_finding {
	ctl_level_t level;
	const char *check;		/* "plugin", "version", ... */
	char text[SCALE_ERR_TEXT + 256];
	char fix[512];			/* what to do, or "" */
} ctl_finding_t;

typedef struct ctl_doctor {
	const ctl_t *ctl;
	ctl_finding_t finding[CTL_FINDINGS_MAX];
	size_t count;
	uid_t slurm_uid;
	bool active;			/* SchedulerType=sched/scale */
	char *conf;			/* path of scale.yaml */
} ctl_doctor_t;

/* fix NULL: nothing to do */
void ctl_find(ctl_doctor_t *doctor, ctl_level_t level, const char *check,
	      const char *fix, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* slurm.conf, slurmctld and the plugin's file */
void ctl_check_slurm(ctl_doctor_t *doctor);
/* scale.yaml, model, and the nodes against what it was trained on */
void ctl_check_site(ctl_doctor_t *doctor);
/* log, status and state: can they be written, are they fresh */
void ctl_check_files(ctl_doctor_t *doctor);

#endif
