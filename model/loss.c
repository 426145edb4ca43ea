/*
 * loss.c - eq. (5): PPO's clipped surrogate, value, entropy, and SRR
 *
 * Algorithm 1, lines 23 to 30.  Advantages are normalised with the deviation
 * over B - 1 and 1e-8 added to it; a batch of one then has advantage 0.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "workspace.h"

static int check_targets(const scale_batch_t *batch,
			 const scale_targets_t *targets,
			 const scale_loss_config_t *config, scale_err_t *err)
{
	for (size_t b = 0; b < batch->states; b++) {
		size_t n = batch->first[b + 1] - batch->first[b];
		size_t action = targets->action[b];

		if (action >= n)
			return scale_err_set(err, EINVAL, "state %zu: action "
					     "%zu of %zu servers", b, action,
					     n);
		if (batch->allowed &&
		    !batch->allowed[batch->first[b] + action])
			return scale_err_set(err, EINVAL, "state %zu: action "
					     "%zu is not allowed", b, action);
	}
	if (config->srr_weight != 0.0 && batch->states < 2)
		return scale_err_set(err, EINVAL, "SRR needs at least two "
				     "states in a batch");
	return 0;
}

static void prepare_advantages(const real_t *from, size_t states,
			       int normalize, real_t *advantage)
{
	double mean = 0.0, square = 0.0, scale;

	memcpy(advantage, from, states * sizeof(*advantage));
	if (!normalize)
		return;
	for (size_t b = 0; b < states; b++)
		mean += from[b];
	mean /= (double) states;
	for (size_t b = 0; b < states; b++)
		square += (from[b] - mean) * (from[b] - mean);
	scale = states > 1 ? sqrt(square / (double) (states - 1)) : 0.0;
	for (size_t b = 0; b < states; b++)
		advantage[b] = (real_t) ((from[b] - mean) / (scale + 1e-8));
}

/* Entropy of one state, nats. */
static double entropy_of(size_t n, const real_t *log_prob)
{
	double sum = 0.0;

	for (size_t j = 0; j < n; j++)
		if (log_prob[j] > -INFINITY)
			sum -= exp((double) log_prob[j]) * log_prob[j];
	return sum;
}

/*
 * dL/dlogit_j = g_a ([j = action] - pi_j) + g_h pi_j (log pi_j + H)
 * with g_a = dL/dlog pi(action) and g_h = c2 / B.
 */
static void logit_gradient(size_t n, const real_t *log_prob, size_t action,
			   double g_action, double g_entropy, double entropy,
			   real_t *dlogit)
{
	for (size_t j = 0; j < n; j++) {
		double p;

		dlogit[j] = 0;
		if (!(log_prob[j] > -INFINITY))
			continue;
		p = exp((double) log_prob[j]);
		dlogit[j] = (real_t) (p * (g_entropy * (log_prob[j] + entropy)
					   - g_action));
	}
	dlogit[action] += (real_t) g_action;
}

/* Terms and gradient of state b; loss holds sums over states. */
static void state_loss(const scale_batch_t *batch,
		       const scale_targets_t *targets,
		       const scale_loss_config_t *config,
		       scale_workspace_t *ws, size_t b, scale_loss_t *loss)
{
	size_t first = batch->first[b], n = batch->first[b + 1] - first;
	const real_t *log_prob = ws->log_prob + first;
	double per_state = 1.0 / (double) batch->states;
	double advantage = ws->advantage[b];
	double log_ratio = (double) log_prob[targets->action[b]] -
			   targets->old_log_prob[b];
	double ratio = exp(log_ratio);
	double bounded = fmin(fmax(ratio, 1.0 - config->clip),
			      1.0 + config->clip);
	double entropy = entropy_of(n, log_prob);
	double miss = (double) ws->value[b] - targets->ret[b];
	int free_side = ratio * advantage <= bounded * advantage;

	loss->clip -= free_side ? ratio * advantage : bounded * advantage;
	loss->value += miss * miss;
	loss->entropy += entropy;
	loss->approx_kl += ratio - 1.0 - log_ratio;
	loss->clip_fraction += fabs(ratio - 1.0) > config->clip;
	logit_gradient(n, log_prob, targets->action[b],
		       free_side ? -per_state * ratio * advantage : 0.0,
		       config->c2 * per_state, entropy, ws->dlogit + first);
	ws->dvalue[b] = (real_t) (config->c1 * per_state * 2.0 * miss);
}

static int srr_loss(const scale_loss_config_t *config, size_t states,
		    scale_workspace_t *ws, scale_loss_t *loss,
		    scale_err_t *err)
{
	double weight = config->srr_weight;
	size_t d = ws->dims.d_model;
	int rc;

	memset(ws->dfeature, 0, states * d * sizeof(*ws->dfeature));
	rc = scale_srr_with(scale_workspace_features(ws), states, d,
			    config->srr_form, weight * config->lambda1,
			    weight * config->lambda2, &loss->decorrelation,
			    &loss->kl, weight != 0.0 ? ws->dfeature : NULL,
			    ws->srr, weight != 0.0 ? err : NULL);
	return weight != 0.0 ? rc : 0;
}

int scale_loss_gradient(const scale_net_t *net, const scale_batch_t *batch,
			const scale_targets_t *targets,
			const scale_loss_config_t *config,
			scale_workspace_t *ws, scale_loss_t *loss,
			real_t *dparams, scale_err_t *err)
{
	double per_state = 1.0 / (double) batch->states;
	scale_loss_t sum = { 0 };

	if (scale_forward(net, batch, ws, err) < 0 ||
	    check_targets(batch, targets, config, err) < 0)
		return -1;
	prepare_advantages(targets->advantage, batch->states,
			   config->normalize_advantages, ws->advantage);
	for (size_t b = 0; b < batch->states; b++)
		state_loss(batch, targets, config, ws, b, &sum);
	sum.clip *= per_state;
	sum.value *= per_state;
	sum.entropy *= per_state;
	sum.approx_kl *= per_state;
	sum.clip_fraction *= per_state;
	if (srr_loss(config, batch->states, ws, &sum, err) < 0)
		return -1;
	sum.total = sum.clip + config->c1 * sum.value -
		    config->c2 * sum.entropy +
		    config->srr_weight * (config->lambda1 * sum.decorrelation +
					  config->lambda2 * sum.kl);
	if (!isfinite(sum.total))
		return scale_err_set(err, EDOM, "the loss is not finite");
	*loss = sum;
	if (dparams)
		scale_backward(net, batch, ws, ws->dlogit, ws->dvalue,
			       config->srr_weight != 0.0 ? ws->dfeature : NULL,
			       dparams);
	return 0;
}
