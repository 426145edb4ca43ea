/*
 * ctl_doctor_slurm.c - doctor: slurm.conf, slurmctld, the plugin's file
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_command.h"
#include "ctl_doctor.h"
#include "ctl_elf.h"
#include "ctl_site.h"
#include "trusted_file.h"

#define PLUGIN_FILE "sched_scale.so"

static char *setting(ctl_doctor_t *doctor, const char *key)
{
	scale_err_t err;

	return ctl_conf_value(doctor->ctl->slurm_conf, key, &err);
}

/* RET false where slurm.conf cannot be read: nothing more to ask it. */
static bool check_conf(ctl_doctor_t *doctor)
{
	const char *path = doctor->ctl->slurm_conf;
	scale_err_t err = { "" };
	char *cluster = ctl_conf_value(path, "ClusterName", &err);

	if (!cluster && *err.text) {
		ctl_find(doctor, CTL_FAULT, "slurm.conf",
			 "name it with --slurm-conf or SLURM_CONF", "%s",
			 err.text);
		return false;
	}
	ctl_find(doctor, CTL_FINE, "slurm.conf", NULL, "%s, cluster %s", path,
		 cluster ? cluster : "(no name)");
	free(cluster);
	return true;
}

static void check_user(ctl_doctor_t *doctor)
{
	char *name = setting(doctor, "SlurmUser"), *end;
	const struct passwd *pw = getpwnam(name ? name : "root");

	if (pw)
		doctor->slurm_uid = pw->pw_uid;
	else if (name)
		doctor->slurm_uid = (uid_t) strtoul(name, &end, 10);
	if (!pw && name && (*end || end == name))
		ctl_find(doctor, CTL_FAULT, "SlurmUser",
			 "make that user, or name another",
			 "there is no user %s", name);
	free(name);
}

static void check_scheduler(ctl_doctor_t *doctor)
{
	char *type = setting(doctor, "SchedulerType");

	doctor->active = type && !strcasecmp(type, "sched/scale");
	if (doctor->active)
		ctl_find(doctor, CTL_FINE, "scheduler", NULL,
			 "SchedulerType=%s", type);
	else
		ctl_find(doctor, CTL_WARNING, "scheduler",
			 "set SchedulerType=sched/scale in slurm.conf and "
			 "restart slurmctld (reconfigure is not enough)",
			 "SchedulerType is %s: SCALE is not in use",
			 type ? type : "not set (sched/backfill)");
	free(type);
}

static bool has_token(char *list, const char *want)
{
	char *save = NULL;

	for (char *p = strtok_r(list, ",", &save); p;
	     p = strtok_r(NULL, ",", &save))
		if (!strcasecmp(p, want))
			return true;
	return false;
}

static void check_defer(ctl_doctor_t *doctor)
{
	char *params = setting(doctor, "SchedulerParameters");
	char *copy = params ? strdup(params) : NULL;

	if ((params && has_token(params, "defer")) ||
	    (copy && has_token(copy, "defer_batch")))
		ctl_find(doctor, CTL_FINE, "defer", NULL,
			 "jobs are not started at submission");
	else
		ctl_find(doctor, CTL_WARNING, "defer",
			 "add defer to SchedulerParameters (it makes "
			 "--immediate fail; from 23.02 defer_batch spares "
			 "interactive jobs) and run scontrol reconfigure",
			 "without defer Slurm starts the first primitives of "
			 "a workflow at submission, before SCALE sees them");
	free(params);
	free(copy);
}

/* Version of slurmctld, 0 where it cannot be told. */
static uint32_t check_slurmctld(ctl_doctor_t *doctor)
{
	static const char *const argv[] = { "slurmctld", "-V", NULL };
	scale_err_t err;
	uint32_t version;
	char *text;

	if (ctl_command(argv, 10, &text, &err) < 0) {
		ctl_find(doctor, CTL_NOTE, "slurmctld",
			 "run this on the controller",
			 "%s: versions are not compared", err.text);
		return 0;
	}
	text[strcspn(text, "\n")] = '\0';
	version = ctl_slurm_version(text);
	ctl_find(doctor, version ? CTL_FINE : CTL_WARNING, "slurmctld", NULL,
		 "\"%.100s\"%s", text, version ? "" : ": no version in it");
	free(text);
	return version;
}

