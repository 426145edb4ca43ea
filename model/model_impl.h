/*
 * model_impl.h - what reader and writer of model files share
 *
 * Private to model_file.c and model_parse.c.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_MODEL_IMPL_H
#define SCALE_MODEL_IMPL_H

#include <stdbool.h>

#include "feat.h"
#include "model_file.h"

#define SCALE_FORMAT_VERSION "1"

enum { SCALE_DIMS_TEXT = 7 * 11 };

/* "P,S,d,H,L,F,K", or of an mlp "P,S,d,F,K,N", in decimal. */
void scale_dims_text(const scale_dims_t *dims, char text[SCALE_DIMS_TEXT]);

/* The schema of a network's features. */
const char *scale_schema_of(const scale_dims_t *dims);
bool scale_schema_has_prior(const char *schema);

/* schema NULL: that of dims.
 * RET 0; -1 with EINVAL: unknown schema, or not that of dims. */
int scale_schema_check(const char *schema, const scale_dims_t *dims,
		       scale_err_t *err);

/* RET 0; -1 with EDOM; err names tensor and index. */
int scale_finite_check(const scale_net_t *net, scale_err_t *err);

#endif
