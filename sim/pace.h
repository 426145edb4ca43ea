/*
 * pace.h - when workflows arrive
 *
 * Three processes of one mean rate:
 *   poisson   constant rate
 *   bursty    two rates in turn, burst_factor apart, for exponential times of
 *             mean burst_s and calm_s (a Markov-modulated Poisson process,
 *             stationary from time 0)
 *   diurnal   rate (1 + amplitude sin(2 pi t / period_s))
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_PACE_H
#define SIM_PACE_H

#include "../model/rng.h"
#include "sim.h"

typedef enum {
	SIM_PACE_POISSON,
	SIM_PACE_BURSTY,
	SIM_PACE_DIURNAL,
} sim_pace_kind_t;

extern const char *const sim_pace_names[];	/* ends with NULL */

typedef struct sim_pace {
	const sim_config_t *config;	/* borrowed */
	double rate;			/* mean, per second */
	double last;			/* time of the latest arrival, s */
	bool burst;			/* bursty: now */
	double change;			/* bursty: until then, s */
} sim_pace_t;

void sim_pace_init(sim_pace_t *pace, const sim_config_t *config, double rate);

/* Start over at time 0.  ACC turns: stream of what changes the rate */
void sim_pace_reset(sim_pace_t *pace, scale_rng_t *turns);

/* The next arrival, s.  ACC gaps: stream of the times between arrivals */
double sim_pace_next(sim_pace_t *pace, scale_rng_t *gaps, scale_rng_t *turns);

#endif
