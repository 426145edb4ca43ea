/*
 * compare_file.c - an entrant's scores in a cell, kept for another run
 *
 * The name of a file is the hash of all that its numbers depend on: this
 * program's version, cell, configuration, seeds, order, rule or model.  So
 * what has changed has another name and is made anew.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../model/file.h"
#include "compare_file.h"
#include "report.h"
#include "scale_config.h"

enum { FORMAT = 1, SIZE_MAX_BYTES = 1 << 28, PATH_ROOM = 4096 };

static int make_dir(const char *path, scale_err_t *err)
{
	if (!mkdir(path, 0777) || errno == EEXIST)
		return 0;
	return scale_err_set(err, errno, "%s: %s", path, strerror(errno));
}

int sim_compare_prepare(const char *dir, scale_err_t *err)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/cells", dir);
	return make_dir(dir, err) || make_dir(path, err) ? -1 : 0;
}

/* All that the scores depend on, as text.  RET allocated, or NULL */
static char *describe(const sim_compare_t *c, size_t cell, size_t entrant,
		      scale_err_t *err)
{
	const sim_entrant_t *who = &c->field->entrant[entrant];
	sim_config_t config = c->grid->cell[cell].config;
	char *yaml, *text = NULL;
	size_t size;
	FILE *out;

	if (*who->order)
		strcpy(config.order, who->order);
	yaml = scale_conf_print(sim_conf_table, &config, err);
	if (!yaml)
		return NULL;
	out = open_memstream(&text, &size);
	if (out) {
		fprintf(out, "scale-sim compare %d of %s\n%s\nseeds %llu+%llu\n"
			"%s\n%s%s\n%s", FORMAT, PACKAGE_VERSION,
			c->grid->cell[cell].name,
			(unsigned long long) c->grid->seed,
			(unsigned long long) c->grid->seeds, who->name,
			who->rule, who->model ? who->model->sha256 : "", yaml);
		if (fclose(out)) {
			free(text);
			text = NULL;
		}
	}
	free(yaml);
	if (!text)
		scale_err_set(err, ENOMEM, "out of memory");
	return text;
}

static int find_path(const sim_compare_t *c, size_t cell, size_t entrant,
		     char hex[65], char path[PATH_ROOM], scale_err_t *err)
{
	char *text = describe(c, cell, entrant, err);

	if (!text)
		return -1;
	scale_sha256_hex(text, strlen(text), hex);
	free(text);
	if (snprintf(path, PATH_ROOM, "%s/cells/%.32s.json", c->dir, hex) >=
	    PATH_ROOM)
		return scale_err_set(err, ENAMETOOLONG,
				     "%.80s...: the name is too long", c->dir);
	return 0;
}

static json_t *pack_rows(const sim_score_t *score, size_t seeds)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < seeds; i++) {
		json_t *row = json_array();

		for (int id = 0; id < SIM_SCORES; id++)
			json_array_append_new(row,
					      json_real(score[i].value[id]));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *pack_columns(void)
{
	json_t *names = json_array();

	for (int id = 0; id < SIM_SCORES; id++)
		json_array_append_new(names, json_string(sim_score_name(
						     (sim_score_id_t) id)));
	return names;
}

int sim_compare_write(const sim_compare_t *c, size_t cell, size_t entrant,
		      const sim_score_t *score, scale_err_t *err)
{
	char hex[65], path[PATH_ROOM], *text;
	json_t *root;
	int rc;

	if (find_path(c, cell, entrant, hex, path, err))
		return -1;
	root = json_pack("{s:i, s:s, s:s, s:s, s:I, s:o, s:o}",
			 "scale_compare", FORMAT, "key", hex,
			 "cell", c->grid->cell[cell].name,
			 "policy", c->field->entrant[entrant].name,
			 "seed", (json_int_t) c->grid->seed,
			 "columns", pack_columns(),
			 "rows", pack_rows(score, c->grid->seeds));
	text = root ? json_dumps(root, JSON_COMPACT | SIM_JSON_FLAGS) : NULL;
	json_decref(root);
	if (!text)
		return scale_err_set(err, ENOMEM,
				     "%s: a number is not finite, or no memory",
				     path);
	rc = scale_file_write(path, text, strlen(text), err);
	free(text);
	return rc;
}

static int unpack_row(const json_t *row, sim_score_t *score)
{
	if (json_array_size(row) != SIM_SCORES)
		return -1;
	for (int id = 0; id < SIM_SCORES; id++) {
		const json_t *x = json_array_get(row, (size_t) id);

		if (!json_is_number(x))
			return -1;
		score->value[id] = json_number_value(x);
	}
	return 0;
}

static int unpack(const json_t *root, const char *hex, size_t seeds,
		  sim_score_t *score)
{
	const json_t *rows = json_object_get(root, "rows");
	const char *key = json_string_value(json_object_get(root, "key"));
	json_t *columns = pack_columns();
	bool same = json_equal(columns, json_object_get(root, "columns"));

	json_decref(columns);
	if (!same || !key || strcmp(key, hex) || json_array_size(rows) != seeds)
		return -1;
	for (size_t i = 0; i < seeds; i++)
		if (unpack_row(json_array_get(rows, i), &score[i]))
			return -1;
	return 0;
}

int sim_compare_read(const sim_compare_t *c, size_t cell, size_t entrant,
		     sim_score_t *score, scale_err_t *err)
{
	char hex[65], path[PATH_ROOM], *text;
	json_t *root;
	size_t size;
	int rc;

	if (find_path(c, cell, entrant, hex, path, err) ||
	    scale_file_read(path, SIZE_MAX_BYTES, &text, &size, NULL))
		return -1;
	root = json_loadb(text, size, 0, NULL);
	free(text);
	rc = unpack(root, hex, c->grid->seeds, score);
	json_decref(root);
	errno = EINVAL;
	return rc;
}
