/*
 * soft_actor.c - losses of the discrete soft actor-critic
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>

#include "soft_actor.h"
#include "workspace.h"

/* Value and entropy of state b. */
static double soft_value(const scale_batch_t *batch, size_t b,
			 const real_t *log_prob, const real_t *q, double alpha,
			 double *entropy)
{
	double value = 0.0;

	*entropy = 0.0;
	for (size_t j = batch->first[b]; j < batch->first[b + 1]; j++) {
		double p;

		if (!(log_prob[j] > -INFINITY))
			continue;
		p = exp((double) log_prob[j]);
		value += p * q[j];
		*entropy -= p * log_prob[j];
	}
	return value + alpha * *entropy;
}

void scale_soft_value(const scale_batch_t *batch, const real_t *log_prob,
		      const real_t *q, double alpha, real_t *value)
{
	double entropy;

	for (size_t b = 0; b < batch->states; b++)
		value[b] = (real_t) soft_value(batch, b, log_prob, q, alpha,
					       &entropy);
}

/*
 * With g_j = alpha log pi_j - Q_j, whose mean under pi is -V:
 * dL/dlogit_j = pi_j (g_j + V) / B; what alpha log pi adds by itself sums to
 * zero.
 */
static void state_gradient(const scale_batch_t *batch, scale_workspace_t *ws,
			   size_t b, const real_t *q, double alpha,
			   double value)
{
	double per_state = 1.0 / (double) batch->states;

	for (size_t j = batch->first[b]; j < batch->first[b + 1]; j++) {
		double log_prob = ws->log_prob[j];

		ws->dlogit[j] = 0;
		if (log_prob > -INFINITY)
			ws->dlogit[j] = (real_t) (exp(log_prob) * per_state *
						  (alpha * log_prob - q[j] +
						   value));
	}
}

int scale_soft_actor_gradient(const scale_net_t *net,
			      const scale_batch_t *batch, const real_t *q,
			      double alpha, scale_workspace_t *ws,
			      scale_actor_loss_t *loss, real_t *dparams,
			      scale_err_t *err)
{
	scale_actor_loss_t sum = { 0 };

	if (scale_forward(net, batch, ws, err) < 0)
		return -1;
	for (size_t b = 0; b < batch->states; b++) {
		double entropy, value = soft_value(batch, b, ws->log_prob, q,
						   alpha, &entropy);

		sum.loss -= value;
		sum.entropy += entropy;
		state_gradient(batch, ws, b, q, alpha, value);
	}
	sum.loss /= (double) batch->states;
	sum.entropy /= (double) batch->states;
	if (!isfinite(sum.loss))
		return scale_err_set(err, EDOM, "the loss is not finite");
	*loss = sum;
	if (dparams)
		scale_backward(net, batch, ws, ws->dlogit, NULL, NULL,
			       dparams);
	return 0;
}

double scale_soft_most_entropy(const scale_batch_t *batch)
{
	double sum = 0.0;

	for (size_t b = 0; b < batch->states; b++) {
		double m = 0.0;

		for (size_t j = batch->first[b]; j < batch->first[b + 1]; j++)
			m += !batch->allowed || batch->allowed[j];
		sum += log(m);
	}
	return sum / (double) batch->states;
}
