/*
 * conf.c - configuration files: YAML into a record, by a table of keys
 *
 * The document is walked beside the table.  Defaults and --set go through
 * the same walk, so that one place knows what a value may be.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf_impl.h"
#include "file.h"
#include "stream.h"

enum { MAX_ITEMS = 4096 }; /* of one LIST */

/* Where in table and record a map is, and how its keys are called. */
typedef struct scope {
	const scale_conf_key_t *table;
	char *record;
	const char *path; /* before this table's names: "env." */
	const char *section; /* within this table: "ppo." */
} scope_t;

static int read_map(scale_yaml_t *r, const scope_t *scope,
		    const yaml_node_t *map);

size_t scale_conf_field_size(const scale_conf_key_t *key)
{
	switch (key->type) {
	case SCALE_CONF_BOOL:
		return sizeof(bool);
	case SCALE_CONF_INT:
		return sizeof(int64_t);
	case SCALE_CONF_DOUBLE:
		return sizeof(double);
	case SCALE_CONF_STRING:
		return key->size;
	case SCALE_CONF_ENUM:
		return sizeof(int);
	case SCALE_CONF_DOUBLES:
		return sizeof(scale_conf_doubles_t);
	case SCALE_CONF_INTS:
		return sizeof(scale_conf_ints_t);
	case SCALE_CONF_LIST:
		return sizeof(scale_conf_list_t);
	case SCALE_CONF_TABLE:
		break;
	}
	return 0;
}

const scale_conf_key_t *scale_conf_row(const scale_conf_key_t *table,
				       const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

/* True when some row's name begins with "name.". */
static bool is_section(const scale_conf_key_t *table, const char *name)
{
	size_t length = strlen(name);

	for (; table->name; table++)
		if (!strncmp(table->name, name, length) &&
		    table->name[length] == '.')
			return true;
	return false;
}

/* Maps */

static const char *key_text(scale_yaml_t *r, const yaml_node_pair_t *pair)
{
	const yaml_node_t *node = yaml_document_get_node(&r->doc, pair->key);

	return node->type == YAML_SCALAR_NODE ?
		       (const char *) node->data.scalar.value :
		       NULL;
}

/* The value of name ("a.b": b in map a) below map, or NULL. */
static const yaml_node_t *find_value(scale_yaml_t *r, const yaml_node_t *map,
				     const char *name)
{
	const yaml_node_pair_t *pair;
	size_t length = strcspn(name, ".");

	if (map->type != YAML_MAPPING_NODE)
		return NULL;
	for (pair = map->data.mapping.pairs.start;
	     pair < map->data.mapping.pairs.top; pair++) {
		const char *text = key_text(r, pair);
		const yaml_node_t *value;

		if (!text || strlen(text) != length ||
		    strncmp(text, name, length))
			continue;
		value = yaml_document_get_node(&r->doc, pair->value);
		return name[length] ? find_value(r, value, name + length + 1) :
				      value;
	}
	return NULL;
}

/* Keys without a default must be there. */
static int check_required(scale_yaml_t *r, const scale_conf_key_t *table,
			  const char *name, const yaml_node_t *map)
{
	for (; table->name; table++)
		if (!table->dflt && table->type != SCALE_CONF_LIST &&
		    table->type != SCALE_CONF_TABLE &&
		    !find_value(r, map, table->name))
			return scale_yaml_fail(r, map->start_mark,
					       "%s: key \"%s\" is missing (%s)",
					       name, table->name, table->help);
	return 0;
}

static void free_list(const scale_conf_key_t *key, scale_conf_list_t *list)
{
	char *block = list->item;

	for (size_t i = 0; i < list->count; i++)
		scale_conf_free(key->sub, block + i * key->size);
	free(block);
	list->item = NULL;
	list->count = 0;
}

static int read_list(scale_yaml_t *r, const scale_conf_key_t *key,
		     const char *name, const yaml_node_t *node,
		     scale_conf_list_t *list)
{
	char path[SCALE_CONF_PATH];
	size_t count;

	if (scale_yaml_check_seq(r, name, node, "one map each", MAX_ITEMS))
		return -1;
	free_list(key, list);
	count = scale_yaml_length(node);
	if (!count)
		return 0;
	list->item = calloc(count, key->size);
	if (!list->item)
		return scale_err_set(r->err, ENOMEM, "%s: no memory for %s",
				     r->name, name);
	list->count = count;
	for (size_t i = 0; i < count; i++) {
		char *record = (char *) list->item + i * key->size;
		scope_t scope = { key->sub, record, path, "" };

		if (scale_conf_defaults(key->sub, record, r->err))
			return -1;
		snprintf(path, sizeof(path), "%s[%zu].", name, i);
		if (read_map(r, &scope, scale_yaml_item(r, node, i)))
			return -1;
		path[strlen(path) - 1] = '\0';
		if (check_required(r, key->sub, path,
				   scale_yaml_item(r, node, i)))
			return -1;
	}
	return 0;
}

/* The value of one row.  name: as people call it, with the path. */
static int read_value(scale_yaml_t *r, const scale_conf_key_t *key,
		      const char *name, const yaml_node_t *node, void *field)
{
	char path[SCALE_CONF_PATH];
	scope_t scope = { key->sub, field, path, "" };

	if (key->type == SCALE_CONF_LIST)
		return read_list(r, key, name, node, field);
	if (key->type != SCALE_CONF_TABLE)
		return scale_conf_value(r, key, name, node, field);
	snprintf(path, sizeof(path), "%s.", name);
	return read_map(r, &scope, node);
}

static int unknown_key(scale_yaml_t *r, const scope_t *scope, yaml_mark_t mark,
		       const char *name)
{
	char best[SCALE_CONF_PATH];

	if (scale_conf_nearest(scope->table, name, best))
		return scale_yaml_fail(
			r, mark,
			"unknown key \"%s%.80s\"; did you mean \"%s%s\"?",
			scope->path, name, scope->path, best);
	return scale_yaml_fail(r, mark, "unknown key \"%s%.80s\"", scope->path,
			       name);
}

static int check_key(scale_yaml_t *r, const scope_t *scope,
		     const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	const yaml_node_t *node = yaml_document_get_node(&r->doc, pair->key);
	const char *text = key_text(r, pair);

	if (!text || strlen(text) != node->data.scalar.length)
		return scale_yaml_fail(r, node->start_mark,
				       "a key must be a plain word");
	if (strchr(text, '.'))
		return scale_yaml_fail(
			r, node->start_mark,
			"unknown key \"%.80s\"; in a file write \"%s\" inside the map \"%.*s\"",
			text, strrchr(text, '.') + 1,
			(int) (strrchr(text, '.') - text), text);
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < pair; p++)
		if (!strcmp(key_text(r, p), text))
			return scale_yaml_fail(
				r, node->start_mark,
				"key \"%s%s%.80s\" stands here twice",
				scope->path, scope->section, text);
	return 0;
}