/* The plugin in a directory list, allocated, or NULL. */
static char *search_dirs(const char *list)
{
	char *copy = strdup(list), *save = NULL, *path = NULL;

	for (char *dir = copy ? strtok_r(copy, ":", &save) : NULL; dir;
	     dir = strtok_r(NULL, ":", &save)) {
		if (asprintf(&path, "%s/%s", dir, PLUGIN_FILE) < 0)
			path = NULL;
		else if (access(path, F_OK) == 0)
			break;
		free(path);
		path = NULL;
	}
	free(copy);
	return path;
}

/* PluginDir, else where this program was configured to put the plugin, else
 * the usual places; allocated. */
static char *plugin_dirs(ctl_doctor_t *doctor)
{
	static const char *const usual[] = {
		"/usr/lib/*/slurm-wlm", "/usr/lib/*/slurm", "/usr/lib64/slurm",
		"/usr/lib/slurm", "/usr/local/lib/slurm",
	};
	char *dirs = doctor->ctl->plugin_dir
			? strdup(doctor->ctl->plugin_dir)
			: setting(doctor, "PluginDir");
	glob_t found = { 0 };

	if (dirs)
		return dirs;
	if (*SCALE_PLUGIN_DIR)
		return strdup(SCALE_PLUGIN_DIR);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		glob(usual[i], i ? GLOB_APPEND : 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *more;

		if (asprintf(&more, "%s%s%s", dirs ? dirs : "",
			     dirs ? ":" : "", found.gl_pathv[i]) < 0)
			break;
		free(dirs);
		dirs = more;
	}
	globfree(&found);
	return dirs ? dirs : strdup("/usr/lib/slurm");
}

static void check_version(ctl_doctor_t *doctor, const char *path,
			  uint32_t slurmctld)
{
	uint32_t version;
	char own[32], its[32], type[sizeof("sched/scale")];
	scale_err_t err;

	if (ctl_elf_data(path, "plugin_version", &version, sizeof(version),
			 &err) < 0 ||
	    ctl_elf_data(path, "plugin_type", type, sizeof(type), &err) < 0) {
		ctl_find(doctor, CTL_FAULT, "plugin",
			 "install the plugin again", "%s", err.text);
		return;
	}
	ctl_slurm_version_text(version, own);
	ctl_slurm_version_text(slurmctld, its);
	if (memcmp(type, "sched/scale", sizeof(type)))
		ctl_find(doctor, CTL_FAULT, "plugin",
			 "install the plugin again",
			 "%s: its plugin_type is not sched/scale", path);
	else if (slurmctld && (version & 0xffffff) != slurmctld)
		ctl_find(doctor, CTL_FAULT, "version",
			 "build the plugin against the running Slurm's source "
			 "(tools/slurm-source); until then keep the former "
			 "SchedulerType",
			 "%s is for Slurm %s, slurmctld is %s: it would not "
			 "start", path, own, its);
	else
		ctl_find(doctor, CTL_FINE, "version", NULL,
			 "%s is for Slurm %s", path, own);
}

static void check_plugin(ctl_doctor_t *doctor, uint32_t slurmctld)
{
	char *dirs = plugin_dirs(doctor);
	char *path = dirs ? search_dirs(dirs) : NULL;
	scale_err_t err;

	if (!path) {
		ctl_find(doctor, doctor->active ? CTL_FAULT : CTL_WARNING,
			 "plugin",
			 "make install, or add its directory to PluginDir",
			 "no " PLUGIN_FILE " in %s%s", dirs ? dirs : "",
			 doctor->active ? ": slurmctld will not start" : "");
	} else {
		check_version(doctor, path, slurmctld);
		if (scale_trusted_file(path, doctor->slurm_uid, &err) < 0)
			ctl_find(doctor, CTL_FAULT, "permission", NULL, "%s",
				 err.text);
	}
	free(path);
	free(dirs);
}

void ctl_check_slurm(ctl_doctor_t *doctor)
{
	if (check_conf(doctor)) {
		check_user(doctor);
		check_scheduler(doctor);
		check_defer(doctor);
	}
	check_plugin(doctor, check_slurmctld(doctor));
}
