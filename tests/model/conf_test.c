/*
 * conf_test.c - reading, refusing, setting and printing configurations
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/conf.h"

typedef struct event {
	double at;
	int64_t count;
	scale_conf_list_t inner;
} event_t;

typedef struct cluster {
	int64_t nodes;
	scale_conf_doubles_t mix;
	scale_conf_list_t events;
} cluster_t;

typedef struct record {
	bool verbose;
	int64_t seed;
	double rate;
	double clip;
	char name[8];
	int color;
	scale_conf_ints_t sizes;
	cluster_t cluster;
} record_t;

static const char *const colors[] = { "red", "green", "dark blue", NULL };

static const scale_conf_key_t inner_table[] = {
	{ "at", SCALE_CONF_DOUBLE, offsetof(event_t, at), .max = 9,
	  .dflt = "1", .help = "when, s" },
	{ 0 }
};

static const scale_conf_key_t event_table[] = {
	{ "at", SCALE_CONF_DOUBLE, offsetof(event_t, at), .max = 1e9,
	  .help = "when, s" },
	{ "count", SCALE_CONF_INT, offsetof(event_t, count), .dflt = "7",
	  .min = 1, .max = 100, .help = "how many" },
	{ "inner", SCALE_CONF_LIST, offsetof(event_t, inner),
	  .size = sizeof(event_t), .sub = inner_table, .help = "nested" },
	{ 0 }
};

static const scale_conf_key_t cluster_table[] = {
	{ "nodes", SCALE_CONF_INT, offsetof(cluster_t, nodes), .dflt = "16",
	  .min = 1, .max = 1000, .help = "servers" },
	{ "mix", SCALE_CONF_DOUBLES, offsetof(cluster_t, mix),
	  .dflt = "[4, 10, 2]", .max = 1e6, .help = "parts" },
	{ "events", SCALE_CONF_LIST, offsetof(cluster_t, events),
	  .size = sizeof(event_t), .sub = event_table, .help = "what happens" },
	{ 0 }
};

static const scale_conf_key_t table[] = {
	{ "verbose", SCALE_CONF_BOOL, offsetof(record_t, verbose),
	  .dflt = "false", .help = "say more" },
	{ "seed", SCALE_CONF_INT, offsetof(record_t, seed), .dflt = "42",
	  .min = 0, .max = 9.3e18, .help = "of all streams" },
	{ "ppo.optim.rate", SCALE_CONF_DOUBLE, offsetof(record_t, rate),
	  .dflt = "3e-4", .max = 1, .help = "learning rate" },
	{ "ppo.clip", SCALE_CONF_DOUBLE, offsetof(record_t, clip),
	  .dflt = "0.2", .min = 0, .max = 1, .help = "epsilon" },
	{ "name", SCALE_CONF_STRING, offsetof(record_t, name), 8, "",
	  .help = "of the run" },
	{ "color", SCALE_CONF_ENUM, offsetof(record_t, color),
	  .dflt = "green", .choices = colors, .help = "of the line" },
	{ "sizes", SCALE_CONF_INTS, offsetof(record_t, sizes),
	  .min = -5, .max = 5, .help = "small numbers" },
	{ "env", SCALE_CONF_TABLE, offsetof(record_t, cluster),
	  .dflt = "{nodes: 48}", .sub = cluster_table, .help = "the cluster" },
	{ 0 }
};

static int parse(record_t *r, const char *text, scale_err_t *err)
{
	ck_assert_int_eq(scale_conf_defaults(table, r, err), 0);
	return scale_conf_parse(table, r, text, strlen(text), "x.yaml", err);
}

START_TEST(defaults)
{
	scale_err_t err = { "" };
	record_t r;

	memset(&r, 0xa5, sizeof(r));
	ck_assert_int_eq(scale_conf_defaults(table, &r, &err), 0);
	ck_assert(!r.verbose);
	ck_assert_int_eq(r.seed, 42);
	ck_assert(r.rate == 3e-4 && r.clip == 0.2);
	ck_assert_str_eq(r.name, "");
	ck_assert_int_eq(r.color, 1);
	ck_assert_uint_eq(r.sizes.count, 0);
	/* the nested table's own default, then the outer row's */
	ck_assert_int_eq(r.cluster.nodes, 48);
	ck_assert_uint_eq(r.cluster.mix.count, 3);
	ck_assert(r.cluster.mix.value[1] == 10.0);
	ck_assert_ptr_null(r.cluster.events.item);
}
END_TEST

