/*
 * last_good.h - the settings that served last
 *
 * Copies of scale.yaml and its model in StateSaveLocation.  From Slurm 23.11
 * "scontrol reconfigure" starts a new slurmctld; where it finds bad settings
 * it goes on with these, as an older one goes on with those in its memory.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_LAST_GOOD_H
#define SCALE_LAST_GOOD_H

#include "brain.h"

#define SCALE_LAST_CONF "scale_last.yaml"
#define SCALE_LAST_MODEL "scale_last.safetensors"

/* Replace the copy in dir; scale_letter_write_f.  May block. */
int scale_last_good_write_conf(const char *dir, const char *text, size_t size,
			       scale_err_t *err);
int scale_last_good_write_model(const char *dir, const char *text,
				size_t size, scale_err_t *err);

/* RET NULL as scale_brain_load(); ENOENT where nothing was kept */
scale_brain_t *scale_last_good_load(const char *dir, uid_t owner,
				    scale_err_t *err);

#endif
