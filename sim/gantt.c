/*
 * gantt.c - a trace as a picture
 *
 * Plain SVG with one style sheet that follows the reader's light or dark
 * setting.  Bars carry tooltips; neighbouring workflows get hues far apart
 * (multiples of the golden angle).
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "array.h"
#include "cluster.h"
#include "gantt.h"
#include "svg.h"

enum {
	LEFT = 132,		/* width of the labels, px */
	WIDTH = 1100,		/* of the time axis */
	RIGHT = 16,
	TOP = 64,
	GAP = 10,		/* between tiers */
	BOTTOM = 44,
};

typedef struct row {
	uint32_t tier;
	double y;
	bool busy, absent;
	uint64_t workflow;
	uint32_t index;
	double since;		/* of busy or absent, s */
} row_t;

typedef struct picture {
	FILE *out;
	const sim_trace_file_t *file;
	row_t *row;		/* by server number */
	size_t rows, room;
	double from, to;	/* s */
	double height;		/* of a row */
	double bottom;		/* y below the last row */
	scale_err_t *err;
} picture_t;

static const char style[] =
	"<style>\n"
	"svg{background:#fff;font:11px system-ui,sans-serif}\n"
	"text{fill:#222}\n"
	".grid{stroke:#ddd}\n"
	".lane{fill:#f6f6f6}\n"
	".gone{fill:#cfcfcf}\n"
	".small{font-size:9px}\n"
	".head{font-size:14px;font-weight:600}\n"
	".bar rect{stroke:#fff;stroke-width:.5}\n"
	".on{fill:#111;font-size:9px}\n"
	".killed rect{stroke:#c00;stroke-width:1.5;stroke-dasharray:3 2}\n"
	"@media(prefers-color-scheme:dark){\n"
	"svg{background:#16181c}\n"
	"text{fill:#ddd}\n"
	".grid{stroke:#3a3d44}\n"
	".lane{fill:#1f2228}\n"
	".gone{fill:#4a4d55}\n"
	".bar rect{stroke:#16181c}\n"
	"}\n"
	"</style>\n";

/* A fill attribute. */
static void put_colour(FILE *out, uint64_t workflow)
{
	fprintf(out, "fill=\"hsl(%.0f,%d%%,%d%%)\"",
		fmod((double) workflow * 137.508, 360.0),
		workflow % 2 ? 60 : 75, workflow % 3 ? 72 : 64);
}

static int add_row(picture_t *p, uint32_t tier)
{
	if (sim_array_reserve(&p->row, &p->room, p->rows + 1))
		return scale_err_set(p->err, ENOMEM,
				     "no memory for the picture");
	p->row[p->rows++] = (row_t) { .tier = tier };
	return 0;
}

/* The servers of the configuration, then those that joined later. */
static int find_rows(picture_t *p)
{
	const sim_trace_file_t *file = p->file;
	const sim_config_t *config = &file->head.config;
	uint32_t count[SCALE_CONF_NUMBERS];

	sim_cluster_shares(config, count);
	for (size_t k = 0; k < config->mix.count; k++)
		for (uint32_t i = 0; i < count[k]; i++)
			if (add_row(p, (uint32_t) k))
				return -1;
	for (size_t i = 0; i < file->notes; i++) {
		const sim_note_t *note = &file->note[i];

		if (note->kind == SIM_NOTE_JOIN && note->server == p->rows &&
		    add_row(p, note->tier))
			return -1;
		if (note->server >= p->rows)
			return scale_err_set(p->err, EINVAL,
					     "the trace names server %u, which never joined",
					     note->server);
	}
	return 0;
}

static void place_rows(picture_t *p)
{
	double y = TOP;

	p->height = p->rows <= 64 ? 16 : p->rows <= 256 ? 8 : 3;
	for (size_t k = 0; k < p->file->head.config.mix.count; k++) {
		double before = y;

		for (size_t i = 0; i < p->rows; i++) {
			if (p->row[i].tier != k)
				continue;
			p->row[i].y = y;
			y += p->height;
		}
		y += y > before ? GAP : 0;
	}
	p->bottom = y - GAP;
}

static double x_of(const picture_t *p, double t)
{
	return LEFT + WIDTH * (t - p->from) / (p->to - p->from);
}

