/*
 * feat.c - from a snapshot of cluster and primitive to the network's input
 *
 * One loop per feature over plain arrays, so that the compiler vectorises.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "feat.h"

double scale_remaining(const scale_cluster_t *c, size_t j)
{
	double left = c->busy[j] ? c->free_at[j] - c->now : 0.0;

	return left > 0.0 ? left : 0.0;
}

bool scale_fits(const scale_cluster_t *c, const scale_task_t *t, size_t j)
{
	return t->mem_gb <= c->mem_gb[j];
}

double scale_exec_time(const scale_cluster_t *c, const scale_task_t *t,
		       size_t j)
{
	return t->gflop / c->gflops[j];
}

static double transfer_time(const scale_cluster_t *c, const scale_task_t *t)
{
	if (t->parent_server == SCALE_PARENT_NONE)
		return 0.0;
	return t->parent_out_gb / c->bandwidth_gb_s + c->latency_s;
}

double scale_comm_delay(const scale_cluster_t *c, const scale_task_t *t,
			size_t j)
{
	return (ssize_t) j == t->parent_server ? 0.0 : transfer_time(c, t);
}

void scale_features_task(const scale_cluster_t *c, const scale_task_t *t,
			 float *phi)
{
	phi[0] = (float) (t->gflop / c->gflops_max);
	phi[1] = (float) (t->mem_gb / c->mem_max_gb);
	phi[2] = (float) (t->successors / 5.0);
	phi[3] = (float) ((double) t->workflow_done / t->workflow_size);
	phi[4] = (float) t->out_gb;
}

void scale_features_servers(const scale_cluster_t *c, const scale_task_t *t,
			    float *psi, size_t ld)
{
	float delay = (float) transfer_time(c, t);
	double per_gflops = 1.0 / c->gflops_max;	/* divisions cost half */
	double per_gb = 1.0 / c->mem_max_gb;		/* of the time here */
	size_t n = c->n;

	for (size_t j = 0; j < n; j++)
		psi[j] = (float) (c->gflops[j] * per_gflops);
	for (size_t j = 0; j < n; j++)
		psi[ld + j] = (float) (c->mem_gb[j] * per_gb);
	for (size_t j = 0; j < n; j++)
		psi[2 * ld + j] = (float) scale_remaining(c, j);
	for (size_t j = 0; j < n; j++)
		psi[3 * ld + j] = (float) c->power_kw[j];
	for (size_t j = 0; j < n; j++)
		psi[4 * ld + j] = delay;
	if (t->parent_server >= 0 && (size_t) t->parent_server < n)
		psi[4 * ld + (size_t) t->parent_server] = 0.0f;
}
