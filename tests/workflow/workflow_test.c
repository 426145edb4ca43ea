/*
 * workflow_test.c - our own files: values, defaults, errors and the schema
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "tests/test_run.h"
#include "workflow/options.h"
#include "workflow/workflow_yaml.h"

START_TEST(values)
{
	wf_t *wf = fixture_read(
		"name: rag\n"
		"tasks:\n"
		"  - {id: plan, command: [echo, \"it's\", a b], gflop: 1.5e2,\n"
		"     mem_gb: 2, out_gb: 0, retries: 3}\n"
		"  - id: map\n"
		"    needs: [plan]\n"
		"    script: run.sh\n"
		"    width: 4\n"
		"    options: {time: 10, exclusive: true, hold: false}\n"
		"  - {id: post, needs_each: [map], width: 4, script: /abs/x}\n",
		NULL);
	const wf_task_t *task = fixture_task(wf, "plan");

	ck_assert_str_eq(wf->name, "rag");
	ck_assert_str_eq(task->command, "echo 'it'\\''s' 'a b'");
	ck_assert_double_eq(task->gflop, 150.0);
	ck_assert_double_eq(task->mem_gb, 2.0);
	ck_assert_double_eq(task->out_gb, 0.0);
	ck_assert_int_eq(task->retries, 3);
	ck_assert_int_eq(task->width, 0);
	task = fixture_task(wf, "map");
	ck_assert_str_eq(task->script, "dir/run.sh");
	ck_assert_ptr_null(task->command);
	ck_assert_double_lt(task->gflop, 0.0);
	ck_assert_int_eq(task->width, 4);
	ck_assert_uint_eq(task->option.count, 2);
	ck_assert_str_eq(task->option.word[0], "--time=10");
	ck_assert_str_eq(task->option.word[1], "--exclusive");
	task = fixture_task(wf, "post");
	ck_assert_str_eq(task->script, "/abs/x");
	ck_assert(task->need[0].each);
	ck_assert_uint_eq(wf->hops[0], 2);
	wf_destroy(wf);
}
END_TEST

START_TEST(defaults)
{
	wf_t *wf = fixture_read(
		"defaults: {command: c, gflop: 1, mem_gb: 2, out_gb: 3,\n"
		"           retries: 4, options: {time: 5, exclusive: true}}\n"
		"tasks:\n"
		"- {id: all}\n"
		"- {id: none, script: s, gflop: 9, mem_gb: 9, out_gb: 9,\n"
		"   retries: 0, options: {exclusive: false, time: 9, nice: 1}}\n",
		NULL);
	const wf_task_t *task = fixture_task(wf, "all");

	ck_assert_str_eq(task->command, "c");
	ck_assert_double_eq(task->gflop + task->mem_gb + task->out_gb, 6.0);
	ck_assert_int_eq(task->retries, 4);
	ck_assert_str_eq(task->option.word[0], "--time=5");
	ck_assert_str_eq(task->option.word[1], "--exclusive");
	task = fixture_task(wf, "none");
	ck_assert_ptr_null(task->command);
	ck_assert_double_eq(task->gflop + task->mem_gb + task->out_gb, 27.0);
	ck_assert_int_eq(task->retries, 0);
	ck_assert_uint_eq(task->option.count, 2);
	ck_assert_str_eq(task->option.word[0], "--time=9");
	ck_assert_str_eq(task->option.word[1], "--nice=1");
	wf_destroy(wf);
}
END_TEST

/* Our keys as JSON, and a file that is one task. */
START_TEST(other_shapes)
{
	wf_t *wf = fixture_read("{\"$schema\": \"x\", \"tasks\": "
				"[{\"id\": \"a\", \"command\": \"c\"}]}",
				NULL);

	ck_assert_str_eq(wf->task[0].id, "a");
	wf_destroy(wf);
	wf = fixture_read("id: a\ncommand: c\n", NULL);
	ck_assert_uint_eq(wf->count, 1);
	wf_destroy(wf);
}
END_TEST

START_TEST(command_for_those_without)
{
	wf_read_t how = WF_READ_DEFAULTS;
	wf_t *wf;

	how.command = "run";
	wf = fixture_read("tasks: [{id: a}, {id: b, command: own}]", &how);
	ck_assert_str_eq(wf->task[0].command, "run");
	ck_assert_str_eq(wf->task[1].command, "own");
	wf_destroy(wf);
}
END_TEST

