/*
 * bench.c - clocks, medians, machine, peers
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <cblas.h>
#include <gnu/libc-version.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "model/exit_code.h"

enum { RUNS = 101, RUN_US = 100, WARM_UP = 3 };

extern char **environ;

static bool is_setting(const char *variable)
{
	static const char *const prefix[] = { "OPENBLAS_", "GOTO_", "OMP_",
					      "MKL_" };

	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		if (!strncmp(variable, prefix[i], strlen(prefix[i])))
			return true;
	return false;
}

/* Libraries read them before main(). */
void bench_clean_environment(char **argv)
{
	size_t kept = 0, i = 0;

	for (; environ[i]; i++)
		if (!is_setting(environ[i]))
			environ[kept++] = environ[i];
	if (kept == i)
		return;
	environ[kept] = NULL;
	execv("/proc/self/exe", argv);
	perror("bench: /proc/self/exe");
	exit(SCALE_EXIT_FAILURE);
}

void *bench_must(void *block)
{
	if (!block) {
		fprintf(stderr, "bench: no memory\n");
		exit(SCALE_EXIT_FAILURE);
	}
	return block;
}

static double clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return 1e6 * (double) t.tv_sec + 1e-3 * (double) t.tv_nsec;
}

double bench_now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

double bench_cpu_us(void)
{
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

double bench_median(double *x, size_t count)
{
	qsort(x, count, sizeof(*x), compare);
	return x[count / 2];
}

double bench_time_us(void (*what)(void *arg), void *arg)
{
	double t[RUNS];
	size_t repeat;

	for (int i = 0; i < WARM_UP; i++)
		what(arg);
	t[0] = bench_now_us();
	what(arg);
	repeat = (size_t) (RUN_US / (bench_now_us() - t[0])) + 1;
	for (int i = 0; i < RUNS; i++) {
		t[i] = bench_now_us();
		for (size_t k = 0; k < repeat; k++)
			what(arg);
		t[i] = (bench_now_us() - t[i]) / (double) repeat;
	}
	return bench_median(t, RUNS);
}

/* The value of a line of /proc/cpuinfo, in memory of its own. */
static json_t *cpuinfo(const char *key)
{
	char line[8192];
	json_t *found = NULL;
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (!found && file && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, key, strlen(key)) || !colon || !colon[1])
			continue;
		line[strcspn(line, "\n")] = 0;
		found = json_string(colon + 2);
	}
	if (file)
		fclose(file);
	return found ? found : json_string("unknown");
}

/* Those of the processor's flags that matter to a kernel. */
static json_t *cpu_features(void)
{
	static const char *const known[] = { "sse4_2", "avx", "avx2", "fma",
					     "avx512f", "avx512dq",
					     "avx512vl", "avx512bw", "asimd",
					     "sve" };
	json_t *list = json_array(), *flags = cpuinfo("flags");
	char *text = bench_must(strdup(json_string_value(flags))), *rest = text;
	char *word;

	while ((word = strsep(&rest, " ")))
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (!strcmp(word, known[i]))
				json_array_append_new(list, json_string(word));
	free(text);
	json_decref(flags);
	return list;
}

json_t *bench_machine(void)
{
	struct utsname os;

	uname(&os);
	return json_pack("{s:o, s:o, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:i}",
			 "cpu", cpuinfo("model name"), "features",
			 cpu_features(), "processors",
			 (int) sysconf(_SC_NPROCESSORS_ONLN), "kernel",
			 os.release, "compiler", __VERSION__, "libc",
			 gnu_get_libc_version(), "scale", PACKAGE_VERSION,
			 "blas", openblas_get_config(), "blas_kernels",
			 openblas_get_corename(), "blas_threads",
			 openblas_get_num_threads());
}

/*
 * A peer at its best: one thread (torch's own setting does not reach
 * Debian's OpenBLAS, whose threads then wait for each other), and memory that
 * stays with the process, where glibc would map and fault it in anew for each
 * large tensor.
 */
static void favour_peer(void)
{
	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	setenv("OMP_NUM_THREADS", "1", 1);
	setenv("MALLOC_MMAP_THRESHOLD_", "1073741824", 1);
	setenv("MALLOC_TRIM_THRESHOLD_", "1073741824", 1);
	setenv("MALLOC_TOP_PAD_", "67108864", 1);
}

json_t *bench_peer(const char *command)
{
	json_error_t error;
	json_t *root = NULL;
	FILE *pipe;

	favour_peer();
	pipe = popen(command, "r");

	if (pipe) {
		root = json_loadf(pipe, 0, &error);
		if (pclose(pipe)) {
			json_decref(root);
			root = NULL;
		}
	}
	if (!root)
		fprintf(stderr, "bench: no result from: %s\n", command);
	return root;
}
