/*
 * algorithm.h - the systems of the paper's comparison, section 5.2
 *
 * An algorithm is an architecture, a way of learning, and with or without
 * SRR; the rest of the trainer asks for these parts, never for names.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_ALGORITHM_H
#define TRAIN_ALGORITHM_H

#include <stdbool.h>

#include "method.h"

typedef enum {
	TRAIN_SCALE,		/* cross-attention, PPO, SRR */
	TRAIN_CROSSATTN,	/* the same without SRR */
	TRAIN_PPO,		/* structured MLP, PPO */
	TRAIN_PPO_SRR,		/* the same with SRR on its feature */
	TRAIN_DQN,		/* structured MLP, dueling DQN */
	TRAIN_SAC,		/* structured MLPs, discrete SAC */
	TRAIN_ES,		/* not the paper's: a cross-attention network that
				   amends a rule, evolution strategy */
	TRAIN_ALGORITHMS
} train_algorithm_t;

/* "scale", "crossattn", ..., and NULL: the choices of key algorithm. */
extern const char *const train_algorithm_names[];

scale_architecture_t train_algorithm_architecture(int algorithm);
const train_method_t *train_algorithm_method(int algorithm);

/* Does its network amend a rule (policy_prior.h)? */
bool train_algorithm_prior(int algorithm);

/* Does it add SRR to its loss? */
bool train_algorithm_srr(int algorithm);

/*
 * Refuse keys that the configuration's algorithm does not use and that differ
 * from their defaults: whoever set them expects something of them.
 * RET 0, or -1 with EINVAL; err names the key
 */
int train_algorithm_check(const train_config_t *config, scale_err_t *err);

#endif
