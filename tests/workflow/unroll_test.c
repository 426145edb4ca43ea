/*
 * unroll_test.c - cycles unrolled: copies and arcs by hand
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/test_run.h"
#include "workflow/unroll.h"

/* Nodes are a, b, c ...; arcs "ab bc"; ends: nodes that may end the graph;
 * expected: "a1 b1 a2|a1b1 b1a2" copies and arcs. */
static const struct {
	const char *arcs, *ends;
	uint32_t n, visits;
	const char *expected;
} cases[] = {
	/* no cycle: as it is, arcs once */
	{ "ab ac bd cd ab", "d", 4, 3, "a1 b1 c1 d1|a1b1 a1c1 b1d1 c1d1" },
	/* a loop with itself */
	{ "aa ab", "b", 2, 3, "a1 a2 a3 b1|a1a2 a2a3 a3b1" },
	/* left from the first node: the last b leads nowhere */
	{ "ab ba", "a", 2, 3, "a1 a2 a3 b1 b2|b1a2 b2a3 a1b1 a2b2" },
	/* left from the second */
	{ "ab ba", "b", 2, 2, "a1 a2 b1 b2|b1a2 a1b1 a2b2" },
	/* one visit: what closes the cycle is dropped */
	{ "ab ba bc", "c", 3, 1, "a1 b1 c1|a1b1 b1c1" },
	/* never left: nothing is dropped */
	{ "ab ba", "", 2, 2, "a1 a2 b1 b2|b1a2 a1b1 a2b2" },
	/* two ways through the cycle, joined */
	{ "ab ac bd cd da de", "e", 5, 2,
	  "a1 a2 b1 b2 c1 c2 d1 d2 e1|d1a2 a1b1 a2b2 a1c1 a2c2 b1d1 c1d1 "
	  "b2d2 c2d2 d2e1" },
	/* b on two cycles through a: each closing arc leads one visit on */
	{ "ab ba bc ca", "b", 3, 2,
	  "a1 a2 b1 b2 c1|b1a2 c1a2 a1b1 a2b2 b1c1" },
	/* two cycles one after the other */
	{ "ab ba bc cd dc", "d", 4, 2,
	  "a1 a2 b1 b2 c1 c2 d1 d2|b1a2 a1b1 a2b2 b2c1 d1c2 c1d1 c2d2" },
};

/* Copy of an unrolled graph as text. */
static void describe(const wf_unrolled_t *u, char *text, size_t size)
{
	size_t used = 0;

	for (size_t c = 0; c < u->copies; c++)
		used += snprintf(text + used, size - used, "%s%c%u",
				 c ? " " : "", 'a' + u->copy[c].node,
				 u->copy[c].visit);
	for (size_t e = 0; e < u->arcs; e++) {
		const wf_copy_t *from = &u->copy[u->arc[e].from];
		const wf_copy_t *to = &u->copy[u->arc[e].to];

		used += snprintf(text + used, size - used, "%s%c%u%c%u",
				 e ? " " : "|", 'a' + from->node, from->visit,
				 'a' + to->node, to->visit);
	}
}

START_TEST(by_hand)
{
	static const uint32_t start[] = { 0, 1, 2, 3, 4, 5 };
	bool end[6] = { false };
	wf_arc_t arc[16];
	size_t arcs = 0;
	wf_unrolled_t u;
	char text[400] = "";
	wf_digraph_t g = { cases[_i].n, arc, 0, start, end };

	for (const char *p = cases[_i].arcs; *p; p += 2 + (p[2] == ' '))
		arc[arcs++] = (wf_arc_t){ p[0] - 'a', p[1] - 'a' };
	g.arcs = arcs;
	for (const char *p = cases[_i].ends; *p; p++)
		end[*p - 'a'] = true;
	ck_assert_int_eq(wf_unroll(&g, cases[_i].visits, &u, NULL), 0);
	describe(&u, text, sizeof(text));
	ck_assert_str_eq(text, cases[_i].expected);
	wf_unrolled_free(&u);
}
END_TEST

START_TEST(cycles_are_counted)
{
	static const wf_arc_t arc[] = { { 1, 1 }, { 1, 2 }, { 2, 3 }, { 3, 2 } };
	static const uint32_t start[] = { 0, 1, 2, 3 };
	static const bool end[] = { false, false, false, true };
	wf_digraph_t g = { 4, arc, 4, start, end };
	wf_unrolled_t u;

	ck_assert_int_eq(wf_unroll(&g, 2, &u, NULL), 0);
	ck_assert_uint_eq(u.cycles, 2);
	ck_assert_uint_eq(u.copy[0].cycle, 0);
	ck_assert_uint_eq(u.copy[1].cycle, 1);
	ck_assert_uint_eq(u.copy[3].cycle, 2);
	wf_unrolled_free(&u);
}
END_TEST

START_TEST(too_many)
{
	enum { N = 1000 };
	static wf_arc_t arc[N];
	static uint32_t start[N];
	static bool end[N];
	wf_digraph_t g = { N, arc, N, start, end };
	scale_err_t err = { "" };
	wf_unrolled_t u;

	for (uint32_t i = 0; i < N; i++) {
		arc[i] = (wf_arc_t){ i, (i + 1) % N };
		start[i] = i;
	}
	ck_assert_int_eq(wf_unroll(&g, 100, &u, &err), 0);
	ck_assert_uint_eq(u.copies, 100 * N);
	wf_unrolled_free(&u);
	ck_assert_int_eq(wf_unroll(&g, 101, &u, &err), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_ptr_nonnull(strstr(err.text, "--max-visits"));
	ck_assert_ptr_null(u.copy);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("unroll");

	tcase_add_loop_test(tc, by_hand, 0, TEST_COUNT(cases));
	tcase_add_test(tc, cycles_are_counted);
	tcase_add_test(tc, too_many);
	return test_run("unroll", tc);
}
