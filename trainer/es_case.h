/*
 * es_case.h - what the candidates of a generation are compared on
 *
 * A case is an episode: a cluster, a load, workflows, arrivals, failures and a
 * seed.  All candidates play the same cases.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRAIN_ES_CASE_H
#define TRAIN_ES_CASE_H

#include "../sim/episode.h"
#include "train_config.h"

typedef struct train_es_case {
	sim_config_t config;		/* its own lists */
	uint64_t seed;
} train_es_case_t;

/*
 * Draw the cases of an epoch from configuration's cases, one element each of
 * nodes and load, and in half of them one element of vary.  They follow from
 * seed and epoch.  An episode of n servers lasts env.duration (32/n)^0.6, so
 * that small and large clusters cost alike.
 * OUT list [config->es.cases], for train_es_cases_free()
 * RET 0, or -1 with ENOMEM or EINVAL
 */
int train_es_cases_draw(const train_config_t *config, int64_t epoch,
			train_es_case_t *list, scale_err_t *err);
void train_es_cases_free(train_es_case_t *list, size_t n);

/* Every element of vary in every case is sound.  RET 0, or -1 with EINVAL */
int train_es_cases_check(const train_config_t *config, scale_err_t *err);

/*
 * Play a case.
 * OUT *value: ln of the mean response, and config->es.tail times that of its
 *     99th percentile, of what config->es.objective says
 * RET 0; -1 with EDOM (nothing ended), or what sim_episode() says
 */
int train_es_play(const train_config_t *config, const train_es_case_t *c,
		  scale_policy_t *policy, double *value, scale_err_t *err);

#endif
