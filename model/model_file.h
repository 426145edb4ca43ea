/*
 * model_file.h - trained networks on disk: safetensors
 *
 * Layout: u64 little-endian length, JSON header, data.  The reader is strict
 * (docs/model-format.md lists its rules): a file that it accepts is exactly
 * one network of ours, finite, without a spare byte.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_MODEL_FILE_H
#define SCALE_MODEL_FILE_H

#include "net.h"

/* No model file is larger, bytes: length, 1 MiB of header, and the largest
 * network that net.h allows. */
enum { SCALE_MODEL_FILE_MAX = 8 + (1 << 20) + (64 << 20) * 4 };

/* One pair of __metadata__, both allocated. */
typedef struct scale_meta {
	char *key;
	char *value;
} scale_meta_t;

typedef struct scale_model {
	scale_net_t *net;
	size_t meta_count;
	scale_meta_t *meta;		/* sorted by key */
	char sha256[65];		/* of the file, hex; "" before saving */
	size_t file_size;		/* bytes; 0 before saving */
} scale_model_t;

/* Keys that a model file must have, beside any others. */
#define SCALE_META_FORMAT	"format"	/* "scale" */
#define SCALE_META_VERSION	"format_version"	/* "1" */
#define SCALE_META_SCHEMA	"feature_schema"	/* SCALE_FEATURE_SCHEMA,
				or with a prior SCALE_RELATIVE_SCHEMA */
#define SCALE_META_ARCHITECTURE	"architecture"	/* "mlp"; pointer: none */
#define SCALE_META_DIMS		"dims"		/* "P,S,d,H,L,F,K"; of an mlp
						   "P,S,d,F,K,N" */
#define SCALE_META_MASK		"mask"	/* optional; scale_mask_t of policy.h,
					   "fits" without it */

/* A model around net, without metadata.  It then owns net, but not on
 * failure.  RET NULL with ENOMEM. */
scale_model_t *scale_model_create(scale_net_t *net, scale_err_t *err);
void scale_model_destroy(scale_model_t *model);

/* Value of key, or NULL. */
const char *scale_model_meta(const scale_model_t *model, const char *key);
/* Copies key and value; NULL value removes.  RET 0, or -1 with ENOMEM. */
int scale_model_set_meta(scale_model_t *model, const char *key,
			 const char *value, scale_err_t *err);

/*
 * Read and check a whole file.  err names the file, the rule and where.
 * RET NULL with EINVAL (not a model of ours), EFBIG, EDOM (not finite),
 * ENOMEM, or the errno of open and read.
 */
scale_model_t *scale_model_load(const char *path, scale_err_t *err);
/* The same from memory; name stands for the path in errors. */
scale_model_t *scale_model_parse(const void *data, size_t size,
				 const char *name, scale_err_t *err);

/*
 * Write path anew: temporary file beside it, fsync, rename, fsync of the
 * directory.  Fills sha256 and file_size.  The required keys are set from
 * the network.  RET 0, or -1; then path is what it was before.
 */
int scale_model_save(scale_model_t *model, const char *path,
		     scale_err_t *err);

#endif
