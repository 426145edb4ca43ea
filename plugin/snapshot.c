/*
 * snapshot.c - the nodes that a job may have, as servers of feat.h
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cluster_view.h"
#include "model/groups.h"

#define MB_IN_GB	1024.0

enum { FEW = 8 };	/* of so many nodes one may change: more, and all are
			   looked at */

void scale_snapshot_create(scale_snapshot_t *s, int size)
{
	s->node = xcalloc(size, sizeof(*s->node));
	s->at = xcalloc(size, sizeof(*s->at));
	s->gflops = xcalloc(size, sizeof(*s->gflops));
	s->mem_gb = xcalloc(size, sizeof(*s->mem_gb));
	s->free_at = xcalloc(size, sizeof(*s->free_at));
	s->power_kw = xcalloc(size, sizeof(*s->power_kw));
	s->busy = xcalloc(size, sizeof(*s->busy));
	s->allowed = bit_alloc(size);
	s->idle = bit_alloc(size);
	s->touched = bit_alloc(size);
	s->changed = bit_alloc(size);
	scale_rows_reserve(&s->rows, size);
}

void scale_snapshot_free(scale_snapshot_t *s)
{
	xfree(s->node);
	xfree(s->at);
	xfree(s->gflops);
	xfree(s->mem_gb);
	xfree(s->free_at);
	xfree(s->power_kw);
	xfree(s->busy);
	FREE_NULL_BITMAP(s->allowed);
	FREE_NULL_BITMAP(s->idle);
	FREE_NULL_BITMAP(s->touched);
	FREE_NULL_BITMAP(s->changed);
	scale_rows_fini(&s->rows);
	*s = (scale_snapshot_t) { .kept = false };
}

void scale_snapshot_drop(scale_snapshot_t *s)
{
	s->kept = false;
}

void scale_snapshot_touch(scale_snapshot_t *s, int node)
{
	if (s->kept)
		bit_set(s->touched, node);
}

/* What a job finds when it starts now; all that there is when it waits. */
static double _mem_gb(const scale_server_t *server, const node_record_t *node,
		      bool idle)
{
	if (!idle || !server->mem_used_mb)
		return server->mem_gb;
	return (node->real_memory - MIN(server->mem_used_mb,
					node->real_memory)) / MB_IN_GB;
}

/* What stands at position j, that of Slurm's node. */
static void _fill(scale_view_t *view, const scale_site_t *site,
		  const scale_share_t *share, size_t j)
{
	scale_snapshot_t *s = &view->snapshot;
	int i = s->node[j];
	const scale_server_t *server = &view->server[i];

	s->gflops[j] = scale_view_speed(view, i, share);
	s->busy[j] = !bit_test(s->idle, i);
	s->mem_gb[j] = _mem_gb(server, node_record_table_ptr[i], !s->busy[j]);
	s->free_at[j] = 0.0;
	if (s->busy[j])
		s->free_at[j] = scale_view_fits_at(view, i, share, s->now) /
				site->time_scale;
	s->power_kw[j] = s->busy[j] ? server->busy_kw : server->idle_kw;
}

static void _look_at_all(scale_view_t *view, const scale_site_t *site,
			 const scale_share_t *share)
{
	scale_snapshot_t *s = &view->snapshot;

	s->n = 0;
	s->fastest = 0.0;
	for (int i = 0; i < view->size; i++)
		s->at[i] = -1;
	for (int k = 0; k < view->nodes; k++) {
		int i = view->by_weight[k];
		double speed;

		if (!node_record_table_ptr[i])
			continue;
		speed = scale_view_speed(view, i, share);
		s->fastest = MAX(s->fastest, speed);
		if (!bit_test(s->allowed, i) || speed <= 0.0)
			continue;
		s->at[i] = (int) s->n;
		s->node[s->n] = i;
		_fill(view, site, share, s->n++);
	}
}

static bool _same(const scale_snapshot_t *s, const scale_share_t *share,
		  bitstr_t *allowed, double now)
{
	return s->kept && s->now == now &&
	       s->share.whole == share->whole &&
	       (share->whole || (s->share.cpus == share->cpus &&
				 s->share.mem_mb == share->mem_mb &&
				 s->share.mem_cpu_mb == share->mem_cpu_mb)) &&
	       bit_equal(s->allowed, allowed);
}

/* Which candidates differ from the last time? */
static void _note_changes(scale_snapshot_t *s, bitstr_t *idle)
{
	bit_copybits(s->changed, idle);
	bit_and_not(s->changed, s->idle);
	bit_or(s->touched, s->changed);
	bit_copybits(s->changed, s->idle);
	bit_and_not(s->changed, idle);
	bit_or(s->changed, s->touched);
	bit_and(s->changed, s->allowed);
	bit_clear_all(s->touched);
	bit_copybits(s->idle, idle);
}

static void _look_at_changes(scale_view_t *view, const scale_site_t *site,
			     const scale_share_t *share,
			     const scale_cluster_t *cluster)
{
	scale_snapshot_t *s = &view->snapshot;
	int64_t i;

	while ((i = bit_ffs(s->changed)) >= 0) {
		bit_clear(s->changed, i);
		if (s->at[i] < 0)
			continue;
		_fill(view, site, share, (size_t) s->at[i]);
		if (s->grouped)
			s->grouped = !scale_rows_change(&s->rows, cluster,
							(size_t) s->at[i]);
	}
}

static void _keep(scale_snapshot_t *s, const scale_share_t *share,
		  bitstr_t *allowed, bitstr_t *idle, double now)
{
	s->kept = true;
	s->share = *share;
	s->share.job_ptr = NULL;
	s->now = now;
	bit_copybits(s->allowed, allowed);
	bit_copybits(s->idle, idle);
	bit_clear_all(s->touched);
}

void scale_view_gather(scale_view_t *view, const scale_site_t *site,
		       const scale_share_t *share, bitstr_t *allowed,
		       bitstr_t *idle, double now, scale_cluster_t *cluster)
{
	scale_snapshot_t *s = &view->snapshot;
	bool same = _same(s, share, allowed, now);

	if (same) {
		_note_changes(s, idle);
		same = (size_t) bit_set_count(s->changed) * FEW <= s->n;
	}
	if (!same) {
		_keep(s, share, allowed, idle, now);
		_look_at_all(view, site, share);
	}
	*cluster = (scale_cluster_t) {
		.n = s->n,
		.gflops = s->gflops,
		.mem_gb = s->mem_gb,
		.free_at = s->free_at,
		.power_kw = s->power_kw,
		.busy = s->busy,
		.now = now / site->time_scale,
		.gflops_max = s->fastest,
		.mem_max_gb = view->mem_max_gb,
		.bandwidth_gb_s = site->bandwidth_gb_s,
		.latency_s = site->latency_s,
	};
	if (same)
		_look_at_changes(view, site, share, cluster);
	else
		s->grouped = s->n > SCALE_GROUPS_FEW &&
			     s->rows.room >= s->n &&
			     !scale_rows_gather(&s->rows, cluster);
	if (s->grouped)
		cluster->rows = &s->rows;
}