static int read_pair(scale_yaml_t *r, const scope_t *scope,
		     const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(&r->doc, pair->key);
	const yaml_node_t *value = yaml_document_get_node(&r->doc, pair->value);
	const scale_conf_key_t *row;
	char name[SCALE_CONF_PATH], path[SCALE_CONF_PATH];
	scope_t inner = *scope;

	snprintf(name, sizeof(name), "%s%.100s", scope->section,
		 key_text(r, pair));
	row = scale_conf_row(scope->table, name);
	if (row) {
		snprintf(path, sizeof(path), "%.120s%.120s", scope->path, name);
		return read_value(r, row, path, value,
				  scope->record + row->offset);
	}
	if (!is_section(scope->table, name))
		return unknown_key(r, scope, key->start_mark, name);
	strcat(name, ".");
	inner.section = name;
	return read_map(r, &inner, value);
}

static int not_a_map(scale_yaml_t *r, const scope_t *scope,
		     const yaml_node_t *node)
{
	char name[SCALE_CONF_PATH];

	snprintf(name, sizeof(name), "%.120s%.120s", scope->path,
		 scope->section);
	if (*name)
		name[strlen(name) - 1] = '\0';
	return scale_yaml_fail(
		r, node->start_mark, "%s: must be a map of keys, not %s",
		*name ? name : "the configuration", scale_yaml_kind(node));
}

static int read_map(scale_yaml_t *r, const scope_t *scope,
		    const yaml_node_t *map)
{
	const yaml_node_pair_t *pair;

	if (map->type != YAML_MAPPING_NODE)
		return not_a_map(r, scope, map);
	for (pair = map->data.mapping.pairs.start;
	     pair < map->data.mapping.pairs.top; pair++) {
		if (check_key(r, scope, map, pair) || read_pair(r, scope, pair))
			return -1;
	}
	return 0;
}

int scale_conf_node(scale_yaml_t *r, const scale_conf_key_t *table,
		    void *record, const char *name, const yaml_node_t *node)
{
	const scale_conf_key_t *row = scale_conf_row(table, name);
	scope_t scope = { table, record, "", "" };

	if (!row)
		return unknown_key(r, &scope, node->start_mark, name);
	return read_value(r, row, name, node, (char *) record + row->offset);
}

int scale_conf_map(scale_yaml_t *r, const scale_conf_key_t *table,
		   void *record, const yaml_node_t *map)
{
	scope_t scope = { table, record, "", "" };

	return read_map(r, &scope, map);
}

