/*
 * annotation_test.c - what users may write, and what hostile ones do write
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/annotation.h"
#include "tests/test_run.h"

static const struct {
	const char *text;
	uint32_t index;
	const char *wf, *task;
	double gflop, out_gb;
	int64_t hops;
} good[] = {
	{ "scale:wf=rag-42,task=rerank,gflop=12.5,out_gb=0.5", 0, "rag-42",
	  "rerank", 12.5, 0.5, -1 },
	{ "scale:wf=a,hops=3", 7, "a", "", -1, -1, 3 },
	{ "scale:", 0, "", "", -1, -1, -1 },
	{ "  scale:gflop=1.2e4", 0, "", "", 12000, -1, -1 },
	{ "scale:gflop=10|20|30,out_gb=0|1", 0, "", "", 10, 0, -1 },
	{ "scale:gflop=10|20|30,out_gb=0|1", 1, "", "", 20, 1, -1 },
	{ "scale:gflop=10|20|30,out_gb=0|1", 2, "", "", 30, 1, -1 },
	{ "scale:gflop=10|20|30", 4000000000u, "", "", 30, -1, -1 },
	{ "scale:future=x,wf=b,,flag", 0, "b", "", -1, -1, -1 },
	{ "scale:wf=c and words, gflop=-1", 0, "c", "", -1, -1, -1 },
	{ "{\"scale\":{\"wf\":\"j\",\"task\":\"t/1\",\"gflop\":3,"
	  "\"out_gb\":[0.5,2],\"hops\":2},\"other\":[{}]}", 1, "j", "t/1", 3,
	  2, 2 },
	{ " {\"scale\":{}}", 0, "", "", -1, -1, -1 },
};

START_TEST(paper_good)
{
	scale_annotation_t note;
	scale_err_t err = { "" };

	ck_assert_msg(!scale_annotation_parse(good[_i].text, good[_i].index,
					      &note, &err),
		      "%s: %s", good[_i].text, err.text);
	ck_assert(note.present);
	ck_assert_str_eq(note.wf, good[_i].wf);
	ck_assert_str_eq(note.task, good[_i].task);
	ck_assert_double_eq(note.gflop, good[_i].gflop);
	ck_assert_double_eq(note.out_gb, good[_i].out_gb);
	ck_assert_int_eq(note.hops, good[_i].hops);
}
END_TEST

START_TEST(api_parents)
{
	static const char *const texts[] = {
		"scale:wf=a,parents=retrieve+embed,hops=2",
		"{\"scale\":{\"parents\":\"retrieve+embed\"}}",
	};
	scale_annotation_t note;

	ck_assert_int_eq(scale_annotation_parse(texts[_i], 0, &note, NULL), 0);
	ck_assert_str_eq(note.parents, "retrieve+embed");
}
END_TEST

static const char *const foreign[] = {
	NULL,
	"",
	"rule_map_wildcards_a",
	"Scale:wf=a",
	"xscale:wf=a",
	"{\"scal\":{\"wf\":\"a\"}}",
	"{\"scale\":{\"wf\":\"a\"}",
	"{\"scale\":{\"wf\":\"a\"},\"scale\":{}}",
	"{scale:1}",
	"{",
	"[{\"scale\":{}}]",
	"{\"other\":{\"scale\":{\"wf\":\"a\"}}}",
};

START_TEST(api_foreign_is_ignored)
{
	scale_annotation_t note;

	ck_assert_int_eq(scale_annotation_parse(foreign[_i], 0, &note, NULL), 0);
	ck_assert(!note.present);
	ck_assert_double_lt(note.gflop, 0.0);
}
END_TEST

/* Ours and wrong: the key named is the first bad one and stays unset. */
static const struct {
	const char *text, *key;
} hostile[] = {
	{ "scale:gflop=", "gflop" },
	{ "scale:gflop", "gflop" },
	{ "scale:gflop=0", "gflop" },
	{ "scale:gflop=-1", "gflop" },
	{ "scale:gflop=nan", "gflop" },
	{ "scale:gflop=inf", "gflop" },
	{ "scale:gflop=1e999", "gflop" },
	{ "scale:gflop=0x10", "gflop" },
	{ "scale:gflop=1e16", "gflop" },
	{ "scale:gflop=1.2.3", "gflop" },
	{ "scale:gflop=1|2||3", "gflop" },
	{ "scale:gflop=000000000000000000000000000000000000000001", "gflop" },
	{ "scale:out_gb=-0.1", "out_gb" },
	{ "scale:out_gb=1e10", "out_gb" },
	{ "scale:hops=1.5", "hops" },
	{ "scale:hops=-1", "hops" },
	{ "scale:hops=1e7", "hops" },
	{ "scale:wf=", "wf" },
	{ "scale:wf=a\"b", "wf" },
	{ "scale:wf=a\033[31m", "wf" },
	{ "scale:wf=\xc3\xa4", "wf" },
	{ "scale:wf=a=b", "wf" },
	{ "scale:parents=", "parents" },
	{ "scale:parents=a;b", "parents" },
	{ "{\"scale\":{\"parents\":[\"a\"]}}", "parents" },
	{ "scale:task=$(reboot)", "task" },
	{ "scale:task=a%n%s", "task" },
	{ "scale:wf=a,wf=b", "wf" },
	{ "scale:gflop=x,out_gb=y", "gflop" },
	{ "scale:wf=0123456789012345678901234567890123456789"
	  "012345678901234567890123", "wf" },
	{ "{\"scale\":[]}", "scale" },
	{ "{\"scale\":null}", "scale" },
	{ "{\"scale\":{\"gflop\":\"1\"}}", "gflop" },
	{ "{\"scale\":{\"gflop\":[]}}", "gflop" },
	{ "{\"scale\":{\"gflop\":[[1]]}}", "gflop" },
	{ "{\"scale\":{\"gflop\":1e400}}", NULL },
	{ "{\"scale\":{\"gflop\":-5}}", "gflop" },
	{ "{\"scale\":{\"wf\":7}}", "wf" },
	{ "{\"scale\":{\"wf\":\"a\\u0000b\"}}", NULL },
	{ "{\"scale\":{\"wf\":\"a\\nb\"}}", "wf" },
	{ "{\"scale\":{\"hops\":[1]}}", "hops" },
};

