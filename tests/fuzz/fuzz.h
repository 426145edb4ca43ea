/*
 * fuzz.h - what the fuzz targets share; see README.md
 *
 * A target is one function, called by libFuzzer (--enable-fuzzing) with what
 * it invents, by replay.c (make check, any compiler) with the files of
 * corpus/TARGET.  It must neither crash nor leak, whatever the bytes.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * For readers that take a path: a file in memory that holds the bytes.
 * RET its path, valid until the next call; the process ends where none can
 * be made
 */
const char *fuzz_file(const uint8_t *data, size_t size);

/* The bytes and a final 0, allocated. */
char *fuzz_text(const uint8_t *data, size_t size);

/* End the process, with text, where what must hold does not. */
void fuzz_assert(int holds, const char *text);

#endif
