/*
 * svg.c - what our pictures share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "svg.h"

void sim_svg_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			fputc((unsigned char) *text < 0x20 ? '?' : *text, out);
		}
	}
}
