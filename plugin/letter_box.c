/*
 * letter_box.c - hand a text to the thread that writes files
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdlib.h>

#include "letter_box.h"

typedef struct scale_letter {
	size_t size;
	char *text;
} letter_t;

static void burn(letter_t *letter)
{
	if (!letter)
		return;
	free(letter->text);
	free(letter);
}

void scale_letter_box_put(scale_letter_box_t *box, char *text, size_t size)
{
	letter_t *letter = malloc(sizeof(*letter));

	if (!letter) {		/* the next one will do */
		free(text);
		return;
	}
	*letter = (letter_t) { .size = size, .text = text };
	burn(atomic_exchange(&box->letter, letter));
}

int scale_letter_box_flush(scale_letter_box_t *box, scale_letter_write_f write,
			   const char *dir, scale_err_t *err)
{
	letter_t *letter = atomic_exchange(&box->letter, NULL);
	letter_t *none = NULL;

	if (!letter)
		return 0;
	if (write(dir, letter->text, letter->size, err) < 0) {
		int saved = errno;

		if (!atomic_compare_exchange_strong(&box->letter, &none,
						    letter))
			burn(letter);
		errno = saved;
		return -1;
	}
	burn(letter);
	return 1;
}

void scale_letter_box_move(scale_letter_box_t *from, scale_letter_box_t *to)
{
	burn(atomic_exchange(&to->letter,
			     atomic_exchange(&from->letter, NULL)));
}

void scale_letter_box_empty(scale_letter_box_t *box)
{
	burn(atomic_exchange(&box->letter, NULL));
}