START_TEST(reads_every_type)
{
	scale_err_t err = { "" };
	const event_t *event;
	record_t r;

	ck_assert_int_eq(parse(&r,
		"# comment\n"
		"verbose: true\n"
		"seed: 9007199254740993\n"
		"ppo:\n"
		"  clip: .25\n"
		"  optim: {rate: 1e-3}\n"
		"name: 'a: b'\n"
		"color: dark blue\n"
		"sizes: [-5, 0, 5]\n"
		"env:\n"
		"  mix: []\n"
		"  events:\n"
		"    - at: 5\n"
		"    - {at: 7.5, count: 3, inner: [{}, {at: 2}]}\n", &err), 0);
	ck_assert(r.verbose);
	ck_assert(r.seed == 9007199254740993);	/* no way through double */
	ck_assert(r.clip == 0.25 && r.rate == 1e-3);
	ck_assert_str_eq(r.name, "a: b");
	ck_assert_int_eq(r.color, 2);
	ck_assert_uint_eq(r.sizes.count, 3);
	ck_assert_int_eq(r.sizes.value[0], -5);
	ck_assert_int_eq(r.cluster.nodes, 48);
	ck_assert_uint_eq(r.cluster.mix.count, 0);
	ck_assert_uint_eq(r.cluster.events.count, 2);
	event = r.cluster.events.item;
	ck_assert(event[0].at == 5.0 && event[0].count == 7);
	ck_assert(event[1].at == 7.5 && event[1].count == 3);
	ck_assert_uint_eq(event[1].inner.count, 2);
	ck_assert(((event_t *) event[1].inner.item)[0].at == 1.0);
	ck_assert(((event_t *) event[1].inner.item)[1].at == 2.0);
	scale_conf_free(table, &r);
}
END_TEST

START_TEST(nothing_changes_nothing)
{
	static const char *const texts[] = { "", "# only words\n", "{}", "\n" };
	scale_err_t err = { "" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		record_t r;

		ck_assert_int_eq(parse(&r, texts[i], &err), 0);
		ck_assert_int_eq(r.seed, 42);
	}
}
END_TEST

