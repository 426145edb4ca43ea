/*
 * ctl_counterfactual.c - what another scheduler would have made of the log
 *
 * The stand-in for stock scheduling is the fastest idle node in order of
 * arrival; with the mean time that stock scheduling let a ready primitive
 * wait although a node was free, it pays for its scheduling passes too.  What
 * such a wait was under our own placements is added to the model likewise.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brain.h"
#include "ctl_counterfactual.h"
#include "ctl_replay.h"

enum { SCENARIOS = 4 };

typedef enum { PRIMITIVE, WORKFLOW, MEASURES } measure_t;

static const char *const measure_name[MEASURES] = {
	"primitive_response_s", "workflow_response_s",
};

static const char supposes[] =
	"these workflows alone, no jobs of others; every node may take any "
	"primitive that fits its memory, one at a time; run times as measured "
	"over the speeds of scale.yaml; transfers take no time";

/* Mean time to the start of a ready primitive for which a node was free. */
typedef struct delay {
	double mean;			/* s */
	size_t count;
} delay_t;

typedef struct scenario {
	char name[64];
	const char *order;		/* of the first level */
	const delay_t *delay;		/* NULL: none */
	sim_ratio_t *cluster[MEASURES];	/* [workflows] */
} scenario_t;

struct ctl_counterfactual {
	char reason[SCALE_ERR_TEXT];	/* there is none; "" where there is */
	scale_site_t site;
	ctl_node_t *nodes;
	size_t node_count;
	ctl_replay_t *replay;
	delay_t ours, stock;
	scenario_t scenario[SCENARIOS];
	size_t scenarios;
	size_t model, stand_in;		/* the two to compare */
	sim_ratio_t *scratch;		/* [workflows] */
};

static void add_delay(delay_t *d, double delay)
{
	if (!isfinite(delay))
		return;
	d->count++;
	d->mean += (fmax(delay, 0.0) - d->mean) / (double) d->count;
}

/* From when it was ready and, without a break, a node was there for it.  NAN
 * where that was not seen. */
static double delay_of(const ctl_task_t *t)
{
	if (!t->room_told || !isfinite(t->ready))
		return NAN;
	return isfinite(t->room) ? t->start - fmax(t->room, t->ready) : 0.0;
}

static void find_delays(ctl_counterfactual_t *c, const ctl_jobs_t *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		for (size_t k = 0; k < jobs->stage[i]->task_count; k++) {
			const ctl_task_t *t = &jobs->stage[i]->tasks[k];

			/* waiting for a busy node is a choice, no delay */
			if (!isfinite(t->free_at))
				continue;
			if (t->placed)
				add_delay(&c->ours, delay_of(t));
			else if (*t->wanted)
				add_delay(&c->stock, delay_of(t));
		}
}

/* The policy of --model, else of scale.yaml. */
static scale_policy_t *load_policy(const ctl_t *ctl, scale_site_t *site,
				   char name[64], scale_err_t *err)
{
	const char *path = ctl->model ? ctl->model
			 : *site->model ? site->model : SCALE_MODEL_PATH;
	scale_policy_t *policy;
	scale_model_t *model;

	if (!ctl->model && strcmp(site->policy, "model")) {
		snprintf(name, 64, "%s", site->policy);
		return scale_brain_time_scale(site, NULL, err)
			       ? NULL : scale_policy_create(site->policy, err);
	}
	model = scale_model_load(path, err);
	if (!model)
		return NULL;
	snprintf(name, 64, "model %.12s", model->sha256);
	policy = scale_brain_time_scale(site, model, err)
			 ? NULL : scale_policy_from_model(model, err);
	scale_model_destroy(model);
	return policy;
}

static int run(ctl_counterfactual_t *c, scale_policy_t *policy,
	       const char *name, const char *order, const delay_t *delay,
	       scale_err_t *err)
{
	scenario_t *s = &c->scenario[c->scenarios];

	*s = (scenario_t) { .order = order, .delay = delay };
	snprintf(s->name, sizeof(s->name), "%s", name);
	c->scenarios++;
	for (int m = 0; m < MEASURES; m++) {
		s->cluster[m] = calloc(c->replay->list.count,
				       sizeof(*s->cluster[m]));
		if (!s->cluster[m])
			return scale_err_set(err, ENOMEM, "out of memory");
	}
	return ctl_replay_run(c->replay, policy, order,
			      delay ? delay->mean : 0.0,
			      s->cluster[PRIMITIVE], s->cluster[WORKFLOW],
			      err);
}

