/*
 * annotation.h - what users say about a primitive in --comment
 *
 *   scale:wf=rag-42,task=rerank,gflop=12.5,out_gb=0.5,hops=3,parents=a+b
 *   {"scale": {"wf": "rag-42", "gflop": [1, 2, 3]}, "othertool": {}}
 *
 * Text that is neither is someone else's and ignored, as are unknown keys.
 * One text serves all tasks of a job array: gflop=10|20|30 (JSON: an array)
 * lists values in order of the tasks, the last one serves all that follow.
 * No text, however hostile, does more than leave a default in place.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_ANNOTATION_H
#define SCALE_ANNOTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "model/err.h"

enum {
	SCALE_NAME_SIZE = 64,		/* with the final 0 */
	SCALE_PARENTS_SIZE = 512,	/* likewise */
	SCALE_ANNOTATION_MAX = 4096,	/* bytes looked at; Slurm has 1,024 */
};

#define SCALE_GFLOP_MAX	1e15
#define SCALE_OUT_GB_MAX 1e9
#define SCALE_HOPS_MAX	1000000

typedef struct scale_annotation {
	bool present;			/* the text is addressed to us */
	char wf[SCALE_NAME_SIZE];	/* workflow; "" where not given */
	char task[SCALE_NAME_SIZE];	/* name of the primitive; likewise */
	double gflop;			/* work in GFLOP; < 0: not given */
	double out_gb;			/* output, GB; < 0: not given */
	int64_t hops;			/* to the end of the workflow; -1 */
	char parents[SCALE_PARENTS_SIZE];	/* names of primitives that it
					   comes after, with '+' between */
} scale_annotation_t;

/*
 * IN  text, may be NULL; index of the task within its array, 0 otherwise
 * OUT *out, always complete: what is wrong counts as not given
 * RET 0; -1 with EINVAL where the text is ours and some of it is wrong (err
 *     names the first key), E2BIG where it is too long to be looked at
 */
int scale_annotation_parse(const char *text, uint32_t index,
			   scale_annotation_t *out, scale_err_t *err);

#endif
