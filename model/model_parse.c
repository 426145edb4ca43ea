/*
 * model_parse.c - trained networks: reading
 *
 * A safetensors file is a model of ours when its metadata says so and its
 * tensors are those of the network that the metadata describes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "model_impl.h"
#include "safetensors.h"

_Static_assert(SCALE_MODEL_FILE_MAX == 8 + SCALE_ST_HEADER + (64 << 20) * 4,
	       "bound of a model file");

/* Value of a required key, or NULL. */
static const char *required(const scale_st_t *st, const char *key,
			    scale_err_t *err)
{
	const char *value = json_string_value(json_object_get(st->meta, key));

	if (!value)
		scale_err_set(err, EINVAL, "__metadata__ lacks \"%s\"", key);
	return value;
}

static int check_format(const scale_st_t *st, scale_err_t *err)
{
	const char *format, *version;

	if (!st->meta)
		return scale_err_set(err, EINVAL,
				     "no __metadata__: not a scale model");
	format = required(st, SCALE_META_FORMAT, err);
	if (!format)
		return -1;
	if (strcmp(format, "scale"))
		return scale_err_set(err, EINVAL,
				     "format is \"%.100s\", not \"scale\"",
				     format);
	version = required(st, SCALE_META_VERSION, err);
	if (!version)
		return -1;
	if (strcmp(version, SCALE_FORMAT_VERSION))
		return scale_err_set(err, EINVAL,
				     "format_version is \"%.100s\", this program reads \"%s\"",
				     version, SCALE_FORMAT_VERSION);
	return 0;
}

/* A file without the key holds a pointer network: its dims say so, too. */
static int parse_architecture(const scale_st_t *st, scale_dims_t *dims,
			      scale_err_t *err)
{
	const char *name = json_string_value(
		json_object_get(st->meta, SCALE_META_ARCHITECTURE));
	int found = name ? scale_architecture_find(name) : SCALE_POINTER;

	if (found < 0)
		return scale_err_set(err, EINVAL,
				     "architecture \"%.100s\" is unknown; this program knows mlp, and pointer without it",
				     name);
	dims->architecture = (uint32_t) found;
	return 0;
}

/* RET whether all numbers were there, and perhaps more. */
static bool scan_dims(const char *text, scale_dims_t *dims)
{
	if (dims->architecture == SCALE_MLP)
		return sscanf(text, "%9u,%9u,%9u,%9u,%9u,%9u",
			      &dims->task_features, &dims->server_features,
			      &dims->d_model, &dims->ffn, &dims->critic,
			      &dims->servers) == 6;
	return sscanf(text, "%9u,%9u,%9u,%9u,%9u,%9u,%9u",
		      &dims->task_features, &dims->server_features,
		      &dims->d_model, &dims->heads, &dims->layers, &dims->ffn,
		      &dims->critic) == 7;
}

/* Accepts exactly what scale_dims_text() writes. */
static int parse_dims(const char *text, scale_dims_t *dims, scale_err_t *err)
{
	char canonical[SCALE_DIMS_TEXT] = "";

	if (scan_dims(text, dims))
		scale_dims_text(dims, canonical);
	if (strcmp(text, canonical) || !*text)
		return scale_err_set(err, EINVAL,
				     "dims \"%.100s\" are not %s whole numbers \"%s\"",
				     text,
				     dims->architecture == SCALE_MLP ?
					     "six" : "seven",
				     dims->architecture == SCALE_MLP ?
					     "P,S,d,F,K,N" : "P,S,d,H,L,F,K");
	if (scale_dims_check(dims, err) < 0)
		return scale_err_prefix(err, "dims \"%s\"", text);
	return 0;
}

/* Numbers that the file holds. */
static uint64_t count_numbers(const scale_st_t *st)
{
	uint64_t count = 0;

	for (size_t i = 0; i < st->count; i++)
		count += st->tensor[i].count;
	return count;
}

