/*
 * ctl_doctor_site.c - doctor: scale.yaml, the model, and the nodes
 *
 * What the plugin does at a reload is done here with the same functions.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "brain.h"
#include "ctl_doctor.h"
#include "ctl_log.h"
#include "ctl_nodes.h"
#include "trusted_file.h"

static void check_trust(ctl_doctor_t *doctor, const char *path)
{
	scale_err_t err;

	if (scale_trusted_file(path, doctor->slurm_uid, &err) < 0)
		ctl_find(doctor, CTL_FAULT, "permission", NULL, "%s",
			 err.text);
}

static const char *meta(const void *model, const char *key)
{
	return scale_model_meta(model, key);
}

/* Would the guard let the model decide here? */
static void judge(ctl_doctor_t *doctor, const scale_site_t *site,
		  const scale_trained_t *trained,
		  const double *gflops, const double *mem_gb, size_t n)
{
	scale_cluster_t cluster = { .n = n, .gflops = gflops,
				    .mem_gb = mem_gb };
	scale_guard_t *guard = malloc(sizeof(*guard));
	double slowest = INFINITY;
	scale_cause_t cause;

	for (size_t i = 0; i < n; i++) {
		cluster.gflops_max = fmax(cluster.gflops_max, gflops[i]);
		cluster.mem_max_gb = fmax(cluster.mem_max_gb, mem_gb[i]);
		slowest = fmin(slowest, gflops[i]);
	}
	if (!guard)
		return;
	scale_guard_init(guard, &site->guard, trained);
	scale_guard_cluster(guard, gflops, mem_gb, n);
	if (!trained->n_max)
		ctl_find(doctor, CTL_NOTE, "range", NULL,
			 "%zu nodes of %.4g to %.4g GFLOPS; the model does not "
			 "say what it was trained on", n, slowest,
			 cluster.gflops_max);
	else if (scale_guard_before(guard, &cluster, n, 1.0, &cause))
		ctl_find(doctor, CTL_FINE, "range", NULL,
			 "%zu nodes of %.4g to %.4g GFLOPS; trained on %u to "
			 "%u nodes, the nearest mix of tiers is %.3g times off",
			 n, slowest, cluster.gflops_max, trained->n_min,
			 trained->n_max, guard->mix);
	else
		ctl_find(doctor, CTL_WARNING, "range",
			 "train on a cluster like this one (scale-train), or "
			 "set policy: fastest-idle",
			 "%s: %zu nodes of %.4g to %.4g GFLOPS, trained on %u "
			 "to %u nodes and speeds from %.3g of the fastest, the "
			 "nearest mix of tiers is %.3g times off; the fallback "
			 "would decide", scale_cause_text(cause), n, slowest,
			 cluster.gflops_max, trained->n_min, trained->n_max,
			 trained->speed_min, guard->mix);
	free(guard);
}

/* The nodes, as slurmctld has them; none where it does not answer. */
typedef struct cluster {
	ctl_node_t *nodes;
	size_t n;
	bool *matches;			/* ctl_nodes.h */
} cluster_t;

static void check_nodes(ctl_doctor_t *doctor, const scale_site_t *site,
			const cluster_t *cluster,
			const scale_trained_t *trained)
{
	const ctl_node_t *nodes = cluster->nodes;
	double *gflops, *mem_gb;
	size_t n = cluster->n;

	if (!n) {
		ctl_find(doctor, CTL_NOTE, "range",
			 "run this where slurmctld answers",
			 "the nodes are not known: the model's range is not "
			 "compared");
		return;
	}
	gflops = calloc(n, sizeof(*gflops));
	mem_gb = calloc(n, sizeof(*mem_gb));
	for (size_t i = 0; i < n && gflops && mem_gb; i++) {
		gflops[i] = nodes[i].gflops;
		mem_gb[i] = nodes[i].mem_gb;
	}
	if (gflops && mem_gb)
		judge(doctor, site, trained, gflops, mem_gb, n);
	free(gflops);
	free(mem_gb);
}

/* A pattern that fits no node is a slip of the pen. */
static void check_patterns(ctl_doctor_t *doctor, const scale_site_t *site,
			   const cluster_t *cluster)
{
	const scale_node_class_t *class = site->nodes.item;

	for (size_t i = 0; cluster->n && i < site->nodes.count; i++)
		if (!cluster->matches[i])
			ctl_find(doctor, CTL_WARNING, "nodes",
				 "correct match or feature in scale.yaml, or "
				 "remove the entry",
				 "scale.yaml: nodes, entry %zu (%s): no node "
				 "of this cluster matches", i + 1,
				 *class[i].match ? class[i].match
						 : class[i].feature);
}

/* The load that the plugin sees, against that of training. */
static void compare_load(ctl_doctor_t *doctor, const json_t *status,
			 const scale_trained_t *trained)
{
	double load = ctl_number(status, "load");

	if (!(trained->load_max > 0.0))
		ctl_find(doctor, CTL_NOTE, "load", NULL,
			 "the model does not say under which load it was "
			 "trained");
	else if (!isfinite(load))
		ctl_find(doctor, CTL_NOTE, "load", NULL,
			 "trained under loads of %.3g to %.3g; this cluster's "
			 "is not known yet", trained->load_min,
			 trained->load_max);
	else if (load > trained->load_max)
		ctl_find(doctor, CTL_WARNING, "load",
			 "scale-ctl report tells how it does; or train under "
			 "such loads (scale-train, key load)",
			 "the load of the last hour is %.3g, trained under "
			 "%.3g to %.3g", load, trained->load_min,
			 trained->load_max);
	else
		ctl_find(doctor, CTL_FINE, "load", NULL,
			 "the load of the last hour is %.3g; trained under "
			 "%.3g to %.3g", load, trained->load_min,
			 trained->load_max);
}

