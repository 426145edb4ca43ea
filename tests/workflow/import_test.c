/*
 * import_test.c - WfFormat and LangGraph files: values by hand, and errors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "tests/test_run.h"

#define WF15(version, tasks, rest)                                           \
	"{\"name\": \"my flow\", \"schemaVersion\": \"" version "\",\n"      \
	" \"workflow\": {\"specification\": {\"tasks\": [\n" tasks "]" rest "}"

/* split -> work#1, work#2; of 3 GB that split writes, its children read 2, and
 * it reads its own log again */
static const char *const v15 = WF15(
	"1.5",
	"{\"name\": \"split\", \"id\": \"split\", \"parents\": [],\n"
	" \"children\": [\"work#1\", \"work#2\"], \"inputFiles\": [\"in\", \"log\"],\n"
	" \"outputFiles\": [\"a\", \"b\", \"log\"]},\n"
	"{\"name\": \"work\", \"id\": \"work#1\", \"parents\": [\"split\"],\n"
	" \"children\": [], \"inputFiles\": [\"a\", \"b\"]},\n"
	"{\"name\": \"work\", \"id\": \"work#2\", \"parents\": [\"split\"],\n"
	" \"children\": [], \"inputFiles\": [\"a\"]}\n",
	", \"files\": [{\"id\": \"a\", \"sizeInBytes\": 1500000000},\n"
	"{\"id\": \"b\", \"sizeInBytes\": 500000000},\n"
	"{\"id\": \"log\", \"sizeInBytes\": 1000000000},\n"
	"{\"id\": \"in\", \"sizeInBytes\": 7}]")
	", \"execution\": {\"makespanInSeconds\": 1, \"executedAt\": \"x\",\n"
	"\"machines\": [{\"nodeName\": \"fast\", \"cpu\": {\"speedInMHz\": 2500}},\n"
	"{\"nodeName\": \"odd\", \"cpu\": {\"coreCount\": 3}}],\n"
	"\"tasks\": [{\"id\": \"split\", \"runtimeInSeconds\": 10,\n"
	" \"coreCount\": 4, \"avgCPU\": 50, \"memoryInBytes\": 3000000000,\n"
	" \"machines\": [\"fast\"], \"writtenBytes\": 1,\n"
	" \"command\": {\"program\": \"cut\", \"arguments\": [\"-d\", \"a b\"]}},\n"
	"{\"id\": \"work#1\", \"runtimeInSeconds\": 0, \"avgCPU\": 250,\n"
	" \"memoryInBytes\": 5, \"machines\": [\"odd\"],\n"
	" \"writtenBytes\": 250000000},\n"
	"{\"id\": \"work#2\", \"runtimeInSeconds\": 2, \"coreCount\": 8,\n"
	" \"avgCPU\": 250, \"machines\": [\"fast\"]}]}}}";

START_TEST(wfformat_15)
{
	wf_read_t how = WF_READ_DEFAULTS;
	const wf_task_t *task;
	wf_t *wf;

	how.flops_per_cycle = 16;
	how.ref_gflops = 30;
	how.command = "replay";
	wf = fixture_read(v15, &how);
	ck_assert_str_eq(wf->name, "my_flow");
	task = fixture_task(wf, "split");
	/* 10 s x 4 cores x 50 % x 2.5 GHz x 16 */
	ck_assert_double_eq_tol(task->gflop, 800.0, 1e-9);
	ck_assert_double_eq_tol(task->mem_gb, 3.0, 1e-12);
	ck_assert_double_eq_tol(task->out_gb, 2.0, 1e-12);
	ck_assert_str_eq(task->command, "replay");
	ck_assert_ptr_null(task->label);
	task = fixture_task(wf, "work_1");
	ck_assert_str_eq(task->label, "work#1");
	/* 0 s counts as 0.1 s; no clock rate */
	ck_assert_double_eq_tol(task->gflop, 3.0, 1e-9);
	ck_assert_double_eq_tol(task->mem_gb, 0.016, 1e-12);
	ck_assert_double_eq_tol(task->out_gb, 0.25, 1e-12);
	ck_assert_uint_eq(task->pos.line, 6);
	/* 250 % is the sum of the cores: 2 s x 2.5 x 2.5 GHz x 16 */
	task = fixture_task(wf, "work_2");
	ck_assert_double_eq_tol(task->gflop, 200.0, 1e-9);
	ck_assert_double_lt(task->mem_gb, 0.0);
	ck_assert_double_lt(task->out_gb, 0.0);
	fixture_needs(wf, "work_2", "split");
	wf_destroy(wf);
}
END_TEST

