/*
 * trained.h - what a model file says of its training, for the guard
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_TRAINED_H
#define SCALE_TRAINED_H

#include <stddef.h>
#include <stdint.h>

#include "model/err.h"

enum {
	SCALE_TRAINED_FEATURES = 256,	/* d of a model, at most */
	SCALE_TRAINED_TIERS = 64,	/* of a cluster that was trained on */
};

/*
 * What the model file says of its training; metadata keys in brackets.
 * Values that a file lacks are 0: then that check is off.
 */
typedef struct scale_trained {
	uint32_t n_min, n_max;		/* nodes [trained_on] */
	double speed_min;		/* least C / C_max [trained_on] */
	double mem_min;			/* least M / M_max [trained_on] */
	size_t d;			/* length of the two that follow */
	double mean[SCALE_TRAINED_FEATURES];	/* [feature_mean] */
	double var[SCALE_TRAINED_FEATURES];	/* [feature_variance] */
} scale_trained_t;

/* Reads the value of a metadata key, or NULL. */
typedef const char *(*scale_meta_f)(const void *model, const char *key);

/* When a model is loaded: allocates.  RET 0; -1 with EINVAL where a value is
 * there but wrong; err names the key.  Then *trained is zero. */
int scale_trained_read(scale_trained_t *trained, scale_meta_f meta,
		       const void *model, scale_err_t *err);

#endif
