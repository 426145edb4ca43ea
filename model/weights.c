/*
 * weights.c - an order and a placement that were tuned together
 *
 * The last lines of tests/bench/tune-primitive.csv and tune-workflow.csv.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "weights.h"

const scale_weights_t scale_weights_primitive = {
	.order = { 0.010, -0.372, -0.422, 2.529, 0.340, 0.070 },
	.place = { 2.487, 0.416, -0.398, -0.797, 0.137, 0.345, 0.342 },
};

const scale_weights_t scale_weights_workflow = {
	.order = { 0.623, -0.852, 0.036, 0.439, -1.063, -0.017 },
	.place = { 2.264, 0.466, 0.180, -0.344, -0.594, 0.749, 0.500 },
};
