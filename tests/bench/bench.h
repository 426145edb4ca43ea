/*
 * bench.h - what the benchmarks share: clocks, medians, machine, peers
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BENCH_H
#define BENCH_H

#include <jansson.h>
#include <stddef.h>

/* Start over without OPENBLAS_*, GOTO_*, OMP_* and MKL_* in the environment:
 * an inherited setting halves a library's speed unnoticed.  Peers inherit
 * none either. */
void bench_clean_environment(char **argv);

/* block, or exit for want of memory. */
void *bench_must(void *block);

double bench_now_us(void);
/* What the processor worked for this thread so far, us. */
double bench_cpu_us(void);

/* Median of x [count], which is sorted. */
double bench_median(double *x, size_t count);

/* Median time of one call of what(arg), us, of 101 runs of about 100 us: a
 * short run is seldom interrupted. */
double bench_time_us(void (*what)(void *arg), void *arg);

/* Processor, its vector instructions, versions, BLAS kernels and threads. */
json_t *bench_machine(void);

/* What the program command prints, JSON; NULL when it cannot run, after a
 * word about it on standard error. */
json_t *bench_peer(const char *command);

#endif
