/*
 * safetensors.c - the container of model files: named F32 tensors
 *
 * Reader.  Trusts nothing: every size is checked against the file before it
 * is used, so that memory stays in proportion to the file.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"

enum { LENGTH_BYTES = 8, F32_BYTES = 4 };

/* Numbers of the header stay below 2^48: sums of them cannot wrap. */
#define NUMBER_MAX ((json_int_t) ((1ULL << 48) - 1))

#define META "__metadata__"

/* How a name from a file is printed: short, so that the rest has room. */
#define NAME "\"%.100s\""

float scale_st_load(const void *file, uint64_t offset)
{
	uint32_t bits;
	float value;

	memcpy(&bits, (const unsigned char *) file + offset, sizeof(bits));
	bits = le32toh(bits);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Find the JSON and the data.  OUT *length of the JSON */
static int check_length(const void *file, size_t size, uint64_t *length,
			scale_err_t *err)
{
	if (size < LENGTH_BYTES)
		return scale_err_set(err, EINVAL,
				     "%zu bytes are too short for a safetensors file",
				     size);
	memcpy(length, file, sizeof(*length));
	*length = le64toh(*length);
	if (*length > SCALE_ST_HEADER)
		return scale_err_set(err, EINVAL,
				     "header length %" PRIu64 " exceeds %d: not a safetensors file?",
				     *length, SCALE_ST_HEADER);
	if (*length > size - LENGTH_BYTES)
		return scale_err_set(err, EINVAL,
				     "header length %" PRIu64 " exceeds the %zu bytes that follow: file cut short?",
				     *length, size - LENGTH_BYTES);
	return 0;
}

static int parse_header(const char *text, size_t length, json_t **header,
			scale_err_t *err)
{
	json_error_t where;
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES,
				  &where);

	if (!json && json_error_code(&where) == json_error_out_of_memory)
		return scale_err_set(err, ENOMEM, "no memory for the header");
	if (!json)
		return scale_err_set(err, EINVAL,
				     "header, line %d, column %d: %s",
				     where.line, where.column, where.text);
	if (!json_is_object(json)) {
		json_decref(json);
		return scale_err_set(err, EINVAL,
				     "header is not a JSON object");
	}
	*header = json;
	return 0;
}

static int check_meta(json_t *meta, scale_err_t *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(meta))
		return scale_err_set(err, EINVAL, META " is not an object");
	json_object_foreach(meta, key, value)
		if (!json_is_string(value))
			return scale_err_set(err, EINVAL,
					     META ": value of " NAME " is not a string",
					     key);
	return 0;
}

/* F32 alone is read; others are told apart from nonsense. */
static int check_dtype(json_t *value, scale_err_t *err)
{
	static const char *const known[] = {
		"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0",
		"F8_E4M3FNUZ", "F8_E5M2FNUZ", "I16", "U16", "F16", "BF16",
		"I32", "U32", "I64", "U64", "F64", "C64", "F4", "F6_E2M3",
		"F6_E3M2",
	};
	const char *dtype = json_string_value(value);

	if (!dtype)
		return scale_err_set(err, EINVAL, "dtype is not a string");
	if (!strcmp(dtype, "F32"))
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(dtype, known[i]))
			return scale_err_set(err, EINVAL,
					     "dtype %s is not supported; convert it to F32",
					     dtype);
	return scale_err_set(err, EINVAL, "unknown dtype " NAME "; F32 is supported",
			     dtype);
}

/* Element i of the array called what. */
static int get_number(json_t *array, size_t i, const char *what,
		      uint64_t *out, scale_err_t *err)
{
	json_t *value = json_array_get(array, i);

	if (!json_is_integer(value))
		return scale_err_set(err, EINVAL, "%s[%zu] is not an integer",
				     what, i);
	if (json_integer_value(value) < 0)
		return scale_err_set(err, EINVAL, "%s[%zu] is negative", what,
				     i);
	if (json_integer_value(value) > NUMBER_MAX)
		return scale_err_set(err, EINVAL, "%s[%zu] exceeds 2^48 - 1",
				     what, i);
	*out = (uint64_t) json_integer_value(value);
	return 0;
}

static int get_shape(json_t *shape, scale_st_tensor_t *t, scale_err_t *err)
{
	if (!json_is_array(shape))
		return scale_err_set(err, EINVAL, "shape is not an array");
	t->rank = json_array_size(shape);
	if (t->rank > SCALE_ST_RANK)
		return scale_err_set(err, EINVAL,
				     "shape has %zu dimensions, at most %d are possible",
				     t->rank, SCALE_ST_RANK);
	t->count = 1;
	for (size_t i = 0; i < t->rank; i++) {
		if (get_number(shape, i, "shape", &t->shape[i], err) < 0)
			return -1;
		if (__builtin_mul_overflow(t->count, t->shape[i], &t->count))
			return scale_err_set(err, EINVAL,
					     "product of the shape overflows");
	}
	return 0;
}

/* IN  room for data, bytes.  Sets t->offset, still from the first byte of
 * the data. */
