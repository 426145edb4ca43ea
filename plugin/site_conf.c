/*
 * site_conf.c - scale.yaml: what the administrator says
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "history.h"
#include "model/order.h"
#include "paths.h"
#include "site_conf.h"

static const char *const modes[] = {
	[SCALE_MODE_ACTIVE] = "active",
	[SCALE_MODE_CANARY] = "canary",
	[SCALE_MODE_SHADOW] = "shadow",
	[SCALE_MODE_OFF] = "off",
	[SCALE_MODE_OFF + 1] = NULL,
};
static const char *const jobs[] = { "both", "annotated", "dependent", NULL };

#define CLASS(field) offsetof(scale_node_class_t, field)
#define SIZE(type, field) sizeof(((type *) 0)->field)

static const scale_conf_key_t class_table[] = {
	{ .name = "match", .type = SCALE_CONF_STRING, .offset = CLASS(match),
	  .size = SIZE(scale_node_class_t, match), .dflt = "\"\"",
	  .help = "host list, e.g. gpu[01-16]" },
	{ .name = "feature", .type = SCALE_CONF_STRING,
	  .offset = CLASS(feature), .size = SIZE(scale_node_class_t, feature),
	  .dflt = "\"\"", .help = "Feature of slurm.conf" },
	{ .name = "gflops", .type = SCALE_CONF_DOUBLE, .offset = CLASS(gflops),
	  .min = 1e-9, .max = 1e15, .help = "speed of the node, GFLOPS" },
	{ .name = "idle_w", .type = SCALE_CONF_DOUBLE, .offset = CLASS(idle_w),
	  .dflt = "100", .min = 0, .max = 1e7, .help = "power when idle, W" },
	{ .name = "busy_w", .type = SCALE_CONF_DOUBLE, .offset = CLASS(busy_w),
	  .dflt = "200", .min = 0, .max = 1e7, .help = "power at work, W" },
	{ .name = NULL },
};

#define EXCLUDE(field, text)                                                 \
	{ .name = #field, .type = SCALE_CONF_STRING,                         \
	  .offset = offsetof(scale_exclude_t, field),                        \
	  .size = SIZE(scale_exclude_t, field), .dflt = "\"\"",              \
	  .help = text }

static const scale_conf_key_t exclude_table[] = {
	EXCLUDE(partition, "shell pattern for the partition"),
	EXCLUDE(account, "shell pattern for the account"),
	EXCLUDE(qos, "shell pattern for the QOS"),
	EXCLUDE(name, "shell pattern for the job's name"),
	{ .name = NULL },
};

#define ENGINE(field, text)                                                \
	{ .name = #field, .type = SCALE_CONF_STRING,                         \
	  .offset = offsetof(scale_engine_rule_t, field),                  \
	  .size = SIZE(scale_engine_rule_t, field), .dflt = "\"\"",        \
	  .help = text }

#define GROUP(field, value, text)                                            \
	{ .name = #field, .type = SCALE_CONF_INT,                            \
	  .offset = offsetof(scale_engine_rule_t, field), .dflt = value,   \
	  .min = 0, .max = SCALE_ENGINE_GROUPS, .help = text }

static const scale_conf_key_t engine_table[] = {
	ENGINE(name, "regular expression for the job's name"),
	ENGINE(comment, "regular expression for its comment"),
	GROUP(workflow, "1", "group ( ) of name that is the workflow"),
	GROUP(task, "0", "group of name that is the primitive; 0: none"),
	{ .name = NULL },
};

#define SITE(field) offsetof(scale_site_t, field)

const scale_conf_key_t scale_site_table[] = {
	{ .name = "mode", .type = SCALE_CONF_ENUM, .offset = SITE(mode),
	  .dflt = "active", .choices = modes,
	  .help = "active places our jobs, canary a share of them; shadow only logs; off leaves all to Slurm" },
	{ .name = "canary", .type = SCALE_CONF_DOUBLE, .offset = SITE(canary),
	  .dflt = "0.1", .min = 0, .max = 1,
	  .help = "share of the workflows that mode canary places" },
	{ .name = "jobs", .type = SCALE_CONF_ENUM, .offset = SITE(jobs),
	  .dflt = "both", .choices = jobs,
	  .help = "which jobs are ours" },
	{ .name = "model", .type = SCALE_CONF_STRING, .offset = SITE(model),
	  .size = SIZE(scale_site_t, model), .dflt = "\"\"",
	  .help = "model file; empty: the one that was installed" },
	{ .name = "model_sha256", .type = SCALE_CONF_STRING,
	  .offset = SITE(model_sha256),
	  .size = SIZE(scale_site_t, model_sha256), .dflt = "\"\"",
	  .help = "SHA-256 that the model file must have; empty: any" },
	{ .name = "policy", .type = SCALE_CONF_STRING, .offset = SITE(policy),
	  .size = SIZE(scale_site_t, policy), .dflt = "model",
	  .help = "model, or the name of a rule, which needs no model" },
	{ .name = "fallback", .type = SCALE_CONF_STRING,
	  .offset = SITE(fallback), .size = SIZE(scale_site_t, fallback),
	  .dflt = "fastest-idle",
	  .help = "rule for a decision in which the model fails" },
	{ .name = "order", .type = SCALE_CONF_STRING, .offset = SITE(order),
	  .size = SIZE(scale_site_t, order), .dflt = "model",
	  .help = "which ready primitive goes first: model (as it has learned, else hop), hop, fifo, rank, ..." },
	{ .name = "nodes", .type = SCALE_CONF_LIST, .offset = SITE(nodes),
	  .size = sizeof(scale_node_class_t), .sub = class_table,
	  .help = "classes of nodes; the first that matches counts" },
	{ .name = "gflops_per_cpu", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(gflops_per_cpu), .dflt = "10", .min = 1e-9,
	  .max = 1e12, .help = "speed of a CPU of nodes in no class, GFLOPS" },
	{ .name = "idle_w", .type = SCALE_CONF_DOUBLE, .offset = SITE(idle_w),
	  .dflt = "100", .min = 0, .max = 1e7,
	  .help = "power of an idle node in no class, W" },
	{ .name = "busy_w", .type = SCALE_CONF_DOUBLE, .offset = SITE(busy_w),
	  .dflt = "200", .min = 0, .max = 1e7,
	  .help = "power of a working node in no class, W" },
	{ .name = "bandwidth_gb_s", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(bandwidth_gb_s), .dflt = "10", .min = 1e-6,
	  .max = 1e6, .help = "network between two nodes, GB/s" },
	{ .name = "latency_s", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(latency_s), .dflt = "0.01", .min = 0, .max = 1e4,
	  .help = "latency of a transfer between two nodes, s" },
	{ .name = "time_scale", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(time_scale), .dflt = "0", .min = 0, .max = 1e9,
	  .help = "seconds of this site in one of the model; 0: it says" },
	{ .name = "max_wait", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(max_wait), .dflt = "30", .min = 0, .max = 1e6,
	  .help = "a ready primitive waits for a busy node at most so long, s" },
	{ .name = "max_age", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(max_age), .dflt = "0", .min = 0, .max = 1e9,
	  .help = "ready for so long, s, it goes before all of its standing; 0: 300 time_scale" },
	{ .name = "lease", .type = SCALE_CONF_DOUBLE, .offset = SITE(lease),
	  .dflt = "10", .min = 4, .max = 600,
	  .help = "if the plugin dies Slurm takes over after so long, s" },
	{ .name = "engines", .type = SCALE_CONF_LIST,
	  .offset = SITE(engines), .size = sizeof(scale_engine_rule_t),
	  .sub = engine_table,
	  .help = "how other workflow engines name their workflows" },
	{ .name = "guard.budget_us", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(guard.budget_us), .dflt = "2000", .min = 0,
	  .max = 1e6, .help = "a decision may take so long, us; 0: any time" },
	{ .name = "guard.size_factor", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(guard.size_factor), .dflt = "2", .min = 1,
	  .max = 1e9, .help = "nodes may leave the trained range so far" },
	{ .name = "guard.mix_factor", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(guard.mix_factor), .dflt = "2", .min = 1,
	  .max = 1e9, .help = "likewise ratios of speed and of memory" },
	{ .name = "guard.drift", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(guard.drift_max), .dflt = "2", .min = 0, .max = 1e9,
	  .help = "bound on the drift of the attention feature; 0: none" },
	{ .name = "guard.pause", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(guard.pause_s), .dflt = "60", .min = 0, .max = 1e6,
	  .help = "pause of the model after a run of late decisions, s" },
	{ .name = "log.file", .type = SCALE_CONF_STRING, .offset = SITE(log),
	  .size = SIZE(scale_site_t, log), .dflt = "\"\"",
	  .help = "decision log; empty: beside slurmctld's log; off: none" },
	{ .name = "log.max_mb", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(log_mb), .dflt = "64", .min = 0.01, .max = 1e5,
	  .help = "the log is rotated at this size, MB" },
	{ .name = "log.keep", .type = SCALE_CONF_INT, .offset = SITE(log_keep),
	  .dflt = "4", .min = 0, .max = 999, .help = "rotated logs" },
	{ .name = "status", .type = SCALE_CONF_STRING, .offset = SITE(status),
	  .size = SIZE(scale_site_t, status), .dflt = "\"\"",
	  .help = "status file; empty: beside slurmctld's log; off: none" },
	{ .name = "metrics", .type = SCALE_CONF_STRING,
	  .offset = SITE(metrics), .size = SIZE(scale_site_t, metrics),
	  .dflt = "\"\"",
	  .help = "file for Prometheus' textfile collector; empty: none" },
	{ .name = "history", .type = SCALE_CONF_INT, .offset = SITE(history),
	  .dflt = "10000", .min = 1, .max = SCALE_HISTORY_KEYS_MAX,
	  .help = "users' job names whose demand is remembered" },
	{ .name = "exclude", .type = SCALE_CONF_LIST, .offset = SITE(exclude),
	  .size = sizeof(scale_exclude_t), .sub = exclude_table,
	  .help = "jobs that are never ours" },
	{ .name = NULL },
};

/* Model seconds; a primitive of its training runs about 2. */
static const double dflt_max_age = 300.0;

