/*
 * kernel_avx2.c - vector loops for AVX2 with FMA
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifdef __x86_64__
#define KERNEL_BYTES 32
#define KERNEL_ROWS 4
#define KERNEL_VECS 2
#define KERNEL_TARGET __attribute__((target("avx2,fma")))
#define KERNEL_TABLE scale_kernel_avx2
#define KERNEL_NAME "avx2"
#define KERNEL_USABLE \
	(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#include "kernel_impl.h"
#else
typedef int scale_no_avx2_t;	/* ISO C wants a declaration */
#endif