/* Bad texts, where the error must point and what it must say. */
static const struct bad {
	const char *text, *position, *words;
} bad[] = {
	{ "sead: 1", "x.yaml:1:1:", "unknown key \"sead\"; did you mean \"seed\"?" },
	{ "a: 1\n", "x.yaml:1:1:", "unknown key \"a\"" },
	{ "clip: 0.1", "x.yaml:1:1:", "did you mean \"ppo.clip\"?" },
	{ "ppo:\n  clipp: 1", "x.yaml:2:3:", "did you mean \"ppo.clip\"?" },
	{ "pppo: {}", "x.yaml:1:1:", "did you mean \"ppo\"?" },
	{ "env:\n  node: 1", "x.yaml:2:3:", "unknown key \"env.node\"; did you mean \"env.nodes\"?" },
	{ "nodes: 4", "x.yaml:1:1:", "did you mean \"env.nodes\"?" },
	{ "ppo.clip: 0.1", "x.yaml:1:1:", "write \"clip\" inside the map \"ppo\"" },
	{ "seed: 1\nseed: 2", "x.yaml:2:1:", "\"seed\" stands here twice" },
	{ "ppo: {}\nppo: {}", "x.yaml:2:1:", "\"ppo\" stands here twice" },
	{ "? [a]\n: 1", "x.yaml:1:3:", "a key must be a plain word" },
	{ "verbose: yes", "x.yaml:1:10:", "verbose: must be true or false" },
	{ "verbose: \"true\"", "x.yaml:1:10:", "without quotes" },
	{ "seed: 1.5", "x.yaml:1:7:", "seed: must be a whole number, not \"1.5\"" },
	{ "seed: 0x10", "x.yaml:1:7:", "must be a whole number" },
	{ "seed: -1", "x.yaml:1:7:", "-1 is not within 0 to" },
	{ "seed: 99999999999999999999", "x.yaml:1:7:", "is not within" },
	{ "seed: [1]", "x.yaml:1:7:", "must be a whole number, not a list" },
	{ "seed:", "x.yaml:1:6:", "seed: has no value" },
	{ "ppo:\n  clip: 1.01", "x.yaml:2:9:", "ppo.clip: 1.01 is not within 0 to 1" },
	{ "ppo:\n  clip: abc", "x.yaml:2:9:", "ppo.clip: must be a number" },
	{ "ppo:\n  clip: nan", "x.yaml:2:9:", "must be a number" },
	{ "ppo:\n  clip: .inf", "x.yaml:2:9:", "must be a number" },
	{ "ppo:\n  clip: 1e999", "x.yaml:2:9:", "is not within" },
	{ "ppo:\n  clip: 0x1p-2", "x.yaml:2:9:", "must be a number" },
	{ "ppo: 3", "x.yaml:1:6:", "ppo: must be a map of keys, not a text" },
	{ "env: [1]", "x.yaml:1:6:", "env: must be a map of keys, not a list" },
	{ "name: abcdefgh", "x.yaml:1:7:", "longer than 7 bytes" },
	{ "name: \"a\\0b\"", "x.yaml:1:7:", "NUL" },
	{ "color: blue", "x.yaml:1:8:", "must be one of red, green, dark blue; not \"blue\"" },
	{ "sizes: 3", "x.yaml:1:8:", "must be a list" },
	{ "sizes: [1, 6]", "x.yaml:1:12:", "sizes: 6 is not within -5 to 5" },
	{ "sizes: [1, x]", "x.yaml:1:12:", "must be a whole number" },
	{ "sizes: [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
	  "x.yaml:1:8:", "33 items, more than 32" },
	{ "env:\n  events: {at: 1}", "x.yaml:2:11:", "env.events: must be a list, one map each, not a map" },
	{ "env:\n  events: [5]", "x.yaml:2:12:", "env.events[0]: must be a map" },
	{ "env:\n  events:\n  - at: 1\n  - count: 1", "x.yaml:4:5:", "env.events[1]: key \"at\" is missing (when, s)" },
	{ "env:\n  events:\n  - at: 1\n    cuont: 1", "x.yaml:4:5:", "did you mean \"env.events[0].count\"?" },
	{ "env:\n  events:\n  - at: 1\n    inner: [{at: 10}]", "x.yaml:4:18:", "env.events[0].inner[0].at: 10 is not" },
	{ "- 1", "x.yaml:1:1:", "must be a map of keys, not a list" },
	{ "hello", "x.yaml:1:1:", "must be a map of keys, not a text" },
	{ "seed: &a 1", "x.yaml:1:7:", "anchors (&a) are not supported" },
	{ "name: &a b\ncolor: *a", "x.yaml:1:7:", "anchors" },
	{ "seed: *a", "x.yaml:1:7:", "aliases (*a) are not supported" },
	{ "seed: !!int 1", "x.yaml:1:7:", "tags" },
	{ "seed: 1\n---\nseed: 2", "x.yaml:2:1:", "second document" },
	{ "sizes: [[[[[[[[1]]]]]]]]", "x.yaml:1:15:", "deeper than 8" },
	{ "seed: [1", "x.yaml:", "not valid YAML" },
	{ "seed: 1\n\tname: x", "x.yaml:2:", "not valid YAML" },
	{ "seed: 1\nname: \x01", "x.yaml:2:7:", "not valid YAML" },
	{ "name: \xff", "x.yaml:1:7:", "not valid YAML" },
	{ "name: \"a", "x.yaml:", "not valid YAML" },
};