static int get_offsets(json_t *offsets, uint64_t room, scale_st_tensor_t *t,
		       scale_err_t *err)
{
	uint64_t end, need;

	if (!json_is_array(offsets) || json_array_size(offsets) != 2)
		return scale_err_set(err, EINVAL,
				     "data_offsets is not an array of two");
	if (get_number(offsets, 0, "data_offsets", &t->offset, err) < 0 ||
	    get_number(offsets, 1, "data_offsets", &end, err) < 0)
		return -1;
	if (end < t->offset)
		return scale_err_set(err, EINVAL,
				     "data_offsets end before they begin");
	if (end > room)
		return scale_err_set(err, EINVAL,
				     "ends at byte %" PRIu64 " of the data, which has %" PRIu64 ": file cut short?",
				     end, room);
	if (__builtin_mul_overflow(t->count, F32_BYTES, &need) ||
	    need != end - t->offset)
		return scale_err_set(err, EINVAL,
				     "data_offsets span %" PRIu64 " bytes, the shape needs %" PRIu64 " numbers of %d bytes",
				     end - t->offset, t->count, F32_BYTES);
	return 0;
}

static int get_tensor(json_t *info, uint64_t room, scale_st_tensor_t *t,
		      scale_err_t *err)
{
	static const char *const members[] = { "dtype", "shape",
					       "data_offsets" };

	if (!json_is_object(info))
		return scale_err_set(err, EINVAL, "is not an object");
	for (size_t i = 0; i < 3; i++)
		if (!json_object_get(info, members[i]))
			return scale_err_set(err, EINVAL, "lacks %s",
					     members[i]);
	if (json_object_size(info) != 3)
		return scale_err_set(err, EINVAL,
				     "has members beside dtype, shape and data_offsets");
	if (check_dtype(json_object_get(info, "dtype"), err) < 0 ||
	    get_shape(json_object_get(info, "shape"), t, err) < 0)
		return -1;
	return get_offsets(json_object_get(info, "data_offsets"), room, t,
			   err);
}

/* As they lie in the file; empty ones before what begins there. */
static int by_offset(const void *left, const void *right)
{
	const scale_st_tensor_t *a = left, *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Each tensor begins where the one before ended, the last ends the file. */
static int check_contiguous(const scale_st_t *st, uint64_t room,
			    scale_err_t *err)
{
	uint64_t end = 0;

	for (size_t i = 0; i < st->count; i++) {
		const scale_st_tensor_t *t = &st->tensor[i];

		if (t->offset < end)
			return scale_err_set(err, EINVAL,
					     "tensor " NAME " begins at byte %" PRIu64 " of the data, inside tensor " NAME,
					     t->name, t->offset, t[-1].name);
		if (t->offset > end)
			return scale_err_set(err, EINVAL,
					     "bytes %" PRIu64 " to %" PRIu64 " of the data, before tensor " NAME ", belong to no tensor",
					     end, t->offset, t->name);
		end = t->offset + t->count * F32_BYTES;
	}
	if (end != room)
		return scale_err_set(err, EINVAL,
				     "%" PRIu64 " bytes after the last tensor belong to no tensor",
				     room - end);
	return 0;
}

static int get_tensors(scale_st_t *st, uint64_t room, scale_err_t *err)
{
	size_t count = json_object_size(st->header);
	const char *name;
	json_t *info;

	if (count > SCALE_ST_TENSORS)
		return scale_err_set(err, EINVAL,
				     "%zu tensors, at most %d are possible",
				     count, SCALE_ST_TENSORS);
	st->tensor = calloc(count + 1, sizeof(*st->tensor));
	if (!st->tensor)
		return scale_err_set(err, ENOMEM, "no memory for %zu tensors",
				     count);
	json_object_foreach(st->header, name, info) {
		scale_st_tensor_t *t = &st->tensor[st->count];

		if (!strcmp(name, META)) {
			if (check_meta(info, err) < 0)
				return -1;
			st->meta = info;
			continue;
		}
		t->name = name;
		if (get_tensor(info, room, t, err) < 0)
			return scale_err_prefix(err, "tensor " NAME, name);
		st->count++;
	}
	qsort(st->tensor, st->count, sizeof(*st->tensor), by_offset);
	return check_contiguous(st, room, err);
}

int scale_st_parse(const void *file, size_t size, scale_st_t *st,
		   scale_err_t *err)
{
	const char *text = (const char *) file + LENGTH_BYTES;
	scale_st_t read = { 0 };
	uint64_t length = 0;

	if (check_length(file, size, &length, err) < 0)
		return -1;
	if (parse_header(text, length, &read.header, err) < 0)
		return -1;
	if (get_tensors(&read, size - LENGTH_BYTES - length, err) < 0) {
		scale_st_free(&read);
		return -1;
	}
	for (size_t i = 0; i < read.count; i++)
		read.tensor[i].offset += LENGTH_BYTES + length;
	*st = read;
	return 0;
}

void scale_st_free(scale_st_t *st)
{
	int saved = errno;

	free(st->tensor);
	json_decref(st->header);
	*st = (scale_st_t) { 0 };
	errno = saved;
}
