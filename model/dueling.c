/*
 * dueling.c - action values from the two heads of a network
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>

#include "dueling.h"
#include "workspace.h"

static int allowed(const scale_batch_t *batch, size_t j)
{
	return !batch->allowed || batch->allowed[j];
}

/* Mean advantage of state b over its allowed servers; *m is their number. */
static double mean_advantage(const scale_batch_t *batch,
			     const scale_workspace_t *ws, size_t b, double *m)
{
	double sum = 0.0, count = 0.0;

	for (size_t j = batch->first[b]; j < batch->first[b + 1]; j++)
		if (allowed(batch, j)) {
			sum += ws->logit[j];
			count += 1.0;
		}
	*m = count;
	return sum / count;
}

void scale_dueling(const scale_batch_t *batch, const scale_workspace_t *ws,
		   real_t *q)
{
	for (size_t b = 0; b < batch->states; b++) {
		double m, mean = mean_advantage(batch, ws, b, &m);

		for (size_t j = batch->first[b]; j < batch->first[b + 1]; j++)
			q[j] = allowed(batch, j) ?
				       (real_t) (ws->value[b] + ws->logit[j] -
						 mean) :
				       0;
	}
}

void scale_dueling_best(const scale_batch_t *batch, const real_t *q,
			real_t *best)
{
	for (size_t b = 0; b < batch->states; b++) {
		best[b] = -INFINITY;
		for (size_t j = batch->first[b]; j < batch->first[b + 1]; j++)
			if (allowed(batch, j) && !(q[j] <= best[b]))
				best[b] = q[j];
	}
}

static int check_actions(const scale_batch_t *batch, const size_t *action,
			 scale_err_t *err)
{
	for (size_t b = 0; b < batch->states; b++) {
		size_t n = batch->first[b + 1] - batch->first[b];

		if (action[b] >= n || !allowed(batch, batch->first[b] +
							      action[b]))
			return scale_err_set(err, EINVAL, "state %zu: action "
					     "%zu is not possible", b,
					     action[b]);
	}
	return 0;
}

/* dQ/dA_j = [j = a] - 1/m, dQ/dV = 1, times g = dL/dQ. */
static void state_gradient(const scale_batch_t *batch, scale_workspace_t *ws,
			   size_t b, size_t action, double m, double g)
{
	size_t first = batch->first[b];

	for (size_t j = first; j < batch->first[b + 1]; j++)
		ws->dlogit[j] = allowed(batch, j) ? (real_t) (-g / m) : 0;
	ws->dlogit[first + action] += (real_t) g;
	ws->dvalue[b] = (real_t) g;
}

int scale_q_gradient(const scale_net_t *net, const scale_batch_t *batch,
		     const size_t *action, const real_t *y,
		     scale_workspace_t *ws, scale_q_loss_t *loss,
		     real_t *dparams, scale_err_t *err)
{
	double per_state = 1.0 / (double) batch->states;
	scale_q_loss_t sum = { 0 };

	if (scale_forward(net, batch, ws, err) < 0 ||
	    check_actions(batch, action, err) < 0)
		return -1;
	for (size_t b = 0; b < batch->states; b++) {
		double m, mean = mean_advantage(batch, ws, b, &m);
		double q = ws->value[b] +
			   ws->logit[batch->first[b] + action[b]] - mean;
		double miss = q - y[b], size = fabs(miss);

		sum.q += q;
		sum.loss += size <= 1.0 ? 0.5 * miss * miss : size - 0.5;
		state_gradient(batch, ws, b, action[b], m,
			       fmax(-1.0, fmin(1.0, miss)) * per_state);
	}
	sum.loss *= per_state;
	sum.q *= per_state;
	if (!isfinite(sum.loss))
		return scale_err_set(err, EDOM, "the loss is not finite");
	*loss = sum;
	if (dparams)
		scale_backward(net, batch, ws, ws->dlogit, ws->dvalue, NULL,
			       dparams);
	return 0;
}
