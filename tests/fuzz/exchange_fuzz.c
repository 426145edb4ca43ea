/*
 * exchange_fuzz.c - fuzz target: STATE and BATCH of scale-model
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz.h"
#include "model/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const scale_dims_t dims = { .task_features = 5,
				    .server_features = 5 };
	const char *text = (const char *) data;	/* need not end in 0 */
	scale_exchange_t x;
	scale_err_t err;

	if (scale_exchange_state(text, size, &dims, &x, &err) == 0)
		scale_exchange_free(&x);
	if (scale_exchange_batch(text, size, &dims, &x, &err) == 0)
		scale_exchange_free(&x);
	return 0;
}
