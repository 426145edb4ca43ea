/*
 * bits.h - a set of small numbers that finds its next member at once
 *
 * A bit for each number; above it, again and again, a bit for each word that
 * is not empty, until one word says all.  64^l numbers take l steps.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_BITS_H
#define SCALE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCALE_BITS_NONE SIZE_MAX

enum { SCALE_BITS_LEVELS = 6 };		/* 64^6 numbers */

typedef struct scale_bits {
	uint64_t *level[SCALE_BITS_LEVELS];	/* [0] the members; [l] which
						   words of [l - 1] have any */
	uint32_t *below[SCALE_BITS_LEVELS];	/* from 1 on: members below
						   each word */
	size_t words[SCALE_BITS_LEVELS];
	int levels;
	size_t count;			/* members */
} scale_bits_t;

/* An empty set of numbers below n; all zero is one for no number.
 * RET 0, or -1 with ENOMEM: as it was */
int scale_bits_init(scale_bits_t *bits, size_t n);
void scale_bits_fini(scale_bits_t *bits);
void scale_bits_clear(scale_bits_t *bits);

/* Member rank, from 0, of the union of sets that have no member in common
 * and were made for the same n; rank is below the sum of their counts. */
size_t scale_bits_nth(const scale_bits_t *const *set, size_t sets,
		      size_t rank);

static inline bool scale_bits_has(const scale_bits_t *bits, size_t i)
{
	return bits->level[0][i / 64] >> (i % 64) & 1;
}

/* i is not a member yet. */
static inline void scale_bits_add(scale_bits_t *bits, size_t i)
{
	size_t k = i;

	bits->count++;
	for (int l = 0; l < bits->levels; l++, k /= 64) {
		uint64_t *word = &bits->level[l][k / 64];
		bool empty = !*word;

		*word |= (uint64_t) 1 << (k % 64);
		if (!empty)
			break;
	}
	for (int l = 1; l < bits->levels; l++)
		bits->below[l][i >> (6 * l + 6)]++;
}

/* i is a member. */
static inline void scale_bits_remove(scale_bits_t *bits, size_t i)
{
	size_t k = i;

	bits->count--;
	for (int l = 0; l < bits->levels; l++, k /= 64) {
		uint64_t *word = &bits->level[l][k / 64];

		*word &= ~((uint64_t) 1 << (k % 64));
		if (*word)
			break;
	}
	for (int l = 1; l < bits->levels; l++)
		bits->below[l][i >> (6 * l + 6)]--;
}

/* The least member that is not below from, or SCALE_BITS_NONE. */
static inline size_t scale_bits_next(const scale_bits_t *bits, size_t from)
{
	size_t i = from;

	for (int l = 0; l < bits->levels; l++) {
		size_t w = i / 64;
		uint64_t word;

		if (w >= bits->words[l])
			break;
		word = bits->level[l][w] & UINT64_MAX << (i % 64);
		if (!word) {
			i = w + 1;
			continue;
		}
		i = w * 64 + (size_t) __builtin_ctzll(word);
		while (l-- > 0)
			i = i * 64 +
			    (size_t) __builtin_ctzll(bits->level[l][i]);
		return i;
	}
	return SCALE_BITS_NONE;
}

#endif