START_TEST(recorded_commands)
{
	wf_t *wf = fixture_read(
		WF15("1.6",
		     "{\"name\": \"a\", \"id\": \"a\", \"parents\": [],"
		     " \"children\": []}",
		     "")
		", \"execution\": {\"tasks\": [{\"id\": \"a\","
		" \"runtimeInSeconds\": 1, \"command\": {\"program\":"
		" \"cut -f 2\", \"arguments\": [\"-d\", \"a b\"]}}]}}}",
		NULL);

	ck_assert_str_eq(wf->task[0].command, "cut -f 2 -d 'a b'");
	wf_destroy(wf);
}
END_TEST

/* Names, files and runs inside the task; edges told on either end. */
START_TEST(wfformat_14)
{
	static const char text[] =
		"{\"name\": \"old\", \"schemaVersion\": \"1.4\", \"workflow\":"
		" {\"makespanInSeconds\": 3, \"executedAt\": \"x\",\n"
		"\"machines\": [{\"nodeName\": \"m\", \"cpu\": {\"count\": 2,"
		" \"speed\": 1000}}],\n"
		"\"tasks\": [{\"name\": \"a_ID1\", \"id\": \"ID1\","
		" \"runtimeInSeconds\": 3, \"cores\": 2,\n"
		" \"children\": [\"b_ID2\"], \"machine\": \"m\","
		" \"memoryInBytes\": 2000000000,\n"
		" \"files\": [{\"link\": \"output\", \"name\": \"f\","
		" \"sizeInBytes\": 400000000}],\n"
		" \"command\": {\"program\": \"x\"}},\n"
		"{\"name\": \"b_ID2\", \"id\": \"ID2\", \"runtimeInSeconds\": 1,\n"
		" \"files\": [{\"link\": \"input\", \"name\": \"f\","
		" \"sizeInBytes\": 400000000}],"
		" \"command\": {\"program\": \"y\"}},\n"
		"{\"name\": \"c_ID3\", \"parents\": [\"ID1\", \"b_ID2\"],"
		" \"command\": {\"program\": \"z\"}}]}}";
	wf_t *wf = fixture_read(text, NULL);
	const wf_task_t *task = fixture_task(wf, "a_ID1");

	/* 3 s x 2 cores x 1 GHz x 8 */
	ck_assert_double_eq_tol(task->gflop, 48.0, 1e-9);
	ck_assert_double_eq_tol(task->out_gb, 0.4, 1e-12);
	fixture_needs(wf, "b_ID2", "a_ID1");
	fixture_needs(wf, "c_ID3", "a_ID1 b_ID2");
	/* the only machine */
	ck_assert_double_eq_tol(fixture_task(wf, "b_ID2")->gflop, 8.0, 1e-9);
	wf_destroy(wf);
}
END_TEST

#define TASK(id, parents, children)                                      \
	"{\"name\": \"" id "\", \"id\": \"" id "\", \"parents\": ["      \
	parents "], \"children\": [" children "]}"
#define END "}}"

static const struct {
	const char *text, *words;
} bad_wfformat[] = {
	{ "{\"schemaVersion\": \"1.3\", \"workflow\": {}}",
	  "w:1:2: WfFormat 1.3 is older than 1.4; convert the file with tools/wfcommons-migrate" },
	{ "{\"schemaVersion\": \"2.0\", \"workflow\": {}}",
	  "schemaVersion \"2.0\" is not known" },
	{ "{\"schemaVersion\": 1.5, \"workflow\": {}}",
	  "\"schemaVersion\" must be a text" },
	{ "{\"workflow\": {}}", "\"schemaVersion\" is missing" },
	{ "{\"schemaVersion\": \"1.5\", \"workflow\": {}}",
	  "workflow: \"specification\" is missing" },
	{ "{\"a\":\n 1,}", "w:2:4: not valid JSON" },
	{ "{\"workflow\": 1, \"workflow\": 2}", "duplicate object key" },
	{ WF15("1.5", "", "") END, "has no tasks" },
	{ WF15("1.5", "1", "") END,
	  "workflow.specification.tasks[0]: \"id\" is missing" },
	{ WF15("1.5", TASK("a", "", "") ",\n" TASK("a", "", ""), "") END,
	  "tasks[1]: task \"a\" exists already" },
	{ WF15("1.5", TASK("b", "", "") ",\n" TASK("a", "\"x\"", ""), "") END,
	  "w:4:" },
	{ WF15("1.5", TASK("a", "\"x\"", ""), "") END,
	  "task \"a\" names \"x\" among its parents, and there is no such" },
	{ WF15("1.5", TASK("a", "1", ""), "") END,
	  "tasks[0].parents: item 0 must be a text" },
	{ WF15("1.5", TASK("a", "", "\"b\"") "," TASK("b", "", ""), "") END,
	  "task \"a\" has the child \"b\", which does not have it" },
	{ WF15("1.5",
	       TASK("a", "\"b\"", "\"b\"") ",\n"
	       TASK("b", "\"a\"", "\"a\""), "")
	  ",\"execution\": {\"tasks\": [{\"id\": \"a\", \"command\":"
	  "{\"program\": \"x\"}}, {\"id\": \"b\", \"command\": {\"program\":"
	  "\"x\"}}]}" END,
	  "tasks wait for each other: " },
	{ WF15("1.5", TASK("a", "", ""), ", \"files\": [{\"id\": \"f\","
	       " \"sizeInBytes\": -1}]") END,
	  "\"sizeInBytes\": -1 is not within" },
	{ WF15("1.5", TASK("a", "", ""), "")
	  ", \"execution\": {\"tasks\": [{\"id\": \"a\","
	  " \"runtimeInSeconds\": \"1\"}]}" END,
	  "\"runtimeInSeconds\" must be a number" },
	{ WF15("1.5", TASK("a", "", ""), "") END,
	  "task \"a\" has neither command nor script" },
};