/* At once and, where it was measured, with the delay. */
static int run_both(ctl_counterfactual_t *c, scale_policy_t *policy,
		    const char *name, const char *order,
		    const delay_t *delay, scale_err_t *err)
{
	if (run(c, policy, name, order, NULL, err))
		return -1;
	return delay->count ? run(c, policy, name, order, delay, err) : 0;
}

static int run_all(ctl_counterfactual_t *c, scale_policy_t *policy,
		   const char *name, scale_err_t *err)
{
	scale_policy_t *idle;
	int rc;

	if (run_both(c, policy, name,
		     scale_order_in_force(c->site.order,
					  scale_policy_order(policy)),
		     &c->ours, err))
		return -1;
	c->model = c->scenarios - 1;
	idle = scale_policy_create("fastest-idle", err);
	if (!idle)
		return -1;
	rc = run_both(c, idle, "fastest-idle", "fifo", &c->stock,
		      err);
	c->stand_in = c->scenarios - 1;
	scale_policy_destroy(idle);
	return rc;
}

static int read_site(const ctl_t *ctl, scale_site_t *site, scale_err_t *err)
{
	char *path = ctl_conf_path(ctl);
	int rc = -1;

	if (!path)
		return scale_err_set(err, ENOMEM, "out of memory");
	if (!scale_conf_defaults(scale_site_table, site, err))
		rc = scale_conf_read(scale_site_table, site, path, err);
	free(path);
	return rc;
}

static int estimate(ctl_counterfactual_t *c, const ctl_jobs_t *jobs,
		    scale_policy_t *policy, const char *name, scale_err_t *err)
{
	if (ctl_nodes(&c->site, &c->nodes, &c->node_count, NULL, err))
		return -1;
	c->replay = ctl_replay_create(jobs, &c->site, c->nodes, c->node_count,
				      err);
	if (!c->replay)
		return -1;
	if (c->replay->list.count < CTL_COUNTERFACTUAL_LEAST)
		return scale_err_set(err, ENODATA, "the log holds %zu complete "
				     "workflows, all jobs COMPLETED on nodes "
				     "that are still there; it takes %d",
				     c->replay->list.count,
				     CTL_COUNTERFACTUAL_LEAST);
	c->scratch = calloc(c->replay->list.count, sizeof(*c->scratch));
	if (!c->scratch)
		return scale_err_set(err, ENOMEM, "out of memory");
	find_delays(c, jobs);
	return run_all(c, policy, name, err);
}

ctl_counterfactual_t *ctl_counterfactual_create(const ctl_t *ctl,
						const ctl_jobs_t *jobs,
						scale_err_t *err)
{
	ctl_counterfactual_t *c = calloc(1, sizeof(*c));
	scale_policy_t *policy = NULL;
	scale_err_t why = { "" };
	char name[64];
	bool known;

	if (!c) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	known = !read_site(ctl, &c->site, &why);
	if (known || ctl->model)
		policy = load_policy(ctl, &c->site, name,
				     ctl->model ? err : &why);
	if (ctl->model && !policy) {
		ctl_counterfactual_destroy(c);
		return NULL;
	}
	if (!known || !policy || estimate(c, jobs, policy, name, &why))
		snprintf(c->reason, sizeof(c->reason), "%s", why.text);
	scale_policy_destroy(policy);
	return c;
}

void ctl_counterfactual_destroy(ctl_counterfactual_t *c)
{
	int saved = errno;

	if (!c)
		return;
	for (size_t i = 0; i < c->scenarios; i++)
		for (int m = 0; m < MEASURES; m++)
			free(c->scenario[i].cluster[m]);
	ctl_replay_destroy(c->replay);
	ctl_nodes_free(c->nodes, c->node_count);
	scale_conf_free(scale_site_table, &c->site);
	free(c->scratch);
	free(c);
	errno = saved;
}

static const sim_ratio_t *measured(const ctl_counterfactual_t *c,
				     measure_t m)
{
	return m == PRIMITIVE ? c->replay->primitive : c->replay->workflow;
}

/* a - b by workflow: resampling their differences pairs them. */
static sim_interval_t paired(const ctl_counterfactual_t *c,
			     const sim_ratio_t *a, const sim_ratio_t *b)
{
	size_t n = c->replay->list.count;

	for (size_t i = 0; i < n; i++)
		c->scratch[i] = (sim_ratio_t) { a[i].sum - b[i].sum,
						  a[i].count };
	return sim_bootstrap_mean(c->scratch, 1, n);
}

static sim_interval_t gain(const ctl_counterfactual_t *c, measure_t m)
{
	return paired(c, c->scenario[c->model].cluster[m],
		      c->scenario[c->stand_in].cluster[m]);
}

