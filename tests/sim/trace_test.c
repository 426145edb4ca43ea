/*
 * trace_test.c - record, read, replay, draw
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <unistd.h>

#include "model/file.h"
#include "sim/episode.h"
#include "sim/gantt.h"
#include "sim_help.h"

static char path[64];

static void set_path(void)
{
	snprintf(path, sizeof(path), "trace_test.%ld.jsonl", (long) getpid());
}

static void drop_path(void)
{
	unlink(path);
}

/* Record an episode; RET its lines, allocated. */
static char *record(const sim_config_t *config, uint64_t seed)
{
	sim_trace_head_t head = { .config = *config, .seed = seed,
				  .policy = "round-robin" };
	sim_trace_t *trace = sim_trace_create(&head, NULL);
	scale_policy_t *policy = scale_policy_create(head.policy, NULL);
	sim_t *sim = sim_create(config, NULL);
	sim_metrics_t m;
	const char *text;
	char *copy;
	size_t size;

	sim_observe(sim, sim_trace_note, trace);
	ck_assert(!sim_episode(sim, policy, seed, NULL));
	ck_assert(!sim_metrics(sim, &m, NULL));
	ck_assert(!sim_trace_finish(trace, &m, &text, &size, NULL));
	ck_assert_uint_eq(size, strlen(text));
	copy = strdup(text);
	sim_destroy(sim);
	scale_policy_destroy(policy);
	sim_trace_destroy(trace);
	return copy;
}

static int load(sim_trace_file_t *file, const char *text, scale_err_t *err)
{
	ck_assert(!scale_file_write(path, text, strlen(text), NULL));
	return sim_trace_load(file, path, err);
}

static void make_config(sim_config_t *config, int paper)
{
	static const char yaml[] =
		"changes: [{at: 3, what: fail, server: 2},"
		" {at: 6, what: return, server: 2},"
		" {at: 4, what: add, tier: 1}]";

	HELP_CONFIG(config, "duration=15", "mtbf=100", "mttr=4",
		    paper ? "clock=paper" : "clock=event");
	ck_assert(!scale_conf_parse(sim_conf_table, config, yaml,
				    strlen(yaml), "test", NULL));
}

START_TEST(replays)
{
	sim_config_t config;
	sim_trace_file_t file;
	scale_err_t err = { "" };
	char *text, *again;

	make_config(&config, _i);
	text = record(&config, 5);
	again = record(&config, 5);
	ck_assert_str_eq(text, again);
	ck_assert_msg(!load(&file, text, &err), "%s", err.text);
	ck_assert(file.complete);
	ck_assert_str_eq(file.head.policy, "round-robin");
	ck_assert_uint_eq(file.head.seed, 5);
	ck_assert_uint_eq(file.head.config.changes.count, 3);
	ck_assert_msg(!sim_trace_replay(&file, path, &err), "%s", err.text);
	sim_trace_free(&file);
	scale_conf_free(sim_conf_table, &config);
	free(text);
	free(again);
}
END_TEST

/* Change one thing and replay says at which line. */
START_TEST(notices)
{
	static const struct {
		const char *from, *to;
	} edit[] = {
		{ "\"event\":\"finish\"", "\"event\":\"kill\"" },
		{ "\"choice\":1", "\"choice\":3" },
		{ "\"tasks_finished\":", "\"tasks_finished\":1" },
		{ "\"seed\":5", "\"seed\":6" },
	};
	sim_config_t config;
	sim_trace_file_t file;
	scale_err_t err = { "" };
	char *text, *at, *changed, say[96];
	int line = 1;

	make_config(&config, 0);
	text = record(&config, 5);
	changed = calloc(1, strlen(text) + 64);
	at = strstr(text, edit[_i].from);
	ck_assert_ptr_nonnull(at);
	sprintf(changed, "%.*s%s%s", (int) (at - text), text, edit[_i].to,
		at + strlen(edit[_i].from));
	for (char *p = text; p < at; p++)
		line += *p == '\n';
	ck_assert_msg(!load(&file, changed, &err), "%s", err.text);
	ck_assert_int_eq(sim_trace_replay(&file, path, &err), -1);
	ck_assert_int_eq(errno, EPROTO);
	/* another seed shows in the next line only */
	sprintf(say, "%s:%d: ", path, line + (_i == 3));
	ck_assert_msg(!strncmp(err.text, say, strlen(say)), "%s", err.text);
	sim_trace_free(&file);
	scale_conf_free(sim_conf_table, &config);
	free(text);
	free(changed);
}
END_TEST

#define HEAD "{\"scale_trace\":1,\"seed\":1,\"policy\":\"p\"," \
	     "\"config\":\"nodes: 2\"}\n"

