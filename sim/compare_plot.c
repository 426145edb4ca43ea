/*
 * compare_plot.c - a comparison as a picture: entrants by cells
 *
 * Each field says by how many percent the entrant differs from the reference
 * there; blue is a win, red a loss, grey neither, darker is more.  Tooltips
 * hold the interval.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_report.h"
#include "svg.h"

enum {
	FIELD = 56,		/* width of a field, px */
	ROW = 18,
	LETTER = 6,		/* width of a letter, about */
	TOP = 46,
	MARGIN = 8,
};

#define FULL 20.0		/* percent of the darkest colour */

typedef struct plot {
	FILE *out;
	const sim_compare_t *c;
	sim_score_id_t id;
	int left, top;		/* where the fields begin */
} plot_t;

static const char style[] =
	"<style>\n"
	"svg{background:#fff;font:11px system-ui,sans-serif}\n"
	"text{fill:#222}\n"
	".head{font-size:14px;font-weight:600}\n"
	".on{fill:#111;font-size:10px}\n"
	".all{font-weight:600}\n"
	"@media(prefers-color-scheme:dark){\n"
	"svg{background:#16181c}\n"
	"text{fill:#ddd}\n"
	".on{fill:#111}\n"
	"}\n"
	"</style>\n";

static int longest_cell(const sim_compare_t *c)
{
	size_t longest = strlen("mean over the cells");

	for (size_t k = 0; k < c->grid->cells; k++)
		longest = fmax(longest, strlen(c->grid->cell[k].name));
	return (int) longest;
}

static int longest_entrant(const sim_compare_t *c)
{
	size_t longest = 0;

	for (size_t e = 0; e < c->field->count; e++)
		longest = fmax(longest, strlen(c->field->entrant[e].name));
	return (int) longest;
}

static void put_colour(FILE *out, sim_interval_t x)
{
	double light = 90.0 - 40.0 * fmin(fabs(x.mean) / FULL, 1.0);
	int verdict = sim_verdict(x);

	if (verdict)
		fprintf(out, "hsl(%d,75%%,%.0f%%)", verdict > 0 ? 212 : 8,
			light);
	else
		fputs("hsl(0,0%,88%)", out);
}

static void draw_field(const plot_t *p, size_t e, double y,
		       sim_interval_t x, const char *where)
{
	static const char *const word[] = { "loss", "neither", "win" };
	double at = p->left + (double) e * FIELD;

	fputs("<g><title>", p->out);
	sim_svg_text(p->out, p->c->field->entrant[e].name);
	fputs(" at ", p->out);
	sim_svg_text(p->out, where);
	fprintf(p->out, ": %+.2f %%", x.mean);
	if (isfinite(x.low))
		fprintf(p->out, " [%+.2f, %+.2f], %s", x.low, x.high,
			word[sim_verdict(x) + 1]);
	fprintf(p->out, "</title><rect x=\"%.0f\" y=\"%.0f\" width=\"%d\" "
		"height=\"%d\" fill=\"", at + 1, y + 1, FIELD - 2, ROW - 2);
	put_colour(p->out, x);
	fprintf(p->out, "\"/><text class=\"on\" x=\"%.0f\" y=\"%.0f\" "
		"text-anchor=\"middle\">%+.1f</text></g>\n", at + FIELD / 2,
		y + ROW - 5, x.mean);
}

static void draw_label(const plot_t *p, double y, const char *text,
		       const char *class)
{
	fprintf(p->out, "<text class=\"%s\" x=\"%d\" y=\"%.0f\" "
		"text-anchor=\"end\">", class, p->left - MARGIN, y + ROW - 5);
	sim_svg_text(p->out, text);
	fputs("</text>\n", p->out);
}

static void draw_heads(const plot_t *p)
{
	for (size_t e = 0; e < p->c->field->count; e++) {
		double x = p->left + (double) e * FIELD + FIELD / 2 + 4;

		fprintf(p->out, "<text transform=\"translate(%.0f,%d) "
			"rotate(-50)\">", x, p->top - 6);
		sim_svg_text(p->out, p->c->field->entrant[e].name);
		fputs("</text>\n", p->out);
	}
}

static void draw_rows(const plot_t *p)
{
	const sim_compare_t *c = p->c;
	double y = p->top;

	draw_label(p, y, "mean over the cells", "all");
	for (size_t e = 0; e < c->field->count; e++)
		draw_field(p, e, y, sim_compare_all(c, e, p->id),
			   "mean over the cells");
	y += ROW + MARGIN;
	for (size_t k = 0; k < c->grid->cells; k++, y += ROW) {
		draw_label(p, y, c->grid->cell[k].name, "");
		for (size_t e = 0; e < c->field->count; e++)
			draw_field(p, e, y, sim_compare_cell(c, k, e, p->id),
				   c->grid->cell[k].name);
	}
}

static void draw(const plot_t *p)
{
	const sim_compare_t *c = p->c;
	int slant = LETTER * longest_entrant(c);
	int width = p->left + (int) c->field->count * FIELD + slant + MARGIN;
	int height = p->top + ((int) c->grid->cells + 1) * ROW + 3 * MARGIN;

	fprintf(p->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
		"viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", width,
		height, width, height);
	fputs(style, p->out);
	fprintf(p->out, "<text class=\"head\" x=\"8\" y=\"20\">%s: difference "
		"from ", sim_score_name(p->id));
	sim_svg_text(p->out, c->field->entrant[c->reference].name);
	fprintf(p->out, " in percent</text>\n<text x=\"8\" y=\"36\">blue: "
		"wins, red: loses (95 %% interval of %llu paired seeds clear "
		"of 0), grey: neither</text>\n",
		(unsigned long long) c->grid->seeds);
	draw_heads(p);
	draw_rows(p);
	fputs("</svg>\n", p->out);
}

int sim_compare_plot(const sim_compare_t *c, sim_score_id_t id, char **svg,
		     size_t *size, scale_err_t *err)
{
	plot_t p = {
		.c = c,
		.id = id,
		.left = LETTER * longest_cell(c) + 2 * MARGIN,
		.top = TOP + LETTER * longest_entrant(c) * 4 / 5 + ROW,
	};
	char *text = NULL;
	size_t length;

	p.out = open_memstream(&text, &length);
	if (!p.out)
		return scale_err_set(err, ENOMEM, "no memory for the picture");
	draw(&p);
	if (fclose(p.out)) {
		free(text);
		return scale_err_set(err, ENOMEM, "no memory for the picture");
	}
	*svg = text;
	*size = length;
	return 0;
}
