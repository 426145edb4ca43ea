/*
 * kernel.c - which vector instructions to use
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "kernel.h"

const scale_kernel_t *scale_kernel(size_t i)
{
	static const scale_kernel_t *const all[] = {
#ifdef __x86_64__
		&scale_kernel_avx512,
		&scale_kernel_avx2,
#endif
		&scale_kernel_portable,
	};

	for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++)
		if (all[j]->usable() && i-- == 0)
			return all[j];
	return NULL;
}
