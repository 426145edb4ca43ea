/*
 * sim_bench.c - simulated primitives per second of processor time
 *
 * fastest-idle looks at every server, so its share grows with N; next-idle
 * goes on from where it stopped, with primitives that fit everywhere, and
 * shows the simulator alone.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/exit_code.h"
#include "sim/episode.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* An episode that takes the next idle server that fits.  RET 0 or -1 */
static int run_next_idle(sim_t *sim, scale_err_t *err)
{
	sim_status_t status;
	size_t j = 0;

	if (sim_reset(sim, 1, err))
		return -1;
	while ((status = sim_next(sim, err)) == SIM_DECIDE) {
		const scale_cluster_t *c = sim_cluster(sim);
		const scale_task_t *t = sim_task(sim);
		sim_outcome_t out;

		/* event clock: there is one */
		do {
			j = j + 1 < c->n ? j + 1 : 0;
		} while (c->busy[j] || !scale_fits(c, t, j));
		if (sim_act(sim, (ssize_t) j, &out, err))
			return -1;
	}
	return status == SIM_DONE ? 0 : -1;
}

static int measure(const char *nodes, const char *workflows, bool scan,
		   scale_err_t *err)
{
	scale_policy_t *policy = scale_policy_create("fastest-idle", err);
	sim_metrics_t m;
	sim_config_t config;
	sim_t *sim = NULL;
	double start;
	int rc = -1;

	if (!policy || sim_config_named(&config, "base", err) ||
	    scale_conf_set(sim_conf_table, &config, nodes, err) ||
	    scale_conf_set(sim_conf_table, &config, workflows, err) ||
	    scale_conf_set(sim_conf_table, &config, "duration=0", err) ||
	    (!scan && scale_conf_set(sim_conf_table, &config, "need_max=16",
				     err)))
		goto out;
	sim = sim_create(&config, err);
	if (!sim)
		goto out;
	start = seconds();
	if (scan ? sim_episode(sim, policy, 1, err) : run_next_idle(sim, err))
		goto out;
	start = seconds() - start;
	if (sim_metrics(sim, &m, err))
		goto out;
	printf("%-14s %-16s %-12s %10llu %12.0f\n", nodes, workflows,
	       scan ? "fastest-idle" : "next-idle",
	       (unsigned long long) m.tasks_finished,
	       (double) m.tasks_finished / start);
	rc = 0;
out:
	sim_destroy(sim);
	scale_policy_destroy(policy);
	return rc;
}

int main(void)
{
	static const struct {
		const char *nodes, *scan, *next;
	} rows[] = {
		{ "nodes=16", "workflows=40000", "workflows=40000" },
		{ "nodes=1024", "workflows=20000", "workflows=40000" },
		{ "nodes=100000", "workflows=2000", "workflows=80000" },
	};
	scale_err_t err = { "" };

	printf("%-14s %-16s %-12s %10s %12s\n", "", "", "policy",
	       "primitives", "per second");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (measure(rows[i].nodes, rows[i].scan, true, &err) ||
		    measure(rows[i].nodes, rows[i].next, false, &err)) {
			fprintf(stderr, "sim-bench: %s\n", err.text);
			return SCALE_EXIT_FAILURE;
		}
	return SCALE_EXIT_OK;
}
