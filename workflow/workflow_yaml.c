/*
 * workflow_yaml.c - our own workflow files, and costs for other formats
 *
 * One table of keys for each map; etc/workflows/schema.json says the same to
 * editors, and a test compares the two.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "options.h"
#include "reader_impl.h"
#include "script.h"
#include "workflow_yaml.h"

/* A task while it is read. */
typedef struct entry {
	wf_task_t task;
	double prob;
	wf_words_t names;	/* options that the map mentions: "--time" */
} entry_t;

#define FIELD(member)	.offset = offsetof(entry_t, member)
#define COMMON_KEYS							       \
	{ "command", SCALE_CONF_STRING, FIELD(task.command),		       \
	  .help = "for /bin/sh, or a list of words" },			       \
	{ "script", SCALE_CONF_STRING, FIELD(task.script),		       \
	  .help = "batch script, beside the workflow file" },		       \
	{ "gflop", SCALE_CONF_DOUBLE, FIELD(task.gflop), .min = 1e-9,	       \
	  .max = WF_GFLOP_MAX, .help = "work, GFLOP" },			       \
	{ "mem_gb", SCALE_CONF_DOUBLE, FIELD(task.mem_gb), .min = 0.001,       \
	  .max = WF_GB_MAX, .help = "memory, GB of 1024 MB as Slurm counts" }, \
	{ "out_gb", SCALE_CONF_DOUBLE, FIELD(task.out_gb), .min = 0.0,	       \
	  .max = WF_GB_MAX, .help = "output that children read, GB" },	       \
	{ "retries", SCALE_CONF_INT, FIELD(task.retries), .min = 0,	       \
	  .max = WF_MAX_RETRIES, .help = "runs after a failed one" },	       \
	{ "options", SCALE_CONF_LIST, .help = "of sbatch: {time: 10}" }
#define WIDTH_KEY							       \
	{ "width", SCALE_CONF_INT, FIELD(task.width), .min = 1,		       \
	  .max = WF_MAX_WIDTH, .help = "elements of a job array" }

const scale_conf_key_t wf_top_keys[] = {
	{ "$schema", SCALE_CONF_STRING, .help = "for editors; ignored" },
	{ "name", SCALE_CONF_STRING, .help = "of the workflow" },
	{ "defaults", SCALE_CONF_LIST, .help = "for all tasks" },
	{ "tasks", SCALE_CONF_LIST, .help = "list of tasks" },
	{ 0 }
};

const scale_conf_key_t wf_task_keys[] = {
	{ "id", SCALE_CONF_STRING, FIELD(task.id),
	  .help = "unique in the workflow" },
	{ "needs", SCALE_CONF_LIST, .help = "tasks that must end first" },
	{ "needs_each", SCALE_CONF_LIST,
	  .help = "the same, element by element" },
	WIDTH_KEY,
	COMMON_KEYS,
	{ 0 }
};

const scale_conf_key_t wf_default_keys[] = { COMMON_KEYS, { 0 } };

const scale_conf_key_t wf_cost_keys[] = {
	{ "prob", SCALE_CONF_DOUBLE, FIELD(prob), .min = 0.0, .max = 1.0,
	  .help = "of being run when it is reached" },
	WIDTH_KEY,
	COMMON_KEYS,
	{ 0 }
};

struct wf_costs {
	scale_yaml_t r;
	char *path, *text;
	bool *used;		/* [pairs] */
	const yaml_node_t *root;
};

static entry_t empty_entry(void)
{
	return (entry_t){ .task = { .gflop = -1.0, .mem_gb = -1.0,
				    .out_gb = -1.0, .retries = -1 },
			  .prob = 1.0 };
}

static void entry_free(entry_t *entry)
{
	free(entry->task.id);
	free(entry->task.command);
	free(entry->task.script);
	wf_words_free(&entry->task.option);
	for (size_t i = 0; i < entry->task.need_count; i++)
		free(entry->task.need[i].id);
	free(entry->task.need);
	wf_words_free(&entry->names);
}

static int no_memory(scale_yaml_t *r)
{
	return scale_err_set(r->err, ENOMEM, "%s: no memory", r->name);
}

static wf_pos_t position(const yaml_node_t *node)
{
	return (wf_pos_t){ node->start_mark.line + 1,
			   node->start_mark.column + 1 };
}

/* Maps */

