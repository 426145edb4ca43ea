/*
 * model_fuzz.c - fuzz target: model files
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz.h"
#include "model/model_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scale_err_t err;

	scale_model_destroy(scale_model_parse(data, size, "model", &err));
	return 0;
}
