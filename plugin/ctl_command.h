/*
 * ctl_command.h - run a program and keep what it prints
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "model/err.h"

/*
 * Run argv (found in PATH, then in the sbin directories), without a shell,
 * its standard error thrown away, for at most seconds.
 * OUT *out allocated text, of at most 64 MiB
 * RET exit status 0; -1 with ENOENT (no such program), ETIMEDOUT, EFBIG, or
 * EIO where it failed; err says which
 */
int ctl_command(const char *const argv[], unsigned seconds, char **out,
		scale_err_t *err);

#endif
