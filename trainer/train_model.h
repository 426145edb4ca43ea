/*
 * train_model.h - what a run has learned, as a model file
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_TRAIN_MODEL_H
#define TRAIN_TRAIN_MODEL_H

#include <time.h>

#include "../model/model_file.h"
#include "train.h"

/* SHA-256 of the configuration as --print-config shows it. */
int train_config_hash(const train_config_t *config, char hex[65],
		      scale_err_t *err);

/*
 * The parameters with the provenance of SPEC 4: algorithm, mask, clock,
 * sizes and tiers trained on, seed, hash of the configuration, program, time,
 * epoch, and, when this epoch was evaluated, the table of the evaluation and
 * the statistics of f on its states.
 * IN  program "scale-train 0.1.0"; created: seconds since 1970
 * RET NULL on error
 */
scale_model_t *train_model_create(const train_t *train, const char *program,
				  time_t created, scale_err_t *err);

#endif
