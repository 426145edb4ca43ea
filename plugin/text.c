/*
 * text.c - short names from users, made safe
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model/rng.h"
#include "text.h"

/* Number of bytes of the UTF-8 character at s, 0 where it is none. */
static size_t character(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80 ? 1 : (*s & 0xe0) == 0xc0 ? 2 :
		   (*s & 0xf0) == 0xe0 ? 3 : (*s & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t code;

	if (n < 2)
		return *s < 0x20 || *s == 0x7f ? 0 : n;
	code = *s & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)	/* the final 0 too */
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff) ||
	    (code >= 0x80 && code < 0xa0) ||	/* C1 control characters */
	    code == 0x061c || (code >= 0x200e && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) ||	/* they turn or break */
	    (code >= 0x2066 && code <= 0x2069))	/* the line for people */
		return 0;
	return n;
}

void scale_text_copy(char *dst, size_t size, const char *src)
{
	const unsigned char *s = (const unsigned char *) (src ? src : "");
	size_t used = 0;

	while (*s) {
		size_t n = character(s);

		if (used + (n ? n : 1) >= size)
			break;
		if (!n) {
			dst[used++] = '?';
			s++;
		}
		while (n-- > 0)
			dst[used++] = (char) *s++;
	}
	dst[used] = '\0';
}

uint64_t scale_text_hash(uint64_t seed, const char *text)
{
	uint64_t h = scale_hash64(seed);

	for (; *text; text++)
		h = scale_hash64(h ^ (unsigned char) *text);
	return h;
}
