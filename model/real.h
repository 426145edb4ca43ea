/*
 * real.h - the number type of the network
 *
 * Products use float.  The gradient tests build the same sources with
 * -DSCALE_REAL_DOUBLE, so that central differences have room.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_REAL_H
#define SCALE_REAL_H

#ifdef SCALE_REAL_DOUBLE
typedef double real_t;
#else
typedef float real_t;
#endif

#endif
