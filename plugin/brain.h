/*
 * brain.h - scale.yaml and all that it names, ready to decide
 *
 * Read and checked as a whole outside Slurm's locks, then swapped in.  The
 * texts that it was made from are kept (last_good.h), because from Slurm
 * 23.11 a reconfigure is a new process.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_BRAIN_H
#define SCALE_BRAIN_H

#include "model/order.h"
#include "model/policy.h"
#include "site_conf.h"

/* Where a brain comes from. */
typedef struct scale_brain_source {
	const char *conf;		/* scale.yaml */
	const char *dflt_model;		/* where that names no model */
	const char *model;		/* whatever it names; NULL: as it says */
	uid_t owner;			/* who, beside root, may write them:
					   SlurmUser */
} scale_brain_source_t;

/* A file as it was read; data NULL: none was. */
typedef struct scale_brain_text {
	char *data;
	size_t size;
} scale_brain_text_t;

typedef struct scale_brain {
	scale_site_t site;
	scale_policy_t *policy;
	scale_policy_t *fallback;
	scale_order_t order;
	scale_guard_t guard;		/* of a model */
	scale_engines_t *engines;
	char model_name[1024];		/* file of the model, or the rule */
	char model_hash[65];		/* SHA-256, or "" for a rule */
	scale_brain_text_t conf_text, model_text;
} scale_brain_t;

/*
 * RET NULL with what conf.h, model_file.h, policy.h and trusted_file.h set, or
 *     EINVAL; err names the file
 */
scale_brain_t *scale_brain_load(const scale_brain_source_t *source,
				scale_err_t *err);
void scale_brain_destroy(scale_brain_t *brain);
/* Does a trained model decide, not a rule? */
bool scale_brain_learned(const scale_brain_t *brain);

/*
 * Where the site says nothing of time_scale (0), set what the model's
 * metadata say of it, or 1.
 * IN  model NULL: a rule decides
 * RET 0, or -1 with EINVAL: the metadata hold no positive number
 */
int scale_brain_time_scale(scale_site_t *site, const scale_model_t *model,
			   scale_err_t *err);

#endif