static size_t pair_count(const yaml_node_t *map)
{
	return map->data.mapping.pairs.top - map->data.mapping.pairs.start;
}

static const yaml_node_t *pair_value(scale_yaml_t *r, const yaml_node_t *map,
				     size_t i)
{
	return yaml_document_get_node(&r->doc,
				      map->data.mapping.pairs.start[i].value);
}

static const yaml_node_t *pair_key(scale_yaml_t *r, const yaml_node_t *map,
				   size_t i)
{
	return yaml_document_get_node(&r->doc,
				      map->data.mapping.pairs.start[i].key);
}

/* The i-th key as text; refuses what is none, or stood there before. */
static const char *key_text(scale_yaml_t *r, const yaml_node_t *map, size_t i)
{
	const yaml_node_t *node = pair_key(r, map, i);
	const char *text = scale_yaml_scalar(r, "key", node, false, "a word");

	for (size_t k = 0; text && k < i; k++) {
		const yaml_node_t *other = pair_key(r, map, k);

		if (strcmp((char *) other->data.scalar.value, text))
			continue;
		scale_yaml_fail(r, node->start_mark,
				"key \"%.80s\" stands here twice", text);
		return NULL;
	}
	return text;
}

static int check_map(scale_yaml_t *r, const char *name,
		     const yaml_node_t *node)
{
	enum { MOST = 10000 };	/* key_text() looks at all before it */

	if (node->type != YAML_MAPPING_NODE)
		return scale_yaml_fail(r, node->start_mark,
				       "%s: must be a map of keys, not %s",
				       name, scale_yaml_kind(node));
	if (pair_count(node) > MOST)
		return scale_yaml_fail(r, node->start_mark,
				       "%s: has more than %d keys", name,
				       MOST);
	return 0;
}

static const scale_conf_key_t *find_key(scale_yaml_t *r,
					const scale_conf_key_t *table,
					const yaml_node_t *node,
					const char *text)
{
	char best[SCALE_CONF_PATH];

	for (const scale_conf_key_t *key = table; key->name; key++)
		if (!strcmp(key->name, text))
			return key;
	if (scale_conf_nearest(table, text, best))
		scale_yaml_fail(r, node->start_mark,
				"unknown key \"%.80s\"; did you mean \"%s\"?",
				text, best);
	else
		scale_yaml_fail(r, node->start_mark, "unknown key \"%.80s\"",
				text);
	return NULL;
}

/* Values */

static int copy_text(scale_yaml_t *r, const char *name,
		     const yaml_node_t *node, char **out)
{
	const char *text = scale_yaml_scalar(r, name, node, false, "a text");

	if (!text)
		return -1;
	if (strlen(text) > WF_MAX_COMMAND)
		return scale_yaml_fail(r, node->start_mark,
				       "%s: is longer than %d bytes", name,
				       WF_MAX_COMMAND);
	*out = strdup(text);
	return *out ? 0 : no_memory(r);
}

/* command: [python3, plan.py]; each word is quoted */
static int read_words(scale_yaml_t *r, const yaml_node_t *node, char **out)
{
	size_t size;
	FILE *stream;

	if (scale_yaml_check_seq(r, "command", node, "of words", 4096))
		return -1;
	stream = open_memstream(out, &size);
	if (!stream)
		return no_memory(r);
	for (size_t i = 0; i < scale_yaml_length(node); i++) {
		const char *word = scale_yaml_scalar(
			r, "command", scale_yaml_item(r, node, i), false,
			"a word");

		if (!word) {
			fclose(stream);
			return -1;
		}
		fputs(i ? " " : "", stream);
		wf_shell_quote(stream, word);
	}
	if (fclose(stream))
		return no_memory(r);
	if (!size || size > WF_MAX_COMMAND)
		return scale_yaml_fail(r, node->start_mark,
				       "command: must have 1 to %d bytes",
				       WF_MAX_COMMAND);
	return 0;
}

/* A path beside the file that names it. */
static int read_path(scale_yaml_t *r, const yaml_node_t *node, char **out)
{
	char *copy, *path;
	int rc;

	if (copy_text(r, "script", node, out))
		return -1;
	if (**out == '/')
		return 0;
	copy = strdup(r->name);
	if (!copy)
		return no_memory(r);
	rc = asprintf(&path, "%s/%s", dirname(copy), *out);
	free(copy);
	if (rc < 0)
		return no_memory(r);
	free(*out);
	*out = path;
	return 0;
}