/* Does slurmctld decide by the file as it is now? */
static void compare_hash(ctl_doctor_t *doctor, const json_t *status,
			 const char *path, const char *sha256)
{
	const char *loaded =
		ctl_text(json_object_get(status, "model"), "sha256");

	if (!strcmp(loaded, sha256))
		ctl_find(doctor, CTL_FINE, "loaded", NULL,
			 "slurmctld decides by this model");
	else
		ctl_find(doctor, CTL_WARNING, "loaded",
			 "scontrol reconfigure; slurmctld's log says whether "
			 "it was taken over",
			 "%s: sha256 %.12s, but slurmctld decides by %s%.12s",
			 path, sha256, *loaded ? "sha256 " : "no model",
			 loaded);
}

/* The file and the cluster against what the running plugin tells of itself. */
static void compare_running(ctl_doctor_t *doctor, const char *path,
			    const char *sha256, const scale_trained_t *trained)
{
	scale_err_t err = { "" };
	json_t *status = ctl_status_read(doctor->ctl->status, &err);
	double age = (double) time(NULL) - ctl_number(status, "time");
	char text[32];

	if (!status)
		ctl_find(doctor, CTL_NOTE, "loaded", NULL,
			 "which model slurmctld decides by is not known: %s",
			 err.text);
	else if (!(age <= CTL_STALE_SEC))
		ctl_find(doctor, CTL_NOTE, "loaded", NULL,
			 "which model slurmctld decides by is not known: %s is "
			 "%s old", doctor->ctl->status,
			 ctl_duration(age, text));
	else
		compare_hash(doctor, status, path, sha256);
	compare_load(doctor, age <= CTL_STALE_SEC ? status : NULL, trained);
	json_decref(status);
}

static void check_model(ctl_doctor_t *doctor, const scale_site_t *site,
			const cluster_t *cluster)
{
	const char *path = *site->model ? site->model : SCALE_MODEL_PATH;
	scale_trained_t *trained = malloc(sizeof(*trained));
	scale_err_t err = { "" };
	scale_model_t *model = trained ? scale_model_load(path, &err) : NULL;

	if (!model) {
		ctl_find(doctor, CTL_FAULT, "model",
			 "name a good file in scale.yaml, key model; "
			 "scale-model verify tells more", "%s", err.text);
		goto out;
	}
	check_trust(doctor, path);
	ctl_find(doctor, CTL_FINE, "model", NULL,
		 "%s, sha256 %.12s, features %s", path, model->sha256,
		 scale_model_meta(model, SCALE_META_SCHEMA));
	if (*site->model_sha256 && !strcasecmp(site->model_sha256,
					       model->sha256))
		ctl_find(doctor, CTL_FINE, "model_sha256", NULL,
			 "the model is the one that scale.yaml wants");
	if (scale_trained_read(trained, meta, model, &err) < 0) {
		ctl_find(doctor, CTL_WARNING, "range", NULL, "%s", err.text);
		goto out;
	}
	if (!trained->d)
		ctl_find(doctor, CTL_NOTE, "drift", NULL,
			 "the model has no statistics of its attention "
			 "feature: drift is not watched");
	check_nodes(doctor, site, cluster, trained);
	compare_running(doctor, path, model->sha256, trained);
out:
	scale_model_destroy(model);
	free(trained);
}

void ctl_check_site(ctl_doctor_t *doctor)
{
	scale_err_t err = { "" };
	scale_site_t site = { 0 };
	const scale_brain_source_t source = {
		.conf = doctor->conf,
		.dflt_model = SCALE_MODEL_PATH,
		.owner = doctor->slurm_uid,
	};
	cluster_t cluster = { NULL };
	scale_brain_t *brain;

	if (scale_conf_defaults(scale_site_table, &site, &err) < 0 ||
	    scale_conf_read(scale_site_table, &site, doctor->conf, &err) < 0) {
		ctl_find(doctor, CTL_FAULT, "scale.yaml",
			 "man scale.yaml; an example is in the documentation",
			 "%s", err.text);
		goto out;
	}
	check_trust(doctor, doctor->conf);
	cluster.matches = calloc(site.nodes.count + 1, sizeof(bool));
	if (cluster.matches)
		ctl_nodes(&site, &cluster.nodes, &cluster.n, cluster.matches,
			  NULL);
	check_patterns(doctor, &site, &cluster);
	if (site.mode != SCALE_MODE_OFF && !strcmp(site.policy, "model"))
		check_model(doctor, &site, &cluster);
	/* rules that no table of keys expresses, and the policies */
	brain = scale_brain_load(&source, &err);
	if (brain)
		ctl_find(doctor, CTL_FINE, "scale.yaml", NULL,
			 "%s: policy %s, fallback %s", doctor->conf,
			 site.policy, site.fallback);
	else
		ctl_find(doctor, CTL_FAULT, "scale.yaml",
			 "until then the previous settings stay, or else stock scheduling", "%s", err.text);
	scale_brain_destroy(brain);
out:
	ctl_nodes_free(cluster.nodes, cluster.n);
	free(cluster.matches);
	scale_conf_free(scale_site_table, &site);
}
