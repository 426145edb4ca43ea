/*
 * run.c - a training run with its directory
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "run.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static void drop(train_snapshot_t *snapshot)
{
	scale_model_destroy(snapshot->model);
	free(snapshot->checkpoint);
	*snapshot = (train_snapshot_t){ 0 };
}

void train_run_end(train_run_t *run)
{
	int saved = errno;

	if (!run)
		return;
	drop(&run->snapshot);
	pthread_mutex_destroy(&run->lock);
	train_destroy(run->train);
	train_run_dir_close(run->dir);
	scale_conf_free(train_conf_table, &run->config);
	free(run);
	errno = saved;
}

/* A run that owns config. */
static train_run_t *create(train_config_t *config, const char *program,
			   scale_err_t *err)
{
	train_run_t *run = calloc(1, sizeof(*run));
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (!run) {
		scale_conf_free(train_conf_table, config);
		scale_err_set(err, ENOMEM, "no memory for a run");
		return NULL;
	}
	pthread_mutex_init(&run->lock, NULL);
	run->config = *config;
	run->program = program;
	run->created = epoch && *epoch ? (time_t) strtoll(epoch, NULL, 10) :
					 (time_t) -1;
	return run;
}

static int write_config(train_run_t *run, scale_err_t *err)
{
	char *text = scale_conf_print(train_conf_table, &run->config, err);
	int rc;

	if (!text)
		return -1;
	rc = train_run_dir_write(run->dir, TRAIN_FILE_CONFIG, text,
				 strlen(text), err);
	free(text);
	return rc;
}

static int write_command(train_run_t *run, const char *command,
			 scale_err_t *err)
{
	char *line;
	int rc;

	if (asprintf(&line, "%s\n", command) < 0)
		return scale_err_set(err, ENOMEM, "no memory for a run");
	rc = train_run_dir_append(run->dir, TRAIN_FILE_COMMAND, line, err);
	free(line);
	return rc;
}

static int write_header(train_run_t *run, scale_err_t *err)
{
	char *text = train_progress_header(err);
	int rc;

	if (!text)
		return -1;
	rc = train_run_dir_append(run->dir, TRAIN_FILE_CSV, text, err) ||
	     train_run_dir_append(run->dir, TRAIN_FILE_JSON, "", err);
	free(text);
	return rc ? -1 : 0;
}

static int save_model(train_run_t *run, const char *name, scale_model_t *model,
		      scale_err_t *err)
{
	return scale_model_save(model, train_run_dir_path(run->dir, name), err);
}

/* The run as it is now. */
static int take_snapshot(const train_run_t *run, train_snapshot_t *s,
			 scale_err_t *err)
{
	time_t created =
		run->created == (time_t) -1 ? time(NULL) : run->created;

	*s = (train_snapshot_t){ .epoch = run->train->epoch };
	s->model = train_model_create(run->train, run->program, created, err);
	if (s->model && !train_checkpoint_make(run->train, &s->checkpoint,
					       &s->size, err))
		return 0;
	drop(s);
	return -1;
}

static int write_snapshot(train_run_t *run, scale_err_t *err)
{
	train_snapshot_t *s = &run->snapshot;

	if (s->written)
		return 0;
	if (save_model(run, TRAIN_FILE_LAST, s->model, err))
		return -1;
	s->written = !train_checkpoint_write(
		s->checkpoint, s->size,
		train_run_dir_path(run->dir, TRAIN_FILE_CHECKPOINT), err);
	return s->written ? 0 : -1;
}

static int write_row(train_run_t *run, const train_progress_t *row,
		     scale_err_t *err)
{
	char *csv = train_progress_csv(row, err);
	char *json = csv ? train_progress_json(row, err) : NULL;
	int rc = -1;

	if (json)
		rc = train_run_dir_append(run->dir, TRAIN_FILE_CSV, csv, err) ||
				     train_run_dir_append(run->dir,
							  TRAIN_FILE_JSON, json,
							  err) ?
			     -1 :
			     0;
	free(csv);
	free(json);
	return rc;
}

/* Row 0 and the model before training: what any progress is measured by. */
static int evaluate_untrained(train_run_t *run, scale_err_t *err)
{
	train_progress_t row;

	if (train_epoch_zero(run->train, &row, err) ||
	    write_row(run, &row, err) ||
	    take_snapshot(run, &run->snapshot, err) ||
	    save_model(run, TRAIN_FILE_BEST, run->snapshot.model, err))
		return -1;
	return write_snapshot(run, err);
}

train_run_t *train_run_begin(train_config_t *config, const char *path,
			     size_t threads, const char *program,
			     const char *command, scale_err_t *err)
{
	train_run_t *run = create(config, program, err);

	if (!run)
		return NULL;
	if (train_config_check(&run->config, err))
		goto fail;
	run->train = train_create(&run->config, threads, err);
	if (!run->train)
		goto fail;
	run->dir = train_run_dir_create(path, err);
	if (!run->dir || write_config(run, err) ||
	    write_command(run, command, err) || write_header(run, err) ||
	    evaluate_untrained(run, err))
		goto fail;
	return run;
fail:
	train_run_end(run);
	return NULL;
}

