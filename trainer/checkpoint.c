/*
 * checkpoint.c - a training run on disk, to go on from bit for bit
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model/file.h"
#include "../model/stream.h"
#include "checkpoint.h"

#define MAGIC "scale-checkpoint-2\n"

enum {
	MAGIC_SIZE = sizeof(MAGIC) - 1,
	HASH_SIZE = 64, /* hex digits at the end */
};

static const size_t max_size = (size_t) 1 << 32;

/* Numbers of fixed size at the beginning, after MAGIC. */
typedef struct head {
	uint64_t config_size; /* bytes of the configuration */
	uint64_t epoch;
	uint64_t best_epoch;
	uint64_t params;
	uint64_t real_size; /* bytes of a parameter */
	uint64_t envs;
	double best_response;
	double wall_s;
} head_t;

typedef struct env_head {
	uint64_t episode;
	uint64_t actions;
} env_head_t;

static void put_env(FILE *out, const train_env_t *env)
{
	size_t count;
	const uint32_t *action = train_env_actions(env, &count);
	env_head_t head = { train_env_episode(env), count };

	fwrite(&head, sizeof(head), 1, out);
	if (count)
		fwrite(action, sizeof(*action), count, out);
}

static int put_part(void *arg, void *data, size_t size)
{
	fwrite(data, 1, size, arg);
	return 0;
}

static void put_train(FILE *out, const train_t *train, const char *config)
{
	size_t n = train->net->param_count;
	head_t head = {
		.config_size = strlen(config),
		.epoch = train->epoch,
		.best_epoch = train->best_epoch,
		.params = n,
		.real_size = sizeof(real_t),
		.envs = train->envs,
		.best_response = train->best_response,
		.wall_s = train->wall_s,
	};

	fwrite(MAGIC, MAGIC_SIZE, 1, out);
	fwrite(&head, sizeof(head), 1, out);
	fwrite(config, 1, head.config_size, out);
	fwrite(train->net->params, sizeof(real_t), n, out);
	train->method->parts(train->learner, put_part, out);
	for (size_t i = 0; i < train->envs; i++)
		put_env(out, train->env[i]);
}

int train_checkpoint_make(const train_t *train, char **data, size_t *size,
			  scale_err_t *err)
{
	char *config = scale_conf_print(train_conf_table, train->config, err);
	scale_stream_t stream;
	FILE *out;
	int rc = -1;

	*data = NULL;
	if (!config)
		return -1;
	out = scale_stream_open(&stream);
	if (out) {
		put_train(out, train, config);
		/* room for the checksum */
		fprintf(out, "%*s", HASH_SIZE, "");
		rc = scale_stream_close(&stream, out);
	}
	free(config);
	if (rc < 0)
		return scale_err_set(err, ENOMEM,
				     "no memory for a checkpoint");
	*data = stream.text;
	*size = stream.size;
	return 0;
}

int train_checkpoint_write(char *data, size_t size, const char *path,
			   scale_err_t *err)
{
	char hash[HASH_SIZE + 1];

	scale_sha256_hex(data, size - HASH_SIZE, hash);
	memcpy(data + size - HASH_SIZE, hash, HASH_SIZE);
	return scale_file_write(path, data, size, err);
}

/* A checkpoint in memory, being read from front to back. */
typedef struct input {
	const char *path;
	char *data;
	size_t size, at;
	scale_err_t *err;
} input_t;

/* The next so many bytes, or NULL when there are fewer. */
static const void *take(input_t *in, size_t size)
{
	const char *data = in->data + in->at;

	if (size > in->size - in->at) {
		scale_err_set(in->err, EINVAL, "%s: ends too early", in->path);
		return NULL;
	}
	in->at += size;
	return data;
}

static int take_to(input_t *in, void *out, size_t size)
{
	const void *data = take(in, size);

	if (!data)
		return -1;
	memcpy(out, data, size);
	return 0;
}

static int input_open(input_t *in, const char *path, head_t *head,
		      scale_err_t *err)
{
	char hash[HASH_SIZE + 1];

	*in = (input_t){ .path = path, .err = err };
	if (scale_file_read(path, max_size, &in->data, &in->size, err))
		return -1;
	if (in->size < MAGIC_SIZE + sizeof(*head) + HASH_SIZE ||
	    memcmp(in->data, MAGIC, MAGIC_SIZE)) {
		scale_err_set(err, EINVAL,
			      "%s: is not a checkpoint of this version", path);
		goto fail;
	}
	in->size -= HASH_SIZE;
	scale_sha256_hex(in->data, in->size, hash);
	if (memcmp(hash, in->data + in->size, HASH_SIZE)) {
		scale_err_set(err, EINVAL,
			      "%s: is damaged, its checksum is wrong", path);
		goto fail;
	}
	in->at = MAGIC_SIZE;
	if (!take_to(in, head, sizeof(*head)))
		return 0;
fail:
	free(in->data);
	return -1;
}

int train_checkpoint_config(const char *path, train_config_t *config,
			    scale_err_t *err)
{
	const char *text;
	head_t head;
	input_t in;
	int rc = -1;

	if (scale_conf_defaults(train_conf_table, config, err) ||
	    input_open(&in, path, &head, err))
		return -1;
	text = take(&in, head.config_size);
	if (text)
		rc = scale_conf_parse(train_conf_table, config, text,
				      head.config_size, path, err);
	free(in.data);
	if (rc)
		scale_conf_free(train_conf_table, config);
	return rc;
}

static int take_env(input_t *in, train_env_t *env)
{
	env_head_t head;
	const void *data;
	uint32_t *action;
	int rc = -1;

	if (take_to(in, &head, sizeof(head)))
		return -1;
	if (head.actions > in->size / sizeof(*action))
		return scale_err_set(in->err, EINVAL, "%s: ends too early",
				     in->path);
	data = take(in, head.actions * sizeof(*action));
	if (!data)
		return -1;
	/* a copy, for alignment */
	action = malloc(head.actions * sizeof(*action) + 1);
	if (!action)
		return scale_err_set(in->err, ENOMEM, "%s: no memory to read",
				     in->path);
	memcpy(action, data, head.actions * sizeof(*action));
	rc = train_env_replay(env, head.episode, action, head.actions, in->err);
	free(action);
	return rc;
}

static int take_part(void *arg, void *data, size_t size)
{
	return take_to(arg, data, size);
}

static int take_train(input_t *in, const head_t *head, train_t *train)
{
	size_t bytes = train->net->param_count * sizeof(real_t);

	if (head->params != train->net->param_count ||
	    head->real_size != sizeof(real_t) || head->envs != train->envs)
		return scale_err_set(in->err, EINVAL,
				     "%s: was made with other sizes", in->path);
	if (!take(in, head->config_size) ||
	    take_to(in, train->net->params, bytes) ||
	    train->method->parts(train->learner, take_part, in))
		return -1;
	for (size_t i = 0; i < train->envs; i++)
		if (take_env(in, train->env[i]))
			return scale_err_prefix(in->err, "%s", in->path);
	if (in->at != in->size)
		return scale_err_set(in->err, EINVAL,
				     "%s: holds more than a checkpoint",
				     in->path);
	train->epoch = head->epoch;
	train->best_epoch = head->best_epoch;
	train->best_response = head->best_response;
	train->wall_s = head->wall_s;
	return 0;
}

int train_checkpoint_load(train_t *train, const char *path, scale_err_t *err)
{
	head_t head;
	input_t in;
	int rc;

	if (input_open(&in, path, &head, err))
		return -1;
	rc = take_train(&in, &head, train);
	free(in.data);
	return rc;
}