static int read_option(scale_yaml_t *r, const char *name,
		       const yaml_node_t *node, entry_t *entry)
{
	const char *why = wf_option_check(name);
	char long_name[64], *word = NULL;
	const char *value;
	int rc;

	if (why)
		return scale_yaml_fail(r, node->start_mark, "options: %.40s %s",
				       name, why);
	value = scale_yaml_scalar(r, name, node, false, "a text or a number");
	if (!value)
		return -1;
	if (strpbrk(value, "\r\n"))
		return scale_yaml_fail(r, node->start_mark,
				       "options: %s holds a line break", name);
	snprintf(long_name, sizeof(long_name), "--%s", name);
	if (wf_words_add(&entry->names, long_name, r->err))
		return -1;
	if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    !strcmp(value, "false"))
		return 0;
	if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    !strcmp(value, "true"))
		return wf_words_add(&entry->task.option, long_name, r->err);
	if (asprintf(&word, "%s=%s", long_name, value) < 0)
		return no_memory(r);
	rc = wf_words_add(&entry->task.option, word, r->err);
	free(word);
	return rc;
}

static int read_options(scale_yaml_t *r, const yaml_node_t *map,
			entry_t *entry)
{
	if (check_map(r, "options", map))
		return -1;
	for (size_t i = 0; i < pair_count(map); i++) {
		const char *name = key_text(r, map, i);

		if (!name || read_option(r, name, pair_value(r, map, i), entry))
			return -1;
	}
	return 0;
}

static int read_needs(scale_yaml_t *r, wf_t *wf, const char *name,
		      const yaml_node_t *list, entry_t *entry)
{
	if (scale_yaml_check_seq(r, name, list, "\"[a, b]\"", WF_MAX_TASKS))
		return -1;
	for (size_t i = 0; i < scale_yaml_length(list); i++) {
		const yaml_node_t *node = scale_yaml_item(r, list, i);
		const char *id = scale_yaml_scalar(r, name, node, false,
						   "the id of a task");

		if (!id || wf_add_need(wf, &entry->task, id,
				       !strcmp(name, "needs_each"),
				       position(node), r->err))
			return -1;
	}
	return 0;
}

static int read_value(scale_yaml_t *r, wf_t *wf, const scale_conf_key_t *key,
		      const yaml_node_t *node, entry_t *entry)
{
	void *field = (char *) entry + key->offset;

	if (!strcmp(key->name, "options"))
		return read_options(r, node, entry);
	if (!strncmp(key->name, "needs", 5))
		return read_needs(r, wf, key->name, node, entry);
	if (!strcmp(key->name, "script"))
		return read_path(r, node, field);
	if (!strcmp(key->name, "command") && node->type == YAML_SEQUENCE_NODE)
		return read_words(r, node, field);
	if (key->type == SCALE_CONF_STRING)
		return copy_text(r, key->name, node, field);
	return scale_conf_value(r, key, key->name, node, field);
}

static int read_entry(scale_yaml_t *r, wf_t *wf, const scale_conf_key_t *table,
		      const char *name, const yaml_node_t *map,
		      entry_t *entry)
{
	const scale_conf_key_t *key;

	if (check_map(r, name, map))
		return -1;
	for (size_t i = 0; i < pair_count(map); i++) {
		const char *text = key_text(r, map, i);

		if (!text)
			return -1;
		key = find_key(r, table, pair_key(r, map, i), text);
		if (!key ||
		    read_value(r, wf, key, pair_value(r, map, i), entry))
			return -1;
	}
	if (entry->task.command && entry->task.script)
		return scale_yaml_fail(r, map->start_mark,
				       "%s: has both command and script; keep one",
				       name);
	return 0;
}

