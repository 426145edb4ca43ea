/*
 * es.c - evolution strategy: a prior's weights first, then its network's query
 *
 * An epoch is a generation of CMA-ES (cma.h).  Its candidates play the same
 * cases (es_case.h), and a candidate's value is the mean over them of
 * ln(T / T_ref) + tail ln(Q / Q_ref): mean T and 99th percentile Q of the
 * response, and those of hop+k-eft:8 on the same case.  No return, no
 * discount: what is minimised is what is measured.  For prior_epochs the
 * network is silent and the weights of order and placement move; then they
 * stay, and the query of the pointer moves away from zero, or from what init
 * says.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/layout.h"
#include "../model/weights.h"
#include "../sim/parallel.h"
#include "cma.h"
#include "es_case.h"
#include "method.h"

#define REFERENCE "k-eft:8"
#define LATE 0.05	/* share of the last mean in what is kept */

enum { STAGES = 2 };	/* the prior, the network */

/* What one stage moves, of the network's parameters. */
typedef struct stage {
	size_t offset, count;
	train_cma_t cma;
	double *mean;		/* [count] of late means: the cases are noise */
} stage_t;

typedef struct es {
	stage_t stage[STAGES];
	uint64_t episodes;
	train_es_case_t *cases;
	double *x;		/* [candidates][count] */
	double *log_t;		/* [candidates + 1][cases] */
	double *value;		/* [candidates] */
	scale_model_t **model;	/* [candidates] */
} es_t;

/* By hand, from first trials: a little of everything that helped alone. */
static const scale_weights_t start[] = {
	[TRAIN_PRIMITIVE] = {
		.order = { 0.0, -0.3, -0.2, 2.3, 0.0, 0.1, 0.1 },
		.place = { 2.5, 0.4, -0.4, -0.7, 0.0, 0.4, 0.4 },
	},
	[TRAIN_WORKFLOW] = {
		.order = { 0.8, -0.8, 0.0, 0.2, -0.9, 0.1, 0.1 },
		.place = { 2.4, 0.5, 0.3, -0.4, -0.5, 0.6, 0.6 },
	},
};

_Static_assert(sizeof(scale_weights_t) ==
	       (SCALE_ORDER_WEIGHTS + SCALE_PLACE_WEIGHTS) * sizeof(double),
	       "weights are the prior's rows, one after the other");

static void set_params(const stage_t *stage, const double *x, scale_net_t *net)
{
	for (size_t i = 0; i < stage->count; i++)
		net->params[stage->offset + i] = (real_t) x[i];
}

static int stage_init(stage_t *stage, const scale_net_t *net, size_t row,
		      size_t rows, const double *mean, double sigma,
		      const train_config_t *config)
{
	stage->offset = net->tensor[row].offset;
	for (size_t k = 0; k < rows; k++)
		stage->count += net->tensor[row + k].count;
	stage->mean = calloc(stage->count, sizeof(*stage->mean));
	if (!stage->mean)
		return -1;
	for (size_t i = 0; i < stage->count; i++)
		stage->mean[i] = *config->init ?
			(double) net->params[stage->offset + i] :
			mean ? mean[i] : 0.0;
	return train_cma_init(&stage->cma, stage->count,
			      (size_t) config->es.candidates, stage->mean,
			      sigma, scale_hash_seed(config->seed, row));
}

static void destroy(void *self)
{
	es_t *es = self;

	if (!es)
		return;
	for (int k = 0; k < STAGES; k++) {
		train_cma_fini(&es->stage[k].cma);
		free(es->stage[k].mean);
	}
	free(es->cases);
	free(es->x);
	free(es->log_t);
	free(es->value);
	free(es->model);
	free(es);
}

static int make_room(es_t *es, const train_config_t *config)
{
	size_t candidates = (size_t) config->es.candidates;
	size_t cases = (size_t) config->es.cases, most = 0;

	for (int k = 0; k < STAGES; k++)
		if (es->stage[k].count > most)
			most = es->stage[k].count;
	es->cases = calloc(cases, sizeof(*es->cases));
	es->x = calloc(candidates * most, sizeof(*es->x));
	es->log_t = calloc((candidates + 1) * cases, sizeof(*es->log_t));
	es->value = calloc(candidates, sizeof(*es->value));
	es->model = calloc(candidates, sizeof(*es->model));
	return es->cases && es->x && es->log_t && es->value && es->model ?
		       0 : -1;
}

