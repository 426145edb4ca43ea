/*
 * feat_relative.h - the input of a network with a prior: schema "scale/2"
 *
 * Everything is relative to what there is: to the fastest server, to the
 * primitive's own time on it, to the placement that the prior likes best.  So
 * neither the size of a cluster, nor its units, nor its speed is in them, but
 * by one number for each that is meant to be.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_FEAT_RELATIVE_H
#define SCALE_FEAT_RELATIVE_H

#include "feat.h"

#define SCALE_RELATIVE_SCHEMA "scale/2"

enum {
	SCALE_RELATIVE_TASK_FEATURES = 9,
	SCALE_RELATIVE_SERVER_FEATURES = 7,
};

/* What is known of servers c and primitive t before the network is asked. */
typedef struct scale_relative {
	const scale_cluster_t *c;
	const scale_task_t *t;
	double gflops_max, mem_max_gb;	/* of the servers that there are */
	const double *wait;		/* [n] s until one is free, with what is
					   reserved; may be infinite */
	const double *log_cost;		/* [n] ln of the prior's cost; likewise */
} scale_relative_t;

/*
 * phi [SCALE_RELATIVE_TASK_FEATURES], with tau = c / C_max, the primitive's
 * time on the fastest server:
 * ln(1 + tau), m / M_max, ln(1 + successors), ln(unfinished primitives of the
 * workflow), its completed share, ln(N / 32), the share of servers that are
 * idle, ln(1 + transfer / tau), the mean over servers of ln(1 + wait / tau).
 *
 * psi, feature-major: psi[f * ld + j] for server j, ld >= n:
 * ln(C_j / C_max), ln(M_j / M_max), 1 if idle, ln(1 + wait_j / tau),
 * ln(1 + delay_j / tau), ln of the prior's cost over the least of those that
 * fit, 1 if it fits.  Logarithms of what may be infinite end at 12.
 */
void scale_relative_features(const scale_relative_t *r, float *phi, float *psi,
			     size_t ld);

#endif
