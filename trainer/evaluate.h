/*
 * evaluate.h - greedy decisions on held-out episodes
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_EVALUATE_H
#define TRAIN_EVALUATE_H

#include "../model/feature_stats.h"
#include "train_config.h"

/* One cluster size and load, over its episodes. */
typedef struct train_eval_row {
	const train_case_t *c;
	int64_t nodes;
	double load;		/* offered, rho */
	double response;	/* s, mean of the episodes' means */
	double deviation;	/* s, standard deviation over the episodes */
	double unfinished;	/* primitives, all episodes */
} train_eval_row_t;

/*
 * Results.  The response time of an episode is the summed time in the system
 * over the number of primitives, those that never finish included, up to the
 * end: a policy that starves work does not look better for it.
 */
typedef struct train_eval {
	size_t rows;
	train_eval_row_t *row;	/* [rows] */
	double response;	/* s, geometric mean over the rows */
	scale_feature_sums_t features;	/* of all decisions */
} train_eval_t;

/* RET 0 with *eval to be freed, or -1 */
int train_evaluate(const train_config_t *config, const scale_net_t *net,
		   size_t threads, train_eval_t *eval, scale_err_t *err);
void train_eval_fini(train_eval_t *eval);

#endif
