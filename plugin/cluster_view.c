/*
 * cluster_view.c - Slurm's node table as the servers of feat.h
 *
 * Slurm counts memory in MB and time in wall-clock seconds; here both become
 * the units of the model: GB, and model seconds by the site's time scale.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "cluster_view.h"

#define REFRESH_SEC	10.0
#define MB_IN_GB	1024.0

void scale_view_free(scale_view_t *view)
{
	xfree(view->server);
	xfree(view->node);
	xfree(view->gflops);
	xfree(view->mem_gb);
	xfree(view->free_at);
	xfree(view->power_kw);
	xfree(view->busy);
	*view = (scale_view_t) { 0 };
}

static void _resize(scale_view_t *view, int size)
{
	scale_view_free(view);
	view->size = size;
	view->server = xcalloc(size, sizeof(*view->server));
	view->node = xcalloc(size, sizeof(*view->node));
	view->gflops = xcalloc(size, sizeof(*view->gflops));
	view->mem_gb = xcalloc(size, sizeof(*view->mem_gb));
	view->free_at = xcalloc(size, sizeof(*view->free_at));
	view->power_kw = xcalloc(size, sizeof(*view->power_kw));
	view->busy = xcalloc(size, sizeof(*view->busy));
}

/* Is feature one of the comma-separated list? */
static bool _has_feature(const char *list, const char *feature)
{
	size_t size = strlen(feature);

	while (list && *list) {
		if (!xstrncmp(list, feature, size) &&
		    (list[size] == '\0' || list[size] == ','))
			return true;
		list = strchr(list, ',');
		if (list)
			list++;
	}
	return false;
}

/* Host lists of all classes as bitmaps; NULL where a class names none. */
static bitstr_t **_class_hosts(const scale_site_t *site)
{
	const scale_node_class_t *class = site->nodes.item;
	bitstr_t **hosts = xcalloc(site->nodes.count + 1, sizeof(*hosts));

	for (size_t i = 0; i < site->nodes.count; i++)
		if (*class[i].match)
			hosts[i] = scale_named_nodes(class[i].match);
	return hosts;
}

static const scale_node_class_t *_find_class(const scale_site_t *site,
					     bitstr_t **hosts,
					     const node_record_t *node)
{
	const scale_node_class_t *class = site->nodes.item;

	for (size_t i = 0; i < site->nodes.count; i++) {
		if (*class[i].match &&
		    (!hosts[i] || !bit_test(hosts[i], node->index)))
			continue;
		if (*class[i].feature &&
		    !_has_feature(node->config_ptr->feature, class[i].feature) &&
		    !_has_feature(node->features, class[i].feature))
			continue;
		return &class[i];
	}
	return NULL;
}

static void _fill(scale_server_t *server, const scale_site_t *site,
		  bitstr_t **hosts, const node_record_t *node)
{
	const scale_node_class_t *class = _find_class(site, hosts, node);

	server->gflops = class ? class->gflops
			       : site->gflops_per_cpu * MAX(node->cpus, 1);
	server->idle_kw = (class ? class->idle_w : site->idle_w) / 1000.0;
	server->busy_kw = (class ? class->busy_w : site->busy_w) / 1000.0;
	server->mem_gb = MAX(node->real_memory, 1) / MB_IN_GB;
}

static void _build(scale_view_t *view, const scale_site_t *site)
{
	bitstr_t **hosts = _class_hosts(site);
	double sum = 0.0;

	view->nodes = 0;
	view->gflops_max = view->mem_max_gb = 0.0;
	for (int i = 0; i < view->size; i++) {
		scale_server_t *server = &view->server[i];
		node_record_t *node = node_record_table_ptr[i];

		server->gflops = 0.0;
		if (!node || IS_NODE_FUTURE(node))
			continue;
		_fill(server, site, hosts, node);
		view->nodes++;
		sum += server->gflops;
		view->gflops_max = MAX(view->gflops_max, server->gflops);
		view->mem_max_gb = MAX(view->mem_max_gb, server->mem_gb);
	}
	view->gflops_mean = view->nodes ? sum / view->nodes : 1.0;
	for (size_t i = 0; i < site->nodes.count; i++)
		FREE_NULL_BITMAP(hosts[i]);
	xfree(hosts);
}

bool scale_view_refresh(scale_view_t *view, const scale_site_t *site,
			double now, bool force)
{
	if (view->size != node_record_count)
		_resize(view, node_record_count);
	else if (!force && view->conf_update == slurm_conf.last_update &&
		 (view->node_update == last_node_update ||
		  now - view->built < REFRESH_SEC))
		return false;
	_build(view, site);
	view->conf_update = slurm_conf.last_update;
	view->node_update = last_node_update;
	view->built = now;
	return true;
}

