/*
 * ctl_history.c - scale-ctl history
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "ctl_site.h"
#include "state_file.h"

static const char *user_name(uint32_t uid, char text[16])
{
	const struct passwd *pw;

	if (uid == SCALE_HISTORY_CLASS)
		return "(class)";
	pw = getpwuid(uid);
	if (pw && strlen(pw->pw_name) < 16)
		return strcpy(text, pw->pw_name);
	snprintf(text, 16, "%u", uid);
	return text;
}

static bool wanted(const ctl_t *ctl, const scale_history_entry_t *e)
{
	return ctl->user < 0 || e->uid == (uint32_t) ctl->user;
}

static double ratio_of(const scale_state_t *state)
{
	return state->ratio.count ? scale_estimate_value(&state->ratio)
				  : SCALE_HISTORY_RATIO;
}

static int print_text(const ctl_t *ctl, const scale_state_t *state)
{
	char name[16];

	printf("%-12s %-32s %7s %12s %8s %10s\n", "user", "job name", "seen",
	       "GFLOP", "spread", "output GB");
	for (size_t i = state->entry_count; i > 0; i--) {
		const scale_history_entry_t *e = &state->entry[i - 1];

		if (!wanted(ctl, e))
			continue;
		printf("%-12s %-32s %7llu %12.4g x%-7.3g ",
		       user_name(e->uid, name), e->name,
		       (unsigned long long) e->gflop.count,
		       scale_estimate_value(&e->gflop), exp(e->gflop.spread));
		if (e->out_gb.count)
			printf("%10.4g\n", scale_estimate_value(&e->out_gb));
		else
			printf("%10s\n", "-");
	}
	printf("elapsed / time limit: %.3g, from %llu jobs\n", ratio_of(state),
	       (unsigned long long) state->ratio.count);
	return scale_cli_flush();
}

static int print_json(const ctl_t *ctl, const scale_state_t *state)
{
	json_t *list = json_array();

	for (size_t i = state->entry_count; i > 0; i--) {
		const scale_history_entry_t *e = &state->entry[i - 1];
		bool class = e->uid == SCALE_HISTORY_CLASS;

		if (!wanted(ctl, e))
			continue;
		json_array_append_new(list, json_pack(
			"{s:s, s:o, s:I, s:o, s:o, s:o}", "name", e->name,
			"uid", class ? json_null() : json_integer(e->uid),
			"count", (json_int_t) e->gflop.count,
			"gflop", ctl_real(scale_estimate_value(&e->gflop)),
			"spread", ctl_real(e->gflop.spread),
			"out_gb", e->out_gb.count
				? ctl_real(scale_estimate_value(&e->out_gb))
				: json_null()));
	}
	return scale_cli_print_json(
		json_pack("{s:o, s:o, s:I, s:o}", "saved",
			  ctl_real(state->saved), "ratio",
			  ctl_real(ratio_of(state)), "ratio_count",
			  (json_int_t) state->ratio.count, "history", list),
		CTL_JSON);
}

/* --state, else StateSaveLocation, else Slurm's default; allocated. */
static char *state_dir(const ctl_t *ctl, scale_err_t *err)
{
	char *dir;

	if (ctl->state)
		return strdup(ctl->state);
	dir = ctl_conf_value(ctl->slurm_conf, "StateSaveLocation", err);
	return dir || errno != ENOENT || *err->text ? dir
						    : strdup("/var/spool");
}

int ctl_history(const ctl_t *ctl)
{
	scale_state_t state = { 0 };
	scale_err_t err = { "" };
	char *dir = state_dir(ctl, &err);
	int rc;

	if (!dir)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	rc = scale_state_read(dir, &state, &err);
	free(dir);
	if (rc < 0)
		return scale_cli_fail(SCALE_EXIT_INPUT, "%s", err.text);
	if (rc > 0)
		scale_cli_fail(0, "%s; showing the older file", err.text);
	rc = ctl->json ? print_json(ctl, &state) : print_text(ctl, &state);
	scale_state_free(&state);
	return rc;
}
