/*
 * pace.c - when workflows arrive
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "pace.h"

const char *const sim_pace_names[] = { "poisson", "bursty", "diurnal", NULL };

void sim_pace_init(sim_pace_t *pace, const sim_config_t *config, double rate)
{
	*pace = (sim_pace_t) { .config = config, .rate = rate };
}

/* Share of the time that is bursts. */
static double burst_share(const sim_config_t *c)
{
	return c->burst_s / (c->burst_s + c->calm_s);
}

static double draw_length(const sim_pace_t *pace, scale_rng_t *turns)
{
	const sim_config_t *c = pace->config;

	return (pace->burst ? c->burst_s : c->calm_s) *
	       scale_rng_exponential(turns);
}

void sim_pace_reset(sim_pace_t *pace, scale_rng_t *turns)
{
	pace->last = 0.0;
	if (pace->config->arrivals != SIM_PACE_BURSTY)
		return;
	pace->burst = scale_rng_uniform(turns) < burst_share(pace->config);
	pace->change = draw_length(pace, turns);
}

/* The mean over bursts and calm is pace->rate. */
static double rate_now(const sim_pace_t *pace)
{
	double share = burst_share(pace->config);
	double factor = pace->config->burst_factor;
	double calm = pace->rate / (1.0 - share + share * factor);

	return pace->burst ? calm * factor : calm;
}

/* The integral of the rate from one arrival to the next is exponential. */
static void next_bursty(sim_pace_t *pace, scale_rng_t *gaps,
			scale_rng_t *turns)
{
	double left = scale_rng_exponential(gaps);
	double until = (pace->change - pace->last) * rate_now(pace);

	while (until < left) {
		left -= until;
		pace->last = pace->change;
		pace->burst = !pace->burst;
		pace->change += draw_length(pace, turns);
		until = (pace->change - pace->last) * rate_now(pace);
	}
	pace->last += left / rate_now(pace);
}

/* Thinning (Lewis and Shedler, 1979): candidates at the highest rate, kept
 * with probability rate(t) / highest. */
static void next_diurnal(sim_pace_t *pace, scale_rng_t *gaps,
			 scale_rng_t *turns)
{
	double swing = pace->config->amplitude, height;

	do {
		pace->last += scale_rng_exponential(gaps) /
			      (pace->rate * (1.0 + swing));
		height = 1.0 + swing * sin(2.0 * M_PI * pace->last /
					   pace->config->period_s);
	} while (scale_rng_uniform(turns) * (1.0 + swing) >= height);
}

double sim_pace_next(sim_pace_t *pace, scale_rng_t *gaps, scale_rng_t *turns)
{
	switch (pace->config->arrivals) {
	case SIM_PACE_BURSTY:
		next_bursty(pace, gaps, turns);
		break;
	case SIM_PACE_DIURNAL:
		next_diurnal(pace, gaps, turns);
		break;
	default:
		pace->last += scale_rng_exponential(gaps) / pace->rate;
	}
	return pace->last;
}
