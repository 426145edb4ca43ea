/*
 * site_conf.c - scale.yaml: what the administrator says
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_file.h"
#include "site_conf.h"

static const char *const modes[] = { "active", "off", NULL };
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

#define SITE(field) offsetof(scale_site_t, field)

const scale_conf_key_t scale_site_table[] = {
	{ .name = "mode", .type = SCALE_CONF_ENUM, .offset = SITE(mode),
	  .dflt = "active", .choices = modes,
	  .help = "active places our jobs; off leaves all to Slurm" },
	{ .name = "jobs", .type = SCALE_CONF_ENUM, .offset = SITE(jobs),
	  .dflt = "both", .choices = jobs,
	  .help = "which jobs are ours" },
	{ .name = "model", .type = SCALE_CONF_STRING, .offset = SITE(model),
	  .size = SIZE(scale_site_t, model), .dflt = "\"\"",
	  .help = "model file; empty: the one that was installed" },
	{ .name = "policy", .type = SCALE_CONF_STRING, .offset = SITE(policy),
	  .size = SIZE(scale_site_t, policy), .dflt = "model",
	  .help = "model, or the name of a rule, which needs no model" },
	{ .name = "fallback", .type = SCALE_CONF_STRING,
	  .offset = SITE(fallback), .size = SIZE(scale_site_t, fallback),
	  .dflt = "fastest-idle",
	  .help = "rule for a decision in which the model fails" },
	{ .name = "order", .type = SCALE_CONF_STRING, .offset = SITE(order),
	  .size = SIZE(scale_site_t, order), .dflt = "hop",
	  .help = "which ready primitive goes first: hop, fifo, rank, srpt" },
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
	  .offset = SITE(time_scale), .dflt = "1", .min = 1e-6, .max = 1e9,
	  .help = "seconds of this site in one second of the model" },
	{ .name = "max_wait", .type = SCALE_CONF_DOUBLE,
	  .offset = SITE(max_wait), .dflt = "30", .min = 0, .max = 1e6,
	  .help = "a ready primitive waits for a busy node at most so long, s" },
	{ .name = "lease", .type = SCALE_CONF_DOUBLE, .offset = SITE(lease),
	  .dflt = "10", .min = 4, .max = 600,
	  .help = "if the plugin dies Slurm takes over after so long, s" },
	{ .name = "exclude", .type = SCALE_CONF_LIST, .offset = SITE(exclude),
	  .size = sizeof(scale_exclude_t), .sub = exclude_table,
	  .help = "jobs that are never ours" },
	{ .name = NULL },
};

/* Rules that the table cannot express. */
static int check(const scale_site_t *site, const char *path, scale_err_t *err)
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
	if (scale_order_find(site->order) < 0)
		return scale_err_set(err, EINVAL, "%s: order: no order named "
			"\"%s\"; known: hop, fifo, rank, srpt", path,
			site->order);
	return 0;
}

static int load_model(scale_brain_t *brain, const char *path,
		      scale_err_t *err)
{
	const char *base = strrchr(path, '/');
	scale_model_t *model = scale_model_load(path, err);

	if (!model)
		return -1;
	brain->policy = scale_policy_from_model(model, err);
	if (!brain->policy)
		scale_err_prefix(err, "%s", path);
	snprintf(brain->model_name, sizeof(brain->model_name), "%s",
		 base ? base + 1 : path);
	strcpy(brain->model_hash, model->sha256);
	scale_model_destroy(model);
	return brain->policy ? 0 : -1;
}

static int load_policies(scale_brain_t *brain, const char *path,
			 const char *dflt_model, scale_err_t *err)
{
	const scale_site_t *site = &brain->site;

	brain->fallback = scale_policy_create(site->fallback, err);
	if (!brain->fallback)
		return scale_err_prefix(err, "%s: fallback", path);
	if (!strcmp(site->policy, "model"))
		return load_model(brain, *site->model ? site->model
						      : dflt_model, err);
	brain->policy = scale_policy_create(site->policy, err);
	if (!brain->policy)
		return scale_err_prefix(err, "%s: policy", path);
	strcpy(brain->model_name, site->policy);
	return 0;
}

scale_brain_t *scale_brain_load(const char *path, const char *dflt_model,
				scale_err_t *err)
{
	scale_brain_t *brain = calloc(1, sizeof(*brain));

	if (!brain) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	if (scale_conf_defaults(scale_site_table, &brain->site, err) ||
	    scale_conf_read(scale_site_table, &brain->site, path, err) ||
	    check(&brain->site, path, err))
		goto fail;
	brain->order = scale_order_find(brain->site.order);
	if (brain->site.mode != SCALE_MODE_OFF &&
	    load_policies(brain, path, dflt_model, err))
		goto fail;
	return brain;
fail:
	scale_brain_destroy(brain);
	return NULL;
}

void scale_brain_destroy(scale_brain_t *brain)
{
	int saved = errno;

	if (!brain)
		return;
	scale_policy_destroy(brain->policy);
	scale_policy_destroy(brain->fallback);
	scale_conf_free(scale_site_table, &brain->site);
	free(brain);
	errno = saved;
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
