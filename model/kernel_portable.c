/*
 * kernel_portable.c - vector loops in 16-byte vectors: SSE2, NEON, any C
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define KERNEL_BYTES 16
#define KERNEL_ROWS 4
#define KERNEL_VECS 2
#define KERNEL_TARGET
#define KERNEL_TABLE scale_kernel_portable
#define KERNEL_NAME "portable"
#define KERNEL_USABLE 1
#include "kernel_impl.h"
