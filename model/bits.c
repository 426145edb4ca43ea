/*
 * bits.c - a set of small numbers that finds its next member at once
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"

/* All words of all levels are one block, all counts another. */
int scale_bits_init(scale_bits_t *bits, size_t n)
{
	scale_bits_t b = { .levels = 0 };
	size_t words = (n + 63) / 64, all = 0;

	do {
		if (b.levels == SCALE_BITS_LEVELS) {
			errno = ENOMEM;
			return -1;
		}
		words = words ? words : 1;
		b.words[b.levels++] = words;
		all += words;
		words = (words + 63) / 64;
	} while (b.words[b.levels - 1] > 1);
	b.level[0] = calloc(all, sizeof(*b.level[0]));
	b.below[0] = calloc(all, sizeof(*b.below[0]));
	if (!b.level[0] || !b.below[0]) {
		scale_bits_fini(&b);
		return -1;
	}
	for (int l = 1; l < b.levels; l++) {
		b.level[l] = b.level[l - 1] + b.words[l - 1];
		b.below[l] = b.below[l - 1] + b.words[l - 1];
	}
	*bits = b;
	return 0;
}

void scale_bits_fini(scale_bits_t *bits)
{
	free(bits->level[0]);
	free(bits->below[0]);
	*bits = (scale_bits_t) { .levels = 0 };
}

void scale_bits_clear(scale_bits_t *bits)
{
	for (int l = 0; l < bits->levels; l++) {
		memset(bits->level[l], 0,
		       bits->words[l] * sizeof(*bits->level[l]));
		memset(bits->below[l], 0,
		       bits->words[l] * sizeof(*bits->below[l]));
	}
	bits->count = 0;
}

/* Members below word w of level l, over all sets. */
static size_t count_below(const scale_bits_t *const *set, size_t sets, int l,
			  size_t w)
{
	size_t count = 0;

	for (size_t k = 0; k < sets; k++)
		count += l ? set[k]->below[l][w] :
			 (size_t) __builtin_popcountll(set[k]->level[0][w]);
	return count;
}

size_t scale_bits_nth(const scale_bits_t *const *set, size_t sets,
		      size_t rank)
{
	uint64_t members = 0;
	size_t w = 0;

	for (int l = set[0]->levels - 1; l > 0; l--) {
		size_t here;

		w *= 64;
		while (rank >= (here = count_below(set, sets, l - 1, w))) {
			rank -= here;
			w++;
		}
	}
	for (size_t k = 0; k < sets; k++)
		members |= set[k]->level[0][w];
	while (rank-- > 0)
		members &= members - 1;
	return w * 64 + (size_t) __builtin_ctzll(members);
}
