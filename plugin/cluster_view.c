/*
 * cluster_view.c - Slurm's node table as the servers of feat.h
 *
 * Slurm counts memory in MB and time in wall-clock seconds; here both become
 * the units of the model: GB, and model seconds by the site's time scale.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdlib.h>

#include "cluster_view.h"

#define REFRESH_SEC	10.0
#define MB_IN_GB	1024.0

void scale_view_free(scale_view_t *view)
{
	xfree(view->server);
	xfree(view->by_weight);
	scale_snapshot_free(&view->snapshot);
	*view = (scale_view_t) { 0 };
}

static void _resize(scale_view_t *view, int size)
{
	scale_view_free(view);
	view->size = size;
	view->server = xcalloc(size, sizeof(*view->server));
	view->by_weight = xcalloc(size, sizeof(*view->by_weight));
	scale_snapshot_create(&view->snapshot, size);
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

static bool _covers(const scale_node_class_t *class, bitstr_t *hosts,
		    const node_record_t *node)
{
	if (*class->match && (!hosts || !bit_test(hosts, node->index)))
		return false;
	return !*class->feature ||
	       _has_feature(node->config_ptr->feature, class->feature) ||
	       _has_feature(node->features, class->feature);
}

static const scale_node_class_t *_find_class(const scale_site_t *site,
					     bitstr_t **hosts,
					     const node_record_t *node)
{
	const scale_node_class_t *class = site->nodes.item;

	for (size_t i = 0; i < site->nodes.count; i++)
		if (_covers(&class[i], hosts[i], node))
			return &class[i];
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

static int _by_weight(const void *x, const void *y)
{
	int a = *(const int *) x, b = *(const int *) y;
	uint32_t weight_a = node_record_table_ptr[a]->config_ptr->weight;
	uint32_t weight_b = node_record_table_ptr[b]->config_ptr->weight;

	if (weight_a != weight_b)
		return weight_a < weight_b ? -1 : 1;
	return a - b;
}

static void _build(scale_view_t *view, const scale_site_t *site)
{
	bitstr_t **hosts = _class_hosts(site);
	double sum = 0.0;

	scale_snapshot_drop(&view->snapshot);
	view->nodes = 0;
	view->gflops_max = view->mem_max_gb = 0.0;
	view->sleepers = true;
	for (int i = 0; i < view->size; i++) {
		scale_server_t *server = &view->server[i];
		node_record_t *node = node_record_table_ptr[i];

		server->gflops = 0.0;
		if (!node || IS_NODE_FUTURE(node))
			continue;
		_fill(server, site, hosts, node);
		view->by_weight[view->nodes++] = i;
		sum += server->gflops;
		view->gflops_max = MAX(view->gflops_max, server->gflops);
		view->mem_max_gb = MAX(view->mem_max_gb, server->mem_gb);
	}
	qsort(view->by_weight, view->nodes, sizeof(*view->by_weight),
	      _by_weight);
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

static bool _covers_any(const scale_view_t *view,
			const scale_node_class_t *class, bitstr_t *hosts)
{
	for (int k = 0; k < view->nodes; k++)
		if (_covers(class, hosts,
			    node_record_table_ptr[view->by_weight[k]]))
			return true;
	return false;
}

bool scale_view_unmatched(const scale_view_t *view, const scale_site_t *site,
			  char *text, size_t size)
{
	const scale_node_class_t *class = site->nodes.item;
	bitstr_t **hosts = _class_hosts(site);
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < site->nodes.count; i++) {
		if (used < size && !_covers_any(view, &class[i], hosts[i]))
			used += snprintf(text + used, size - used,
					 "%sentry %zu (%.64s)",
					 used ? ", " : "", i + 1,
					 *class[i].match ? class[i].match
							 : class[i].feature);
		FREE_NULL_BITMAP(hosts[i]);
	}
	xfree(hosts);
	return used > 0;
}

void scale_view_clear(scale_view_t *view)
{
	scale_snapshot_drop(&view->snapshot);
	for (int i = 0; i < view->size; i++) {
		scale_server_t *server = &view->server[i];

		server->free_at = 0.0;
		server->ends = 0;
		server->cpus_used = 0;
		server->mem_used_mb = 0;
	}
}

/* The first ends are kept in order; of the others only the last counts. */
static void _note_end(scale_server_t *server, const scale_end_t *end)
{
	int at = server->ends;

	server->free_at = MAX(server->free_at, end->at);
	while (at > 0 && server->end[at - 1].at > end->at)
		at--;
	if (at == SCALE_ENDS)
		return;
	if (server->ends < SCALE_ENDS)
		server->ends++;
	for (int i = server->ends - 1; i > at; i--)
		server->end[i] = server->end[i - 1];
	server->end[at] = *end;
}

