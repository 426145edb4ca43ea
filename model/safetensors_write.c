/*
 * safetensors_write.c - the container of model files: writer
 *
 * Same tensors and metadata, same bytes: metadata first, tensors sorted by
 * name (safetensors sorts by the size of the dtype before, which is one
 * here), header padded with spaces so that the data is aligned to 8 bytes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"
#include "stream.h"

void scale_st_store(void *file, uint64_t offset, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bits = htole32(bits);
	memcpy((unsigned char *) file + offset, &bits, sizeof(bits));
}

static int by_name(const void *left, const void *right)
{
	const scale_st_tensor_t *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* The object of one tensor, or NULL. */
static json_t *describe(const scale_st_tensor_t *t)
{
	json_t *shape = json_array();

	for (size_t i = 0; i < t->rank; i++)
		if (json_array_append_new(shape, json_integer(
				(json_int_t) t->shape[i])) < 0) {
			json_decref(shape);
			return NULL;
		}
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape",
			 shape, "data_offsets", (json_int_t) t->offset,
			 (json_int_t) (t->offset + t->count * sizeof(float)));
}

/* The whole header as text, or NULL. */
static char *print_header(const scale_st_tensor_t *tensor, size_t count,
			  json_t *meta)
{
	json_t *header = json_object();
	char *text = NULL;
	int rc = 0;

	if (meta)
		rc |= json_object_set(header, "__metadata__", meta);
	for (size_t i = 0; i < count; i++)
		rc |= json_object_set_new(header, tensor[i].name,
					  describe(&tensor[i]));
	if (rc == 0)
		text = scale_stream_json(header, JSON_COMPACT);
	json_decref(header);
	return text;
}

/* Place tensors one after the other.  RET bytes of all. */
static uint64_t place(scale_st_tensor_t *tensor, size_t count)
{
	uint64_t end = 0;

	for (size_t i = 0; i < count; i++) {
		tensor[i].count = 1;
		for (size_t k = 0; k < tensor[i].rank; k++)
			tensor[i].count *= tensor[i].shape[k];
		tensor[i].offset = end;
		end += tensor[i].count * sizeof(float);
	}
	return end;
}

int scale_st_layout(scale_st_tensor_t *tensor, size_t count, json_t *meta,
		    unsigned char **file, size_t *size, scale_err_t *err)
{
	unsigned char *block = NULL;
	size_t used, padded, data;
	uint64_t length;
	int saved, rc = -1;
	char *text;

	qsort(tensor, count, sizeof(*tensor), by_name);
	data = place(tensor, count);
	text = print_header(tensor, count, meta);
	if (!text)
		return scale_err_set(err, EINVAL,
				     "cannot make a header: a name or value is not UTF-8, or no memory");
	used = strlen(text);
	padded = (used + 7) / 8 * 8;
	if (padded > SCALE_ST_HEADER) {
		scale_err_set(err, EFBIG,
			      "header of %zu bytes, at most %d are possible",
			      padded, SCALE_ST_HEADER);
		goto out;
	}
	block = calloc(1, sizeof(length) + padded + data);
	if (!block) {
		scale_err_set(err, ENOMEM, "no memory for a file of %zu bytes",
			      sizeof(length) + padded + data);
		goto out;
	}
	length = htole64(padded);
	memcpy(block, &length, sizeof(length));
	memcpy(block + sizeof(length), text, used);
	memset(block + sizeof(length) + used, ' ', padded - used);
	for (size_t i = 0; i < count; i++)
		tensor[i].offset += sizeof(length) + padded;
	*file = block;
	*size = sizeof(length) + padded + data;
	rc = 0;
out:
	saved = errno;
	free(text);
	errno = saved;
	return rc;
}
