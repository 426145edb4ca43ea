/*
 * text.h - short names from users, made safe
 *
 * Job names, workflow names and the like end up in logs, JSON and metrics.
 * Any thread may call; nothing here blocks or allocates.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_TEXT_H
#define SCALE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copy src (NULL reads as "") into dst, cut before a character that does not
 * fit into size bytes with the final 0.  Control characters, those that
 * change the direction of writing, and bytes that are not UTF-8 become '?'.  Looks at no more than size bytes of src.
 */
void scale_text_copy(char *dst, size_t size, const char *src);

/* The same on every machine and in every release: state and canary depend on
 * it. */
uint64_t scale_text_hash(uint64_t seed, const char *text);

#endif
