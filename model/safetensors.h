/*
 * safetensors.h - the container of model files: named F32 tensors
 *
 * Layout: u64 little-endian length N, N bytes of JSON, data.  This module
 * knows the container and nothing of networks; docs/model-format.md lists
 * its rules.  Private to model/.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_SAFETENSORS_H
#define SCALE_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "err.h"

enum {
	SCALE_ST_RANK = 8,		/* most dimensions of a tensor */
	SCALE_ST_TENSORS = 16384,	/* most tensors of a file */
	SCALE_ST_HEADER = 1 << 20,	/* most bytes of JSON, 1 MiB */
};

typedef struct scale_st_tensor {
	const char *name;		/* UTF-8 */
	size_t rank;			/* 0 is a single number */
	uint64_t shape[SCALE_ST_RANK];
	uint64_t count;			/* product of the shape */
	uint64_t offset;		/* of its data in the file, bytes */
} scale_st_tensor_t;

typedef struct scale_st {
	json_t *header;			/* owns all names */
	json_t *meta;			/* strings by name; NULL if absent */
	size_t count;
	scale_st_tensor_t *tensor;	/* [count], as they lie in the file */
} scale_st_t;

/*
 * Check a whole file in memory and list its tensors.  Keeps no reference to
 * file.
 * OUT *st, to be freed by scale_st_free()
 * RET 0; -1 with EINVAL (breaks a rule; err says which, and where) or ENOMEM
 */
int scale_st_parse(const void *file, size_t size, scale_st_t *st,
		   scale_err_t *err);
void scale_st_free(scale_st_t *st);

/*
 * Make a file: header written, data zero, for the caller to fill.  Sorts
 * tensor by name and sets offset and count.
 * IN  meta object of strings, or NULL
 * OUT *file allocated; *size
 * RET 0; -1 with EINVAL (a name is not UTF-8), EFBIG or ENOMEM
 */
int scale_st_layout(scale_st_tensor_t *tensor, size_t count, json_t *meta,
		    unsigned char **file, size_t *size, scale_err_t *err);

/* One number at any offset, aligned or not. */
float scale_st_load(const void *file, uint64_t offset);
void scale_st_store(void *file, uint64_t offset, float value);

#endif
