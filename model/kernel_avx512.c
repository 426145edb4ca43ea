/*
 * kernel_avx512.c - vector loops for AVX-512
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifdef __x86_64__
#define KERNEL_BYTES 64
#define KERNEL_ROWS 8
#define KERNEL_VECS 2
#define KERNEL_TARGET __attribute__((target("avx512f,avx512dq,fma")))
#define KERNEL_TABLE scale_kernel_avx512
#define KERNEL_NAME "avx512f"
#define KERNEL_USABLE                                                     \
	(__builtin_cpu_supports("avx512f") &&                             \
	 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma"))
#include "kernel_impl.h"
#else
typedef int scale_no_avx512_t;	/* ISO C wants a declaration */
#endif
