/*
 * weights.c - an order and a placement that were tuned together
 *
 * Found by a forerunner of algorithm es; docs/learning.md.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "weights.h"

const scale_weights_t scale_weights_primitive = {
	.order = { -0.099, -0.201, 0.016, 1.708, -0.143, 0.492, 0.696 },
	.place = { 2.798, 0.343, -0.269, -0.965, -0.025, 0.179, 0.338 },
};

const scale_weights_t scale_weights_workflow = {
	.order = { 0.812, -0.884, 0.026, 0.520, -0.955, 0.493, 0.354 },
	.place = { 2.454, 0.357, 0.391, -0.707, -0.591, 0.415, 0.790 },
};
