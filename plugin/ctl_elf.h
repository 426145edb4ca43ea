/*
 * ctl_elf.h - data of a shared object, without loading it
 *
 * To load a plugin is to run its constructors and to need slurmctld's
 * symbols.  glibc's <elf.h> has the format; libelf would be one more package
 * on every controller for one symbol of our own file.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_ELF_H
#define CTL_ELF_H

#include <stddef.h>

#include "model/err.h"

/*
 * Copy the first size bytes of a global data object of a shared object of this
 * machine's kind.
 * RET 0; -1 with EINVAL (not such a file, or damaged), ENOENT (no such symbol),
 * ERANGE (the symbol is smaller) or what scale_file_read() sets
 */
int ctl_elf_data(const char *path, const char *symbol, void *out, size_t size,
		 scale_err_t *err);

#endif