static const struct {
	const char *text, *words;
} bad[] = {
	{ "", "w: is empty" },
	{ "[1]", "w:1:1: the workflow: must be a map of keys, not a list" },
	{ "tasks: [", "w:2:1: not valid YAML" },
	{ "name: x", "w:1:1: key \"tasks\" is missing" },
	{ "tasks: {}", "w:1:8: tasks: must be a list" },
	{ "tasks: []", "w: the workflow has no tasks" },
	{ "task: []", "w:1:1: unknown key \"task\"; did you mean \"tasks\"?" },
	{ "tasks: []\ntasks: []", "w:2:1: key \"tasks\" stands here twice" },
	{ "tasks: []\nname: a b", "w:2:7: name \"a b\" may hold letters" },
	{ "tasks: [x]", "w:1:9: a task: must be a map" },
	{ "tasks:\n- command: c", "w:2:3: key \"id\" is missing" },
	{ "tasks:\n- {id: 'a,b', command: c}", "w:2:3: id \"a,b\" may hold" },
	{ "tasks:\n- {id: a=b, command: c}", "may hold letters" },
	{ "tasks:\n- {id: a+b, command: c}", "may hold letters" },
	{ "tasks:\n- {id: "
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, "
	  "command: c}",
	  "must have 1 to 63 characters" },
	{ "tasks:\n- {id: a}", "w:2:3: task \"a\" has neither command nor" },
	{ "tasks:\n- {id: a, command: c, script: s}",
	  "w:2:3: a task: has both command and script" },
	{ "tasks:\n- {id: a, comand: c}",
	  "w:2:11: unknown key \"comand\"; did you mean \"command\"?" },
	{ "tasks:\n- {id: a, command: c, gflop: -1}",
	  "w:2:30: gflop: -1 is not within" },
	{ "tasks:\n- {id: a, command: c, gflop: nan}", "must be a number" },
	{ "tasks:\n- {id: a, command: c, mem_gb: 1e99}", "not within" },
	{ "tasks:\n- {id: a, command: c, width: 0}", "width: 0 is not within" },
	{ "tasks:\n- {id: a, command: c, width: 2.5}", "a whole number" },
	{ "tasks:\n- {id: a, command: c, retries: 101}", "retries: 101" },
	{ "tasks:\n- {id: a, command: []}", "w:2:20: command: must have" },
	{ "tasks:\n- {id: a, command: [[b]]}", "w:2:21: command: must be" },
	{ "tasks:\n- {id: a, command: c, needs: b}",
	  "w:2:30: needs: must be a list" },
	{ "tasks:\n- {id: a, command: c, needs: [b]}",
	  "w:2:31: task \"a\" needs \"b\", and there is no such task" },
	{ "tasks:\n- {id: a, command: c, needs: [a]}",
	  "w:2:31: tasks wait for each other: a -> a" },
	{ "tasks:\n- {id: r, command: c}\n- {id: a, command: c, needs: [r, c]}\n"
	  "- {id: b, command: c, needs: [a]}\n- {id: c, command: c, needs: [b]}\n"
	  "- {id: z, command: c, needs: [c]}",
	  ": tasks wait for each other: a -> b -> c -> a" },
	{ "tasks:\n- {id: a, command: c}\n- {id: b, command: c}\n"
	  "- {id: a, command: c}",
	  "w:4:3: task \"a\" exists already, in line 2" },
	{ "tasks:\n- {id: a, command: c}\n- {id: b, command: c, needs: [a, a]}",
	  "w:3:34: task \"b\" needs \"a\" twice" },
	{ "tasks:\n- {id: a, command: c}\n"
	  "- {id: b, command: c, needs_each: [a], width: 2}",
	  "w:3:36: task \"b\" has width 2 and \"a\" has 0" },
	{ "tasks:\n- {id: a, command: c}\n- {id: b, command: c, needs_each: [a]}",
	  "w:3:36: task \"b\" is no array" },
	{ "tasks:\n- {id: a, command: c, options: {array: 1-3}}",
	  "w:2:40: options: array is set by scale-submit; give" },
	{ "tasks:\n- {id: a, command: c, options: {depend: x}}",
	  "depend is set by scale-submit; write needs" },
	{ "tasks:\n- {id: a, command: c, options: {--time: 1}}",
	  "is no long option" },
	{ "tasks:\n- {id: a, command: c, options: {time: [1]}}",
	  "w:2:39: time: must be a text or a number" },
	{ "tasks:\n- {id: a, command: c, options: {x-y: \"a\\nb\"}}",
	  "holds a line break" },
	{ "defaults: {id: a}\ntasks: [{id: a, command: c}]",
	  "w:1:12: unknown key \"id\"" },
	{ "tasks:\n- &x {id: a, command: c}", "anchors (&x) are not supported" },
	{ "{\"tasks\": 1}", "w: not a workflow: neither ours" },
};

START_TEST(bad_files)
{
	fixture_refused(bad[_i].text, NULL, bad[_i].words);
}
END_TEST

/* A long cycle is named in part, and quickly. */
START_TEST(long_cycle)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "tasks:\n");
	for (int i = 0; i < 5000; i++)
		fprintf(out, "- {id: t%d, command: c, needs: [t%d]}\n", i,
			(i + 1) % 5000);
	fclose(out);
	fixture_refused(text, NULL, "-> ... (5000 tasks)");
	free(text);
}
END_TEST

