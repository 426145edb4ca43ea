/*
 * model_file.c - trained networks: the object, its metadata, saving
 *
 * model_parse.c reads.  The required metadata is derived from the network
 * whenever a file is written, so that it cannot contradict the tensors.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feat_relative.h"
#include "file.h"
#include "model_impl.h"
#include "safetensors.h"

scale_model_t *scale_model_create(scale_net_t *net, scale_err_t *err)
{
	scale_model_t *model = calloc(1, sizeof(*model));

	if (!model) {
		scale_err_set(err, ENOMEM, "no memory for a model");
		return NULL;
	}
	model->net = net;
	return model;
}

void scale_model_destroy(scale_model_t *model)
{
	int saved = errno;

	if (!model)
		return;
	for (size_t i = 0; i < model->meta_count; i++) {
		free(model->meta[i].key);
		free(model->meta[i].value);
	}
	free(model->meta);
	scale_net_destroy(model->net);
	free(model);
	errno = saved;
}

/* First pair whose key is not below key; *found when it is that key. */
static size_t search(const scale_model_t *model, const char *key, bool *found)
{
	size_t low = 0, high = model->meta_count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = strcmp(model->meta[middle].key, key);

		if (c == 0) {
			*found = true;
			return middle;
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *scale_model_meta(const scale_model_t *model, const char *key)
{
	bool found;
	size_t i = search(model, key, &found);

	return found ? model->meta[i].value : NULL;
}

static void remove_meta(scale_model_t *model, size_t i)
{
	scale_meta_t *pair = &model->meta[i];

	free(pair->key);
	free(pair->value);
	model->meta_count--;
	memmove(pair, pair + 1, (model->meta_count - i) * sizeof(*pair));
}

static int insert_meta(scale_model_t *model, size_t i, const char *key,
		       const char *value)
{
	scale_meta_t *meta = realloc(model->meta, (model->meta_count + 1) *
							  sizeof(*meta));
	scale_meta_t pair;

	if (!meta)
		return -1;
	model->meta = meta;
	pair.key = strdup(key);
	pair.value = strdup(value);
	if (!pair.key || !pair.value) {
		free(pair.key);
		free(pair.value);
		return -1;
	}
	memmove(meta + i + 1, meta + i,
		(model->meta_count - i) * sizeof(*meta));
	meta[i] = pair;
	model->meta_count++;
	return 0;
}

int scale_model_set_meta(scale_model_t *model, const char *key,
			 const char *value, scale_err_t *err)
{
	bool found;
	size_t i = search(model, key, &found);
	char *copy;

	if (!value) {
		if (found)
			remove_meta(model, i);
		return 0;
	}
	if (!found) {
		if (insert_meta(model, i, key, value) < 0)
			return scale_err_set(err, ENOMEM,
					     "no memory for metadata");
		return 0;
	}
	copy = strdup(value);
	if (!copy)
		return scale_err_set(err, ENOMEM, "no memory for metadata");
	free(model->meta[i].value);
	model->meta[i].value = copy;
	return 0;
}

void scale_dims_text(const scale_dims_t *dims, char text[SCALE_DIMS_TEXT])
{
	if (dims->architecture == SCALE_MLP) {
		snprintf(text, SCALE_DIMS_TEXT, "%u,%u,%u,%u,%u,%u",
			 dims->task_features, dims->server_features,
			 dims->d_model, dims->ffn, dims->critic,
			 dims->servers);
		return;
	}
	snprintf(text, SCALE_DIMS_TEXT, "%u,%u,%u,%u,%u,%u,%u",
		 dims->task_features, dims->server_features, dims->d_model,
		 dims->heads, dims->layers, dims->ffn, dims->critic);
}

static const struct schema {
	const char *name;
	uint32_t task_features, server_features, prior;
} schemas[] = {
	{ SCALE_FEATURE_SCHEMA, SCALE_TASK_FEATURES, SCALE_SERVER_FEATURES, 0 },
	{ SCALE_RELATIVE_SCHEMA, SCALE_RELATIVE_TASK_FEATURES,
	  SCALE_RELATIVE_SERVER_FEATURES, 1 },
};

const char *scale_schema_of(const scale_dims_t *dims)
{
	return schemas[dims->prior != 0].name;
}

bool scale_schema_has_prior(const char *schema)
{
	return !strcmp(schema, SCALE_RELATIVE_SCHEMA);
}

int scale_schema_check(const char *schema, const scale_dims_t *dims,
		       scale_err_t *err)
{
	const struct schema *known = &schemas[dims->prior != 0];

	if (schema && strcmp(schema, known->name))
		return scale_err_set(err, EINVAL,
				     "feature_schema \"%.100s\" is unknown; this program knows \"%s\" and \"%s\"",
				     schema, schemas[0].name, schemas[1].name);
	if (dims->task_features != known->task_features ||
	    dims->server_features != known->server_features)
		return scale_err_set(err, EINVAL,
				     "feature_schema \"%s\" has %u and %u features, the network takes %u and %u",
				     known->name, known->task_features,
				     known->server_features,
				     dims->task_features,
				     dims->server_features);
	return 0;
}

int scale_finite_check(const scale_net_t *net, scale_err_t *err)
{
	for (size_t k = 0; k < net->tensor_count; k++) {
		const scale_tensor_t *t = &net->tensor[k];
		const real_t *value = net->params + t->offset;

		for (size_t i = 0; i < t->count; i++)
			if (!isfinite((float) value[i]))
				return scale_err_set(err, EDOM,
						     "tensor \"%s\": number %zu of %zu is not finite",
						     t->name, i, t->count);
	}
	return 0;
}

static int set_required(scale_model_t *model, scale_err_t *err)
{
	const scale_dims_t *d = &model->net->dims;
	char dims[SCALE_DIMS_TEXT];

	scale_dims_text(&model->net->dims, dims);
	if (scale_schema_check(NULL, &model->net->dims, err) < 0)
		return -1;
	if (scale_model_set_meta(model, SCALE_META_FORMAT, "scale", err) < 0 ||
	    scale_model_set_meta(model, SCALE_META_VERSION,
				 SCALE_FORMAT_VERSION, err) < 0 ||
	    scale_model_set_meta(model, SCALE_META_SCHEMA,
				 scale_schema_of(d), err) < 0 ||
	    scale_model_set_meta(model, SCALE_META_ARCHITECTURE,
				 d->architecture == SCALE_POINTER ? NULL :
				 scale_architecture_name(d->architecture),
				 err) < 0)
		return -1;
	return scale_model_set_meta(model, SCALE_META_DIMS, dims, err);
}

static json_t *pack_meta(const scale_model_t *model, scale_err_t *err)
{
	json_t *meta = json_object();

	for (size_t i = 0; i < model->meta_count; i++) {
		const scale_meta_t *pair = &model->meta[i];

		if (json_object_set_new(meta, pair->key,
					json_string(pair->value)) == 0)
			continue;
		scale_err_set(err, EINVAL,
			      "metadata \"%.100s\": not UTF-8, or no memory",
			      pair->key);
		json_decref(meta);
		return NULL;
	}
	return meta;
}

/* The tensors of net as the container sees them, allocated. */
static scale_st_tensor_t *list_tensors(const scale_net_t *net,
				       scale_err_t *err)
{
	scale_st_tensor_t *list = calloc(net->tensor_count, sizeof(*list));

	if (!list) {
		scale_err_set(err, ENOMEM, "no memory for %zu tensors",
			      net->tensor_count);
		return NULL;
	}
	for (size_t k = 0; k < net->tensor_count; k++) {
		list[k].name = net->tensor[k].name;
		list[k].rank = net->tensor[k].rank;
		for (size_t i = 0; i < list[k].rank; i++)
			list[k].shape[i] = net->tensor[k].shape[i];
	}
	return list;
}

/* The whole file in memory. */
static int encode(const scale_model_t *model, unsigned char **file,
		  size_t *size, scale_err_t *err)
{
	const scale_net_t *net = model->net;
	json_t *meta = pack_meta(model, err);
	scale_st_tensor_t *list = NULL;
	int saved, rc = -1;

	if (!meta)
		return -1;
	list = list_tensors(net, err);
	if (!list)
		goto out;
	rc = scale_st_layout(list, net->tensor_count, meta, file, size, err);
	if (rc < 0)
		goto out;
	for (size_t k = 0; k < net->tensor_count; k++) {
		const scale_tensor_t *t = scale_net_find(net, list[k].name);

		for (size_t i = 0; i < t->count; i++)
			scale_st_store(*file, list[k].offset + 4 * i,
				       (float) net->params[t->offset + i]);
	}
out:
	saved = errno;
	free(list);
	json_decref(meta);
	errno = saved;
	return rc;
}

int scale_model_save(scale_model_t *model, const char *path, scale_err_t *err)
{
	unsigned char *file = NULL;
	size_t size;
	int saved, rc = -1;

	if (scale_finite_check(model->net, err) < 0 ||
	    set_required(model, err) < 0 ||
	    encode(model, &file, &size, err) < 0)
		return scale_err_prefix(err, "%s", path);
	if (scale_file_write(path, file, size, err) < 0)
		goto out;
	scale_sha256_hex(file, size, model->sha256);
	model->file_size = size;
	rc = 0;
out:
	saved = errno;
	free(file);
	errno = saved;
	return rc;
}
