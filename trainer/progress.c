/*
 * progress.c - one row of progress.csv and progress.jsonl for each epoch
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/stream.h"
#include "progress.h"

typedef struct column {
	const char *name;
	size_t offset;
	enum { WHOLE, REAL } type;
} column_t;

#define COLUMN(field, type)                                                    \
	{                                                                      \
#field, offsetof(train_progress_t, field), type                \
	}

static const column_t columns[] = {
	COLUMN(epoch, WHOLE),
	COLUMN(env_steps, WHOLE),
	COLUMN(wall_s, REAL),
	COLUMN(sps, REAL),
	COLUMN(lr, REAL),
	COLUMN(loss, REAL),
	COLUMN(loss_clip, REAL),
	COLUMN(loss_value, REAL),
	COLUMN(entropy, REAL),
	COLUMN(approx_kl, REAL),
	COLUMN(clip_fraction, REAL),
	COLUMN(explained_variance, REAL),
	COLUMN(srr_decorr, REAL),
	COLUMN(srr_kl, REAL),
	COLUMN(srr_weight, REAL),
	COLUMN(feature_cov, REAL),
	COLUMN(feature_corr, REAL),
	COLUMN(feature_kl, REAL),
	COLUMN(grad_norm, REAL),
	COLUMN(q, REAL),
	COLUMN(epsilon, REAL),
	COLUMN(temperature, REAL),
	COLUMN(reward, REAL),
	COLUMN(response, REAL),
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

train_progress_t train_progress_empty(int64_t epoch)
{
	train_progress_t row = { .epoch = epoch };

	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].type == REAL)
			*(double *) ((char *) &row + columns[i].offset) = NAN;
	return row;
}

void train_progress_features(train_progress_t *row,
			     const scale_feature_sums_t *sums)
{
	scale_feature_stats_t stats;

	scale_feature_stats(sums, &stats);
	row->feature_cov = stats.covariance;
	row->feature_corr = stats.correlation;
	row->feature_kl = stats.kl;
}

const char *train_progress_column(size_t i)
{
	return i < COLUMNS ? columns[i].name : NULL;
}

static int64_t whole(const train_progress_t *row, const column_t *column)
{
	return *(const int64_t *) ((const char *) row + column->offset);
}

static double real(const train_progress_t *row, const column_t *column)
{
	return *(const double *) ((const char *) row + column->offset);
}

static char *no_memory(scale_err_t *err)
{
	scale_err_set(err, ENOMEM, "no memory for a row of progress");
	return NULL;
}

char *train_progress_header(scale_err_t *err)
{
	scale_stream_t stream;
	FILE *out = scale_stream_open(&stream);

	if (!out)
		return no_memory(err);
	for (size_t i = 0; i < COLUMNS; i++)
		fprintf(out, "%s%s", i ? "," : "", columns[i].name);
	fputc('\n', out);
	return scale_stream_close(&stream, out) < 0 ? no_memory(err)
						    : stream.text;
}

char *train_progress_csv(const train_progress_t *row, scale_err_t *err)
{
	scale_stream_t stream;
	FILE *out = scale_stream_open(&stream);

	if (!out)
		return no_memory(err);
	for (size_t i = 0; i < COLUMNS; i++) {
		const column_t *column = &columns[i];

		if (i)
			fputc(',', out);
		if (column->type == WHOLE)
			fprintf(out, "%" PRId64, whole(row, column));
		else if (isfinite(real(row, column)))
			fprintf(out, "%.9g", real(row, column));
	}
	fputc('\n', out);
	return scale_stream_close(&stream, out) < 0 ? no_memory(err)
						    : stream.text;
}

char *train_progress_json(const train_progress_t *row, scale_err_t *err)
{
	json_t *object = json_object();
	char *line = NULL, *text;

	for (size_t i = 0; i < COLUMNS; i++) {
		const column_t *column = &columns[i];
		json_t *value = column->type == WHOLE ?
					json_integer(whole(row, column)) :
				isfinite(real(row, column)) ?
					json_real(real(row, column)) :
					json_null();

		json_object_set_new(object, column->name, value);
	}
	text = scale_stream_json(object,
				 JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(object);
	if (!text || asprintf(&line, "%s\n", text) < 0)
		line = no_memory(err);
	free(text);
	return line;
}
