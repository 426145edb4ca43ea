/*
 * decide_bench.c - time of a decision and of a training update
 *
 * A decision is what the plugin pays: features, network, critic, argmax, for
 * one task over N servers, all distinct; one thread.  "Cold" evicts the
 * caches before each.  Peers compute the same network from the same numbers
 * in the same run; an answer that differs is an error.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <argp.h>
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "bench_cluster.h"
#include "group_bench.h"
#include "model/decide.h"
#include "model/exit_code.h"
#include "update_bench.h"

enum {
	COLD_RUNS = 15,
	EVICT_BYTES = 96 << 20,		/* above any L3 slice of today */
};

static const size_t sizes[] = { 16, 128, 1024, 10000, 100000 };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* A decision over n servers, ready to be repeated. */
typedef struct bench {
	const scale_decider_t *dec;
	bench_cluster_t cluster;
	scale_scratch_t *scratch;
	scale_decision_t decision;
} bench_t;

static bench_t bench_create(const scale_decider_t *dec, size_t n)
{
	return (bench_t) {
		.dec = dec,
		.cluster = bench_cluster_create(n),
		.scratch = bench_must(scale_scratch_create(dec, n, NULL)),
	};
}

static void bench_destroy(bench_t *b)
{
	scale_scratch_destroy(b->scratch);
	bench_cluster_destroy(&b->cluster);
}

static void features(void *arg)
{
	bench_t *b = arg;
	float phi[SCALE_TASK_FEATURES];
	size_t ld;
	float *psi = scale_scratch_psi(b->scratch, &ld);

	scale_features_task(&b->cluster.view, &bench_task, phi);
	scale_features_servers(&b->cluster.view, &bench_task, psi, ld);
}

static void decide(void *arg)
{
	bench_t *b = arg;
	float phi[SCALE_TASK_FEATURES];
	size_t ld;
	float *psi = scale_scratch_psi(b->scratch, &ld);

	scale_features_task(&b->cluster.view, &bench_task, phi);
	scale_features_servers(&b->cluster.view, &bench_task, psi, ld);
	if (scale_decide(b->dec, b->scratch, phi, psi, ld, b->cluster.view.n,
			 NULL, &b->decision) < 0) {
		perror("decide-bench: scale_decide");
		exit(SCALE_EXIT_FAILURE);
	}
}

static double cold_us(bench_t *b)
{
	char *evict = bench_must(malloc(EVICT_BYTES));
	double t[COLD_RUNS];

	for (int i = 0; i < COLD_RUNS; i++) {
		memset(evict, i, EVICT_BYTES);
		t[i] = bench_now_us();
		decide(b);
		t[i] = bench_now_us() - t[i];
	}
	free(evict);
	return bench_median(t, COLD_RUNS);
}

static json_t *bench_decision(const scale_decider_t *dec, size_t n)
{
	bench_t b = bench_create(dec, n);
	double hot = bench_time_us(decide, &b);
	double part = bench_time_us(features, &b), cold = cold_us(&b);

	bench_destroy(&b);
	return json_pack("{s:i, s:f, s:f, s:f}", "servers", (int) n, "hot_us",
			 hot, "cold_us", cold, "features_us", part);
}

static void write_floats(const char *dir, const char *name, const float *x,
			 size_t count)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.f32", dir, name);
	file = fopen(path, "wb");
	if (!file || fwrite(x, sizeof(*x), count, file) != count ||
	    fclose(file)) {
		perror(path);
		exit(SCALE_EXIT_FAILURE);
	}
}

/* What torch_peer.cc reads: psi-N.f32 without padding. */
static void write_input(const char *dir, const scale_decider_t *dec, size_t n)
{
	bench_t b = bench_create(dec, n);
	float phi[SCALE_TASK_FEATURES], *psi;
	char name[32];

	psi = bench_must(calloc(n * SCALE_SERVER_FEATURES, sizeof(*psi)));
	scale_features_task(&b.cluster.view, &bench_task, phi);
	scale_features_servers(&b.cluster.view, &bench_task, psi, n);
	snprintf(name, sizeof(name), "psi-%zu", n);
	write_floats(dir, name, psi, n * SCALE_SERVER_FEATURES);
	write_floats(dir, "task", phi, SCALE_TASK_FEATURES);
	free(psi);
	bench_destroy(&b);
}

/* A peer that computes something else proves nothing. */
static void check_peer(const scale_decider_t *dec, const json_t *peer)
{
	size_t i, k;
	const json_t *row, *logit;

	json_array_foreach(json_object_get(peer, "decisions"), i, row) {
		bench_t b = bench_create(dec, sizes[i]);
		const json_t *values = json_object_get(row, "value");

		decide(&b);
		json_array_foreach(json_object_get(row, "logit"), k, logit) {
			double v = json_number_value(json_array_get(values, k));
			double l = json_number_value(logit);

			if (fabs(v - b.decision.value) < 1e-3 &&
			    fabs(l - b.decision.logit[0]) < 1e-3)
				continue;
			fprintf(stderr, "decide-bench: %s computes something "
				"else: logit %g, value %g, not %g, %g\n",
				json_string_value(json_object_get(peer,
								  "name")),
				l, v, b.decision.logit[0],
				(double) b.decision.value);
			exit(SCALE_EXIT_FAILURE);
		}
		bench_destroy(&b);
	}
}

