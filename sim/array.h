/*
 * array.h - arrays that grow by doubling
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_ARRAY_H
#define SIM_ARRAY_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Capacity that holds want items, at least twice the present one. */
static inline size_t sim_array_room(size_t room, size_t want)
{
	size_t twice = room ? 2 * room : 16;

	return twice > want ? twice : want;
}

/* Resize the block behind *(T **) block to count items of size bytes.
 * RET 0, or -1 with ENOMEM; *block is then as it was. */
static inline int sim_array_resize(void *block, size_t count, size_t size)
{
	void *old, *grown;

	memcpy(&old, block, sizeof(old));
	grown = reallocarray(old, count, size);
	if (!grown)
		return -1;
	memcpy(block, &grown, sizeof(grown));
	return 0;
}

static inline int sim_array_reserve_bytes(void *block, size_t *room,
					  size_t want, size_t size)
{
	size_t grown;

	if (want <= *room)
		return 0;
	grown = sim_array_room(*room, want);
	if (sim_array_resize(block, grown, size))
		return -1;
	*room = grown;
	return 0;
}

/* Make *block (T *) hold want items, *room being its capacity.
 * RET 0, or -1 with ENOMEM. */
#define sim_array_reserve(block, room, want) \
	sim_array_reserve_bytes(block, room, want, sizeof(**(block)))

#endif
