/*
 * compare_report.c - a comparison as tables and as JSON
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare_report.h"

/* What is told over the whole grid; the rest is in JSON. */
static const sim_score_id_t shown[] = { SIM_SCORE_TASK, SIM_SCORE_FLOW,
					SIM_SCORE_TASK_P99,
					SIM_SCORE_FLOW_P99 };
enum { SHOWN = sizeof(shown) / sizeof(shown[0]), LOSSES = 10 };

static const char *const verdict_word[] = { "LOSS", "", "WIN" };

typedef struct table {
	const sim_compare_t *c;
	FILE *out;
	int width;		/* of the names */
	bool timing;
} table_t;

static int name_width(const sim_compare_t *c)
{
	size_t width = strlen("lower bound");

	for (size_t e = 0; e < c->field->count; e++)
		if (strlen(c->field->entrant[e].name) > width)
			width = strlen(c->field->entrant[e].name);
	return (int) width;
}

/* "-3.1 [-3.5, -2.6]", without the brackets where there is no interval. */
static void print_interval(FILE *out, sim_interval_t x)
{
	char text[64];

	if (isfinite(x.low))
		snprintf(text, sizeof(text), "%+.2f [%+.2f, %+.2f]", x.mean,
			 x.low, x.high);
	else
		snprintf(text, sizeof(text), "%+.2f", x.mean);
	fprintf(out, " %-24s", text);
}

static void count_verdicts(const sim_compare_t *c, size_t e,
			   sim_score_id_t id, size_t *won, size_t *lost)
{
	*won = *lost = 0;
	for (size_t k = 0; k < c->grid->cells; k++) {
		int v = sim_verdict(sim_compare_cell(c, k, e, id));

		*won += v > 0;
		*lost += v < 0;
	}
}

static double worst_behind(const sim_compare_t *c, size_t e,
			   sim_score_id_t id)
{
	double worst = 0.0;

	for (size_t k = 0; k < c->grid->cells; k++)
		worst = fmax(worst, sim_compare_behind(c, k, e, id));
	return worst;
}

static void print_overall_row(const table_t *t, size_t e)
{
	const sim_compare_t *c = t->c;

	fprintf(t->out, "%-*s", t->width, c->field->entrant[e].name);
	for (int i = 0; i < SHOWN; i++) {
		size_t won, lost;
		char count[32];

		print_interval(t->out, sim_compare_all(c, e, shown[i]));
		count_verdicts(c, e, shown[i], &won, &lost);
		snprintf(count, sizeof(count), "%zu/%zu", won, lost);
		fprintf(t->out, "%8s", count);
	}
	fprintf(t->out, " %8.1f %8.1f\n",
		worst_behind(c, e, SIM_SCORE_TASK),
		worst_behind(c, e, SIM_SCORE_FLOW));
}

/* The bound has no interval: it is the workload's. */
static void print_overall_bound(const table_t *t)
{
	const sim_compare_t *c = t->c;
	double task = 0.0, flow = 0.0, n = (double) c->grid->cells;

	for (size_t k = 0; k < c->grid->cells; k++) {
		task += sim_compare_mean(c, k, 0, SIM_SCORE_TASK_BOUND) /
			sim_compare_mean(c, k, c->reference, SIM_SCORE_TASK);
		flow += sim_compare_mean(c, k, 0, SIM_SCORE_FLOW_BOUND) /
			sim_compare_mean(c, k, c->reference, SIM_SCORE_FLOW);
	}
	fprintf(t->out, "%-*s %+-24.2f%8s %+-.2f\n", t->width, "lower bound",
		100.0 * (task / n - 1.0), "", 100.0 * (flow / n - 1.0));
}

static void print_overall(const table_t *t)
{
	fprintf(t->out, "Difference from the reference in percent, mean over "
		"the cells [95 %% interval]; cells won/lost;\nbehind: percent "
		"behind the best one of the cell where that is most\n%-*s",
		t->width, "");
	for (int i = 0; i < SHOWN; i++)
		fprintf(t->out, " %-24s%8s", sim_score_label(shown[i]),
			"w/l");
	fprintf(t->out, " %8s %8s\n", "behind", "wf beh.");
	print_overall_bound(t);
	for (size_t e = 0; e < t->c->field->count; e++)
		print_overall_row(t, e);
}