int scale_conf_parse(const scale_conf_key_t *table, void *record,
		     const char *text, size_t size, const char *name,
		     scale_err_t *err)
{
	scale_yaml_t r = { .name = name, .marks = true, .err = err };
	scope_t scope = { table, record, "", "" };
	const yaml_node_t *root;
	int rc = 0;

	if (scale_yaml_load(&r, text, size))
		return -1;
	root = yaml_document_get_root_node(&r.doc);
	/* an empty file changes nothing */
	if (root &&
	    !(root->type == YAML_SCALAR_NODE && !root->data.scalar.length))
		rc = read_map(&r, &scope, root);
	yaml_document_delete(&r.doc);
	return rc;
}

int scale_conf_read(const scale_conf_key_t *table, void *record,
		    const char *path, scale_err_t *err)
{
	char *text;
	size_t size;
	int rc;

	if (scale_file_read(path, SCALE_YAML_SIZE, &text, &size, err))
		return -1;
	rc = scale_conf_parse(table, record, text, size, path, err);
	free(text);
	return rc;
}

/* One value given as YAML text; name stands for the file in errors. */
static int parse_value(const scale_conf_key_t *key, const char *key_name,
		       const char *text, const char *name, void *field,
		       scale_err_t *err)
{
	scale_yaml_t r = { .name = name, .err = err };
	const yaml_node_t *root;
	int rc;

	if (scale_yaml_load(&r, text, strlen(text)))
		return -1;
	root = yaml_document_get_root_node(&r.doc);
	if (root)
		rc = read_value(&r, key, key_name, root, field);
	else
		rc = scale_yaml_fail(&r, (yaml_mark_t){ 0 }, "%s: has no value",
				     key_name);
	yaml_document_delete(&r.doc);
	return rc;
}

int scale_conf_defaults(const scale_conf_key_t *table, void *record,
			scale_err_t *err)
{
	for (const scale_conf_key_t *key = table; key->name; key++) {
		char *field = (char *) record + key->offset;
		bool text = key->type == SCALE_CONF_STRING;

		memset(field, 0, scale_conf_field_size(key));
		if (key->type == SCALE_CONF_TABLE &&
		    scale_conf_defaults(key->sub, field, err))
			return -1;
		if (!key->dflt || (text && !*key->dflt))
			continue;
		if (parse_value(key, key->name, key->dflt, "default", field,
				err))
			return -1;
	}
	return 0;
}

/* The row of a dotted name, through TABLE rows; *record moves along. */
static const scale_conf_key_t *resolve(const scale_conf_key_t *table,
				       const char *name, char **record)
{
	const scale_conf_key_t *key = scale_conf_row(table, name);

	if (key) {
		*record += key->offset;
		return key;
	}
	for (key = table; key->name; key++) {
		size_t length = strlen(key->name);

		if (key->type != SCALE_CONF_TABLE ||
		    strncmp(name, key->name, length) || name[length] != '.')
			continue;
		*record += key->offset;
		return resolve(key->sub, name + length + 1, record);
	}
	return NULL;
}

static char *quoted(const char *text)
{
	scale_stream_t stream;
	FILE *out = scale_stream_open(&stream);

	if (!out)
		return NULL;
	scale_conf_quote(out, text);
	return scale_stream_close(&stream, out) < 0 ? NULL : stream.text;
}

int scale_conf_set(const scale_conf_key_t *table, void *record,
		   const char *assignment, scale_err_t *err)
{
	const char *equals = strchr(assignment, '=');
	const scale_conf_key_t *key;
	char name[SCALE_CONF_PATH], where[SCALE_CONF_PATH], *field = record;
	scope_t scope = { table, record, "", "" };
	scale_yaml_t r = { .name = where, .err = err };
	char *text;
	int rc;

	snprintf(where, sizeof(where), "--set %.200s", assignment);
	if (!equals || equals == assignment)
		return scale_err_set(err, EINVAL,
				     "%s: must have the form key=value", where);
	snprintf(name, sizeof(name), "%.*s",
		 (int) (equals - assignment < 200 ? equals - assignment : 200),
		 assignment);
	key = resolve(table, name, &field);
	if (!key && !is_section(table, name))
		return unknown_key(&r, &scope, (yaml_mark_t){ 0 }, name);
	if (!key || key->type == SCALE_CONF_TABLE ||
	    key->type == SCALE_CONF_LIST)
		return scale_err_set(
			err, EINVAL,
			"%s: %s holds keys or records; set them in a file",
			where, name);
	text = key->type == SCALE_CONF_STRING ? quoted(equals + 1) :
						strdup(equals + 1);
	if (!text)
		return scale_err_set(err, ENOMEM, "%s: no memory", where);
	rc = parse_value(key, name, text, where, field, err);
	free(text);
	return rc;
}

void scale_conf_free(const scale_conf_key_t *table, void *record)
{
	for (const scale_conf_key_t *key = table; key->name; key++) {
		char *field = (char *) record + key->offset;

		if (key->type == SCALE_CONF_LIST)
			free_list(key, (scale_conf_list_t *) field);
		else if (key->type == SCALE_CONF_TABLE)
			scale_conf_free(key->sub, field);
	}
}
