/*
 * grid.c - what policies are compared on: a file of cells
 *
 * The document is walked once for each cell, so that every value goes
 * through the table of the simulator's keys, with its place in errors.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model/file.h"
#include "../model/yaml_doc.h"
#include "array.h"
#include "grid.h"

enum { MAX_AXES = 16, MAX_CELLS = 100000 };

typedef struct head {
	int64_t seed, seeds;
} head_t;

static const scale_conf_key_t head_table[] = {
	{ .name = "seed", .type = SCALE_CONF_INT,
	  .offset = offsetof(head_t, seed), .dflt = "1000", .min = 0,
	  .max = 1e15, .help = "first seed" },
	{ .name = "seeds", .type = SCALE_CONF_INT,
	  .offset = offsetof(head_t, seeds), .dflt = "20", .min = 1,
	  .max = 100000, .help = "how many" },
	{ .name = NULL },
};

/* One dimension of a part. */
typedef struct axis {
	const char *name;
	const yaml_node_t *values;	/* a list, or a map of variants */
	size_t count;
} axis_t;

typedef struct part {
	const char *name;
	const yaml_node_t *set;		/* or NULL */
	axis_t axis[MAX_AXES];
	size_t axes;
} part_t;

typedef struct reader {
	scale_yaml_t r;
	const yaml_node_t *set;		/* for all, or NULL */
	sim_grid_t *grid;
	size_t room;
} reader_t;

static size_t pairs(const yaml_node_t *map)
{
	return (size_t) (map->data.mapping.pairs.top -
			 map->data.mapping.pairs.start);
}

static yaml_node_t *pair_node(reader_t *g, const yaml_node_t *map, size_t i,
			      bool value)
{
	const yaml_node_pair_t *pair = map->data.mapping.pairs.start + i;

	return yaml_document_get_node(&g->r.doc,
				      value ? pair->value : pair->key);
}

static const char *pair_name(reader_t *g, const yaml_node_t *map, size_t i)
{
	return scale_yaml_scalar(&g->r, "a key", pair_node(g, map, i, false),
				 false, "a word");
}

/* A map that is not empty, no key of which stands there twice. */
static int want_map(reader_t *g, const char *name, const yaml_node_t *node)
{
	bool map = node->type == YAML_MAPPING_NODE;

	if (!map || !pairs(node))
		return scale_yaml_fail(&g->r, node->start_mark,
				       "%s: must be a map with something in it, not %s",
				       name, map ? "an empty one" :
				       scale_yaml_kind(node));
	for (size_t i = 0; i < pairs(node); i++) {
		const char *key = pair_name(g, node, i);

		if (!key)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (!strcmp(key, pair_name(g, node, k)))
				return scale_yaml_fail(
					&g->r, pair_node(g, node, i, false)
						->start_mark,
					"key \"%.80s\" stands in %s twice",
					key, name);
	}
	return 0;
}

/* An axis with a list has values of that key, one with a map variants. */
static int read_axis(reader_t *g, part_t *part, const char *name,
		     const yaml_node_t *values)
{
	axis_t *axis = &part->axis[part->axes];

	if (part->axes == MAX_AXES)
		return scale_yaml_fail(&g->r, values->start_mark,
				       "part %s has more than %d axes",
				       part->name, MAX_AXES);
	if (values->type == YAML_MAPPING_NODE) {
		if (want_map(g, name, values))
			return -1;
		axis->count = pairs(values);
	} else {
		if (scale_yaml_check_seq(&g->r, name, values,
					 "\"[value, value]\", or a map of variants",
					 MAX_CELLS))
			return -1;
		axis->count = scale_yaml_length(values);
	}
	if (!axis->count)
		return scale_yaml_fail(&g->r, values->start_mark,
				       "%s: has no values", name);
	axis->name = name;
	axis->values = values;
	part->axes++;
	return 0;
}

static int read_part(reader_t *g, part_t *part, const yaml_node_t *map)
{
	if (want_map(g, part->name, map))
		return -1;
	for (size_t i = 0; i < pairs(map); i++) {
		const char *name = pair_name(g, map, i);
		const yaml_node_t *value = pair_node(g, map, i, true);

		if (!name)
			return -1;
		if (!strcmp(name, "set"))
			part->set = value;
		else if (read_axis(g, part, name, value))
			return -1;
	}
	return 0;
}

/* "0.3" or "4:10:2" */
static void print_value(reader_t *g, const yaml_node_t *node, FILE *out)
{
	if (node->type == YAML_SCALAR_NODE)
		fputs((const char *) node->data.scalar.value, out);
	if (node->type != YAML_SEQUENCE_NODE)
		return;
	for (size_t i = 0; i < scale_yaml_length(node); i++) {
		fputs(i ? ":" : "", out);
		print_value(g, scale_yaml_item(&g->r, node, i), out);
	}
}

/* The i-th value of an axis into config, and its name. */
static int apply(reader_t *g, const axis_t *axis, size_t i,
		 sim_config_t *config, FILE *name)
{
	const yaml_node_t *value;

	if (axis->values->type == YAML_MAPPING_NODE) {
		const char *variant = pair_name(g, axis->values, i);

		if (!variant)
			return -1;
		fprintf(name, ", %s", variant);
		return scale_conf_map(&g->r, sim_conf_table, config,
				      pair_node(g, axis->values, i, true));
	}
	value = scale_yaml_item(&g->r, axis->values, i);
	if (!strcmp(axis->name, "config"))	/* applied before all else */
		return 0;
	fprintf(name, ", %s ", axis->name);
	print_value(g, value, name);
	return scale_conf_node(&g->r, sim_conf_table, config, axis->name,
			       value);
}

