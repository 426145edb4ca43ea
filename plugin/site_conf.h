/*
 * site_conf.h - scale.yaml: what the administrator says
 *
 * docs/man/scale.yaml.5 explains every key.  No Slurm header here: host lists
 * and features stay text until cluster_view.c meets the node table.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_SITE_CONF_H
#define SCALE_SITE_CONF_H

#include <stdbool.h>
#include <sys/types.h>

#include "engine.h"
#include "guard.h"
#include "model/conf.h"
#include "model/err.h"
#include "model/param.h"

typedef enum {
	SCALE_MODE_ACTIVE = SCALE_ROLLOUT_ACTIVE,
	SCALE_MODE_CANARY = SCALE_ROLLOUT_CANARY,
	SCALE_MODE_SHADOW = SCALE_ROLLOUT_SHADOW,
	SCALE_MODE_OFF,			/* stock scheduling */
} scale_mode_t;

/* Which jobs are ours. */
typedef enum {
	SCALE_JOBS_BOTH,		/* either of the following */
	SCALE_JOBS_ANNOTATED,		/* with an annotation for us */
	SCALE_JOBS_DEPENDENT,		/* that take part in a dependency */
} scale_jobs_t;

/* Speed and power of the nodes that match; the first that fits counts. */
typedef struct scale_node_class {
	char match[1024];		/* host list, "" for any */
	char feature[64];		/* Feature, "" for any */
	double gflops;			/* of the node, GFLOPS */
	double idle_w, busy_w;
} scale_node_class_t;

/* Jobs that stay with stock scheduling: all patterns given must match. */
typedef struct scale_exclude {
	char partition[64];		/* shell patterns, "" for any */
	char account[64];
	char qos[64];
	char name[64];
} scale_exclude_t;

enum { SCALE_PATH_SIZE = 1024 };

typedef struct scale_site {
	int mode;			/* scale_mode_t */
	double canary;			/* share of the workflows, [0, 1] */
	int jobs;			/* scale_jobs_t */
	char model[1024];		/* path; "": the one that was installed */
	char model_sha256[65];		/* that it must have; "": any */
	char policy[32];		/* "model" or the name of a rule */
	char fallback[32];		/* rule for a decision that fails */
	char order[SCALE_PARAM_TEXT];	/* first level, order.h */
	scale_conf_list_t nodes;	/* scale_node_class_t */
	double gflops_per_cpu;		/* of nodes in no class */
	double idle_w, busy_w;		/* likewise */
	double bandwidth_gb_s, latency_s;
	double time_scale;		/* site seconds in a model second; 0:
					   as the model says */
	double max_wait;		/* s */
	double max_age;			/* s; 0: of the model's time scale */
	double lease;			/* s */
	scale_conf_list_t exclude;	/* scale_exclude_t */
	scale_conf_list_t engines;	/* scale_engine_rule_t */
	scale_guard_config_t guard;
	char log[SCALE_PATH_SIZE];	/* decision log; "", or "off" */
	double log_mb;			/* of a file */
	int64_t log_keep;		/* rotated files */
	char status[SCALE_PATH_SIZE];	/* status file; "", or "off" */
	char metrics[SCALE_PATH_SIZE];	/* Prometheus textfile; "": none */
	int64_t history;		/* keys that are remembered */
} scale_site_t;

extern const scale_conf_key_t scale_site_table[];

/* How long a primitive may be ready before it goes ahead of its standing, s. */
double scale_site_max_age(const scale_site_t *site);

/* Rules that the table cannot express.  IN path of the file, for err.
 * RET 0, or -1 with EINVAL */
int scale_site_check(const scale_site_t *site, const char *path,
		     scale_err_t *err);

/*
 * Where the decision log and the status file are: what the administrator
 * says, else NAME beside slurmctld's own log.
 * IN  slurmctld_log its path; NULL or "" where it has none
 * OUT path; "" for none
 */
void scale_site_log_path(const scale_site_t *site, const char *slurmctld_log,
			 char path[SCALE_PATH_SIZE]);
void scale_site_status_path(const scale_site_t *site,
			    const char *slurmctld_log,
			    char path[SCALE_PATH_SIZE]);

/* True where an exclude entry covers such a job; NULL reads as "". */
bool scale_site_excludes(const scale_site_t *site, const char *partition,
			 const char *account, const char *qos,
			 const char *name);

#endif
