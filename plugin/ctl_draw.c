/*
 * ctl_draw.c - a workflow's graph for Graphviz and as SVG
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "ctl_graph.h"

enum { BOX_W = 150, BOX_H = 44, GAP_X = 60, GAP_Y = 18, EDGE = 12 };

static const char *const colour[CTL_STATES] = {
	[CTL_PENDING] = "#e8e8e8",
	[CTL_RUNNING] = "#9ecbff",
	[CTL_DONE] = "#b7e4c0",
	[CTL_FAILED] = "#ffb3ad",
};

static void dot_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

void ctl_graph_dot(const ctl_graph_t *g, FILE *out)
{
	char name[SCALE_LOG_NAME];

	fputs("digraph \"", out);
	dot_text(g->stage[0]->workflow, out);
	fputs("\" {\n\trankdir=LR;\n\tnode [shape=box, style=filled];\n", out);
	for (uint32_t i = 0; i < g->n; i++) {
		const ctl_stage_t *s = g->stage[i];

		fprintf(out, "\t%u [fillcolor=\"%s\", penwidth=%d, label=\"",
			s->id, colour[ctl_graph_state(s)],
			g->critical[i] ? 3 : 1);
		dot_text(ctl_graph_name(s, name), out);
		fprintf(out, "\\n%u/%u\"];\n", ctl_stage_count(s, CTL_DONE),
			s->count);
	}
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
			fprintf(out, "\t%u -> %u;\n", g->stage[i]->id,
				g->stage[g->child[e]]->id);
	fputs("}\n", out);
}

static void xml_text(const char *text, size_t most, FILE *out)
{
	for (; *text && most > 0; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			fputc(*text, out);
		}
		/* whole characters: their first byte counts */
		most -= (text[1] & 0xc0) != 0x80;
	}
}

static int left_of(const ctl_graph_t *g, uint32_t i)
{
	return EDGE + (int) g->depth[i] * (BOX_W + GAP_X);
}

/* Row of stage i within its column: stages before it of the same depth. */
static int top_of(const ctl_graph_t *g, uint32_t i)
{
	int row = 0;

	for (uint32_t k = 0; k < i; k++)
		row += g->depth[k] == g->depth[i];
	return EDGE + row * (BOX_H + GAP_Y);
}

static void svg_edges(const ctl_graph_t *g, FILE *out)
{
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++) {
			uint32_t k = g->child[e];
			int x = left_of(g, i) + BOX_W;
			int y = top_of(g, i) + BOX_H / 2;
			int x2 = left_of(g, k), y2 = top_of(g, k) + BOX_H / 2;

			fprintf(out, "<path d=\"M%d %dC%d %d %d %d %d %d\" "
				"fill=\"none\" stroke=\"#666\" "
				"stroke-width=\"%d\"/>\n", x, y,
				x + GAP_X / 2, y, x2 - GAP_X / 2, y2, x2, y2,
				g->critical[i] && g->critical[k] ? 3 : 1);
		}
}

static void svg_box(const ctl_graph_t *g, uint32_t i, FILE *out)
{
	const ctl_stage_t *s = g->stage[i];
	int x = left_of(g, i), y = top_of(g, i);
	char name[SCALE_LOG_NAME];

	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		"rx=\"4\" fill=\"%s\" stroke=\"#333\" stroke-width=\"%d\"/>\n"
		"<text x=\"%d\" y=\"%d\">", x, y, BOX_W, BOX_H,
		colour[ctl_graph_state(s)], g->critical[i] ? 3 : 1, x + 8,
		y + 18);
	xml_text(ctl_graph_name(s, name), 20, out);
	fprintf(out, "</text>\n<text x=\"%d\" y=\"%d\" fill=\"#444\">",
		x + 8, y + 35);
	if (s->count == 1 && s->task_count == 1 && *s->tasks[0].node) {
		xml_text(s->tasks[0].node, 20, out);
		fputs("</text>\n", out);
	} else {
		fprintf(out, "%u of %u done</text>\n",
			ctl_stage_count(s, CTL_DONE), s->count);
	}
}

void ctl_graph_svg(const ctl_graph_t *g, FILE *out)
{
	int width = 0, height = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		if (left_of(g, i) > width)
			width = left_of(g, i);
		if (top_of(g, i) > height)
			height = top_of(g, i);
	}
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n"
		"<title>", width + BOX_W + EDGE, height + BOX_H + EDGE);
	xml_text(g->stage[0]->workflow, SCALE_LOG_NAME, out);
	fputs("</title>\n", out);
	svg_edges(g, out);
	for (uint32_t i = 0; i < g->n; i++)
		svg_box(g, i, out);
	fputs("</svg>\n", out);
}
