/*
 * rng.h - random numbers with explicit state
 *
 * xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64 from a
 * hash of (seed, stream), so that neighbouring seeds and streams are
 * independent and one purpose never disturbs another.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_RNG_H
#define SCALE_RNG_H

#include <stdint.h>

typedef struct scale_rng {
	uint64_t s[4];		/* never all zero */
} scale_rng_t;

/* Avalanche of one word: the output function of splitmix64. */
uint64_t scale_hash64(uint64_t x);

/* Hash of (seed, stream): the seed of an independent stream. */
uint64_t scale_hash_seed(uint64_t seed, uint64_t stream);

/* Start the generator for one purpose (stream) under one seed. */
void scale_rng_seed(scale_rng_t *rng, uint64_t seed, uint64_t stream);

uint64_t scale_rng_u64(scale_rng_t *rng);
double scale_rng_uniform(scale_rng_t *rng);	/* [0, 1), 53 bits */
double scale_rng_normal(scale_rng_t *rng);	/* N(0, 1); two draws each */
double scale_rng_exponential(scale_rng_t *rng);	/* mean 1 */
uint64_t scale_rng_below(scale_rng_t *rng, uint64_t n);	/* 0 .. n-1, n > 0,
							   without bias */
#endif
