/*
 * ctl_doctor.c - scale-ctl doctor: run the checks, print what to change
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl_doctor.h"
#include "ctl_site.h"
#include "paths.h"
#include "state_file.h"

static const char *const level_name[CTL_LEVELS] = {
	[CTL_FINE] = "ok",
	[CTL_NOTE] = "note",
	[CTL_WARNING] = "warning",
	[CTL_FAULT] = "fault",
};

void ctl_find(ctl_doctor_t *doctor, ctl_level_t level, const char *check,
	      const char *fix, const char *fmt, ...)
{
	ctl_finding_t *f;
	va_list ap;

	if (doctor->count == CTL_FINDINGS_MAX)
		return;
	f = &doctor->finding[doctor->count++];
	f->level = level;
	f->check = check;
	snprintf(f->fix, sizeof(f->fix), "%s", fix ? fix : "");
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void check_log_dir(ctl_doctor_t *doctor)
{
	char *dir = strdup(doctor->ctl->log);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	struct stat st;

	if (slash && slash != dir) {
		*slash = '\0';
		if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
			ctl_find(doctor, CTL_WARNING, "log",
				 "make it, owned by SlurmUser",
				 "%s: no such directory: decisions cannot be "
				 "logged", dir);
		else if (doctor->slurm_uid != 0 &&
			 st.st_uid != doctor->slurm_uid)
			ctl_find(doctor, CTL_NOTE, "log", NULL,
				 "%s belongs to user %u, not to SlurmUser: "
				 "can it write there?", dir,
				 (unsigned) st.st_uid);
		else
			ctl_find(doctor, CTL_FINE, "log", NULL,
				 "decisions are logged to %s",
				 doctor->ctl->log);
	}
	free(dir);
}

static char *state_dir(const ctl_doctor_t *doctor)
{
	scale_err_t err;

	return doctor->ctl->state ? strdup(doctor->ctl->state)
		: ctl_conf_value(doctor->ctl->slurm_conf, "StateSaveLocation",
				 &err);
}

static void check_state(ctl_doctor_t *doctor)
{
	char *dir = state_dir(doctor);
	scale_state_t state = { 0 };
	scale_err_t err = { "" };
	int rc;

	if (!dir) {
		ctl_find(doctor, CTL_NOTE, "state", NULL,
			 "StateSaveLocation is not known; not checked");
		return;
	}
	rc = scale_state_read(dir, &state, &err);
	if (rc == 0)
		ctl_find(doctor, CTL_FINE, "state", NULL,
			 "%s/%s: %zu stages, %zu names in the history", dir,
			 SCALE_STATE_NAME, state.stage_count,
			 state.entry_count);
	else if (rc < 0 && errno == ENOENT)
		ctl_find(doctor, CTL_NOTE, "state", NULL,
			 "%s: no state file yet", dir);
	else
		ctl_find(doctor, CTL_WARNING, "state",
			 "nothing: the plugin rebuilds it", "%s%s", err.text,
			 rc > 0 ? "; the older file is good" : "");
	scale_state_free(&state);
	free(dir);
}

void ctl_check_files(ctl_doctor_t *doctor)
{
	check_log_dir(doctor);
	check_state(doctor);
}

static ctl_level_t worst(const ctl_doctor_t *doctor)
{
	ctl_level_t level = CTL_FINE;

	for (size_t i = 0; i < doctor->count; i++)
		if (doctor->finding[i].level > level)
			level = doctor->finding[i].level;
	return level;
}

static int print_json(const ctl_doctor_t *doctor)
{
	json_t *list = json_array();

	for (size_t i = 0; i < doctor->count; i++) {
		const ctl_finding_t *f = &doctor->finding[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}",
			"check", f->check, "level", level_name[f->level],
			"text", f->text, "fix", f->fix));
	}
	return scale_cli_print_json(json_pack("{s:s, s:o}", "result",
					      level_name[worst(doctor)],
					      "findings", list),
				    CTL_JSON);
}

static int print_text(const ctl_doctor_t *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		const ctl_finding_t *f = &doctor->finding[i];

		printf("%-8s %-10s %s\n", level_name[f->level], f->check,
		       f->text);
		if (*f->fix)
			printf("%-8s %-10s -> %s\n", "", "", f->fix);
	}
	return scale_cli_flush();
}

int ctl_doctor(const ctl_t *ctl)
{
	ctl_doctor_t *doctor = calloc(1, sizeof(*doctor));
	bool fault;
	int rc;

	if (doctor)
		doctor->conf = ctl_conf_path(ctl);
	if (!doctor || !doctor->conf) {
		free(doctor);
		return scale_cli_fail(SCALE_EXIT_FAILURE, "out of memory");
	}
	doctor->ctl = ctl;
	ctl_check_slurm(doctor);
	ctl_check_site(doctor);
	ctl_check_files(doctor);
	rc = ctl->json ? print_json(doctor) : print_text(doctor);
	fault = worst(doctor) == CTL_FAULT;
	free(doctor->conf);
	free(doctor);
	return rc ? rc : fault ? SCALE_EXIT_CHECK : SCALE_EXIT_OK;
}