START_TEST(refuses)
{
	const struct bad *b = &bad[_i];
	scale_err_t err = { "" };
	record_t r;

	errno = 0;
	ck_assert_msg(parse(&r, b->text, &err) == -1, "accepted: %s", b->text);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(!strncmp(err.text, b->position, strlen(b->position)),
		      "\"%s\": not at %s: %s", b->text, b->position, err.text);
	ck_assert_msg(strstr(err.text, b->words) != NULL,
		      "\"%s\": no \"%s\" in: %s", b->text, b->words, err.text);
	scale_conf_free(table, &r);
}
END_TEST

START_TEST(refuses_large)
{
	size_t size = (1 << 20) + 1;
	char *text = malloc(size);
	scale_err_t err = { "" };
	record_t r;

	memset(text, '#', size);
	ck_assert_int_eq(scale_conf_defaults(table, &r, &err), 0);
	ck_assert_int_eq(scale_conf_parse(table, &r, text, size, "x", &err), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_int_eq(scale_conf_parse(table, &r, text, size - 1, "x", &err), 0);
	free(text);
}
END_TEST

/* A text of 4,097 records stays below the size limit but not ours. */
START_TEST(refuses_many_records)
{
	scale_err_t err = { "" };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	record_t r;

	fputs("env:\n  events:\n", out);
	for (int i = 0; i < 4097; i++)
		fputs("  - {at: 1}\n", out);
	fclose(out);
	ck_assert_int_eq(parse(&r, text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 4096"));
	free(text);
}
END_TEST

START_TEST(read_names_the_file)
{
	scale_err_t err = { "" };
	record_t r;

	ck_assert_int_eq(scale_conf_defaults(table, &r, &err), 0);
	errno = 0;
	ck_assert_int_eq(scale_conf_read(table, &r, "/nonexistent/x.yaml",
					 &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/x.yaml"));
}
END_TEST

START_TEST(set)
{
	static const char *const good[] = {
		"verbose=true", "seed=7", "ppo.optim.rate=0.5", "name=a: \"b",
		"color=dark blue", "sizes=[1, 2]", "env.nodes=3",
		"env.mix=[1, 2.5]",
	};
	scale_err_t err = { "" };
	record_t r;

	ck_assert_int_eq(scale_conf_defaults(table, &r, &err), 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(!scale_conf_set(table, &r, good[i], &err),
			      "%s", err.text);
	ck_assert(r.verbose && r.seed == 7 && r.rate == 0.5);
	ck_assert_str_eq(r.name, "a: \"b");
	ck_assert_int_eq(r.color, 2);
	ck_assert_int_eq(r.sizes.value[1], 2);
	ck_assert_int_eq(r.cluster.nodes, 3);
	ck_assert(r.cluster.mix.value[1] == 2.5);
	ck_assert_int_eq(scale_conf_set(table, &r, "name=", &err), 0);
	ck_assert_str_eq(r.name, "");
}
END_TEST

START_TEST(set_refuses)
{
	static const char *const pairs[][2] = {
		{ "seed", "--set seed: must have the form key=value" },
		{ "=1", "must have the form key=value" },
		{ "seet=1", "--set seet=1: unknown key \"seet\"; did you mean \"seed\"?" },
		{ "env.node=1", "did you mean \"env.nodes\"?" },
		{ "seed=x", "--set seed=x: seed: must be a whole number" },
		{ "seed=", "seed: has no value" },
		{ "seed=&a 1", "anchors" },
		{ "ppo=1", "set them in a file" },
		{ "env=1", "set them in a file" },
		{ "env.events=[]", "set them in a file" },
		{ "name=\xff", "not valid YAML" },
		{ "ppo.clip=2", "ppo.clip: 2 is not within 0 to 1" },
	};
	scale_err_t err = { "" };
	record_t r;

	ck_assert_int_eq(scale_conf_defaults(table, &r, &err), 0);
	errno = 0;
	ck_assert_int_eq(scale_conf_set(table, &r, pairs[_i][0], &err), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_msg(strstr(err.text, pairs[_i][1]) != NULL, "%s", err.text);
	ck_assert_int_eq(r.seed, 42);
}
END_TEST

/* Printed text reads back to the same bits and prints the same again. */
START_TEST(print_round_trip)
{
	scale_err_t err = { "" };
	char *first, *second;
	record_t a, b;

	ck_assert_int_eq(parse(&a,
		"verbose: true\nseed: 9223372036854775807\n"
		"ppo: {clip: 0.30000000000000004, optim: {rate: 5e-324}}\n"
		"name: \"\\\"\\\\\\n\\x7f \\t\"\nsizes: [1, -2]\n"
		"env: {mix: [0.1, 1e5, 33.333333333333336], events: [{at: 1},"
		" {at: 0.1, inner: [{at: 3}, {}]}]}\n", &err), 0);
	first = scale_conf_print(table, &a, &err);
	ck_assert_ptr_nonnull(first);
	ck_assert_msg(!parse(&b, first, &err), "%s\n%s", err.text, first);
	ck_assert(a.verbose == b.verbose && a.seed == b.seed);
	ck_assert_mem_eq(&a.rate, &b.rate, sizeof(a.rate));
	ck_assert_mem_eq(&a.clip, &b.clip, sizeof(a.clip));
	ck_assert_str_eq(a.name, b.name);
	ck_assert_mem_eq(&a.cluster.mix, &b.cluster.mix, sizeof(a.cluster.mix));
	ck_assert_uint_eq(b.cluster.events.count, 2);
	second = scale_conf_print(table, &b, &err);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	scale_conf_free(table, &a);
	scale_conf_free(table, &b);
}
END_TEST

START_TEST(print_form)
{
	scale_err_t err = { "" };
	record_t r;
	char *text;

	ck_assert_int_eq(parse(&r, "env: {events: [{at: 1}]}", &err), 0);
	text = scale_conf_print(table, &r, &err);
	ck_assert_str_eq(text,
		"# say more; default false\n"
		"verbose: false\n"
		"# of all streams; default 42\n"
		"seed: 42\n"
		"\n"
		"ppo:\n"
		"  optim:\n"
		"    # learning rate; default 3e-4\n"
		"    rate: 0.0003\n"
		"  # epsilon; default 0.2\n"
		"  clip: 0.2\n"
		"# of the run; default \"\"\n"
		"name: \"\"\n"
		"# of the line: red | green | dark blue; default green\n"
		"color: green\n"
		"# small numbers\n"
		"sizes: []\n"
		"\n"
		"# the cluster\n"
		"env:\n"
		"  # servers; default 16\n"
		"  nodes: 48\n"
		"  # parts; default [4, 10, 2]\n"
		"  mix: [4, 10, 2]\n"
		"  # what happens\n"
		"  events:\n"
		"    -\n"
		"      at: 1\n"
		"      count: 7\n"
		"      inner: []\n");
	free(text);
	scale_conf_free(table, &r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, reads_every_type);
	tcase_add_test(tc, nothing_changes_nothing);
	tcase_add_loop_test(tc, refuses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, refuses_large);
	tcase_add_test(tc, refuses_many_records);
	tcase_add_test(tc, read_names_the_file);
	tcase_add_test(tc, set);
	tcase_add_loop_test(tc, set_refuses, 0, 12);
	tcase_add_test(tc, print_round_trip);
	tcase_add_test(tc, print_form);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
