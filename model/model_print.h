/*
 * model_print.h - what scale-model prints
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_MODEL_PRINT_H
#define SCALE_MODEL_PRINT_H

#include <stdio.h>

#include <jansson.h>

#include "decide.h"
#include "learn.h"
#include "model_file.h"

/* Tensors and provenance as a table.  Control characters of the metadata are
 * printed as '?', so that a file cannot drive the terminal. */
void scale_print_info(FILE *out, const scale_model_t *model,
		      const char *path);

/* The same as JSON.  RET NULL without memory, or where a number of the
 * result is not finite; so do the two below. */
json_t *scale_json_info(const scale_model_t *model, const char *path);

/*
 * A decision over n servers.
 * IN  d width of the feature; usable [n] idle and fitting, for the feasible
 *     choice
 */
json_t *scale_json_decision(const scale_decision_t *decision, size_t n,
			    size_t d, const uint8_t *usable);

/* Loss terms and the gradient of each tensor; dparams [param_count]. */
json_t *scale_json_gradient(const scale_net_t *net, const scale_loss_t *loss,
			    const real_t *dparams);

#endif