START_TEST(bad_wfformat_files)
{
	fixture_refused(bad_wfformat[_i].text, NULL, bad_wfformat[_i].words);
}
END_TEST

/* agent <-> tools, then a report; ids may be numbers */
static const char *const graph =
	"{\"nodes\": [{\"id\": \"__start__\", \"type\": \"schema\"},\n"
	"{\"id\": \"agent\", \"type\": \"runnable\", \"data\": {}},\n"
	"{\"id\": \"tools\"}, {\"id\": 7}, {\"id\": \"__end__\"}],\n"
	"\"edges\": [{\"source\": \"__start__\", \"target\": \"agent\"},\n"
	"{\"source\": \"agent\", \"target\": \"tools\", \"conditional\": true},\n"
	"{\"source\": \"tools\", \"target\": \"agent\"},\n"
	"{\"source\": \"agent\", \"target\": 7, \"conditional\": true},\n"
	"{\"source\": 7, \"target\": \"__end__\"}]}";

/* Write text where costs are read from.  OUT path [32] */
static void write_costs(const char *text, char *path)
{
	int fd;

	fd = mkstemp(test_template(path, "costs"));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

START_TEST(langgraph)
{
	wf_read_t how = WF_READ_DEFAULTS;
	char path[TEST_PATH];
	wf_t *wf;

	write_costs("'*': {command: c, mem_gb: 2}\n"
		    "agent: {gflop: 10, command: think}\n"
		    "tools: {gflop: 8, prob: 0.5, width: 3, mem_gb: 1,\n"
		    "        options: {time: 3}}\n",
		    path);
	how.costs = path;
	wf = fixture_read(graph, &how);
	unlink(path);
	ck_assert_uint_eq(wf->count, 6);
	fixture_needs(wf, "agent.1", "");
	fixture_needs(wf, "tools.1", "agent.1");
	fixture_needs(wf, "agent.2", "tools.1");
	fixture_needs(wf, "tools.2", "agent.2");
	fixture_needs(wf, "agent.3", "tools.2");
	fixture_needs(wf, "7", "agent.3");
	ck_assert_int_eq(wf_find(wf, "tools.3"), -1);
	ck_assert_double_eq_tol(fixture_task(wf, "agent.3")->gflop, 10, 1e-9);
	ck_assert_double_eq_tol(fixture_task(wf, "tools.1")->gflop, 4, 1e-9);
	ck_assert_double_eq_tol(fixture_task(wf, "tools.2")->gflop, 2, 1e-9);
	ck_assert_int_eq(fixture_task(wf, "tools.2")->width, 3);
	ck_assert_double_eq(fixture_task(wf, "tools.2")->mem_gb, 1.0);
	ck_assert_str_eq(fixture_task(wf, "tools.2")->option.word[0],
			 "--time=3");
	ck_assert_str_eq(fixture_task(wf, "tools.2")->label, "tools");
	ck_assert_str_eq(fixture_task(wf, "agent.2")->command, "think");
	ck_assert_str_eq(fixture_task(wf, "7")->command, "c");
	ck_assert_double_eq(fixture_task(wf, "7")->mem_gb, 2.0);
	ck_assert_uint_eq(wf->note.count, 2);
	ck_assert_ptr_nonnull(strstr(wf->note.word[0], "cycle of agent, tools"));
	ck_assert_ptr_nonnull(strstr(wf->note.word[0], "3 visits"));
	ck_assert_ptr_nonnull(
		strstr(wf->note.word[1], "agent -> tools, agent -> 7"));
	wf_destroy(wf);
}
END_TEST

static const struct {
	const char *text, *costs, *words;
} bad_graphs[] = {
	{ "{\"nodes\": 1}", NULL, "\"nodes\" must be a list" },
	{ "{\"nodes\": []}", NULL, "\"edges\" is missing" },
	{ "{\"nodes\": [], \"edges\": []}", NULL, "there are none but" },
	{ "{\"nodes\": [{}], \"edges\": []}", NULL,
	  "nodes[0]: \"id\" must be a name" },
	{ "{\"nodes\": [{\"id\": \"a\"},\n{\"id\": \"a\"}], \"edges\": []}",
	  NULL, "node \"a\" exists twice" },
	{ "{\"nodes\": [{\"id\": \"a\"}], \"edges\":\n"
	  "[{\"source\": \"a\", \"target\": \"q\"}]}",
	  NULL, "w:2:28: edges[0]: there is no node \"q\"" },
	{ "{\"nodes\": [{\"id\": \"a\"}], \"edges\": []}", NULL,
	  "w:1:19: task \"a\" has neither command nor script" },
	{ "{\"nodes\": [{\"id\": \"a\"}], \"edges\": []}",
	  "a: {command: c}\nb: {gflop: 1}",
	  ":2:1: the graph has no node \"b\"" },
	{ "{\"nodes\": [{\"id\": \"a\"}], \"edges\": []}", "a: {prob: 2}",
	  ":1:11: prob: 2 is not within 0 to 1" },
	{ "{\"nodes\": [{\"id\": \"a\"}], \"edges\": []}", "a: {need: 2}",
	  "unknown key \"need\"" },
	{ "{\"nodes\": [{\"id\": \"a\"}], \"edges\": []}", "[a]",
	  ":1:1: the costs: must be a map" },
};

START_TEST(bad_graph_files)
{
	wf_read_t how = WF_READ_DEFAULTS;
	char path[TEST_PATH];

	if (bad_graphs[_i].costs) {
		write_costs(bad_graphs[_i].costs, path);
		how.costs = path;
	}
	fixture_refused(bad_graphs[_i].text, &how, bad_graphs[_i].words);
	if (bad_graphs[_i].costs)
		unlink(path);
}
END_TEST

/* The recorded workflows of WfInstances, where they are at hand: as many
 * tasks and edges as their README tells. */
static const struct {
	const char *file;
	size_t tasks, edges;
	uint32_t depth;
} instances[] = {
	{ "helloworld-chain-5-chameleon.json", 5, 4, 5 },
	{ "helloworld-forkjoin-10-chameleon.json", 10, 16, 3 },
	{ "bacass-dirt02-001.json", 11, 14, 5 },
	{ "srasearch-chameleon-10a-001.json", 22, 30, 3 },
	{ "sarek-dirt02-001.json", 26, 50, 10 },
	{ "1000genome-chameleon-2ch-100k-001.json", 52, 76, 3 },
	{ "hic-dirt02-001.json", 38, 47, 13 },
	{ "blast-chameleon-small-001.json", 43, 120, 3 },
	{ "montage-chameleon-2mass-005d-001.json", 58, 114, 8 },
	{ "soykb-chameleon-10fastq-10ch-001.json", 96, 194, 11 },
};

START_TEST(recorded_workflows)
{
	wf_read_t how = WF_READ_DEFAULTS;
	scale_err_t err = { "" };
	uint32_t depth = 0;
	char path[500];
	wf_t *wf;

	snprintf(path, sizeof(path), "%s/%s", INSTANCES, instances[_i].file);
	if (access(path, R_OK)) {
		if (!_i)
			fprintf(stderr, "skipped: %s is not there\n",
				INSTANCES);
		return;
	}
	wf = wf_read_file(path, &how, &err);
	ck_assert_msg(wf && !wf_check(wf, NULL, NULL, &err), "%s", err.text);
	ck_assert_uint_eq(wf->count, instances[_i].tasks);
	ck_assert_uint_eq(wf->need_total, instances[_i].edges);
	for (size_t i = 0; i < wf->count; i++) {
		if (depth < wf->hops[i] + 1)
			depth = wf->hops[i] + 1;
		ck_assert_double_gt(wf->task[i].gflop, 0.0);
		ck_assert_uint_gt(wf->task[i].pos.line, 0);
	}
	ck_assert_uint_eq(depth, instances[_i].depth);
	wf_destroy(wf);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("import");

	tcase_add_test(tc, wfformat_15);
	tcase_add_test(tc, recorded_commands);
	tcase_add_test(tc, wfformat_14);
	tcase_add_loop_test(tc, bad_wfformat_files, 0,
			    TEST_COUNT(bad_wfformat));
	tcase_add_test(tc, langgraph);
	tcase_add_loop_test(tc, bad_graph_files, 0, TEST_COUNT(bad_graphs));
	tcase_add_loop_test(tc, recorded_workflows, 0, TEST_COUNT(instances));
	return test_run("import", tc);
}