/* Refuse what would make the run another one. */
static int check_same(const train_config_t *config, const train_t *done,
		      const train_config_t *before, const char *path,
		      scale_err_t *err)
{
	train_config_t same = *config;
	char name[SCALE_CONF_PATH];

	same.epochs = before->epochs;
	if (scale_conf_differ(train_conf_table, &same, before, name))
		return scale_err_set(
			err, EINVAL,
			"%s: %s differs from the run's; only epochs may change",
			path, name);
	if (config->epochs < done->epoch)
		return scale_err_set(err, EINVAL,
				     "%s: epochs is %lld, but %lld are done",
				     path, (long long) config->epochs,
				     (long long) done->epoch);
	return 0;
}

static int load(train_run_t *run, const char *path, size_t threads,
		scale_err_t *err)
{
	const char *file = train_run_dir_path(run->dir, TRAIN_FILE_CHECKPOINT);
	train_config_t before;
	int rc = -1;

	if (train_checkpoint_config(file, &before, err))
		return -1;
	run->train = train_create(&run->config, threads, err);
	if (run->train &&
	    !check_same(&run->config, run->train, &before, path, err))
		rc = train_checkpoint_load(run->train, file, err);
	if (!rc)
		rc = check_same(&run->config, run->train, &before, path, err);
	scale_conf_free(train_conf_table, &before);
	return rc;
}

/* The checkpoint knows how good the best model is; the model is in a file of
 * its own. */
static int check_best(train_run_t *run, scale_err_t *err)
{
	scale_err_t why = { "" };
	scale_model_t *model = scale_model_load(
		train_run_dir_path(run->dir, TRAIN_FILE_BEST), &why);

	if (!model)
		return scale_err_set(err, EINVAL,
				     "%s; put it back, or copy %s to it",
				     why.text, TRAIN_FILE_LAST);
	scale_model_destroy(model);
	return 0;
}

static int read_config(train_config_t *config, const char *path,
		       const char *const *assignments, size_t count,
		       scale_err_t *err)
{
	if (scale_conf_defaults(train_conf_table, config, err))
		return -1;
	if (scale_conf_read(train_conf_table, config, path, err))
		goto fail;
	for (size_t i = 0; i < count; i++)
		if (scale_conf_set(train_conf_table, config, assignments[i],
				   err))
			goto fail;
	return 0;
fail:
	scale_conf_free(train_conf_table, config);
	return -1;
}

train_run_t *train_run_resume(const char *path, const char *const *assignments,
			      size_t count, size_t threads, const char *program,
			      const char *command, scale_err_t *err)
{
	train_run_dir_t *dir = train_run_dir_open(path, err);
	train_config_t config;
	train_run_t *run;

	if (!dir)
		return NULL;
	if (read_config(&config, train_run_dir_path(dir, TRAIN_FILE_CONFIG),
			assignments, count, err)) {
		train_run_dir_close(dir);
		return NULL;
	}
	run = create(&config, program, err);
	if (!run) {
		train_run_dir_close(dir);
		return NULL;
	}
	run->dir = dir;
	if (train_config_check(&run->config, err) ||
	    load(run, path, threads, err) || check_best(run, err) ||
	    train_run_dir_keep_lines(dir, TRAIN_FILE_CSV, run->train->epoch + 2,
				     err) ||
	    train_run_dir_keep_lines(dir, TRAIN_FILE_JSON,
				     run->train->epoch + 1, err) ||
	    write_config(run, err) || write_command(run, command, err) ||
	    take_snapshot(run, &run->snapshot, err)) {
		train_run_end(run);
		return NULL;
	}
	run->snapshot.written = true;
	return run;
}

bool train_run_done(const train_run_t *run)
{
	return run->train->epoch >= run->config.epochs;
}

int64_t train_run_save(train_run_t *run, scale_err_t *err)
{
	int64_t epoch = -1;

	pthread_mutex_lock(&run->lock);
	if (!write_snapshot(run, err))
		epoch = run->snapshot.epoch;
	pthread_mutex_unlock(&run->lock);
	return epoch;
}

/* What an epoch leaves on disk. */
static int write_epoch(train_run_t *run, const train_progress_t *row,
		       scale_err_t *err)
{
	train_t *train = run->train;
	train_snapshot_t now;

	if (write_row(run, row, err) || take_snapshot(run, &now, err))
		return -1;
	if (train->improved &&
	    save_model(run, TRAIN_FILE_BEST, now.model, err)) {
		drop(&now);
		return -1;
	}
	drop(&run->snapshot);
	run->snapshot = now;
	if (train->epoch % run->config.checkpoint_every && !train_run_done(run))
		return 0;
	return write_snapshot(run, err);
}

int train_run_epoch(train_run_t *run, train_progress_t *row, scale_err_t *err)
{
	const train_config_t *config = &run->config;
	train_t *train = run->train;
	double since = seconds();
	int rc;

	if (train_epoch(train, row, err))
		return -1;
	since = seconds() - since;
	train->wall_s += since;
	row->wall_s = train->wall_s;
	row->sps = config->envs * config->steps / since;
	pthread_mutex_lock(&run->lock);
	rc = write_epoch(run, row, err);
	pthread_mutex_unlock(&run->lock);
	return rc;
}
