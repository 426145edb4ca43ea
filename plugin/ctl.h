/*
 * ctl.h - what the commands of scale-ctl share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>

#include <jansson.h>

#include "model/err.h"
#include "model/exit_code.h"

enum { CTL_JSON_FLAGS = JSON_REAL_PRECISION(9) };

/* The command line, with defaults. */
typedef struct ctl {
	const char *log;		/* decision log */
	const char *status;		/* status file */
	const char *state;		/* directory; NULL: of slurm.conf */
	const char *slurm_conf;
	const char *conf;		/* scale.yaml; NULL: by slurm.conf */
	const char *plugin_dir;		/* NULL: PluginDir */
	const char *arg;		/* JOBID or WF; NULL: none */
	long user;			/* -1: all */
	double watch;			/* s between two looks; 0: one look */
	bool json, dot, svg;
} ctl_t;

/* Each: RET exit status. */
int ctl_status(const ctl_t *ctl);
int ctl_explain(const ctl_t *ctl);
int ctl_workflow(const ctl_t *ctl);
int ctl_history(const ctl_t *ctl);
int ctl_report(const ctl_t *ctl);
int ctl_doctor(const ctl_t *ctl);

/* "scale-ctl: ..." on standard error.  RET status. */
int ctl_fail(int status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* RET SCALE_EXIT_OK, or FAILURE where standard output cannot be written. */
int ctl_flush(void);
/* Takes root, NULL after a lack of memory.  Indented, or on one line. */
int ctl_print_json(json_t *root, bool indent);

/* null where x is not finite */
json_t *ctl_real(double x);
/* "1.5 s", "12 min", "3.2 h", "-" where not finite. */
const char *ctl_duration(double seconds, char text[32]);

#endif