START_TEST(api_hostile)
{
	/* where jansson itself refuses, the text is no JSON and not ours */
	bool ours = hostile[_i].key != NULL;
	scale_annotation_t note;
	scale_err_t err = { "" };
	int rc;

	errno = 0;
	rc = scale_annotation_parse(hostile[_i].text, 2, &note, &err);
	ck_assert_msg(rc == (ours ? -1 : 0), "%s", hostile[_i].text);
	ck_assert(note.present == ours);
	if (ours) {
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_msg(strstr(err.text, hostile[_i].key) != NULL,
			      "%s: %s", hostile[_i].text, err.text);
	}
	for (const char *c = err.text; *c; c++)
		ck_assert_int_ge((unsigned char) *c, 0x20);
	if (!strstr(hostile[_i].text, "wf=a,wf=b"))
		ck_assert_str_eq(note.wf, "");
	ck_assert_double_lt(note.gflop, 0.0);
	ck_assert_double_lt(note.out_gb, 0.0);
	ck_assert_int_eq(note.hops, -1);
}
END_TEST

/* One bad key leaves the others in place. */
START_TEST(api_keeps_the_rest)
{
	scale_annotation_t note;
	scale_err_t err;

	ck_assert_int_eq(scale_annotation_parse("scale:wf=a,gflop=x,out_gb=2",
						0, &note, &err), -1);
	ck_assert_str_eq(note.wf, "a");
	ck_assert_double_lt(note.gflop, 0.0);
	ck_assert_double_eq(note.out_gb, 2.0);
}
END_TEST

START_TEST(api_too_long)
{
	char *text = malloc(SCALE_ANNOTATION_MAX + 1);
	scale_annotation_t note;
	scale_err_t err;

	memset(text, 'x', SCALE_ANNOTATION_MAX);
	memcpy(text, "scale:wf=", 9);
	text[SCALE_ANNOTATION_MAX] = '\0';
	ck_assert_int_eq(scale_annotation_parse(text, 0, &note, &err), -1);
	ck_assert_int_eq(errno, E2BIG);
	ck_assert(!note.present);
	text[SCALE_ANNOTATION_MAX - 1] = '\0';
	ck_assert_int_eq(scale_annotation_parse(text, 0, &note, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	/* deep nesting ends in the JSON library, not on the stack */
	memset(text, '[', SCALE_ANNOTATION_MAX - 1);
	memcpy(text, "{\"scale\":", 9);
	ck_assert_int_eq(scale_annotation_parse(text, 0, &note, &err), 0);
	ck_assert(!note.present);
	free(text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, paper_good, 0, TEST_COUNT(good));
	tcase_add_loop_test(tc, api_parents, 0, 2);
	tcase_add_loop_test(tc, api_foreign_is_ignored, 0, TEST_COUNT(foreign));
	tcase_add_loop_test(tc, api_hostile, 0, TEST_COUNT(hostile));
	tcase_add_test(tc, api_keeps_the_rest);
	tcase_add_test(tc, api_too_long);
	return test_run_within("annotation", tc, 30);
}
