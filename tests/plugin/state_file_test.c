/*
 * state_file_test.c - round trip, every kind of damage, crash points
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/file.h"
#include "plugin/state_file.h"
#include "tests/test_run.h"

static scale_state_stage_t stage[2] = {
	{ 10, 1000, 1, 0, 1, 0, 1.7e9 + 0.125, 1.0 / 3.0, 0.5, "rag", "plan",
	  true, 0 },
	{ 11, 1000, 8, 0, 2, 3, 1.7e9, 5e-7, 0.0, "", "gr\xc3\xbc\xc3\x9f",
	  false, 11 },
};
static scale_state_run_t run[1] = {
	{ 10, 0, true, 1.7e9 + 1, 1.7e9 + 2, "n1" },
};
static scale_state_edge_t edge[1] = { { 11, 10, UINT32_MAX } };
static scale_history_entry_t entry[1] = {
	{ 1000, "align", { 3, 2.5, 0.4 }, { 0, 0.0, 0.0 } },
};
static const scale_state_t sample = {
	.saved = 1.7e9 + 5, .stage_count = 2, .run_count = 1, .edge_count = 1,
	.entry_count = 1, .stage = stage, .run = run, .edge = edge,
	.entry = entry, .ratio = { 4, -1.0, 0.7 },
};

static char dir[64];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(test_template(dir, "state")));
}

static char *in_dir(const char *suffix)
{
	static char path[2][128];
	static int i;

	i = !i;
	snprintf(path[i], sizeof(path[i]), "%s/scale_state%s", dir, suffix);
	return path[i];
}

static void teardown(void)
{
	unlink(in_dir(""));
	unlink(in_dir(".old"));
	rmdir(in_dir(".new"));
	unlink(in_dir(".new"));
	rmdir(dir);
}

static void encode(char **text, size_t *size)
{
	scale_err_t err;

	ck_assert_msg(!scale_state_encode(&sample, text, size, &err), "%s",
		      err.text);
}

static void check_sample(const scale_state_t *s)
{
	ck_assert_double_eq(s->saved, sample.saved);
	ck_assert_uint_eq(s->stage_count, 2);
	ck_assert_int_eq(memcmp(s->stage, stage, sizeof(stage)), 0);
	ck_assert_uint_eq(s->run_count, 1);
	ck_assert_uint_eq(s->run[0].id, 10);
	ck_assert(s->run[0].done);
	ck_assert_str_eq(s->run[0].node, "n1");
	ck_assert_double_eq(s->run[0].ended, 1.7e9 + 2);
	ck_assert_uint_eq(s->edge_count, 1);
	ck_assert_int_eq(memcmp(s->edge, edge, sizeof(edge)), 0);
	ck_assert_uint_eq(s->entry_count, 1);
	ck_assert_int_eq(memcmp(s->entry, entry, sizeof(entry)), 0);
	ck_assert_uint_eq(s->ratio.count, 4);
	ck_assert_double_eq(s->ratio.mean, -1.0);
}

START_TEST(round_trip)
{
	scale_state_t back, none = { 0 };
	scale_err_t err;
	size_t size;
	char *text;

	encode(&text, &size);
	ck_assert_msg(!scale_state_decode(text, size, "x", &back, &err), "%s",
		      err.text);
	check_sample(&back);
	scale_state_free(&back);
	free(text);
	ck_assert_int_eq(scale_state_encode(&none, &text, &size, &err), 0);
	ck_assert_int_eq(scale_state_decode(text, size, "x", &back, &err), 0);
	ck_assert_uint_eq(back.stage_count + back.entry_count, 0);
	scale_state_free(&back);
	free(text);
}
END_TEST

START_TEST(not_finite)
{
	scale_state_t bad = sample;
	scale_err_t err;
	size_t size;
	char *text;

	bad.ratio.mean = NAN;
	ck_assert_int_eq(scale_state_encode(&bad, &text, &size, &err), -1);
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

/* Cut anywhere, and each byte changed: never accepted, nothing touched. */
START_TEST(damage)
{
	scale_state_t untouched, state;
	scale_err_t err;
	size_t size;
	char *text;

	memset(&untouched, 0x5a, sizeof(untouched));
	memset(&state, 0x5a, sizeof(state));
	encode(&text, &size);
	for (size_t i = 0; i < size; i++) {
		ck_assert_int_eq(scale_state_decode(text, i, "cut", &state,
						    &err), -1);
		ck_assert_int_eq(errno, EBADMSG);
		text[i] ^= 1;
		ck_assert_int_eq(scale_state_decode(text, size, "bit", &state,
						    &err), -1);
		ck_assert(errno == EBADMSG || errno == EPROTONOSUPPORT);
		text[i] ^= 1;
	}
	ck_assert_int_eq(memcmp(&state, &untouched, sizeof(state)), 0);
	free(text);
}
END_TEST

