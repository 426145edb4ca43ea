/*
 * param.h - "NAME" or "NAME:NUMBER": how orders and rules are written
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_PARAM_H
#define SCALE_PARAM_H

#include <stdbool.h>

#include "err.h"

enum { SCALE_PARAM_TEXT = 32 };	/* bytes of such a text, with its 0 */

/* The number that a rule or an order takes. */
typedef struct scale_param {
	const char *meaning;	/* for people; NULL: it takes none */
	double dflt, min, max;	/* inclusive */
} scale_param_t;

/* True where text is name, or begins with name and a colon. */
bool scale_param_names(const char *text, const char *name);

/*
 * The number after the colon, or the default without one.
 * RET 0; -1 with EINVAL (it takes none, no number, out of range, or text is
 * longer than SCALE_PARAM_TEXT); *value is then unchanged
 */
int scale_param_read(const scale_param_t *param, const char *text,
		     double *value, scale_err_t *err);

/* "NAME" where value is the default, else "NAME:NUMBER": the same rule has
 * one text. */
void scale_param_print(const scale_param_t *param, const char *name,
		       double value, char text[SCALE_PARAM_TEXT]);

#endif