typedef struct loss {
	size_t entrant, cell;
	sim_score_id_t id;
	sim_interval_t by;
} loss_t;

static int by_size(const void *a, const void *b)
{
	double x = ((const loss_t *) a)->by.mean;
	double y = ((const loss_t *) b)->by.mean;

	return (x < y) - (x > y);
}

/* The largest losses of one entrant, worst first. */
static int print_losses(const table_t *t, size_t e)
{
	const sim_compare_t *c = t->c;
	loss_t *loss = calloc(c->grid->cells * SHOWN, sizeof(*loss));
	size_t count = 0;

	if (!loss)
		return -1;
	for (size_t k = 0; k < c->grid->cells; k++)
		for (int i = 0; i < SHOWN; i++) {
			sim_interval_t x = sim_compare_cell(c, k, e, shown[i]);

			if (sim_verdict(x) < 0)
				loss[count++] = (loss_t) { e, k, shown[i], x };
		}
	qsort(loss, count, sizeof(*loss), by_size);
	if (count)
		fprintf(t->out, "\n%s loses %zu of %zu comparisons, by most:\n",
			c->field->entrant[e].name, count,
			c->grid->cells * SHOWN);
	for (size_t i = 0; i < count && i < LOSSES; i++)
		fprintf(t->out, "  %-9s %+7.2f %% [%+.2f, %+.2f]  %s\n",
			sim_score_label(loss[i].id), loss[i].by.mean,
			loss[i].by.low, loss[i].by.high,
			c->grid->cell[loss[i].cell].name);
	free(loss);
	return 0;
}

