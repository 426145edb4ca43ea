/*
 * annotation_fuzz.c - fuzz target: what users say in --comment
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "plugin/annotation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	scale_annotation_t note;
	scale_err_t err;

	for (uint32_t index = 0; index < 3; index++) {
		scale_annotation_parse(text, index, &note, &err);
		fuzz_assert(isfinite(note.gflop) &&
			    note.gflop <= SCALE_GFLOP_MAX, "gflop");
		fuzz_assert(isfinite(note.out_gb) &&
			    note.out_gb <= SCALE_OUT_GB_MAX, "out_gb");
		fuzz_assert(note.hops >= -1 && note.hops <= SCALE_HOPS_MAX,
			    "hops");
		fuzz_assert(strlen(note.wf) < SCALE_NAME_SIZE &&
			    strlen(note.task) < SCALE_NAME_SIZE, "names");
		for (const char *c = note.wf; *c; c++)
			fuzz_assert(*c > ' ' && *c < 127, "control character");
		for (const char *c = note.task; *c; c++)
			fuzz_assert(*c > ' ' && *c < 127, "control character");
	}
	free(text);
	return 0;
}
