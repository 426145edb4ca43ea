/*
 * train_config_fuzz.c - fuzz target: configuration of a training
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz.h"
#include "trainer/train_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	train_config_t config;
	scale_err_t err;

	fuzz_assert(scale_conf_defaults(train_conf_table, &config, &err) == 0,
		    "no defaults");
	if (scale_conf_parse(train_conf_table, &config, (const char *) data,
			     size, "train.yaml", &err) == 0)
		train_config_check(&config, &err);
	scale_conf_free(train_conf_table, &config);
	return 0;
}