/* The nodes of a job; most have one, so no bit is looked at twice. */
typedef struct walk {
	const job_record_t *job_ptr;
	int node, last;			/* this one, the last; Slurm's index */
	int nth;			/* of the job's */
	scale_end_t end;		/* what it holds there; at is the
					   caller's */
} walk_t;

static walk_t _walk(const scale_view_t *view, const job_record_t *job_ptr)
{
	const job_resources_t *held = job_ptr->job_resrcs;
	bitstr_t *nodes = job_ptr->node_bitmap;
	walk_t walk = { .job_ptr = job_ptr, .node = -1, .last = -1,
			.nth = -1 };
	int first = nodes ? bit_ffs(nodes) : -1;

	if (first < 0)
		return walk;
	walk.last = held && held->nhosts == 1 ? first : bit_fls(nodes);
	walk.last = MIN(walk.last, view->size - 1);
	walk.node = first - 1;
	return walk;
}

/* RET false past the last */
static bool _next_node(walk_t *walk)
{
	const job_resources_t *held = walk->job_ptr->job_resrcs;

	do {
		if (++walk->node > walk->last)
			return false;
	} while (!bit_test(walk->job_ptr->node_bitmap, walk->node));
	walk->nth++;
	walk->end.cpus = walk->end.mem_mb = 0;
	if (held && (uint32_t) walk->nth < held->nhosts) {
		walk->end.cpus = held->cpus ? held->cpus[walk->nth] : 0;
		walk->end.mem_mb = held->memory_allocated
			? held->memory_allocated[walk->nth] : 0;
	}
	return true;
}

void scale_view_occupy(scale_view_t *view, const job_record_t *job_ptr,
		       double until)
{
	walk_t walk = _walk(view, job_ptr);

	walk.end.at = until;
	while (_next_node(&walk)) {
		_note_end(&view->server[walk.node], &walk.end);
		scale_snapshot_touch(&view->snapshot, walk.node);
	}
}

void scale_view_take(scale_view_t *view, const job_record_t *job_ptr)
{
	walk_t walk = _walk(view, job_ptr);

	while (_next_node(&walk)) {
		view->server[walk.node].cpus_used += walk.end.cpus;
		view->server[walk.node].mem_used_mb += walk.end.mem_mb;
		scale_snapshot_touch(&view->snapshot, walk.node);
	}
}

static bool _asleep(const node_record_t *node)
{
	return IS_NODE_POWERED_DOWN(node) || IS_NODE_POWERING_DOWN(node) ||
	       IS_NODE_POWERING_UP(node);
}

void scale_view_measure(scale_view_t *view)
{
	scale_snapshot_drop(&view->snapshot);
	select_g_select_nodeinfo_set_all();
	view->sleepers = false;
	for (int i = 0; i < view->size; i++) {
		node_record_t *node = node_record_table_ptr[i];
		uint16_t cpus = 0;
		uint64_t mem = 0;

		if (!node)
			continue;
		view->sleepers |= _asleep(node);
		if (!node->run_job_cnt)
			continue;
		scale_node_taken(node, &cpus, &mem);
		view->server[i].cpus_used = cpus;
		view->server[i].mem_used_mb = mem;
	}
}

static bool _room(const node_record_t *node, const scale_share_t *share,
		  uint32_t cpus_used, uint64_t mem_used)
{
	return cpus_used + scale_share_cpus(share, node) <=
		       node->cpus_efctv &&
	       mem_used + scale_share_mem(share, node) <= node->real_memory;
}

/* Up, and not in an epilog. */
static bool _usable(int i)
{
	return node_record_table_ptr[i] && bit_test(avail_node_bitmap, i) &&
	       !bit_test(cg_node_bitmap, i);
}

/* Nothing runs there, or what runs there shares and leaves something. */
static bool _some_free(const scale_server_t *server, int i)
{
	const node_record_t *node = node_record_table_ptr[i];

	if (bit_test(idle_node_bitmap, i))
		return true;
	return node->run_job_cnt && !node->no_share_job_cnt &&
	       server->cpus_used < node->cpus_efctv;
}