/* What the map did not say, from dflt. */
static int fill_in(scale_yaml_t *r, entry_t *entry, const entry_t *dflt)
{
	wf_task_t *task = &entry->task;
	wf_words_t own = task->option;
	int rc = 0;

	if (!task->command && !task->script) {
		task->command = dflt->task.command ?
					strdup(dflt->task.command) :
					NULL;
		task->script = dflt->task.script ? strdup(dflt->task.script) :
						   NULL;
		if ((dflt->task.command && !task->command) ||
		    (dflt->task.script && !task->script))
			return no_memory(r);
	}
	if (task->gflop < 0.0)
		task->gflop = dflt->task.gflop;
	if (task->mem_gb < 0.0)
		task->mem_gb = dflt->task.mem_gb;
	if (task->out_gb < 0.0)
		task->out_gb = dflt->task.out_gb;
	if (task->retries < 0)
		task->retries = dflt->task.retries < 0 ? 0 :
							 dflt->task.retries;
	/* defaults first, without those that the task sets itself */
	task->option = (wf_words_t){ 0 };
	for (size_t i = 0; i < dflt->task.option.count && !rc; i++) {
		const char *word = dflt->task.option.word[i];
		size_t length = strcspn(word, "=");
		bool set = false;

		for (size_t k = 0; k < entry->names.count; k++)
			set |= strlen(entry->names.word[k]) == length &&
			       !strncmp(entry->names.word[k], word, length);
		if (!set)
			rc = wf_words_add(&task->option, word, r->err);
	}
	for (size_t i = 0; i < own.count && !rc; i++)
		rc = wf_words_add(&task->option, own.word[i], r->err);
	wf_words_free(&own);
	return rc;
}

/* Workflow */

static int check_id(scale_yaml_t *r, const yaml_node_t *map, const char *id)
{
	const char *why;

	if (!id)
		return scale_yaml_fail(r, map->start_mark,
				       "key \"id\" is missing");
	why = wf_name_check(id);
	if (why)
		return scale_yaml_fail(r, map->start_mark, "id \"%.80s\" %s",
				       id, why);
	return 0;
}

static int read_task(scale_yaml_t *r, wf_t *wf, const yaml_node_t *map,
		     const entry_t *dflt)
{
	entry_t entry = empty_entry();
	wf_task_t *task;
	int rc = -1;

	if (read_entry(r, wf, wf_task_keys, "a task", map, &entry) ||
	    check_id(r, map, entry.task.id) || fill_in(r, &entry, dflt))
		goto done;
	task = wf_add_task(wf, position(map), r->err);
	if (!task)
		goto done;
	entry.task.pos = task->pos;
	*task = entry.task;
	entry.task = (wf_task_t){ 0 };
	rc = 0;
done:
	entry_free(&entry);
	return rc;
}

static int read_name(scale_yaml_t *r, wf_t *wf, const yaml_node_t *node)
{
	const char *why;

	if (copy_text(r, "name", node, &wf->name))
		return -1;
	why = wf_name_check(wf->name);
	if (why)
		return scale_yaml_fail(r, node->start_mark, "name \"%.80s\" %s",
				       wf->name, why);
	return 0;
}

/* The value of key in the top map, or NULL. */
static const yaml_node_t *top_value(scale_yaml_t *r, const yaml_node_t *top,
				    const char *key)
{
	for (size_t i = 0; i < pair_count(top); i++) {
		const yaml_node_t *node = pair_key(r, top, i);

		if (node->type == YAML_SCALAR_NODE &&
		    !strcmp((char *) node->data.scalar.value, key))
			return pair_value(r, top, i);
	}
	return NULL;
}

static int read_top(scale_yaml_t *r, wf_t *wf, const yaml_node_t *top,
		    entry_t *dflt)
{
	const yaml_node_t *tasks, *node;

	if (check_map(r, "the workflow", top))
		return -1;
	tasks = top_value(r, top, "tasks");
	if (!tasks && top_value(r, top, "id"))
		return read_task(r, wf, top, dflt); /* one task, no list */
	for (size_t i = 0; i < pair_count(top); i++) {
		const char *text = key_text(r, top, i);

		if (!text || !find_key(r, wf_top_keys, pair_key(r, top, i),
				       text))
			return -1;
	}
	if (!tasks)
		return scale_yaml_fail(r, top->start_mark,
				       "key \"tasks\" is missing");
	node = top_value(r, top, "name");
	if (node && read_name(r, wf, node))
		return -1;
	node = top_value(r, top, "defaults");
	if (node && read_entry(r, wf, wf_default_keys, "defaults", node, dflt))
		return -1;
	if (scale_yaml_check_seq(r, "tasks", tasks, "one map each",
				 WF_MAX_TASKS))
		return -1;
	for (size_t i = 0; i < scale_yaml_length(tasks); i++)
		if (read_task(r, wf, scale_yaml_item(r, tasks, i), dflt))
			return -1;
	return 0;
}