static json_t *run_peers(const scale_decider_t *dec, const scale_net_t *net,
			 const char *const *program)
{
	char dir[] = "/tmp/decide-bench-XXXXXX", command[1024];
	json_t *peers = json_array();

	if (!mkdtemp(dir)) {
		perror(dir);
		exit(SCALE_EXIT_FAILURE);
	}
	write_floats(dir, "params", net->params, net->param_count);
	for (size_t i = 0; i < SIZES; i++)
		write_input(dir, dec, sizes[i]);
	for (; *program; program++) {
		size_t used = (size_t) snprintf(command, sizeof(command),
						"%s %s", *program, dir);
		json_t *peer;

		for (size_t i = 0; i < SIZES && used < sizeof(command); i++)
			used += (size_t) snprintf(command + used,
						  sizeof(command) - used,
						  " %zu", sizes[i]);
		peer = bench_peer(command);
		if (!peer)
			continue;
		check_peer(dec, peer);
		json_array_append_new(peers, peer);
	}
	snprintf(command, sizeof(command), "rm -r %s", dir);
	if (system(command))
		fprintf(stderr, "decide-bench: %s stays\n", dir);
	return peers;
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void print_machine(const json_t *root)
{
	const json_t *machine = json_object_get(root, "machine"), *value;
	const char *key;

	printf("vectors: %s\n",
	       json_string_value(json_object_get(root, "isa")));
	json_object_foreach((json_t *) machine, key, value) {
		char *text = json_dumps(value, JSON_ENCODE_ANY);

		printf("%s: %s\n", key, text);
		free(text);
	}
}

/* A row of a peer, with how many times as long it takes. */
static void print_peer(const json_t *peer, const char *form, const char *key,
		       const json_t *ours)
{
	const json_t *rows = json_object_get(peer, "decisions"), *row;
	size_t i;

	if (!json_object_get(json_array_get(rows, 0), key))
		return;
	printf("%s, %s\n", json_string_value(json_object_get(peer, "name")),
	       form);
	json_array_foreach(rows, i, row)
		printf("%8.0f %12.2f %11.1fx\n", number(row, "servers"),
		       number(row, key),
		       number(row, key) / number(json_array_get(ours, i),
						 "hot_us"));
}

static void print_table(const json_t *root)
{
	const json_t *rows = json_object_get(root, "decisions"), *row;
	const json_t *peers = json_object_get(root, "peers");
	const json_t *update = json_object_get(root, "update");
	double ours = number(update, "transitions_per_s");
	size_t i;

	print_machine(root);
	printf("%8s %12s %12s %12s\n", "servers", "hot us", "cold us",
	       "features us");
	json_array_foreach(rows, i, row)
		printf("%8.0f %12.2f %12.2f %12.2f\n", number(row, "servers"),
		       number(row, "hot_us"), number(row, "cold_us"),
		       number(row, "features_us"));
	group_print(json_object_get(root, "choices"));
	json_array_foreach(peers, i, row) {
		print_peer(row, "as the paper writes it", "plain_us", rows);
		print_peer(row, "folded, in place", "folded_us", rows);
	}
	if (!json_array_size(peers))
		printf("no peer: neither libtorch nor python3-torch ran\n");
	update_print(update);
	json_array_foreach(peers, i, row) {
		double theirs = number(row, "update_transitions_per_s");

		printf("  %s: %.0f transitions/s, ours %.1fx\n",
		       json_string_value(json_object_get(row, "name")),
		       theirs, ours / theirs);
	}
}

enum { MAX_PEERS = 4 };

typedef struct options {
	const char *json, *isa;
	const char *peer[MAX_PEERS + 1];	/* ends with NULL */
	size_t peers;
} options_t;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	options_t *options = state->input;

	switch (key) {
	case 'j':
		options->json = arg;
		return 0;
	case 'i':
		options->isa = arg;
		return 0;
	case 'p':
		if (options->peers == MAX_PEERS)
			argp_error(state, "at most %d peers", MAX_PEERS);
		options->peer[options->peers++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static json_t *measure(const options_t *options, const scale_decider_t *dec,
		       scale_net_t *net)
{
	json_t *rows = json_array(), *peers;

	for (size_t i = 0; i < SIZES; i++)
		json_array_append_new(rows, bench_decision(dec, sizes[i]));
	peers = run_peers(dec, net, options->peer);
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "machine",
			 bench_machine(), "isa", options->isa, "decisions",
			 rows, "choices", group_bench(), "peers", peers,
			 "update", update_bench(net));
}

int main(int argc, char **argv)
{
	static const struct argp_option keys[] = {
		{ "json", 'j', "FILE", 0, "Write all figures as JSON too", 0 },
		{ "isa", 'i', "NAME", 0, "Decide with these instructions: "
		  "avx512f, avx2 or portable (default: the best)", 0 },
		{ "peer", 'p', "COMMAND", 0, "Compare with this program "
		  "(several times); see torch_peer.cc", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = keys,
		.parser = parse,
		.doc = "Time of a decision and of a training update.",
	};
	options_t options = { .isa = scale_decide_isa() };
	scale_dims_t dims = scale_dims_paper();
	scale_net_t *net = bench_must(scale_net_create(&dims, NULL));
	scale_decider_t *dec;
	scale_err_t err = { "" };
	int rc = SCALE_EXIT_OK;
	json_t *root;

	bench_clean_environment(argv);
	argp_err_exit_status = SCALE_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	openblas_set_num_threads(1);
	scale_net_init(net, 42);
	dec = scale_decider_create_isa(net, options.isa, &err);
	if (!dec) {
		fprintf(stderr, "decide-bench: %s\n", err.text);
		return SCALE_EXIT_USAGE;
	}
	root = bench_must(measure(&options, dec, net));
	print_table(root);
	if (options.json && json_dump_file(root, options.json, JSON_INDENT(2)))
		rc = SCALE_EXIT_FAILURE, perror(options.json);
	json_decref(root);
	scale_decider_destroy(dec);
	scale_net_destroy(net);
	return rc;
}