/* The configuration that a cell begins with. */
static int begin(reader_t *g, const part_t *part, const size_t *index,
		 sim_config_t *config, FILE *name)
{
	const char *named = "base";

	for (size_t a = 0; a < part->axes; a++) {
		const axis_t *axis = &part->axis[a];

		if (strcmp(axis->name, "config") ||
		    axis->values->type != YAML_SEQUENCE_NODE)
			continue;
		named = scale_yaml_scalar(&g->r, "config",
					  scale_yaml_item(&g->r, axis->values,
							  index[a]),
					  false, "a word");
		if (!named)
			return -1;
	}
	fprintf(name, "%s: %s", part->name, named);
	if (sim_config_named(config, named, g->r.err))
		return scale_err_prefix(g->r.err, "%s: %s", g->r.name,
					part->name);
	if (g->set && scale_conf_map(&g->r, sim_conf_table, config, g->set))
		return -1;
	return part->set ? scale_conf_map(&g->r, sim_conf_table, config,
					  part->set) : 0;
}

static int fill_cell(reader_t *g, const part_t *part, const size_t *index,
		     sim_cell_t *cell)
{
	size_t size;
	FILE *name = open_memstream(&cell->name, &size);
	int rc;

	if (!name)
		return scale_err_set(g->r.err, ENOMEM, "%s: no memory",
				     g->r.name);
	rc = begin(g, part, index, &cell->config, name);
	for (size_t a = 0; !rc && a < part->axes; a++)
		rc = apply(g, &part->axis[a], index[a], &cell->config, name);
	if (fclose(name) && !rc)
		return scale_err_set(g->r.err, ENOMEM, "%s: no memory",
				     g->r.name);
	if (!rc && (sim_config_check(&cell->config, g->r.err) ||
		    sim_config_check_memory(&cell->config, g->r.err)))
		rc = scale_err_prefix(g->r.err, "%s: %s", g->r.name,
				      cell->name);
	return rc;
}

static int add_cell(reader_t *g, const part_t *part, const size_t *index)
{
	sim_grid_t *grid = g->grid;

	if (grid->cells == MAX_CELLS)
		return scale_err_set(g->r.err, EINVAL,
				     "%s: more than %d cells", g->r.name,
				     MAX_CELLS);
	if (sim_array_reserve(&grid->cell, &g->room, grid->cells + 1))
		return scale_err_set(g->r.err, ENOMEM, "%s: no memory",
				     g->r.name);
	grid->cell[grid->cells] = (sim_cell_t) { 0 };
	return fill_cell(g, part, index, &grid->cell[grid->cells++]);
}

/* All combinations; the last axis counts fastest. */
static int expand(reader_t *g, const part_t *part)
{
	size_t index[MAX_AXES] = { 0 };
	size_t a;

	do {
		if (add_cell(g, part, index))
			return -1;
		for (a = part->axes; a-- > 0;) {
			if (++index[a] < part->axis[a].count)
				break;
			index[a] = 0;
		}
	} while (a < part->axes);
	return 0;
}

static int read_parts(reader_t *g, const yaml_node_t *map)
{
	if (want_map(g, "parts", map))
		return -1;
	for (size_t i = 0; i < pairs(map); i++) {
		part_t part = { .name = pair_name(g, map, i) };

		if (!part.name || read_part(g, &part, pair_node(g, map, i,
								true)) ||
		    expand(g, &part))
			return -1;
	}
	return 0;
}

static int read_root(reader_t *g, const yaml_node_t *root)
{
	const yaml_node_t *parts = NULL;
	head_t head;

	if (scale_conf_defaults(head_table, &head, g->r.err) ||
	    want_map(g, "the grid", root))
		return -1;
	for (size_t i = 0; i < pairs(root); i++) {
		const char *name = pair_name(g, root, i);
		const yaml_node_t *value = pair_node(g, root, i, true);

		if (!name)
			return -1;
		if (!strcmp(name, "parts"))
			parts = value;
		else if (!strcmp(name, "set"))
			g->set = value;
		else if (scale_conf_node(&g->r, head_table, &head, name,
					 value))
			return -1;
	}
	g->grid->seed = (uint64_t) head.seed;
	g->grid->seeds = (uint64_t) head.seeds;
	if (!parts)
		return scale_yaml_fail(&g->r, root->start_mark,
				       "parts is missing: what to compare on");
	return read_parts(g, parts);
}

int sim_grid_load(sim_grid_t *grid, const char *path, scale_err_t *err)
{
	reader_t g = { .r = { .name = path, .marks = true, .err = err },
		       .grid = grid };
	const yaml_node_t *root;
	char *text;
	size_t size;
	int rc = -1;

	*grid = (sim_grid_t) { 0 };
	if (scale_file_read(path, SCALE_YAML_SIZE, &text, &size, err))
		return -1;
	if (!scale_yaml_load(&g.r, text, size)) {
		root = yaml_document_get_root_node(&g.r.doc);
		rc = root ? read_root(&g, root) :
			    scale_err_set(err, EINVAL, "%s: is empty", path);
		yaml_document_delete(&g.r.doc);
	}
	free(text);
	if (rc)
		sim_grid_free(grid);
	return rc;
}

void sim_grid_free(sim_grid_t *grid)
{
	int saved = errno;

	for (size_t i = 0; i < grid->cells; i++) {
		free(grid->cell[i].name);
		scale_conf_free(sim_conf_table, &grid->cell[i].config);
	}
	free(grid->cell);
	*grid = (sim_grid_t) { 0 };
	errno = saved;
}
