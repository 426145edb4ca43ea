/*
 * model_file_test.c - model files: round trip, and everything malformed
 *
 * Files are made in memory.  "Good" is a network of dims 5,5,2,1,1,1,1.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE	/* memmem() */
#include <check.h>
#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/file.h"
#include "model/model_file.h"
#include "model/safetensors.h"
#include "tests/test_run.h"

#define GOOD_DIMS "5,5,2,1,1,1,1"

/* A file in the making, without slack behind it, so that a sanitizer sees
 * the first byte read too much. */
typedef struct bytes {
	unsigned char *data;
	size_t size;
} bytes_t;

static bytes_t make_file(const char *header, size_t length,
			 const void *data, size_t size)
{
	bytes_t file = { malloc(8 + length + size), 8 + length + size };
	uint64_t n = htole64(length);

	memcpy(file.data, &n, 8);
	memcpy(file.data + 8, header, length);
	if (data)
		memcpy(file.data + 8 + length, data, size);
	else
		memset(file.data + 8 + length, 0, size);
	return file;
}

static scale_model_t *make_model(scale_dims_t dims)
{
	scale_net_t *net = scale_net_create(&dims, NULL);
	scale_model_t *model;

	ck_assert_ptr_nonnull(net);
	scale_net_init(net, 42);
	model = scale_model_create(net, NULL);
	ck_assert_ptr_nonnull(model);
	return model;
}

