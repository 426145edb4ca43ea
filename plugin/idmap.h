/*
 * idmap.h - records found by a 32-bit id
 *
 * Open addressing with linear probing; ids 0 and above all allowed.  The map
 * owns nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_IDMAP_H
#define SCALE_IDMAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct scale_idmap {
	struct scale_idmap_slot {
		uint32_t id;
		void *value;		/* NULL: free */
	} *slot;
	size_t size;			/* power of two, or 0 */
	size_t count;
} scale_idmap_t;

void *scale_idmap_get(const scale_idmap_t *map, uint32_t id);
/* Replaces.  RET 0, or -1 with ENOMEM; value must not be NULL. */
int scale_idmap_put(scale_idmap_t *map, uint32_t id, void *value);
void scale_idmap_remove(scale_idmap_t *map, uint32_t id);
void scale_idmap_free(scale_idmap_t *map);	/* the values stay */

#endif
