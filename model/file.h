/*
 * file.h - whole files: bounded reads, atomic writes, checksums
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_FILE_H
#define SCALE_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "err.h"

/*
 * Read a whole regular file of at most limit bytes.
 * OUT *data allocated, a 0 byte after its end; *size
 * RET 0, or -1 with EFBIG, EINVAL or EISDIR (not a regular file), EBUSY (it
 * changed meanwhile), ENOMEM or the errno of the call that failed; never
 * blocks on a FIFO or device
 */
int scale_file_read(const char *path, size_t limit, char **data,
		    size_t *size, scale_err_t *err);

/* The same of an open file, which stays open; path is for messages. */
int scale_file_read_fd(int fd, const char *path, size_t limit, char **data,
		       size_t *size, scale_err_t *err);

/*
 * Replace path: PATH.tmp.PID beside it, write, fsync, rename, fsync of the
 * directory.  A symbolic link of ours or root's stays and points to the new
 * file, anybody else's is replaced; an existing file's permissions stay, but
 * others cannot write it where it was not ours; devices and directories are
 * refused.  One writer of a path in a process at a time.
 * RET 0, or -1; then path is what it was (unless only the sync of its
 * directory failed, which err says) and no temporary file is left.
 */
int scale_file_write(const char *path, const void *data, size_t size,
		     scale_err_t *err);

/* The same, readable by its owner alone (0600), also where it was there. */
int scale_file_write_private(const char *path, const void *data, size_t size,
			     scale_err_t *err);

/* SHA-256 of data as 64 hex digits and a 0 byte. */
void scale_sha256_hex(const void *data, size_t size, char hex[65]);

#endif
