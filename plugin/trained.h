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
	SCALE_TRAINED_CASES = 32,	/* clusters whose mix is compared; of
					   further ones only the range counts */
};

/* The tiers of a cluster that there are nodes of. */
typedef struct scale_mix {
	size_t tiers;
	double share[SCALE_TRAINED_TIERS];	/* of the nodes, sum 1 */
	double gflops[SCALE_TRAINED_TIERS], mem_gb[SCALE_TRAINED_TIERS];
} scale_mix_t;

/*
 * What the model file says of its training; metadata keys in brackets.
 * Values that a file lacks are 0: then that check is off.
 */
typedef struct scale_trained {
	uint32_t n_min, n_max;		/* nodes [trained_on] */
	double speed_min;		/* least C / C_max [trained_on] */
	double mem_min;			/* least M / M_max [trained_on] */
	double load_min, load_max;	/* offered load [trained_on] */
	size_t mixes;
	scale_mix_t mix[SCALE_TRAINED_CASES];	/* [mixes] [trained_on] */
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

/*
 * How unlike the nodes' mix is to that of the nearest cluster trained on: the
 * factor by which, in the geometric mean, the speeds of nodes would have to
 * change, each against the fastest, to become such a mix; or their memories,
 * whichever is more.  Number of nodes and unit do not matter.  Allocates.
 * IN  gflops, mem_gb  [n]
 * RET 1 for the same mix; NAN where the model does not say, a number is not
 *     above 0, or there is no memory
 */
double scale_trained_mix(const scale_trained_t *trained, const double *gflops,
			 const double *mem_gb, size_t n);

#endif