static bytes_t save(scale_model_t *model)
{
	char path[TEST_PATH];
	int fd = mkstemp(test_template(path, "model"));
	scale_err_t err = { "" };
	bytes_t file;

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_msg(scale_model_save(model, path, &err) == 0, "%s",
		      err.text);
	ck_assert_int_eq(scale_file_read(path, 1 << 24, (char **) &file.data,
					 &file.size, NULL), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_uint_eq(model->file_size, file.size);
	return file;
}

static bytes_t good_file(void)
{
	scale_dims_t dims = { 5, 5, 2, 1, 1, 1, 1, SCALE_POINTER, 0, 0 };
	scale_model_t *model = make_model(dims);
	bytes_t file = save(model);

	scale_model_destroy(model);
	return file;
}

static size_t header_length(bytes_t file)
{
	uint64_t n;

	memcpy(&n, file.data, 8);
	return (size_t) le64toh(n);
}

/* Parse must fail with errnum and words; frees file. */
static void refuse(bytes_t file, int errnum, const char *words)
{
	scale_err_t err = { "" };
	scale_model_t *model;

	errno = 0;
	model = scale_model_parse(file.data, file.size, "m.st", &err);
	ck_assert_msg(!model, "accepted; expected \"%s\"", words);
	ck_assert_msg(strstr(err.text, words) != NULL,
		      "\"%s\" lacks \"%s\"", err.text, words);
	ck_assert_msg(!strncmp(err.text, "m.st: ", 6), "\"%s\"", err.text);
	ck_assert_int_eq(errno, errnum);
	free(file.data);
}

/* Parse must succeed; frees file. */
static scale_model_t *accept(bytes_t file)
{
	scale_err_t err = { "" };
	scale_model_t *model = scale_model_parse(file.data, file.size, "m.st",
						 &err);

	ck_assert_msg(model != NULL, "%s", err.text);
	free(file.data);
	return model;
}

START_TEST(round_trip)
{
	scale_model_t *model = make_model(scale_dims_paper()), *read;
	bytes_t first, second;

	scale_model_set_meta(model, "note", "Zahlen: \xc3\xa4 \"x\" \n/", NULL);
	scale_model_set_meta(model, "a", "", NULL);
	first = save(model);
	ck_assert_uint_eq(model->net->param_count, 12993);
	ck_assert_uint_eq(first.size, 8 + header_length(first) + 4 * 12993);
	ck_assert_uint_eq(header_length(first) % 8, 0);
	ck_assert_int_eq(first.data[8], '{');
	read = scale_model_parse(first.data, first.size, "m.st", NULL);
	ck_assert_ptr_nonnull(read);
	ck_assert_str_eq(read->sha256, model->sha256);
	ck_assert_uint_eq(read->file_size, first.size);
	ck_assert_uint_eq(read->meta_count, 6);
	ck_assert_str_eq(scale_model_meta(read, "note"),
			 "Zahlen: \xc3\xa4 \"x\" \n/");
	ck_assert_str_eq(scale_model_meta(read, "a"), "");
	ck_assert_str_eq(scale_model_meta(read, SCALE_META_DIMS),
			 "5,5,16,4,2,64,64");
	for (size_t i = 0; i < read->net->param_count; i++)
		ck_assert_float_eq(read->net->params[i],
				   model->net->params[i]);
	second = save(read);
	ck_assert_uint_eq(second.size, first.size);
	ck_assert_mem_eq(second.data, first.data, first.size);
	free(first.data);
	free(second.data);
	scale_model_destroy(model);
	scale_model_destroy(read);
}
END_TEST

START_TEST(metadata)
{
	static const char *const keys[] = { "m", "b", "z", "a", "n" };
	scale_model_t *model = make_model(scale_dims_paper());

	for (int i = 0; i < TEST_COUNT(keys); i++)
		ck_assert_int_eq(scale_model_set_meta(model, keys[i], "1",
						      NULL), 0);
	ck_assert_int_eq(scale_model_set_meta(model, "b", "2", NULL), 0);
	ck_assert_int_eq(scale_model_set_meta(model, "m", NULL, NULL), 0);
	ck_assert_int_eq(scale_model_set_meta(model, "none", NULL, NULL), 0);
	ck_assert_uint_eq(model->meta_count, 4);
	for (size_t i = 1; i < model->meta_count; i++)
		ck_assert_str_lt(model->meta[i - 1].key, model->meta[i].key);
	ck_assert_str_eq(scale_model_meta(model, "b"), "2");
	ck_assert_str_eq(scale_model_meta(model, "z"), "1");
	ck_assert_ptr_null(scale_model_meta(model, "m"));
	ck_assert_str_eq(model->sha256, "");
	scale_model_destroy(model);
	scale_model_destroy(NULL);
}
END_TEST

#define T(name, dtype, shape, offsets) \
	"\"" name "\":{\"dtype\":" dtype ",\"shape\":" shape \
	",\"data_offsets\":" offsets "}"
#define F32(name, shape, offsets) T(name, "\"F32\"", shape, offsets)
#define ONE(shape, offsets) "{" F32("t", shape, offsets) "}"

/* Headers that break a rule of the container, before 8 bytes of data. */
static const struct {
	const char *header;
	const char *words;
} headers[] = {
	{ "", "header, line 1, column 0" },
	{ "   ", "header, line 1" },
	{ "[]", "header is not a JSON object" },
	{ "7", "header, line 1, column 1" },
	{ "{", "header, line 1, column 1: " },
	{ "{}x", "end of file expected" },
	{ "{}{}", "end of file expected" },
	{ "{},", "end of file expected" },
	{ "\xef\xbb\xbf{}", "header, line 1" },
	{ "{\"a\xff\":1}", "unable to decode byte 0xff" },
	{ "{\"a\":\"\xc3\x28\"}", "unable to decode byte" },
	{ "{\"a\\u0000\":1}", "\\u0000" },
	{ "{\n\"t\": NaN}", "header, line 2" },
	{ "{\"t\":/* */1}", "header, line 1" },
	{ "{'t':1}", "string or '}' expected" },
	{ "{\"t\":1,}", "string or '}' expected" },
	{ "{" F32("t", "[1]", "[0,4]") "," F32("t", "[1]", "[4,8]") "}",
	  "duplicate object key" },
	{ "{" F32("t", "[1]", "[0,4]") "," F32("\\u0074", "[1]", "[4,8]") "}",
	  "duplicate object key" },
	{ "{\"t\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],"
	  "\"data_offsets\":[0,8]}}", "duplicate object key" },
	{ "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}",
	  "duplicate object key" },
	{ "{\"__metadata__\":[]}", "__metadata__ is not an object" },
	{ "{\"__metadata__\":{\"a\":1}}",
	  "__metadata__: value of \"a\" is not a string" },
	{ "{\"__metadata__\":{\"a\":null}}", "value of \"a\" is not a string" },
	{ "{\"__metadata__\":{\"a\":{}}}", "value of \"a\" is not a string" },
	{ "{\"t\":[]}", "tensor \"t\": is not an object" },
	{ "{\"t\":null}", "tensor \"t\": is not an object" },
	{ "{\"t\":{\"shape\":[2],\"data_offsets\":[0,8]}}",
	  "tensor \"t\": lacks dtype" },
	{ "{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}",
	  "tensor \"t\": lacks shape" },
	{ "{\"t\":{\"dtype\":\"F32\",\"shape\":[2]}}",
	  "tensor \"t\": lacks data_offsets" },
	{ "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],"
	  "\"strides\":[1]}}", "tensor \"t\": has members beside" },
	{ "{" T("t", "32", "[2]", "[0,8]") "}", "dtype is not a string" },
	{ "{" T("t", "\"F64\"", "[1]", "[0,8]") "}",
	  "dtype F64 is not supported; convert it to F32" },
	{ "{" T("t", "\"BF16\"", "[4]", "[0,8]") "}",
	  "dtype BF16 is not supported" },
	{ "{" T("t", "\"f32\"", "[2]", "[0,8]") "}", "unknown dtype \"f32\"" },
	{ "{" T("t", "\"\"", "[2]", "[0,8]") "}", "unknown dtype \"\"" },
	{ ONE("2", "[0,8]"), "shape is not an array" },
	{ ONE("{}", "[0,8]"), "shape is not an array" },
	{ ONE("[2.0]", "[0,8]"), "shape[0] is not an integer" },
	{ ONE("[1,\"2\"]", "[0,8]"), "shape[1] is not an integer" },
	{ ONE("[2,true]", "[0,8]"), "shape[1] is not an integer" },
	{ ONE("[-2]", "[0,8]"), "shape[0] is negative" },
	{ ONE("[281474976710656]", "[0,8]"), "shape[0] exceeds 2^48 - 1" },
	{ ONE("[99999999999999999999]", "[0,8]"), "too big integer" },
	{ ONE("[1,1,1,1,1,1,1,1,2]", "[0,8]"), "shape has 9 dimensions" },
	{ ONE("[281474976710655,281474976710655]", "[0,8]"),
	  "product of the shape overflows" },
	/* 2^62 numbers: the product passes, its bytes are 2^64, that is 0 */
	{ ONE("[140737488355328,32768]", "[0,0]"), "span 0 bytes" },
	{ ONE("[2]", "8"), "data_offsets is not an array of two" },
	{ ONE("[2]", "[8]"), "data_offsets is not an array of two" },
	{ ONE("[2]", "[0,8,8]"), "data_offsets is not an array of two" },
	{ ONE("[2]", "[0.0,8]"), "data_offsets[0] is not an integer" },
	{ ONE("[2]", "[0,8e0]"), "data_offsets[1] is not an integer" },
	{ ONE("[2]", "[-8,0]"), "data_offsets[0] is negative" },
	{ ONE("[2]", "[0,281474976710656]"), "data_offsets[1] exceeds" },
	{ ONE("[2]", "[8,0]"), "data_offsets end before they begin" },
	{ ONE("[3]", "[0,12]"), "ends at byte 12 of the data, which has 8" },
	{ ONE("[1]", "[0,8]"), "span 8 bytes, the shape needs 1 numbers" },
	{ ONE("[]", "[0,8]"), "span 8 bytes, the shape needs 1 numbers" },
	{ ONE("[0]", "[0,8]"), "span 8 bytes, the shape needs 0 numbers" },
	{ ONE("[1]", "[4,8]"),
	  "bytes 0 to 4 of the data, before tensor \"t\", belong to no" },
	{ ONE("[1]", "[0,4]"), "4 bytes after the last tensor" },
	{ "{}", "8 bytes after the last tensor" },
	{ "{" F32("a", "[1]", "[0,4]") "," F32("b", "[2]", "[0,8]") "}",
	  "tensor \"b\" begins at byte 0 of the data, inside tensor \"a\"" },
	{ "{" F32("a", "[1]", "[4,8]") "," F32("b", "[1]", "[4,8]") ","
	  F32("c", "[1]", "[0,4]") "}", "tensor \"b\" begins at byte 4" },
	{ "{" F32("a", "[1]", "[4,8]") "," F32("b", "[0]", "[0,0]") "}",
	  "bytes 0 to 4 of the data, before tensor \"a\"" },
	/* nothing wrong with the container, and not of ours */
	{ ONE("[2]", "[0,8]"), "no __metadata__: not a scale model" },
};

START_TEST(bad_header)
{
	const char *text = headers[_i].header;

	refuse(make_file(text, strlen(text), NULL, 8), EINVAL,
	       headers[_i].words);
}
END_TEST

/* Lengths in front that lie, and what is left of the file. */
static const struct {
	uint64_t length;
	size_t size;
	const char *words;
} lengths[] = {
	{ 0, 0, "0 bytes are too short" },
	{ 2, 7, "7 bytes are too short" },
	{ 0, 8, "header, line 1" },
	{ 2, 8, "header length 2 exceeds the 0 bytes that follow" },
	{ 3, 10, "header length 3 exceeds the 2 bytes that follow" },
	{ 1 << 20, 2000, "header length 1048576 exceeds the 1992 bytes" },
	{ (1 << 20) + 1, 1 << 21, "header length 1048577 exceeds 1048576" },
	{ 100000000, 2000, "exceeds 1048576: not a safetensors file?" },
	{ UINT64_MAX, 2000, "header length 18446744073709551615 exceeds" },
	{ UINT64_MAX - 7, 2000, "header length 18446744073709551608 exceeds" },
};

START_TEST(bad_length)
{
	bytes_t file = { malloc(lengths[_i].size + !lengths[_i].size),
			 lengths[_i].size };
	uint64_t n = htole64(lengths[_i].length);

	memset(file.data, ' ', file.size);
	memcpy(file.data, &n, file.size < 8 ? file.size : 8);
	refuse(file, EINVAL, lengths[_i].words);
}
END_TEST

/* Good with the first such text of its header exchanged, and so many bytes
 * of data more.  ("}}" is the end of the header.) */
static bytes_t exchange(const char *old, const char *text, int more)
{
	bytes_t good = good_file(), file;
	size_t length = header_length(good);
	size_t size = good.size - 8 - length;
	char *header = strndup((char *) good.data + 8, length);
	char *data = calloc(1, size + 64), *at = strstr(header, old), *edited;
	size_t room = length + strlen(text) + 1;

	memcpy(data, good.data + 8 + length, size);
	ck_assert_msg(at != NULL, "no %s in %s", old, header);
	*at = '\0';
	edited = malloc(room);
	snprintf(edited, room, "%s%s%s", header, text, at + strlen(old));
	file = make_file(edited, strlen(edited), data,
			 (size_t) ((ssize_t) size + more));
	free(edited);
	free(data);
	free(header);
	free(good.data);
	return file;
}

#define META(key, value) "\"" key "\":\"" value "\""
#define TENSOR_KV "\"critic.4.bias\":{\"dtype\":\"F32\",\"shape\":[1]"

/* Containers in order that are no network of ours. */
static const struct {
	const char *old, *text;
	int more;
	const char *words;
} edits[] = {
	{ "__metadata__", "__metadatA__", 0, "tensor \"__metadatA__\": lacks" },
	{ META("format", "scale"), META("format", "pt"), 0,
	  "format is \"pt\", not \"scale\"" },
	{ META("format", "scale") ",", "", 0, "__metadata__ lacks \"format\"" },
	{ META("format_version", "1"), META("format_version", "2"), 0,
	  "format_version is \"2\", this program reads \"1\"" },
	{ "," META("format_version", "1"), "", 0, "lacks \"format_version\"" },
	{ "scale/1", "scale/7", 0, "feature_schema \"scale/7\" is unknown" },
	{ META("feature_schema", "scale/1") ",", "", 0,
	  "lacks \"feature_schema\"" },
	{ META("dims", GOOD_DIMS) ",", "", 0, "lacks \"dims\"" },
	{ META("dims", GOOD_DIMS), META("architecture", "mlp") ","
	  META("dims", GOOD_DIMS), 0,
	  "dims \"5,5,2,1,1,1,1\" are not six whole numbers \"P,S,d,F,K,N\"" },
	{ META("dims", GOOD_DIMS), META("architecture", "gnn") ","
	  META("dims", GOOD_DIMS), 0,
	  "architecture \"gnn\" is unknown" },
	{ GOOD_DIMS, "", 0, "are not seven whole numbers" },
	{ GOOD_DIMS, "5,5,2,1,1,1", 0, "are not seven whole numbers" },
	{ GOOD_DIMS, "5,5,2,1,1,1,1,1", 0, "are not seven whole numbers" },
	{ GOOD_DIMS, "5,5,2,1,1,1,x", 0, "are not seven whole numbers" },
	{ GOOD_DIMS, "5, 5,2,1,1,1,1", 0, "are not seven whole numbers" },
	{ GOOD_DIMS, "5,5,2,1,1,1,01", 0, "are not seven whole numbers" },
	{ GOOD_DIMS, "5,5,2,1,1,1,-1", 0, "are not seven whole numbers" },
	{ GOOD_DIMS, "5,5,2,1,1,1,4294967297", 0, "are not seven" },
	{ GOOD_DIMS, "5,5,2,1,1,0,1", 0, "must be above 0" },
	{ GOOD_DIMS, "5,5,2,3,1,1,1", 0, "3 heads do not divide" },
	{ GOOD_DIMS, "5,5,99999,1,1,1,1", 0, "parameters; at most" },
	{ GOOD_DIMS, "6,5,2,1,1,1,1", 0,
	  "has 5 and 5 features, the network takes 6 and 5" },
	{ GOOD_DIMS, "5,5,2000,1,1,1,1", 0, "numbers, the file holds 82" },
	{ GOOD_DIMS, "5,5,2,1,1,2,1", 0,
	  "tensor \"blocks.0.ffn.0.bias\": shape is [1], the network needs [2]" },
	{ GOOD_DIMS, "5,5,2,1,2,1,1", 0,
	  "tensor \"blocks.1.attn.q.weight\" is missing" },
	{ "\"actor.q.weight\"", "\"actor.Q.weight\"", 0,
	  "tensor \"actor.Q.weight\" is not part of the network" },
	{ "\"shape\":[2,5]", "\"shape\":[5,2]", 0,
	  "shape is [5, 2], the network needs [2, 5]" },
	{ "\"shape\":[2,5]", "\"shape\":[10]", 0,
	  "shape is [10], the network needs [2, 5]" },
	{ TENSOR_KV, "\"critic.4.bias\":{\"dtype\":\"F32\",\"shape\":[]", 0,
	  "shape is [], the network needs [1]" },
	{ "\"shape\":[2,5]", "\"shape\":[2,5,1]", 0, "shape is [2, 5, 1]" },
	{ "}}", "}," F32("extra", "[1]", "[328,332]") "}", 4,
	  "tensor \"extra\" is not part of the network" },
	{ "}}", "}," F32("none", "[0]", "[0,0]") "}", 0,
	  "tensor \"none\" is not part of the network" },
	{ "}}", "}}", 4, "4 bytes after the last tensor" },
	{ "}}", "}}", 1, "1 bytes after the last tensor" },
	{ "}}", "}}", -1, "of the data, which has 327" },
	{ "}}", "}}", -4, "of the data, which has 324" },
};

/* Another name for the key, as one flipped bit would give it. */
static bytes_t without_architecture(bytes_t file)
{
	unsigned char *key = memmem(file.data, file.size, "architecture", 12);

	ck_assert_ptr_nonnull(key);
	*key ^= 2;
	return file;
}

START_TEST(mlp_round_trip)
{
	scale_dims_t dims = { 5, 5, 2, 0, 0, 3, 4, SCALE_MLP, 6, 0 };
	scale_model_t *model = make_model(dims), *read;
	size_t bytes = model->net->param_count * sizeof(real_t);

	read = accept(save(model));
	ck_assert_str_eq(scale_model_meta(read, "architecture"), "mlp");
	ck_assert_str_eq(scale_model_meta(read, "dims"), "5,5,2,3,4,6");
	ck_assert(!memcmp(&read->net->dims, &dims, sizeof(dims)));
	ck_assert_uint_eq(read->net->param_count, model->net->param_count);
	ck_assert(!memcmp(read->net->params, model->net->params, bytes));
	scale_model_destroy(read);

	/* without the key the file is no pointer network either */
	refuse(without_architecture(save(model)), EINVAL,
	       "are not seven whole numbers");
	scale_model_destroy(model);
}
END_TEST

START_TEST(bad_model)
{
	refuse(exchange(edits[_i].old, edits[_i].text, edits[_i].more),
	       EINVAL, edits[_i].words);
}
END_TEST

/* Numbers that are none, at the first, the last and an inner place. */
static const struct {
	size_t from_end;	/* 4-byte words before the end of the file */
	uint32_t bits;
	const char *words;
} poison[] = {
	{ 82, 0x7fc00000, "tensor \"actor.k.weight\": number 0 of 4" },
	{ 1, 0x7f800000, "tensor \"task_embed.2.weight\": number 3 of 4" },
	{ 3, 0xff800000, "tensor \"task_embed.2.weight\": number 1 of 4" },
	{ 2, 0x7f800001, "tensor \"task_embed.2.weight\": number 2 of 4" },
};

START_TEST(not_finite)
{
	bytes_t file = good_file();
	uint32_t bits = htole32(poison[_i].bits);

	memcpy(file.data + file.size - 4 * poison[_i].from_end, &bits, 4);
	refuse(file, EDOM, poison[_i].words);
}
END_TEST

/* What the format allows beyond what we write. */
static const struct {
	const char *old, *text;
} variants[] = {
	{ "{\"__meta", " \t\r\n{\"__meta" },
	{ "}}", "}}\n\r\t  " },
	{ "}}", "}} " },	/* data at odd offsets */
	{ "\"actor.k.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],"
	  "\"data_offsets\":[0,16]}",
	  "\"actor.k.weight\" : { \"data_offsets\":[0 ,16], \"shape\" :[2, 2],"
	  "\"dtype\":\"F3\\u0032\"}" },
	{ META("format", "scale"), META("format", "scale") ","
	  META("anything", "else") },
};

START_TEST(tolerated)
{
	bytes_t good = good_file();
	scale_model_t *want = accept(good);
	scale_model_t *got = accept(exchange(variants[_i].old,
					     variants[_i].text, 0));

	ck_assert_mem_eq(got->net->params, want->net->params,
			 want->net->param_count * sizeof(real_t));
	scale_model_destroy(got);
	scale_model_destroy(want);
}
END_TEST

/* Rank 0, size 0, and tensors listed in another order than they lie. */
START_TEST(container)
{
	static const char header[] =
		"{" F32("b", "[1,2]", "[4,12]") "," F32("n", "[3,0]", "[4,4]")
		"," F32("a", "[]", "[0,4]") "," F32("z", "[0]", "[12,12]") "}";
	static const float data[] = { 1.5f, -2.0f, 3.25f };
	static const char *const want[] = { "a", "n", "b", "z" };
	static const uint64_t counts[] = { 1, 0, 2, 0 };
	bytes_t file = make_file(header, sizeof(header) - 1, data, 12);
	scale_err_t err = { "" };
	scale_st_t st;

	ck_assert_msg(scale_st_parse(file.data, file.size, &st, &err) == 0,
		      "%s", err.text);
	ck_assert_ptr_null(st.meta);
	ck_assert_uint_eq(st.count, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(st.tensor[i].name, want[i]);
		ck_assert_uint_eq(st.tensor[i].count, counts[i]);
	}
	ck_assert_float_eq(scale_st_load(file.data, st.tensor[0].offset),
			   1.5f);
	ck_assert_float_eq(scale_st_load(file.data, st.tensor[2].offset + 4),
			   3.25f);
	scale_st_free(&st);
	free(file.data);
}
END_TEST

/* More tensors than are possible, and JSON deeper than any parser likes. */
START_TEST(bulk)
{
	size_t size = SCALE_ST_HEADER, used = 1;
	char *text = malloc(size);

	text[0] = '{';
	for (int i = 0; i <= SCALE_ST_TENSORS; i++)
		used += (size_t) snprintf(text + used, size - used,
					  "\"%d\":0,", i);
	text[used - 1] = '}';
	refuse(make_file(text, used, NULL, 0), EINVAL,
	       "16385 tensors, at most 16384");
	memset(text, '[', size);
	refuse(make_file(text, size, NULL, 0), EINVAL,
	       "maximum parsing depth reached");
	free(text);
}
END_TEST

/* Cut anywhere, the file is refused. */
START_TEST(every_prefix)
{
	bytes_t good = good_file();

	for (size_t size = 0; size < good.size; size++) {
		bytes_t part = { malloc(size + !size), size };

		memcpy(part.data, good.data, size);
		refuse(part, EINVAL, "m.st: ");
	}
	free(good.data);
}
END_TEST

/* Any one byte of length and header changed: refused in words, or a model
 * whose metadata differs, since all else is checked against the network. */
START_TEST(every_byte)
{
	static const unsigned char flips[] = { 0x01, 0x02, 0x04, 0x10, 0x20,
					       0x80, 0xff };
	bytes_t good = good_file();
	size_t end = 8 + header_length(good);
	int refused = 0, accepted = 0;

	for (size_t at = 0; at < end; at++)
		for (int k = 0; k < TEST_COUNT(flips); k++) {
			scale_err_t err = { "" };
			scale_model_t *model;

			good.data[at] ^= flips[k];
			model = scale_model_parse(good.data, good.size, "m",
						  &err);
			ck_assert_int_eq(model == NULL, err.text[0] != 0);
			if (model)
				accepted++;
			else
				refused++;
			scale_model_destroy(model);
			good.data[at] ^= flips[k];
		}
	/* nothing but padding may change: a tab is as good as a space */
	ck_assert_int_lt(accepted, 30);
	ck_assert_int_gt(refused, (int) end * 6);
	free(good.data);
}
END_TEST

/* What the reader would refuse is not written, and leaves the old file. */
START_TEST(save_refuses)
{
	scale_dims_t other = { 7, 5, 2, 1, 1, 1, 1, SCALE_POINTER, 0, 0 };
	scale_model_t *odd = make_model(other);
	scale_model_t *model = make_model(scale_dims_paper());
	char path[TEST_PATH];
	scale_err_t err;

	/* a name that nobody has: of a file just removed */
	ck_assert_int_eq(close(mkstemp(test_template(path,
							     "model"))), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(scale_model_save(odd, path, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "the network takes 7 and 5"));
	scale_model_set_meta(model, "bad", "\xff", NULL);
	ck_assert_int_eq(scale_model_save(model, path, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "metadata \"bad\": not UTF-8"));
	scale_model_set_meta(model, "bad", NULL, NULL);
	model->net->params[model->net->param_count - 1] = NAN;
	ck_assert_int_eq(scale_model_save(model, path, &err), -1);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_ptr_nonnull(
		strstr(err.text, ": tensor \"critic.4.bias\": number 0 of 1 "
				 "is not finite"));
	ck_assert_int_eq(strncmp(err.text, path, strlen(path)), 0);
	model->net->params[model->net->param_count - 1] = 0;
	ck_assert_int_eq(scale_model_save(model, "/no/such/dir", &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(model->sha256, "");
	ck_assert_int_ne(access(path, F_OK), 0);
	scale_model_destroy(odd);
	scale_model_destroy(model);
}
END_TEST

START_TEST(load_names_the_file)
{
	scale_err_t err;

	ck_assert_ptr_null(scale_model_load("/no/such.safetensors", &err));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/no/such.safetensors"));
	ck_assert_ptr_null(scale_model_load("/dev/zero", &err));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, mlp_round_trip);
	tcase_add_test(tc, metadata);
	tcase_add_loop_test(tc, bad_header, 0, TEST_COUNT(headers));
	tcase_add_loop_test(tc, bad_length, 0, TEST_COUNT(lengths));
	tcase_add_loop_test(tc, bad_model, 0, TEST_COUNT(edits));
	tcase_add_loop_test(tc, not_finite, 0, TEST_COUNT(poison));
	tcase_add_loop_test(tc, tolerated, 0, TEST_COUNT(variants));
	tcase_add_test(tc, container);
	tcase_add_test(tc, bulk);
	tcase_add_test(tc, every_prefix);
	tcase_add_test(tc, every_byte);
	tcase_add_test(tc, save_refuses);
	tcase_add_test(tc, load_names_the_file);
	return test_run("model-file", tc);
}