static const sim_score_id_t columns[] = {
	SIM_SCORE_TASK, SIM_SCORE_FLOW, SIM_SCORE_TASK_MEDIAN,
	SIM_SCORE_TASK_P95, SIM_SCORE_TASK_P99, SIM_SCORE_FLOW_P99,
	SIM_SCORE_SLOWDOWN, SIM_SCORE_FAIRNESS, SIM_SCORE_UNFINISHED,
	SIM_SCORE_INVALID, SIM_SCORE_DECIDE,
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void print_cell_row(const table_t *t, size_t cell, size_t e)
{
	const sim_compare_t *c = t->c;

	fprintf(t->out, "%-*s", t->width, c->field->entrant[e].name);
	for (int i = 0; i < COLUMNS - !t->timing; i++) {
		double x = sim_compare_mean(c, cell, e, columns[i]);

		if (columns[i] == SIM_SCORE_UNFINISHED ||
		    columns[i] == SIM_SCORE_INVALID)
			x *= 100.0;
		fprintf(t->out, " %9.3f", x);
	}
	for (int i = 0; i < 2 && e != c->reference; i++) {
		sim_interval_t x = sim_compare_cell(c, cell, e, columns[i]);

		print_interval(t->out, x);
		fprintf(t->out, " %-4s", verdict_word[sim_verdict(x) + 1]);
	}
	fputc('\n', t->out);
}

static void print_cell(const table_t *t, size_t cell)
{
	const sim_compare_t *c = t->c;

	fprintf(t->out, "\n%s\n%-*s", c->grid->cell[cell].name, t->width, "");
	for (int i = 0; i < COLUMNS - !t->timing; i++)
		fprintf(t->out, " %9s", sim_score_label(columns[i]));
	fprintf(t->out, " %-29s %s\n", "primitive, % of the reference",
		"workflow");
	fprintf(t->out, "%-*s %9.3f %9.3f\n", t->width, "lower bound",
		sim_compare_mean(c, cell, 0, SIM_SCORE_TASK_BOUND),
		sim_compare_mean(c, cell, 0, SIM_SCORE_FLOW_BOUND));
	for (size_t e = 0; e < c->field->count; e++)
		print_cell_row(t, cell, e);
}

int sim_compare_text(const sim_compare_t *c, const char *grid, bool cells,
		     bool timing, FILE *out)
{
	table_t t = { c, out, name_width(c), timing };

	fprintf(out, "%s: %zu cells, seeds %llu to %llu; the reference is %s\n\n",
		grid, c->grid->cells, (unsigned long long) c->grid->seed,
		(unsigned long long) (c->grid->seed + c->grid->seeds - 1),
		c->field->entrant[c->reference].name);
	print_overall(&t);
	for (size_t e = 0; e < c->field->count; e++)
		if (print_losses(&t, e))
			return -1;
	for (size_t k = 0; cells && k < c->grid->cells; k++)
		print_cell(&t, k);
	return ferror(out) ? -1 : 0;
}

static json_t *real(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *pack_interval(sim_interval_t x)
{
	return json_pack("{s:o, s:o, s:o, s:s}", "mean", real(x.mean),
			 "low", real(x.low), "high", real(x.high), "verdict",
			 verdict_word[sim_verdict(x) + 1]);
}

/* Means over the seeds and differences of one entrant in one cell. */
static json_t *pack_result(const sim_compare_t *c, size_t cell, size_t e,
			   bool timing)
{
	json_t *means = json_object(), *diff = json_object();
	json_t *behind = json_object();

	for (int i = 0; i < SIM_SCORES; i++) {
		sim_score_id_t id = (sim_score_id_t) i;
		const char *name = sim_score_name(id);

		if (id == SIM_SCORE_DECIDE && !timing)
			continue;
		json_object_set_new(means, name,
				    real(sim_compare_mean(c, cell, e, id)));
		if (i >= SIM_SCORE_COMPARED)
			continue;
		json_object_set_new(diff, name, pack_interval(
			sim_compare_cell(c, cell, e, id)));
		json_object_set_new(behind, name, real(
			sim_compare_behind(c, cell, e, id)));
	}
	return json_pack("{s:s, s:o, s:o, s:o}", "policy",
			 c->field->entrant[e].name, "mean", means,
			 "percent_of_reference", diff,
			 "percent_behind_best", behind);
}

static json_t *pack_overall(const sim_compare_t *c, size_t e)
{
	json_t *root = json_object();

	for (int i = 0; i < SIM_SCORE_COMPARED; i++) {
		sim_score_id_t id = (sim_score_id_t) i;
		json_t *x = pack_interval(sim_compare_all(c, e, id));
		size_t won, lost;

		count_verdicts(c, e, id, &won, &lost);
		json_object_set_new(x, "won", json_integer((json_int_t) won));
		json_object_set_new(x, "lost", json_integer((json_int_t) lost));
		json_object_set_new(x, "most_behind_best",
				    real(worst_behind(c, e, id)));
		json_object_set_new(root, sim_score_name(id), x);
	}
	return root;
}

static json_t *pack_entrants(const sim_compare_t *c)
{
	json_t *list = json_array();

	for (size_t e = 0; e < c->field->count; e++) {
		const sim_entrant_t *who = &c->field->entrant[e];
		json_t *one = json_pack("{s:s, s:o}", "policy", who->name,
					"percent_of_reference",
					pack_overall(c, e));

		if (who->model)
			json_object_set_new(one, "sha256",
					    json_string(who->model->sha256));
		json_array_append_new(list, one);
	}
	return list;
}

json_t *sim_compare_json(const sim_compare_t *c, const char *grid,
			 bool timing)
{
	json_t *cells = json_array();

	for (size_t k = 0; k < c->grid->cells; k++) {
		json_t *list = json_array();

		for (size_t e = 0; e < c->field->count; e++)
			json_array_append_new(list, pack_result(c, k, e,
								timing));
		json_array_append_new(cells, json_pack(
			"{s:s, s:o}", "cell", c->grid->cell[k].name,
			"results", list));
	}
	return json_pack("{s:s, s:I, s:I, s:s, s:i, s:o, s:o}", "grid", grid,
			 "seed", (json_int_t) c->grid->seed,
			 "seeds", (json_int_t) c->grid->seeds,
			 "reference", c->field->entrant[c->reference].name,
			 "bootstrap_draws", SIM_BOOTSTRAP_DRAWS,
			 "policies", pack_entrants(c), "cells", cells);
}
