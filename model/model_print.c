/*
 * model_print.c - what scale-model prints
 *
 * json_real() refuses numbers that are not finite and json_object_set_new()
 * refuses NULL, so a missing piece anywhere surfaces as NULL at the end.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "model_print.h"

typedef struct spread {
	double mean, sd, min, max;
} spread_t;

/* Of count > 0 numbers; sd over count. */
static spread_t spread_of(const real_t *x, size_t count)
{
	spread_t s = { .min = x[0], .max = x[0] };
	double square = 0.0;

	for (size_t i = 0; i < count; i++) {
		s.mean += x[i];
		s.min = fmin(s.min, x[i]);
		s.max = fmax(s.max, x[i]);
	}
	s.mean /= (double) count;
	for (size_t i = 0; i < count; i++)
		square += (x[i] - s.mean) * (x[i] - s.mean);
	s.sd = sqrt(square / (double) count);
	return s;
}

/* UTF-8 text without C0 and C1 controls. */
static void print_clean(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *) text;

	for (; *p; p++) {
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
			fputc('?', out);
			p++;
		} else {
			fputc(*p < 0x20 || *p == 0x7f ? '?' : *p, out);
		}
	}
}

static void print_tensors(FILE *out, const scale_net_t *net)
{
	int width = 0;

	for (size_t k = 0; k < net->tensor_count; k++) {
		int length = (int) strlen(net->tensor[k].name);

		width = length > width ? length : width;
	}
	fprintf(out, "%-*s  %-11s %9s %10s %10s %10s %10s\n", width, "tensor",
		"shape", "numbers", "mean", "sd", "min", "max");
	for (size_t k = 0; k < net->tensor_count; k++) {
		const scale_tensor_t *t = &net->tensor[k];
		spread_t s = spread_of(net->params + t->offset, t->count);
		char shape[48];

		if (t->rank == 1)
			snprintf(shape, sizeof(shape), "%zu", t->shape[0]);
		else
			snprintf(shape, sizeof(shape), "%zu x %zu",
				 t->shape[0], t->shape[1]);
		fprintf(out, "%-*s  %-11s %9zu %10.3g %10.3g %10.3g %10.3g\n",
			width, t->name, shape, t->count, s.mean, s.sd, s.min,
			s.max);
	}
}

void scale_print_info(FILE *out, const scale_model_t *model, const char *path)
{
	fprintf(out, "file        %s\n", path);
	fprintf(out, "bytes       %zu\n", model->file_size);
	fprintf(out, "sha256      %s\n", model->sha256);
	fprintf(out, "parameters  %zu\n\n", model->net->param_count);
	for (size_t i = 0; i < model->meta_count; i++) {
		print_clean(out, model->meta[i].key);
		fputs(" = ", out);
		print_clean(out, model->meta[i].value);
		fputc('\n', out);
	}
	fputc('\n', out);
	print_tensors(out, model->net);
}

static json_t *json_tensor(const scale_net_t *net, const scale_tensor_t *t)
{
	spread_t s = spread_of(net->params + t->offset, t->count);
	json_t *shape = json_array();

	for (size_t i = 0; i < t->rank; i++)
		json_array_append_new(shape,
				      json_integer((json_int_t) t->shape[i]));
	return json_pack("{s:s, s:o, s:I, s:f, s:f, s:f, s:f}", "name",
			 t->name, "shape", shape, "numbers",
			 (json_int_t) t->count, "mean", s.mean, "sd", s.sd,
			 "min", s.min, "max", s.max);
}

/* Set key, and let rc remember a failure. */
static void put(json_t *object, const char *key, json_t *value, int *rc)
{
	*rc |= json_object_set_new(object, key, value);
}

static json_t *whole(json_t *object, int rc)
{
	if (rc == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *scale_json_info(const scale_model_t *model, const char *path)
{
	const scale_net_t *net = model->net;
	json_t *root = json_object(), *meta = json_object();
	json_t *tensors = json_array();
	int rc = 0;

	for (size_t i = 0; i < model->meta_count; i++)
		put(meta, model->meta[i].key,
		    json_string(model->meta[i].value), &rc);
	for (size_t k = 0; k < net->tensor_count; k++)
		rc |= json_array_append_new(tensors,
					    json_tensor(net, &net->tensor[k]));
	put(root, "file", json_string(path), &rc);
	put(root, "bytes", json_integer((json_int_t) model->file_size), &rc);
	put(root, "sha256", json_string(model->sha256), &rc);
	put(root, "parameters", json_integer((json_int_t) net->param_count),
	    &rc);
	put(root, "metadata", meta, &rc);
	put(root, "tensors", tensors, &rc);
	return whole(root, rc);
}

static json_t *json_reals(const real_t *x, size_t count)
{
	json_t *array = json_array();
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		rc |= json_array_append_new(array, json_real(x[i]));
	return whole(array, rc);
}

/* Softmax of eq. (4) over all servers. */
static json_t *json_softmax(const float *logit, size_t n)
{
	json_t *array = json_array();
	double top = logit[0], sum = 0.0;
	int rc = 0;

	for (size_t j = 1; j < n; j++)
		top = fmax(top, logit[j]);
	for (size_t j = 0; j < n; j++)
		sum += exp(logit[j] - top);
	for (size_t j = 0; j < n; j++)
		rc |= json_array_append_new(
			array, json_real(exp(logit[j] - top) / sum));
	return whole(array, rc);
}

static json_t *json_best_usable(const float *logit, size_t n,
			      const uint8_t *usable)
{
	size_t best = n;

	for (size_t j = 0; j < n; j++)
		if (usable[j] && (best == n || logit[j] > logit[best]))
			best = j;
	return best == n ? json_null() : json_integer((json_int_t) best);
}

json_t *scale_json_decision(const scale_decision_t *decision, size_t n,
			    size_t d, const uint8_t *usable)
{
	json_t *root = json_object();
	int rc = 0;

	put(root, "logits", json_reals(decision->logit, n), &rc);
	put(root, "probs", json_softmax(decision->logit, n), &rc);
	put(root, "value", json_real(decision->value), &rc);
	put(root, "attention_feature", json_reals(decision->feature, d), &rc);
	put(root, "choice", json_integer(decision->choice), &rc);
	put(root, "choice_feasible",
	    json_best_usable(decision->logit, n, usable), &rc);
	return whole(root, rc);
}

json_t *scale_json_gradient(const scale_net_t *net, const scale_loss_t *loss,
			    const real_t *dparams)
{
	json_t *root = json_object(), *terms = json_object();
	json_t *grad = json_object();
	int rc = 0;

	put(terms, "clip", json_real(loss->clip), &rc);
	put(terms, "value", json_real(loss->value), &rc);
	put(terms, "entropy", json_real(loss->entropy), &rc);
	put(terms, "decorrelation", json_real(loss->decorrelation), &rc);
	put(terms, "kl", json_real(loss->kl), &rc);
	for (size_t k = 0; k < net->tensor_count; k++) {
		const scale_tensor_t *t = &net->tensor[k];

		put(grad, t->name, json_reals(dparams + t->offset, t->count),
		    &rc);
	}
	put(root, "loss", json_real(loss->total), &rc);
	put(root, "terms", terms, &rc);
	put(root, "grad", grad, &rc);
	return whole(root, rc);
}