/* Cut [*a, *b] to what is shown.  RET false when nothing is left */
static bool clip(const picture_t *p, double *a, double *b)
{
	*a = fmax(*a, p->from);
	*b = fmin(*b, p->to);
	return *b > *a;
}

static void draw_bar(picture_t *p, const row_t *row, uint32_t server,
		     double end, bool killed)
{
	double a = row->since, b = end, x, w;

	if (!clip(p, &a, &b))
		return;
	x = x_of(p, a);
	w = x_of(p, b) - x;
	fprintf(p->out, "<g class=\"bar%s\"><title>workflow %llu, primitive "
		"%u on server %u: %.3f s to %.3f s%s</title>"
		"<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" ",
		killed ? " killed" : "", (unsigned long long) row->workflow,
		row->index, server, row->since, end,
		killed ? ", killed by a failure" : "", x, row->y + 1, w,
		p->height - 2);
	put_colour(p->out, row->workflow);
	fputs("/>", p->out);
	if (w > 30 && p->height > 12)
		fprintf(p->out, "<text class=\"on\" x=\"%.2f\" y=\"%.1f\">"
			"%llu.%u</text>", x + 3, row->y + p->height - 4.5,
			(unsigned long long) row->workflow, row->index);
	fputs("</g>\n", p->out);
}

static void draw_absence(picture_t *p, const row_t *row, double end)
{
	double a = row->since, b = end;

	if (clip(p, &a, &b))
		fprintf(p->out, "<rect class=\"gone\" x=\"%.2f\" y=\"%.1f\" "
			"width=\"%.2f\" height=\"%.1f\"/>\n", x_of(p, a),
			row->y + p->height / 2 - 1, x_of(p, b) - x_of(p, a),
			2.0);
}

static void draw_note(picture_t *p, const sim_note_t *note)
{
	row_t *row = &p->row[note->server];

	switch (note->kind) {
	case SIM_NOTE_START:
		row->busy = true;
		row->workflow = note->workflow;
		row->index = note->index;
		row->since = note->time;
		break;
	case SIM_NOTE_FINISH:
	case SIM_NOTE_KILL:
		if (row->busy)
			draw_bar(p, row, note->server, note->time,
				 note->kind == SIM_NOTE_KILL);
		row->busy = false;
		break;
	case SIM_NOTE_LEAVE:
		row->absent = true;
		row->since = note->time;
		break;
	case SIM_NOTE_JOIN:
		if (row->absent)
			draw_absence(p, row, note->time);
		row->absent = false;
		break;
	default:
		break;
	}
}

/* A server that was added is absent until then. */
static void mark_later_ones(picture_t *p)
{
	uint32_t count[SCALE_CONF_NUMBERS];
	size_t first = 0;

	sim_cluster_shares(&p->file->head.config, count);
	for (size_t k = 0; k < p->file->head.config.mix.count; k++)
		first += count[k];
	for (size_t i = first; i < p->rows; i++)
		p->row[i].absent = true;
}

static void draw_bars(picture_t *p)
{
	mark_later_ones(p);
	for (size_t i = 0; i < p->file->notes; i++)
		draw_note(p, &p->file->note[i]);
	for (uint32_t i = 0; i < p->rows; i++) {
		if (p->row[i].busy)
			draw_bar(p, &p->row[i], i, p->to, false);
		if (p->row[i].absent)
			draw_absence(p, &p->row[i], p->to);
	}
}

static void draw_lanes(picture_t *p)
{
	const sim_config_t *c = &p->file->head.config;
	uint64_t seen = 0;	/* tiers with a label, one bit each */

	for (size_t i = 0; i < p->rows; i++) {
		const row_t *row = &p->row[i];

		fprintf(p->out, "<rect class=\"lane\" x=\"%d\" y=\"%.1f\" "
			"width=\"%d\" height=\"%.1f\"/>\n", LEFT, row->y + 0.5,
			WIDTH, p->height - 1);
		if (p->height > 12)
			fprintf(p->out, "<text class=\"small\" x=\"%d\" "
				"y=\"%.1f\" text-anchor=\"end\">%zu</text>\n",
				LEFT - 6, row->y + p->height - 4.5, i);
		if (seen >> row->tier & 1)
			continue;
		seen |= (uint64_t) 1 << row->tier;
		fprintf(p->out, "<text x=\"8\" y=\"%.1f\">%g GFLOPS</text>"
			"<text class=\"small\" x=\"8\" y=\"%.1f\">%g GB"
			"</text>\n", row->y + 11,
			c->gflops.value[row->tier], row->y + 23,
			c->mem_gb.value[row->tier]);
	}
}