/* Right checksum, wrong content. */
static const struct {
	const char *body;
	const char *word;		/* of the error */
} contents[] = {
	{ "{", "end of file" },
	{ "{\"saved\":1}", "stages" },
	{ "{\"saved\":1,\"stages\":[[1]],\"runs\":[],\"edges\":[],"
	  "\"history\":[],\"ratio\":[0,0,0]}", "stages, record 1" },
	{ "{\"saved\":1,\"stages\":[[1,2,3,0,1,0,0.0,1.0,0.0,\"\",\"\",1,0]],"
	  "\"runs\":[],\"edges\":[],\"history\":[],\"ratio\":[0,0,0]}",
	  "stages, record 1" },
	{ "{\"saved\":1,\"stages\":[],\"runs\":[],\"edges\":[[1,2,0],[3,3,0]],"
	  "\"history\":[],\"ratio\":[0,0,0]}", "edges, record 2" },
	{ "{\"saved\":1,\"stages\":[],\"runs\":[],\"edges\":[[1,-2,0]],"
	  "\"history\":[],\"ratio\":[0,0,0]}", "edges" },
	{ "{\"saved\":1,\"stages\":[],\"runs\":[],\"edges\":[[1,4294967296,"
	  "0]],\"history\":[],\"ratio\":[0,0,0]}", "edges" },
	{ "{\"saved\":1,\"stages\":[],\"runs\":[[1,0,1,0,0,\"\"]],"
	  "\"edges\":[],\"history\":[],\"ratio\":[0,0,0]}", "runs" },
	{ "{\"saved\":1,\"stages\":[],\"runs\":[],\"edges\":[],"
	  "\"history\":[[1,\"a\",[2,0,0],[0,0,0]]],\"ratio\":[0,0,0]}",
	  "history" },		/* observations without a spread */
	{ "{\"saved\":1,\"stages\":[],\"runs\":[],\"edges\":[],"
	  "\"history\":[],\"ratio\":[0,0]}", "ratio" },
	{ "{\"saved\":1,\"saved\":2,\"stages\":[],\"runs\":[],\"edges\":[],"
	  "\"history\":[],\"ratio\":[0,0,0]}", "uplicate" },
};

START_TEST(wrong_content)
{
	const char *body = contents[_i].body;
	scale_state_t state;
	scale_err_t err;
	char sum[65], text[1024];

	scale_sha256_hex(body, strlen(body), sum);
	snprintf(text, sizeof(text), "scale-state 1 %zu %s\n%s\n",
		 strlen(body), sum, body);
	ck_assert_int_eq(scale_state_decode(text, strlen(text), "F", &state,
					    &err), -1);
	ck_assert_int_eq(errno, EBADMSG);
	ck_assert_msg(strstr(err.text, contents[_i].word) != NULL, "%s",
		      err.text);
}
END_TEST

/* Written by the release before: no label, no weak names. */
START_TEST(version_1)
{
	static const char body[] = "{\"saved\":1,\"stages\":[[1,2,3,0,1,0,0.5,"
		"1.0,0.0,\"w\",\"t\"]],\"runs\":[],\"edges\":[],"
		"\"history\":[],\"ratio\":[0,0,0]}";
	scale_state_t state;
	scale_err_t err = { "" };
	char sum[65], text[1024];

	scale_sha256_hex(body, strlen(body), sum);
	snprintf(text, sizeof(text), "scale-state 1 %zu %s\n%s\n",
		 strlen(body), sum, body);
	ck_assert_msg(!scale_state_decode(text, strlen(text), "F", &state,
					  &err), "%s", err.text);
	ck_assert_str_eq(state.stage[0].workflow, "w");
	ck_assert(!state.stage[0].weak && !state.stage[0].label);
	scale_state_free(&state);
}
END_TEST

static const struct {
	const char *head;
	int errnum;
} heads[] = {
	{ "scale-state 3 0 00\n\n", EPROTONOSUPPORT },
	{ "scale-state 0 0 00\n\n", EPROTONOSUPPORT },
	{ "scale-state 1 18446744073709551615 00\n", EBADMSG },
	{ "scale-state 1 -1 00\n\n", EBADMSG },
	{ "scale-state\n", EBADMSG },
	{ "", EBADMSG },
	{ "\n", EBADMSG },
};

START_TEST(wrong_head)
{
	scale_state_t state;
	scale_err_t err;

	ck_assert_int_eq(scale_state_decode(heads[_i].head,
			 strlen(heads[_i].head), "F", &state, &err), -1);
	ck_assert_int_eq(errno, heads[_i].errnum);
}
END_TEST

START_TEST(files)
{
	scale_state_t state;
	scale_err_t err;
	size_t size;
	char *text;

	ck_assert_int_eq(scale_state_read(dir, &state, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	encode(&text, &size);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(!scale_state_write(dir, text, size, &err), "%s",
			      err.text);
	ck_assert_int_eq(access(in_dir(".new"), F_OK), -1);
	ck_assert_int_eq(access(in_dir(".old"), F_OK), 0);
	ck_assert_int_eq(scale_state_read(dir, &state, &err), 0);
	check_sample(&state);
	scale_state_free(&state);
	/* the present one damaged: the old one, and why */
	ck_assert_int_eq(truncate(in_dir(""), 40), 0);
	ck_assert_int_eq(scale_state_read(dir, &state, &err), 1);
	ck_assert_ptr_nonnull(strstr(err.text, "scale_state"));
	check_sample(&state);
	scale_state_free(&state);
	/* killed between the two renames: only .old is there */
	unlink(in_dir(""));
	ck_assert_int_eq(scale_state_read(dir, &state, &err), 1);
	scale_state_free(&state);
	/* both damaged */
	ck_assert_int_eq(truncate(in_dir(".old"), 40), 0);
	ck_assert_int_eq(scale_state_read(dir, &state, &err), -1);
	ck_assert_int_eq(errno, EBADMSG);
	free(text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, not_finite);
	tcase_add_test(tc, damage);
	tcase_add_loop_test(tc, wrong_content, 0, TEST_COUNT(contents));
	tcase_add_test(tc, version_1);
	tcase_add_loop_test(tc, wrong_head, 0, TEST_COUNT(heads));
	tcase_add_test(tc, files);
	return test_run("state_file", tc);
}
