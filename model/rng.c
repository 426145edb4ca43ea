/*
 * rng.c - random numbers with explicit state
 *
 * Every draw consumes a fixed number of words wherever its distribution
 * allows it (normal: two), so that streams stay aligned between runs.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "rng.h"

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t scale_hash64(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

uint64_t scale_hash_seed(uint64_t seed, uint64_t stream)
{
	return scale_hash64(scale_hash64(seed) ^ rotl(scale_hash64(~stream), 1));
}

void scale_rng_seed(scale_rng_t *rng, uint64_t seed, uint64_t stream)
{
	uint64_t x = scale_hash_seed(seed, stream);

	for (int i = 0; i < 4; i++) {
		rng->s[i] = scale_hash64(x);
		x += 0x9e3779b97f4a7c15ULL;
	}
}

/* Own copies of what is public: a shared object may not inline those. */
static inline uint64_t next(scale_rng_t *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

static inline double uniform(scale_rng_t *rng)
{
	return (double) (next(rng) >> 11) * 0x1.0p-53;
}

uint64_t scale_rng_u64(scale_rng_t *rng)
{
	return next(rng);
}

double scale_rng_uniform(scale_rng_t *rng)
{
	return uniform(rng);
}

double scale_rng_normal(scale_rng_t *rng)
{
	double u = 1.0 - uniform(rng);	/* (0, 1] */
	double v = uniform(rng);

	return sqrt(-2.0 * log(u)) * cos(6.283185307179586476925 * v);
}

double scale_rng_exponential(scale_rng_t *rng)
{
	return -log(1.0 - uniform(rng));
}

uint64_t scale_rng_below(scale_rng_t *rng, uint64_t n)
{
	uint64_t x;

	/* below the largest multiple of n; the first test spares most draws
	 * the division of the second */
	do {
		x = next(rng);
	} while (x > UINT64_MAX - n && x >= n * (UINT64_MAX / n));
	return x % n;
}