double scale_site_max_age(const scale_site_t *site)
{
	return site->max_age > 0.0 ? site->max_age
				   : dflt_max_age * site->time_scale;
}

/* slurmctld's working directory is nobody's business. */
static int check_path(const char *key, const char *value, const char *path,
		      scale_err_t *err)
{
	if (!*value || *value == '/' || !strcmp(value, "off"))
		return 0;
	return scale_err_set(err, EINVAL,
			     "%s: %s: \"%.200s\" is not an absolute path",
			     path, key, value);
}

static int check_hash(const scale_site_t *site, const char *path,
		      scale_err_t *err)
{
	size_t n = strspn(site->model_sha256, "0123456789abcdefABCDEF");

	if (!*site->model_sha256 || (n == 64 && !site->model_sha256[n]))
		return 0;
	return scale_err_set(err, EINVAL, "%s: model_sha256: \"%s\" is not 64 "
			     "hexadecimal digits; sha256sum prints them", path,
			     site->model_sha256);
}

/* Orders of which all is known here: neither the service that a workflow has
 * had nor how many of its primitives run is kept, nor the work of those that
 * ended, and Slurm alone can block a queue. */
static int check_order(const scale_site_t *site, const char *path,
		       scale_err_t *err)
{
	scale_order_t order;

	if (scale_order_parse(site->order, &order, err))
		return scale_err_prefix(err, "%s: order", path);
	switch (order.kind) {
	case SCALE_ORDER_HOP:
	case SCALE_ORDER_FIFO:
	case SCALE_ORDER_RANK:
	case SCALE_ORDER_SRPT:
	case SCALE_ORDER_FEWEST_LEFT:
	case SCALE_ORDER_RANK_PER_REMAINING:
	case SCALE_ORDER_MIN_MIN:
	case SCALE_ORDER_MAX_MIN:
	case SCALE_ORDER_MEAN_PRIMITIVE:
	case SCALE_ORDER_MEAN_WORKFLOW:
	case SCALE_ORDER_MODEL:
		return 0;
	default:
		return scale_err_set(err, EINVAL, "%s: order: \"%s\" needs "
			"what only the simulator knows; here take model, hop, fifo, "
			"rank, srpt, fewest-left, rank-per-remaining, min-min, "
			"max-min, mean-primitive or mean-workflow", path,
			order.name);
	}
}