int wf_yaml_read(wf_t *wf, const char *text, size_t size, scale_err_t *err)
{
	scale_yaml_t r = { .name = wf->file, .marks = true, .err = err };
	entry_t dflt = empty_entry();
	const yaml_node_t *top;
	int rc;

	if (scale_yaml_load(&r, text, size))
		return -1;
	top = yaml_document_get_root_node(&r.doc);
	if (top)
		rc = read_top(&r, wf, top, &dflt);
	else
		rc = scale_err_set(err, EINVAL, "%s: is empty", wf->file);
	entry_free(&dflt);
	yaml_document_delete(&r.doc);
	return rc;
}

/* Costs */

wf_costs_t *wf_costs_read(const char *path, scale_err_t *err)
{
	wf_costs_t *costs = calloc(1, sizeof(*costs));
	size_t size;
	bool loaded = false;

	if (!costs || !(costs->path = strdup(path))) {
		scale_err_set(err, ENOMEM, "%s: no memory", path);
		goto fail;
	}
	costs->r = (scale_yaml_t){ .name = costs->path, .marks = true,
				   .err = err };
	if (scale_file_read(path, SCALE_YAML_SIZE, &costs->text, &size, err) ||
	    scale_yaml_load(&costs->r, costs->text, size))
		goto fail;
	loaded = true;
	costs->root = yaml_document_get_root_node(&costs->r.doc);
	if (!costs->root) {
		scale_err_set(err, EINVAL, "%s: is empty", path);
		goto fail;
	}
	if (check_map(&costs->r, "the costs", costs->root))
		goto fail;
	for (size_t i = 0; i < pair_count(costs->root); i++)
		if (!key_text(&costs->r, costs->root, i))
			goto fail;
	costs->used = calloc(pair_count(costs->root) + 1, sizeof(bool));
	if (costs->used)
		return costs;
	no_memory(&costs->r);
fail:
	if (costs) {
		if (loaded)
			yaml_document_delete(&costs->r.doc);
		free(costs->path);
		free(costs->text);
	}
	free(costs);
	return NULL;
}

void wf_costs_destroy(wf_costs_t *costs)
{
	if (!costs)
		return;
	yaml_document_delete(&costs->r.doc);
	free(costs->path);
	free(costs->text);
	free(costs->used);
	free(costs);
}

/* Read the entry called name over what entry holds. */
static int read_costs(wf_costs_t *costs, const char *name, entry_t *entry)
{
	scale_yaml_t *r = &costs->r;

	for (size_t i = 0; i < pair_count(costs->root); i++) {
		const yaml_node_t *key = pair_key(r, costs->root, i);

		if (strcmp((char *) key->data.scalar.value, name))
			continue;
		costs->used[i] = true;
		return read_entry(r, NULL, wf_cost_keys, name,
				  pair_value(r, costs->root, i), entry);
	}
	return 0;
}

int wf_costs_apply(wf_costs_t *costs, const char *name, wf_task_t *task,
		   double *prob, scale_err_t *err)
{
	entry_t entry = empty_entry(), dflt = empty_entry();
	int rc = -1;

	entry.prob = -1.0;
	costs->r.err = err;
	if (read_costs(costs, "*", &dflt) || read_costs(costs, name, &entry) ||
	    fill_in(&costs->r, &entry, &dflt))
		goto done;
	task->command = entry.task.command;
	task->script = entry.task.script;
	task->gflop = entry.task.gflop;
	task->mem_gb = entry.task.mem_gb;
	task->out_gb = entry.task.out_gb;
	task->retries = entry.task.retries;
	task->width = entry.task.width ? entry.task.width : dflt.task.width;
	task->option = entry.task.option;
	*prob = entry.prob < 0.0 ? dflt.prob : entry.prob;
	entry.task = (wf_task_t){ 0 };
	rc = 0;
done:
	entry_free(&entry);
	entry_free(&dflt);
	return rc;
}

int wf_costs_check_used(wf_costs_t *costs, scale_err_t *err)
{
	costs->r.err = err;
	for (size_t i = 0; i < pair_count(costs->root); i++) {
		const yaml_node_t *key = pair_key(&costs->r, costs->root, i);
		const char *name = (char *) key->data.scalar.value;

		if (!costs->used[i] && strcmp(name, "*"))
			return scale_yaml_fail(&costs->r, key->start_mark,
					       "the graph has no node \"%.80s\"",
					       name);
	}
	return 0;
}