START_TEST(names)
{
	char name[WF_NAME_SIZE], other[WF_NAME_SIZE];
	char text[200];

	wf_name_fit("a b#c|d", name);
	ck_assert_str_eq(name, "a_b_c_d");
	wf_name_fit("", name);
	ck_assert_ptr_null(wf_name_check(name));
	memset(text, 'x', sizeof(text));
	text[63] = '\0';
	wf_name_fit(text, name);
	ck_assert_str_eq(name, text);
	text[63] = 'x';
	text[199] = '\0';
	wf_name_fit(text, name);
	ck_assert_ptr_null(wf_name_check(name));
	text[198] = 'y';	/* far behind what is kept */
	wf_name_fit(text, other);
	ck_assert_str_ne(name, other);
}
END_TEST

static const struct {
	const char *word;
	bool allowed;
} words[] = {
	{ "--array=1", false }, { "--arr=1", false },	{ "-a", false },
	{ "-d3", false },	{ "--wait", false },	{ "--wa", false },
	{ "--", false },	{ "--wait-all-nodes=1", true },
	{ "--wrap", false },	{ "-p", true },		{ "-t10", true },
	{ "debug", true },	{ "-", true },		{ "--hold", true },
	{ "--comment=x", false },
};

START_TEST(command_line_options)
{
	const char *why = wf_option_check_word(words[_i].word);

	ck_assert_msg(!why == words[_i].allowed, "%s: %s", words[_i].word,
		      why ? why : "allowed");
}
END_TEST

/* Properties of a schema's object are the keys of a table, both ways, and
 * the bounds agree. */
static void same_keys(json_t *properties, json_t *definitions,
		      const scale_conf_key_t *table)
{
	size_t count = 0;

	ck_assert(json_is_object(properties));
	for (; table->name; table++, count++) {
		json_t *property = json_object_get(properties, table->name);
		json_t *ref = json_object_get(property, "$ref"), *least, *most;

		ck_assert_msg(property != NULL, "%s", table->name);
		if (ref && !json_object_get(property, "minimum"))
			property = json_object_get(
				definitions,
				strrchr(json_string_value(ref), '/') + 1);
		if (table->type != SCALE_CONF_DOUBLE &&
		    table->type != SCALE_CONF_INT)
			continue;
		least = json_object_get(property, "minimum");
		most = json_object_get(property, "maximum");
		ck_assert_double_eq(json_number_value(least), table->min);
		ck_assert_double_eq(json_number_value(most), table->max);
	}
	ck_assert_uint_eq(json_object_size(properties), count);
}

START_TEST(schema_says_the_same)
{
	json_error_t where;
	json_t *schema = json_load_file(EXAMPLES "/schema.json",
					JSON_REJECT_DUPLICATES, &where);
	json_t *properties, *definitions;

	ck_assert_msg(schema != NULL, "%d: %s", where.line, where.text);
	properties = json_object_get(schema, "properties");
	definitions = json_object_get(schema, "definitions");
	same_keys(properties, definitions, wf_top_keys);
	same_keys(json_object_get(json_object_get(properties, "defaults"),
				  "properties"),
		  definitions, wf_default_keys);
	same_keys(json_object_get(json_object_get(definitions, "task"),
				  "properties"),
		  definitions, wf_task_keys);
	json_decref(schema);
}
END_TEST

static const struct {
	const char *file;
	size_t tasks;
} examples[] = {
	{ "agent-loop.yaml", 6 },
	{ "debate.yaml", 7 },
	{ "map-reduce.yaml", 4 },
	{ "retrieval.yaml", 6 },
};

START_TEST(examples_are_right)
{
	wf_read_t how = WF_READ_DEFAULTS;
	scale_err_t err = { "" };
	char path[500];
	wf_t *wf;

	snprintf(path, sizeof(path), "%s/%s", EXAMPLES, examples[_i].file);
	wf = wf_read_file(path, &how, &err);
	ck_assert_msg(wf && !wf_check(wf, NULL, NULL, &err), "%s", err.text);
	ck_assert_uint_eq(wf->count, examples[_i].tasks);
	wf_destroy(wf);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("api");

	tcase_add_test(tc, values);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, other_shapes);
	tcase_add_test(tc, command_for_those_without);
	tcase_add_loop_test(tc, bad_files, 0, TEST_COUNT(bad));
	tcase_add_test(tc, long_cycle);
	tcase_add_test(tc, names);
	tcase_add_loop_test(tc, command_line_options, 0, TEST_COUNT(words));
	tcase_add_test(tc, schema_says_the_same);
	tcase_add_loop_test(tc, examples_are_right, 0, TEST_COUNT(examples));
	return test_run("workflow", tc);
}
