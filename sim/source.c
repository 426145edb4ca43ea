/*
 * source.c - where the workflows of an episode come from
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "workload.h"

const char *const sim_demand_names[] = { "known", "noisy", "unknown", NULL };

void sim_source_reset(sim_source_t *source, uint64_t seed)
{
	source->arrived = source->made = 0;
	scale_rng_seed(&source->noise, seed, SIM_STREAM_ESTIMATE);
	source->reset(source, seed);
}

bool sim_source_arrival(sim_source_t *source, double *at)
{
	const sim_config_t *c = source->config;
	double t;

	if ((c->workflows && source->arrived >= (uint64_t) c->workflows) ||
	    !source->next(source, &t) ||
	    (c->duration > 0.0 && t >= c->duration))
		return false;
	source->arrived++;
	*at = t;
	return true;
}

/* Estimates of the work. */
static void guess(sim_source_t *source, sim_workflow_spec_t *spec)
{
	double sigma = source->config->demand_sigma;

	if (source->config->demand == SIM_DEMAND_UNKNOWN)
		return;
	memcpy(spec->guess, spec->gflop, spec->n * sizeof(*spec->guess));
	if (source->config->demand == SIM_DEMAND_KNOWN)
		return;
	for (uint32_t i = 0; i < spec->n; i++)
		spec->guess[i] *= exp(sigma *
				      scale_rng_normal(&source->noise));
}

uint64_t sim_source_make(sim_source_t *source, sim_workflow_spec_t *spec)
{
	source->make(source, spec);
	guess(source, spec);
	return source->made++;
}
