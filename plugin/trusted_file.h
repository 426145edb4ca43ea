/*
 * trusted_file.h - may what this file says be believed?
 *
 * A model or configuration that anybody but root and SlurmUser can change
 * would let them steer slurmctld.  Called by the agent's thread when it
 * (re)loads, outside Slurm's locks, and by scale-ctl doctor.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_TRUSTED_FILE_H
#define SCALE_TRUSTED_FILE_H

#include <sys/types.h>

#include "model/err.h"

/*
 * The file behind path and every directory on the way to it belong to root or
 * uid and can be written by nobody else; a directory that others may write is
 * fine where it is sticky, as /tmp.
 * RET 0; -1 with EACCES (err names what to chmod or chown) or the errno of
 * stat()
 */
int scale_trusted_file(const char *path, uid_t uid, scale_err_t *err);

/* Read it, at most limit bytes, as scale_file_read(): what was inspected is
 * what is read, whatever others do to the path meanwhile. */
int scale_trusted_read(const char *path, uid_t uid, size_t limit, char **data,
		       size_t *size, scale_err_t *err);

#endif