/* Rules that the table cannot express. */
int scale_site_check(const scale_site_t *site, const char *path,
		     scale_err_t *err)
{
	const scale_node_class_t *class = site->nodes.item;
	const scale_exclude_t *exclude = site->exclude.item;

	for (size_t i = 0; i < site->nodes.count; i++)
		if (!*class[i].match && !*class[i].feature)
			return scale_err_set(err, EINVAL,
				"%s: nodes, entry %zu: needs match or feature; "
				"for all other nodes set gflops_per_cpu",
				path, i + 1);
	for (size_t i = 0; i < site->exclude.count; i++)
		if (!*exclude[i].partition && !*exclude[i].account &&
		    !*exclude[i].qos && !*exclude[i].name)
			return scale_err_set(err, EINVAL,
				"%s: exclude, entry %zu: names nothing; to "
				"exclude all jobs set mode: off", path, i + 1);
	if (check_path("log.file", site->log, path, err) ||
	    check_path("status", site->status, path, err) ||
	    check_path("metrics", site->metrics, path, err))
		return -1;
	if (check_order(site, path, err) || check_hash(site, path, err))
		return -1;
	return 0;
}

static void path_beside(const char *given, const char *slurmctld_log,
			const char *name, char path[SCALE_PATH_SIZE])
{
	const char *slash = slurmctld_log ? strrchr(slurmctld_log, '/') : NULL;
	int n = -1;

	*path = '\0';
	if (*given && strcmp(given, "off"))
		n = snprintf(path, SCALE_PATH_SIZE, "%s", given);
	else if (!*given && slash)
		n = snprintf(path, SCALE_PATH_SIZE, "%.*s/%s",
			     (int) (slash - slurmctld_log), slurmctld_log,
			     name);
	if (n >= SCALE_PATH_SIZE)
		*path = '\0';
}

void scale_site_log_path(const scale_site_t *site, const char *slurmctld_log,
			 char path[SCALE_PATH_SIZE])
{
	path_beside(site->log, slurmctld_log, SCALE_LOG_BASENAME, path);
}

void scale_site_status_path(const scale_site_t *site,
			    const char *slurmctld_log,
			    char path[SCALE_PATH_SIZE])
{
	path_beside(site->status, slurmctld_log, SCALE_STATUS_BASENAME, path);
}

static bool covers(const char *pattern, const char *text)
{
	return !*pattern || !fnmatch(pattern, text ? text : "", 0);
}

bool scale_site_excludes(const scale_site_t *site, const char *partition,
			 const char *account, const char *qos, const char *name)
{
	const scale_exclude_t *exclude = site->exclude.item;

	for (size_t i = 0; i < site->exclude.count; i++)
		if (covers(exclude[i].partition, partition) &&
		    covers(exclude[i].account, account) &&
		    covers(exclude[i].qos, qos) &&
		    covers(exclude[i].name, name))
			return true;
	return false;
}
