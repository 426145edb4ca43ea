/*
 * ctl_status.c - scale-ctl status
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "ctl_log.h"
#include "model/file.h"

enum { FILE_MAX = 1 << 20 };

static double unix_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

json_t *ctl_status_read(const char *path, scale_err_t *err)
{
	json_error_t fault;
	json_t *json = NULL;
	char *text;
	size_t size;

	if (scale_file_read(path, FILE_MAX, &text, &size, err) < 0)
		return NULL;
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &fault);
	if (!json)
		scale_err_set(err, EINVAL, "%s:%d:%d: %s", path, fault.line,
			      fault.column, fault.text);
	else if (!json_is_object(json) || ctl_integer(json, "v") != 1)
		scale_err_set(err, EINVAL, "%s: not a status file of this "
			      "version", path);
	else
		goto out;
	json_decref(json);
	json = NULL;
out:
	free(text);
	return json;
}

static void print_counters(const json_t *json, const char *title,
			   const char *key, bool all)
{
	const char *name;
	json_t *value;
	int n = 0;

	printf("%-11s", title);
	json_object_foreach(json_object_get(json, key), name, value) {
		if (!all && json_integer_value(value) == 0)
			continue;
		printf("%s%s %lld", n++ ? "  " : "", name,
		       (long long) json_integer_value(value));
	}
	puts(n ? "" : "none");
}

static void print_latencies(const json_t *json)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(json, "latency"), name, value)
		printf("%-11sp50 %.4g us  p95 %.4g us  p99 %.4g us  "
		       "max %.4g us  (%lld)\n", name,
		       ctl_number(value, "p50_us"), ctl_number(value, "p95_us"),
		       ctl_number(value, "p99_us"), ctl_number(value, "max_us"),
		       ctl_integer(value, "count"));
}

static void print_head(const json_t *json, double now)
{
	const json_t *model = json_object_get(json, "model");
	double cycle = ctl_number(json, "last_cycle");
	char up[32], ago[32];

	printf("%-11sscale %s for Slurm %s, mode %s, pid %lld\n", "plugin",
	       ctl_text(json, "version"), ctl_text(model, "slurm"),
	       ctl_text(json, "mode"), ctl_integer(json, "pid"));
	printf("%-11sup %s, last pass %s%s\n", "",
	       ctl_duration(now - ctl_number(json, "started"), up),
	       cycle > 0.0 ? ctl_duration(now - cycle, ago) : "never",
	       cycle > 0.0 ? " ago" : "");
	printf("%-11s%s", "policy", ctl_text(model, "policy"));
	if (*ctl_text(model, "sha256"))
		printf(" %s sha256 %.12s, drift %.3g",
		       ctl_text(model, "path"), ctl_text(model, "sha256"),
		       ctl_number(json, "drift"));
	printf(", fallback %s\n", ctl_text(model, "fallback"));
}

static int print_text(const json_t *json)
{
	double now = unix_time(), age = now - ctl_number(json, "time");
	char text[32];

	print_head(json, now);
	print_counters(json, "now", "now", true);
	if (isfinite(ctl_number(json, "load")))
		printf("%-11s%.3g of the nodes' speed in the last hour\n",
		       "load", ctl_number(json, "load"));
	print_counters(json, "counts", "counts", true);
	print_counters(json, "fallbacks", "fallback", false);
	print_latencies(json);
	print_counters(json, "log", "log", true);
	if (!(age <= CTL_STALE_SEC))
		scale_cli_fail(0,
			       "this status is %s old; is slurmctld "
			       "running with SchedulerType=sched/scale?",
			       ctl_duration(age, text));
	return scale_cli_flush();
}

static int look(const ctl_t *ctl)
{
	scale_err_t err = { "" };
	json_t *json = ctl_status_read(ctl->status, &err);
	int rc;

	if (!json)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	if (ctl->json)
		return scale_cli_print_json(
			json, ctl->watch > 0.0 ? CTL_JSON_LINE : CTL_JSON);
	if (ctl->watch > 0.0 && isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	rc = print_text(json);
	json_decref(json);
	return rc;
}

int ctl_status(const ctl_t *ctl)
{
	int rc = look(ctl);

	/* until it is interrupted, or its reader went away */
	while (rc == SCALE_EXIT_OK && ctl->watch > 0.0) {
		struct timespec ts = {
			.tv_sec = (time_t) ctl->watch,
			.tv_nsec = (long) (fmod(ctl->watch, 1.0) * 1e9),
		};

		nanosleep(&ts, NULL);
		if (!ctl->json && !isatty(STDOUT_FILENO))
			putchar('\n');
		rc = look(ctl);
	}
	return rc;
}
