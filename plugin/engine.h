/*
 * engine.h - which workflow a job of another workflow engine belongs to
 *
 * Engines that submit only ready jobs write no dependency; some put the run
 * into the job's name and the rule into its comment.  The administrator says
 * how, in regular expressions.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ENGINE_H
#define SCALE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "annotation.h"
#include "model/err.h"

enum { SCALE_ENGINE_GROUPS = 9 };

/* How one engine does it; an entry of scale.yaml. */
typedef struct scale_identity_rule {
	char name[256];		/* extended regular expressions that name and */
	char comment[256];	/* comment match; "" for any */
	int64_t workflow;	/* group of name that is the workflow */
	int64_t task;		/* group of name that is the primitive, or 0:
				   the first group of comment, if there is one */
} scale_engine_rule_t;

typedef struct scale_engines scale_engines_t;

/* RET NULL with EINVAL (err names entry and fault) or ENOMEM. */
scale_engines_t *scale_engines_create(const scale_engine_rule_t *rule,
					size_t count, scale_err_t *err);
void scale_engines_destroy(scale_engines_t *engines);

/*
 * The first rule that matches.
 * IN  name, comment of the job; NULL reads as ""
 * OUT wf, task: untouched where no rule matches; task may become ""
 * RET true where one did and its workflow is not empty
 */
bool scale_engines_match(const scale_engines_t *engines, const char *name,
			  const char *comment, char wf[SCALE_NAME_SIZE],
			  char task[SCALE_NAME_SIZE]);

#endif