START_TEST(refused)
{
	static const struct {
		const char *text, *say;
	} bad[] = {
		{ "", ":1: empty" },
		{ "{}\n", ":1: not the header" },
		{ "[1]\n", ":1: not the header" },
		{ "{\"scale_trace\":2,\"seed\":1,\"policy\":\"p\","
		  "\"config\":\"\"}\n", ":1: a trace of another version" },
		{ "{\"scale_trace\":1,\"seed\":-1,\"policy\":\"p\","
		  "\"config\":\"\"}\n", ":1: seed or policy" },
		{ "{\"scale_trace\":1,\"seed\":1,\"policy\":\"p\","
		  "\"config\":\"nodes: 0\"}\n", ":1: config:1:8: nodes" },
		{ "{\"scale_trace\":1,\"seed\":1,\"policy\":\"p\","
		  "\"config\":\"tasks_min: 9\"}\n", ":1: tasks_min 9" },
		{ HEAD "{\"t\":1}\n", ":2: no event" },
		{ HEAD "{\"t\":1,\"event\":\"jump\"}\n", ":2: an unknown" },
		{ HEAD "{\"t\":-1,\"event\":\"start\"}\n", ":2: no time" },
		{ HEAD "{\"event\":\"start\"}\n", ":2: no time" },
		{ HEAD "{\"t\":1,\"event\":\"start\",\"server\":\"x\"}\n",
		  ":2: a member of the wrong type" },
		{ HEAD "{\"t\":1,\"event\":\"join\",\"tier\":3}\n",
		  ":2: a value out of range" },
		{ HEAD "{\"t\":1,\"event\":\"decide\",\"choice\":-2}\n",
		  ":2: a value out of range" },
		{ HEAD "{\"t\":1,\"t\":2}\n", ":2:" },
		{ HEAD "nonsense\n", ":2:" },
		{ HEAD "{\"event\":\"end\"}\n{\"event\":\"end\"}\n",
		  ":3: a line after the end" },
		{ HEAD "{\"event\":\"end\"}", ":2: the last line has no end" },
	};
	sim_trace_file_t file;
	scale_err_t err = { "" };

	ck_assert_int_eq(load(&file, bad[_i].text, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(!strncmp(err.text, path, strlen(path)), "%s", err.text);
	ck_assert_msg(!strncmp(err.text + strlen(path), bad[_i].say,
			       strlen(bad[_i].say)), "%s", err.text);
}
END_TEST

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* One bar for each run, one mark for each arrival; a window shows less. */
START_TEST(gantt)
{
	sim_config_t config;
	sim_trace_file_t file;
	scale_err_t err = { "" };
	char *text, *svg;
	size_t size;

	make_config(&config, 0);
	text = record(&config, 5);
	ck_assert(!load(&file, text, &err));
	ck_assert_msg(!sim_gantt(&file, 0, 0, &svg, &size, &err), "%s",
		      err.text);
	ck_assert_uint_eq(size, strlen(svg));
	ck_assert_uint_eq(count(svg, "<g class=\"bar"),
			  count(text, "\"event\":\"start\""));
	ck_assert_uint_eq(count(svg, "<g class=\"bar killed\""),
			  count(text, "\"event\":\"kill\""));
	ck_assert_uint_eq(count(svg, "arrives at"),
			  count(text, "\"event\":\"arrive\""));
	ck_assert_uint_eq(count(svg, "class=\"lane\""), 17);
	ck_assert_uint_eq(count(svg, "<g"), count(svg, "</g>"));
	free(svg);
	ck_assert(!sim_gantt(&file, 2.0, 4.0, &svg, &size, &err));
	ck_assert_uint_lt(count(svg, "<g class=\"bar"),
			  count(text, "\"event\":\"start\""));
	free(svg);
	ck_assert_int_eq(sim_gantt(&file, 1e6, 0, &svg, &size, &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	sim_trace_free(&file);
	ck_assert(!load(&file, HEAD "{\"t\":1,\"event\":\"start\","
				    "\"server\":7}\n", &err));
	ck_assert_int_eq(sim_gantt(&file, 0, 0, &svg, &size, &err), -1);
	ck_assert_str_eq(err.text,
			 "the trace names server 7, which never joined");
	sim_trace_free(&file);
	scale_conf_free(sim_conf_table, &config);
	free(text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_path, drop_path);
	tcase_add_loop_test(tc, replays, 0, 2);
	tcase_add_loop_test(tc, notices, 0, 4);
	tcase_add_loop_test(tc, refused, 0, 18);
	tcase_add_test(tc, gantt);
	return test_run("trace", tc);
}
