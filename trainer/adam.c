/*
 * adam.c - the optimiser
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "adam.h"

train_adam_t *train_adam_create(size_t count, scale_err_t *err)
{
	train_adam_t *adam = calloc(1, sizeof(*adam));

	if (adam) {
		adam->count = count;
		adam->m = calloc(2 * count, sizeof(*adam->m));
	}
	if (!adam || !adam->m) {
		scale_err_set(err, ENOMEM, "no memory for the optimiser");
		train_adam_destroy(adam);
		return NULL;
	}
	adam->v = adam->m + count;
	return adam;
}

void train_adam_destroy(train_adam_t *adam)
{
	int saved = errno;

	if (adam)
		free(adam->m);
	free(adam);
	errno = saved;
}

void train_adam_update(train_adam_t *adam, real_t *params, const real_t *grad,
		       double rate, double beta1, double beta2, double eps)
{
	double t = (double) ++adam->step;
	/* both bias corrections, moved out of the loop */
	double step = rate / (1.0 - pow(beta1, t));
	double root = 1.0 / sqrt(1.0 - pow(beta2, t));

	for (size_t i = 0; i < adam->count; i++) {
		double g = grad[i];
		double m = beta1 * adam->m[i] + (1.0 - beta1) * g;
		double v = beta2 * adam->v[i] + (1.0 - beta2) * g * g;

		adam->m[i] = (real_t) m;
		adam->v[i] = (real_t) v;
		params[i] -= (real_t) (step * m / (sqrt(v) * root + eps));
	}
}

double train_clip_norm(real_t *grad, size_t count, double max_norm)
{
	double sum = 0.0, norm;

	for (size_t i = 0; i < count; i++)
		sum += (double) grad[i] * grad[i];
	norm = sqrt(sum);
	if (isfinite(norm) && max_norm > 0.0 && norm > max_norm)
		for (size_t i = 0; i < count; i++)
			grad[i] = (real_t) (grad[i] * (max_norm / norm));
	return norm;
}

int train_adam_step(train_adam_t *adam, scale_net_t *net, real_t *grad,
		    const train_config_t *config, int64_t epoch, double *norm,
		    scale_err_t *err)
{
	*norm = train_clip_norm(grad, net->param_count,
				config->optim.grad_norm);
	if (!isfinite(*norm))
		return scale_err_set(err, EDOM, "the gradient is not finite");
	train_adam_update(adam, net->params, grad,
			  train_learning_rate(config, epoch),
			  config->optim.beta1, config->optim.beta2,
			  config->optim.eps);
	return 0;
}

int train_adam_parts(train_adam_t *adam, train_part_f part, void *arg)
{
	if (part(arg, &adam->step, sizeof(adam->step)))
		return -1;
	return part(arg, adam->m, 2 * adam->count * sizeof(*adam->m));
}