/* Nodes of allowed that are up and not in an epilog; without a look at
 * each.  The caller frees the bitmap. */
static bitstr_t *_usable_of(bitstr_t *allowed)
{
	bitstr_t *usable = bit_copy(allowed);

	bit_and(usable, avail_node_bitmap);
	bit_and_not(usable, cg_node_bitmap);
	return usable;
}

double scale_view_load(const scale_view_t *view)
{
	double used = 0.0, all = 0.0;

	for (int i = 0; i < view->size; i++) {
		const scale_server_t *server = &view->server[i];
		const node_record_t *node = node_record_table_ptr[i];

		if (!node || IS_NODE_DOWN(node) || server->gflops <= 0.0)
			continue;
		all += server->gflops;
		used += server->gflops * MIN(1.0, (double) server->cpus_used /
						  MAX(node->cpus_efctv, 1));
	}
	return all > 0.0 ? used / all : NAN;
}

bool scale_view_any_idle(const scale_view_t *view)
{
	bitstr_t *idle = _usable_of(idle_node_bitmap);
	bool any = bit_ffs(idle) >= 0;

	FREE_NULL_BITMAP(idle);
	for (int i = 0; !any && i < view->size; i++)
		any = _usable(i) && _some_free(&view->server[i], i);
	return any;
}

double scale_view_speed(const scale_view_t *view, int node,
			const scale_share_t *share)
{
	if (share->whole)
		return view->server[node].gflops;
	return view->server[node].gflops *
	       scale_share_speed(share, node_record_table_ptr[node]);
}

/* Of a usable node. */
static bool _takes_now(const scale_view_t *view, const scale_share_t *share,
		       int i)
{
	const scale_server_t *server = &view->server[i];
	const node_record_t *node = node_record_table_ptr[i];

	if (!bit_test(idle_node_bitmap, i) &&
	    (!_some_free(server, i) ||
	     !_room(node, share, server->cpus_used, server->mem_used_mb)))
		return false;
	return scale_share_gres(share, node, true);
}

bitstr_t *scale_view_idle(const scale_view_t *view, const scale_share_t *share,
			  bitstr_t *allowed)
{
	bitstr_t *idle = _usable_of(allowed);
	bool look = !share->whole || share->job_ptr->gres_list_req;

	if (share->whole)
		bit_and(idle, idle_node_bitmap);
	/* a record that is gone is nowhere available */
	for (int i = 0; look && i < view->size; i++)
		if (bit_test(idle, i) && !_takes_now(view, share, i))
			bit_clear(idle, i);
	return idle;
}

void scale_view_equipped(const scale_view_t *view, const scale_share_t *share,
			 bitstr_t *nodes)
{
	if (!share->job_ptr->gres_list_req)
		return;
	for (int i = 0; i < view->size; i++)
		if (bit_test(nodes, i) &&
		    !scale_share_gres(share, node_record_table_ptr[i], false))
			bit_clear(nodes, i);
}

bitstr_t *scale_view_asleep(const scale_view_t *view, bitstr_t *allowed)
{
	bitstr_t *asleep = NULL;

	if (!view->sleepers)
		return NULL;
	for (int i = 0; i < view->size; i++) {
		if (!bit_test(allowed, i) ||
		    !_asleep(node_record_table_ptr[i]))
			continue;
		if (!asleep)
			asleep = bit_alloc(node_record_count);
		bit_set(asleep, i);
	}
	return asleep;
}

static double _boot_sec(const scale_view_t *view, int i)
{
	const node_record_t *node = node_record_table_ptr[i];

	if (!view->sleepers || !_asleep(node))
		return 0.0;
	return node->resume_timeout == NO_VAL16 ? slurm_conf.resume_timeout
						: node->resume_timeout;
}

double scale_view_fits_at(const scale_view_t *view, int i,
			  const scale_share_t *share, double now)
{
	const scale_server_t *server = &view->server[i];
	const node_record_t *node = node_record_table_ptr[i];
	uint32_t cpus = server->cpus_used;
	uint64_t mem = server->mem_used_mb;

	if (share->whole || node->no_share_job_cnt)
		return MAX(server->free_at, now + _boot_sec(view, i));
	for (int k = 0; k < server->ends; k++) {
		cpus -= MIN(cpus, server->end[k].cpus);
		mem -= MIN(mem, server->end[k].mem_mb);
		if (_room(node, share, cpus, mem))
			return server->end[k].at;
	}
	return MAX(server->free_at, now + _boot_sec(view, i));
}