static void *create(const train_world_t *world, scale_err_t *err)
{
	const train_config_t *config = world->config;
	scale_net_t *net = world->net;
	es_t *es = calloc(1, sizeof(*es));

	if (!es ||
	    stage_init(&es->stage[0], net,
		       scale_prior_row(net, SCALE_PRIOR_ORDER),
		       SCALE_PRIOR_ROWS,
		       (const double *) &start[config->es.objective],
		       config->es.sigma, config) ||
	    stage_init(&es->stage[1], net,
		       scale_actor_row(net, SCALE_ACTOR_Q), 1, NULL,
		       config->es.network_sigma, config) ||
	    make_room(es, config)) {
		destroy(es);
		scale_err_set(err, ENOMEM, "no memory for an evolution");
		return NULL;
	}
	for (int k = 0; k < STAGES; k++)
		set_params(&es->stage[k], es->stage[k].mean, net);
	return es;
}

typedef struct generation {
	const es_t *es;
	const train_config_t *config;
	size_t candidates;
} generation_t;

/* Piece i: case i % cases of candidate i / cases, the last the reference. */
static int piece(void *arg, size_t i, scale_err_t *err)
{
	const generation_t *g = arg;
	size_t cases = (size_t) g->config->es.cases, who = i / cases;
	scale_policy_t *policy =
		who < g->candidates ?
			scale_policy_from_model(g->es->model[who], err) :
			scale_policy_create(REFERENCE, err);
	int rc = -1;

	if (policy)
		rc = train_es_play(g->config, &g->es->cases[i % cases], policy,
				   &g->es->log_t[i], err);
	scale_policy_destroy(policy);
	return rc;
}

static scale_model_t *make_model(const scale_net_t *net, const stage_t *stage,
				 const double *x, scale_err_t *err)
{
	scale_net_t *copy = scale_net_copy(net, err);
	scale_model_t *model = copy ? scale_model_create(copy, err) : NULL;

	if (!model) {
		scale_net_destroy(copy);
		return NULL;
	}
	set_params(stage, x, copy);
	return model;
}

/* Fill es->log_t. */
static int play(es_t *es, const train_world_t *world, const stage_t *stage,
		scale_err_t *err)
{
	size_t n = stage->cma.candidates;
	size_t cases = (size_t) world->config->es.cases;
	generation_t g = { es, world->config, n };
	int rc = 0;

	for (size_t c = 0; c < n && !rc; c++) {
		es->model[c] = make_model(world->net, stage,
					  es->x + c * stage->count, err);
		rc = es->model[c] ? 0 : -1;
	}
	if (!rc)
		rc = sim_parallel((n + 1) * cases, world->threads, piece, &g,
				  err);
	for (size_t c = 0; c < n; c++) {
		scale_model_destroy(es->model[c]);
		es->model[c] = NULL;
	}
	es->episodes += (n + 1) * cases;
	return rc;
}

/* Values of the candidates, relative to the reference.  RET their mean */
static double compare(es_t *es, size_t candidates, size_t cases)
{
	const double *reference = es->log_t + candidates * cases;
	double *value = es->value, sum = 0.0;

	for (size_t c = 0; c < candidates; c++) {
		value[c] = 0.0;
		for (size_t k = 0; k < cases; k++)
			value[c] += (es->log_t[c * cases + k] - reference[k]) /
				    (double) cases;
		sum += value[c];
	}
	return sum / (double) candidates;
}

static void learn(stage_t *stage, const double *value, scale_net_t *net)
{
	train_cma_update(&stage->cma, value);
	for (size_t i = 0; i < stage->count; i++)
		stage->mean[i] += (stage->cma.mean[i] - stage->mean[i]) *
				  fmax(LATE, 1.0 / stage->cma.generation);
	set_params(stage, stage->mean, net);
}

static int epoch(void *self, const train_world_t *world, int64_t number,
		 train_progress_t *row, scale_err_t *err)
{
	const train_config_t *config = world->config;
	es_t *es = self;
	stage_t *stage = &es->stage[number > config->es.prior_epochs];
	size_t cases = (size_t) config->es.cases;
	int rc;

	if (train_es_cases_draw(config, number, es->cases, err))
		return -1;
	train_cma_sample(&stage->cma, es->x);
	rc = play(es, world, stage, err);
	train_es_cases_free(es->cases, cases);
	if (rc)
		return -1;
	row->loss = compare(es, stage->cma.candidates, cases);
	learn(stage, es->value, world->net);
	row->lr = stage->cma.sigma;
	row->env_steps = (int64_t) es->episodes;
	return 0;
}

static int parts(void *self, train_part_f part, void *arg)
{
	es_t *es = self;

	for (int k = 0; k < STAGES; k++)
		if (train_cma_parts(&es->stage[k].cma, part, arg) ||
		    part(arg, es->stage[k].mean,
			 es->stage[k].count * sizeof(double)))
			return -1;
	return part(arg, &es->episodes, sizeof(es->episodes));
}

const train_method_t train_method_es = { create, destroy, epoch, parts };