void scale_view_describe(const scale_view_t *view, char *text, size_t size)
{
	size_t used = snprintf(text, size, "%d nodes", view->nodes);
	double below = HUGE_VAL;

	/* from the fastest class down */
	for (int classes = 0; used < size; classes++) {
		double speed = 0.0;
		int count = 0;

		for (int i = 0; i < view->size; i++)
			if (view->server[i].gflops < below)
				speed = MAX(speed, view->server[i].gflops);
		if (speed <= 0.0)
			break;
		if (classes == 8) {
			snprintf(text + used, size - used, ", ...");
			break;
		}
		for (int i = 0; i < view->size; i++)
			count += view->server[i].gflops == speed;
		used += snprintf(text + used, size - used,
				 "%s%d x %g GFLOPS", classes ? ", " : ": ",
				 count, speed);
		below = speed;
	}
}

void scale_view_clear(scale_view_t *view)
{
	for (int i = 0; i < view->size; i++) {
		view->server[i].ours = false;
		view->server[i].free_at = 0.0;
	}
}

void scale_view_occupy(scale_view_t *view, int node, double until)
{
	if (node < 0 || node >= view->size)
		return;
	view->server[node].ours = true;
	view->server[node].free_at = MAX(view->server[node].free_at, until);
}

/* Memory that Slurm would take on the node, MB: without a request all of it,
 * where memory is counted at all. */
static uint64_t _needs_mb(const node_record_t *node,
			  const job_record_t *job_ptr)
{
	uint64_t mem = job_ptr->details->pn_min_memory;

	if (mem & MEM_PER_CPU)
		return (mem & ~MEM_PER_CPU) *
		       MAX(job_ptr->details->min_cpus, 1);
	if (!mem && (slurm_conf.select_type_param & SCALE_COUNTS_MEMORY))
		return node->real_memory;
	return mem;
}

/* Does a node that is in use have anything left? */
static bool _has_cpu(node_record_t *node)
{
	uint16_t cpus = 0;
	uint64_t mem = 0;

	if (!node->run_job_cnt || node->no_share_job_cnt)
		return false;
	scale_node_taken(node, &cpus, &mem);
	return cpus < node->cpus_efctv;
}

/* Does a shared node have the CPUs and the memory left? */
static bool _has_room(node_record_t *node, const job_record_t *job_ptr)
{
	uint16_t cpus = 0;
	uint64_t mem = 0;

	if (node->no_share_job_cnt || job_ptr->details->whole_node)
		return false;
	scale_node_taken(node, &cpus, &mem);
	return cpus + MAX(job_ptr->details->min_cpus, 1) <= node->cpus_efctv &&
	       mem + _needs_mb(node, job_ptr) <= node->real_memory;
}

/* Up, not in an epilog, and without a primitive. */
static bool _usable(const scale_view_t *view, int i)
{
	return node_record_table_ptr[i] && !view->server[i].ours &&
	       bit_test(avail_node_bitmap, i) && !bit_test(cg_node_bitmap, i);
}

bool scale_view_any_idle(const scale_view_t *view)
{
	for (int i = 0; i < view->size; i++)
		if (_usable(view, i) &&
		    (bit_test(idle_node_bitmap, i) ||
		     _has_cpu(node_record_table_ptr[i])))
			return true;
	return false;
}

bitstr_t *scale_view_idle(const scale_view_t *view, const job_record_t *job_ptr)
{
	bitstr_t *idle = bit_alloc(node_record_count);

	for (int i = 0; i < view->size; i++) {
		node_record_t *node = node_record_table_ptr[i];

		if (_usable(view, i) &&
		    (bit_test(idle_node_bitmap, i) ||
		     (node->run_job_cnt && _has_room(node, job_ptr))))
			bit_set(idle, i);
	}
	return idle;
}

void scale_view_gather(scale_view_t *view, const scale_site_t *site,
		       bitstr_t *allowed, bitstr_t *idle, double now,
		       scale_cluster_t *cluster)
{
	size_t n = 0;

	for (int i = 0; i < view->size; i++) {
		const scale_server_t *server = &view->server[i];

		if (!bit_test(allowed, i) || server->gflops <= 0.0)
			continue;
		view->node[n] = i;
		view->gflops[n] = server->gflops;
		view->mem_gb[n] = server->mem_gb;
		view->free_at[n] = server->free_at / site->time_scale;
		view->busy[n] = !bit_test(idle, i);
		view->power_kw[n] = view->busy[n] ? server->busy_kw
						  : server->idle_kw;
		n++;
	}
	*cluster = (scale_cluster_t) {
		.n = n,
		.gflops = view->gflops,
		.mem_gb = view->mem_gb,
		.free_at = view->free_at,
		.power_kw = view->power_kw,
		.busy = view->busy,
		.now = now / site->time_scale,
		.gflops_max = view->gflops_max,
		.mem_max_gb = view->mem_max_gb,
		.bandwidth_gb_s = site->bandwidth_gb_s,
		.latency_s = site->latency_s,
	};
}
