/*
 * text_test.c - names made safe, and their hash
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "plugin/text.h"
#include "tests/test_run.h"

static const struct {
	const char *in;
	size_t size;
	const char *out;
} copies[] = {
	{ "rag-42", 64, "rag-42" },
	{ NULL, 4, "" },
	{ "abcdef", 4, "abc" },
	{ "a\nb\x7f", 8, "a?b?" },
	{ "gr\xc3\xbc\xc3\x9f", 16, "gr\xc3\xbc\xc3\x9f" },
	{ "gr\xc3\xbc", 4, "gr" },		/* the letter does not fit */
	{ "\xe2\x82\xac\xf0\x9f\x98\x80", 8, "\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "\xe2\x82\xac\xf0\x9f\x98\x80", 7, "\xe2\x82\xac" },
	{ "a\xe2\x82", 8, "a??" },		/* ends within a letter */
	{ "\xc0\xaf", 8, "??" },		/* overlong */
	{ "\xed\xa0\x80", 8, "???" },		/* half of a pair */
	{ "\xf5\x80\x80\x80", 8, "????" },	/* beyond Unicode */
	{ "\xc2\x85x", 8, "??x" },		/* C1 control */
	{ "a\xe2\x80\xae""b", 8, "a???b" },	/* U+202E turns the line round */
	{ "\"\\", 8, "\"\\" },			/* JSON's business */
	{ "x", 1, "" },
};

START_TEST(copy_is_safe)
{
	char out[64];

	memset(out, 'Z', sizeof(out));
	scale_text_copy(out, copies[_i].size, copies[_i].in);
	ck_assert_str_eq(out, copies[_i].out);
	if (copies[_i].size < sizeof(out))
		ck_assert_int_eq(out[copies[_i].size], 'Z');
}
END_TEST

/* State files and the canary's choice outlive a release: values are fixed. */
START_TEST(hash_is_for_ever)
{
	ck_assert_uint_eq(scale_text_hash(0, ""), 0xe220a8397b1dcdafULL);
	ck_assert_uint_ne(scale_text_hash(0, "ab"), scale_text_hash(0, "ba"));
	ck_assert_uint_ne(scale_text_hash(0, "ab"), scale_text_hash(1, "ab"));
	ck_assert_uint_eq(scale_text_hash(1000, "rag-42"), 
			  0x7f8edf7458d71d07ULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, copy_is_safe, 0, TEST_COUNT(copies));
	tcase_add_test(tc, hash_is_for_ever);
	return test_run("text", tc);
}