/* 1, 2 or 5 times a power of ten, about ten of them on the axis. */
static double tick_step(double span)
{
	double unit = pow(10.0, floor(log10(span / 10.0)));
	double ratio = span / 10.0 / unit;

	return unit * (ratio > 5.0 ? 10.0 : ratio > 2.0 ? 5.0 :
		       ratio > 1.0 ? 2.0 : 1.0);
}

static void draw_axis(picture_t *p)
{
	double step = tick_step(p->to - p->from);

	for (double k = ceil(p->from / step); k * step <= p->to; k++)
		fprintf(p->out, "<line class=\"grid\" x1=\"%.2f\" y1=\"%d\" "
			"x2=\"%.2f\" y2=\"%.1f\"/><text x=\"%.2f\" "
			"y=\"%.1f\" text-anchor=\"middle\">%g</text>\n",
			x_of(p, k * step), TOP - 4, x_of(p, k * step),
			p->bottom + 4, x_of(p, k * step), p->bottom + 18,
			k * step);
	fprintf(p->out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">"
		"time, s</text>\n", LEFT - 6, p->bottom + 18);
}

static void draw_arrivals(picture_t *p)
{
	fprintf(p->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">"
		"arrivals</text>\n", LEFT - 6, TOP - 9);
	for (size_t i = 0; i < p->file->notes; i++) {
		const sim_note_t *note = &p->file->note[i];
		double x = x_of(p, note->time);

		if (note->kind != SIM_NOTE_ARRIVE || note->time < p->from ||
		    note->time > p->to)
			continue;
		fprintf(p->out, "<path d=\"M%.2f %d l-4 -8 h8 z\" ", x,
			TOP - 6);
		put_colour(p->out, note->workflow);
		fprintf(p->out, "><title>workflow %llu, %u primitives, "
			"arrives at %.3f s</title></path>\n",
			(unsigned long long) note->workflow, note->index,
			note->time);
	}
}

static void draw(picture_t *p)
{
	const sim_trace_head_t *head = &p->file->head;
	int width = LEFT + WIDTH + RIGHT, height = (int) p->bottom + BOTTOM;

	fprintf(p->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
		"viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", width,
		height, width, height);
	fputs(style, p->out);
	fprintf(p->out, "<text class=\"head\" x=\"8\" y=\"22\">");
	sim_svg_text(p->out, head->policy);
	fprintf(p->out, ", %zu servers, seed %llu</text>\n", p->rows,
		(unsigned long long) head->seed);
	draw_lanes(p);
	draw_axis(p);
	draw_arrivals(p);
	draw_bars(p);
	fprintf(p->out, "<text class=\"small\" x=\"%d\" y=\"%.1f\">one colour "
		"for each workflow, labels workflow.primitive; red and "
		"dashed: killed by a failure; grey line: server absent"
		"</text>\n</svg>\n", LEFT, p->bottom + 34);
}

int sim_gantt(const sim_trace_file_t *file, double from, double to,
	      char **svg, size_t *size, scale_err_t *err)
{
	picture_t p = { .file = file, .from = from, .to = to, .err = err };
	char *text = NULL;
	size_t length;
	int saved, rc = -1;

	if (!(to > from))
		p.to = file->notes ? file->note[file->notes - 1].time : 0.0;
	if (!(p.to > p.from))
		return scale_err_set(err, EINVAL,
				     "nothing happens after %g s", from);
	if (find_rows(&p))
		goto out;
	place_rows(&p);
	p.out = open_memstream(&text, &length);
	if (!p.out)
		goto nomem;
	draw(&p);
	if (fclose(p.out))
		goto nomem;
	*svg = text;
	*size = length;
	text = NULL;
	rc = 0;
	goto out;
nomem:
	scale_err_set(err, ENOMEM, "no memory for the picture");
out:
	saved = errno;
	free(text);
	free(p.row);
	errno = saved;
	return rc;
}