/* The network that the metadata describes, still zero. */
static scale_net_t *make_net(const scale_st_t *st, scale_err_t *err)
{
	const char *text = required(st, SCALE_META_DIMS, err);
	const char *schema = required(st, SCALE_META_SCHEMA, err);
	uint64_t have = count_numbers(st);
	scale_dims_t dims = { 0 };

	if (!text || !schema)
		return NULL;
	dims.prior = scale_schema_has_prior(schema);
	if (parse_architecture(st, &dims, err) < 0 ||
	    parse_dims(text, &dims, err) < 0 ||
	    scale_schema_check(schema, &dims, err) < 0)
		return NULL;
	/* a small file must not make us allocate a large network; up to
	 * twice is let pass, for the sake of the errors of fill_net() */
	if (scale_dims_params(&dims) / 2 > have) {
		scale_err_set(err, EINVAL,
			      "dims \"%s\" need %zu numbers, the file holds %" PRIu64,
			      text, scale_dims_params(&dims), have);
		return NULL;
	}
	return scale_net_create(&dims, err);
}

static void shape_text(size_t rank, const uint64_t *shape, char text[200])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < rank; i++)
		used += (size_t) snprintf(text + used, 200 - used,
					  "%s%" PRIu64, i ? ", " : "",
					  shape[i]);
}

static int check_shape(const scale_st_tensor_t *got,
		       const scale_tensor_t *want, scale_err_t *err)
{
	char got_text[200], want_text[200];
	uint64_t shape[SCALE_TENSOR_RANK];
	bool same = got->rank == want->rank;

	for (size_t i = 0; i < want->rank; i++) {
		shape[i] = want->shape[i];
		if (same && got->shape[i] != shape[i])
			same = false;
	}
	if (same)
		return 0;
	shape_text(got->rank, got->shape, got_text);
	shape_text(want->rank, shape, want_text);
	return scale_err_set(err, EINVAL,
			     "tensor \"%s\": shape is [%s], the network needs [%s]",
			     want->name, got_text, want_text);
}

/* Copy every tensor of the file into the network: none more, none less. */
static int fill_net(scale_net_t *net, const scale_st_t *st, const void *file,
		    scale_err_t *err)
{
	for (size_t k = 0; k < st->count; k++) {
		const scale_st_tensor_t *got = &st->tensor[k];
		const scale_tensor_t *t = scale_net_find(net, got->name);

		if (!t)
			return scale_err_set(err, EINVAL,
					     "tensor \"%.100s\" is not part of the network",
					     got->name);
		if (check_shape(got, t, err) < 0)
			return -1;
		for (size_t i = 0; i < t->count; i++)
			net->params[t->offset + i] =
				scale_st_load(file, got->offset + 4 * i);
	}
	for (size_t k = 0; k < net->tensor_count; k++) {
		const char *name = net->tensor[k].name;

		if (!json_object_get(st->header, name))
			return scale_err_set(err, EINVAL,
					     "tensor \"%s\" is missing", name);
	}
	return scale_finite_check(net, err);
}

static int copy_meta(scale_model_t *model, const scale_st_t *st,
		     scale_err_t *err)
{
	const char *key;
	json_t *value;

	json_object_foreach(st->meta, key, value)
		if (scale_model_set_meta(model, key, json_string_value(value),
					 err) < 0)
			return -1;
	return 0;
}

static scale_model_t *build(const scale_st_t *st, const void *file,
			    scale_err_t *err)
{
	scale_model_t *model = NULL;
	scale_net_t *net;

	if (check_format(st, err) < 0)
		return NULL;
	net = make_net(st, err);
	if (!net)
		return NULL;
	if (fill_net(net, st, file, err) == 0)
		model = scale_model_create(net, err);
	if (!model) {
		scale_net_destroy(net);
		return NULL;
	}
	if (copy_meta(model, st, err) < 0) {
		scale_model_destroy(model);
		return NULL;
	}
	return model;
}

scale_model_t *scale_model_parse(const void *data, size_t size,
				 const char *name, scale_err_t *err)
{
	scale_model_t *model = NULL;
	scale_st_t st;

	if (scale_st_parse(data, size, &st, err) == 0) {
		model = build(&st, data, err);
		scale_st_free(&st);
	}
	if (!model) {
		scale_err_prefix(err, "%s", name);
		return NULL;
	}
	scale_sha256_hex(data, size, model->sha256);
	model->file_size = size;
	return model;
}

scale_model_t *scale_model_load(const char *path, scale_err_t *err)
{
	scale_model_t *model;
	char *data;
	size_t size;
	int saved;

	if (scale_file_read(path, SCALE_MODEL_FILE_MAX, &data, &size, err) < 0)
		return NULL;
	model = scale_model_parse(data, size, path, err);
	saved = errno;
	free(data);
	errno = saved;
	return model;
}