static double mean(const ctl_counterfactual_t *c, const sim_ratio_t *x)
{
	double sum = 0.0, count = 0.0;

	for (size_t i = 0; i < c->replay->list.count; i++) {
		sum += x[i].sum;
		count += x[i].count;
	}
	return sum / count;
}

static json_t *scenario_json(const ctl_counterfactual_t *c,
			     const scenario_t *s)
{
	json_t *minus = json_object();
	json_t *json = json_pack(
		"{s:s, s:s, s:o, s:I}", "policy", s->name, "order",
		s->order, "delay_s",
		ctl_real(s->delay ? s->delay->mean : 0.0), "delay_count",
		(json_int_t) (s->delay ? s->delay->count : 0));

	for (int m = 0; m < MEASURES; m++) {
		json_object_set_new(json, measure_name[m],
				    ctl_real(mean(c, s->cluster[m])));
		json_object_set_new(minus, measure_name[m], ctl_interval_json(
			paired(c, s->cluster[m], measured(c, m))));
	}
	json_object_set_new(json, "minus_measured", minus);
	return json;
}

json_t *ctl_counterfactual_json(const ctl_counterfactual_t *c)
{
	json_t *real = json_object(), *gains = json_object();
	json_t *list = json_array();

	if (*c->reason) {
		json_decref(real);
		json_decref(gains);
		json_decref(list);
		return json_pack("{s:b, s:s}", "estimate", 0, "reason",
				 c->reason);
	}
	for (int m = 0; m < MEASURES; m++) {
		json_object_set_new(real, measure_name[m],
				    ctl_real(mean(c, measured(c, m))));
		json_object_set_new(gains, measure_name[m],
				    ctl_interval_json(gain(c, m)));
	}
	for (size_t i = 0; i < c->scenarios; i++)
		json_array_append_new(list,
				      scenario_json(c, &c->scenario[i]));
	return json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o}",
			 "estimate", 1, "supposes", supposes, "workflows",
			 (json_int_t) c->replay->list.count, "primitives",
			 (json_int_t) c->replay->primitives, "left_out",
			 (json_int_t) c->replay->left_out, "nodes",
			 (json_int_t) c->node_count, "measured", real,
			 "scenarios", list, "model_minus_stock", gains);
}

static void print_row(const ctl_counterfactual_t *c, const char *name,
		      sim_ratio_t *const cluster[MEASURES])
{
	printf("%-32s", name);
	for (int m = 0; m < MEASURES; m++) {
		const sim_ratio_t *x = cluster ? cluster[m] : measured(c, m);
		char text[32];

		snprintf(text, sizeof(text), "%.4g s", mean(c, x));
		printf(" %-10s", text);
		if (cluster)
			ctl_interval_print(paired(c, x, measured(c, m)), "");
		else if (m + 1 < MEASURES)
			printf(" %-26s", "");
	}
	putchar('\n');
}

static void print_gain(const ctl_counterfactual_t *c)
{
	printf("model minus stock stand-in:");
	for (int m = 0; m < MEASURES; m++) {
		ctl_interval_print(gain(c, m), " s");
		fputs(m == PRIMITIVE ? " of a primitive," : " of a workflow\n",
		      stdout);
	}
}

void ctl_counterfactual_print(const ctl_counterfactual_t *c)
{
	puts("counterfactual: an estimate by the simulator, no measurement");
	if (*c->reason) {
		printf("none        %s\n", c->reason);
		return;
	}
	printf("replayed    %zu complete workflows of %zu primitives on %zu "
	       "nodes; %zu workflows left out\n", c->replay->list.count,
	       c->replay->primitives, c->node_count, c->replay->left_out);
	printf("%-32s %-10s  %-26s %-10s  %s\n", "mean response",
	       "primitive", "minus measured", "workflow", "minus measured");
	print_row(c, "measured", NULL);
	for (size_t i = 0; i < c->scenarios; i++) {
		const scenario_t *s = &c->scenario[i];
		char name[128], delay[32] = "";

		if (s->delay)
			snprintf(delay, sizeof(delay), " + %.3g s",
				 s->delay->mean);
		snprintf(name, sizeof(name), "%s, %s%s", s->name,
			 s->order, delay);
		print_row(c, name, s->cluster);
	}
	print_gain(c);
	printf("supposes    %s\n", supposes);
	if (c->ours.count || c->stock.count)
		printf("+ delay     from ready to start where a node was free, "
		       "as measured on %zu primitives of ours, %zu of "
		       "stock's\n", c->ours.count, c->stock.count);
}
