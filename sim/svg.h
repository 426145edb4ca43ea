/*
 * svg.h - what our pictures share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SIM_SVG_H
#define SIM_SVG_H

#include <stdio.h>

/* text between tags: markup escaped, control bytes as '?' */
void sim_svg_text(FILE *out, const char *text);

#endif
