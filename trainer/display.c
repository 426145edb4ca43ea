/*
 * display.c - progress for people, on stderr
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "display.h"

enum { BAR = 24 }; /* columns */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

void train_format_time(double s, char text[32])
{
	long whole = s > 0.0 && s < 1e9 ? lround(s) : 0;

	if (whole >= 3600)
		snprintf(text, 32, "%ld:%02ld:%02ld", whole / 3600,
			 whole / 60 % 60, whole % 60);
	else
		snprintf(text, 32, "%ld:%02ld", whole / 60, whole % 60);
}

void train_display_init(train_display_t *display, FILE *out, int level,
			int64_t epochs, int64_t begin)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	bool terminal = isatty(fileno(out)) && term && strcmp(term, "dumb");

	*display = (train_display_t){
		.out = out,
		.bar = terminal,
		.color = terminal && !(no_color && *no_color),
		.level = level,
		.epochs = epochs,
		.begin = begin,
		.start = seconds(),
		.response = NAN,
	};
}

static void draw_bar(const train_display_t *d, const train_progress_t *row)
{
	double done = (double) row->epoch / d->epochs;
	double each = (seconds() - d->start) / (row->epoch - d->begin);
	int full = (int) (done * BAR);
	char left[32];

	train_format_time(each * (d->epochs - row->epoch), left);
	fprintf(d->out, "\r%s", d->color ? "\033[36m" : "");
	for (int i = 0; i < BAR; i++)
		fputc(i < full ? '#' : '.', d->out);
	fprintf(d->out, "%s %" PRId64 "/%" PRId64,
		d->color ? "\033[0m" : "", row->epoch, d->epochs);
	if (isfinite(row->reward))
		fprintf(d->out, "  reward %.4f", row->reward);
	else
		fprintf(d->out, "  loss %.4f", row->loss);
	if (isfinite(d->response))
		fprintf(d->out, "  response %.3f s", d->response);
	fprintf(d->out, "  %.0f steps/s  ETA %s\033[K", row->sps, left);
	fflush(d->out);
}

/* What an algorithm has no value for is left out. */
static void print_real(const train_display_t *d, const char *before,
		       const char *format, double x)
	__attribute__((format(printf, 3, 0)));

static void print_real(const train_display_t *d, const char *before,
		       const char *format, double x)
{
	if (!isfinite(x))
		return;
	fputs(before, d->out);
	fprintf(d->out, format, x);
}

static void print_line(const train_display_t *d, const train_progress_t *row)
{
	fprintf(d->out, "epoch %" PRId64 "/%" PRId64, row->epoch, d->epochs);
	print_real(d, ": ", "reward %.4f", row->reward);
	print_real(d, isfinite(row->reward) ? ", " : ": ", "loss %.4f",
		   row->loss);
	print_real(d, ", ", "entropy %.3f", row->entropy);
	print_real(d, ", ", "kl %.4f", row->approx_kl);
	print_real(d, ", ", "epsilon %.3f", row->epsilon);
	print_real(d, ", ", "temperature %.4f", row->temperature);
	print_real(d, ", ", "%.0f steps/s", row->sps);
	if (isfinite(row->response))
		fprintf(d->out, ", response %.4f s", row->response);
	fputc('\n', d->out);
}

static void print_eval(const train_display_t *d, const train_t *train)
{
	if (d->bar)
		fputc('\n', d->out);
	for (size_t i = 0; i < train->eval.rows; i++) {
		const train_eval_row_t *row = &train->eval.row[i];

		fprintf(d->out,
			"  %-8s N %-5" PRId64
			" load %.2f: response %.4f +- %.4f s, unfinished %.0f\n",
			row->c->name, row->nodes, row->load, row->response,
			row->deviation, row->unfinished);
	}
}

void train_display_epoch(train_display_t *display, const train_progress_t *row,
			 const train_t *train)
{
	if (isfinite(row->response))
		display->response = row->response;
	if (!display->level)
		return;
	if (display->bar)
		draw_bar(display, row);
	else
		print_line(display, row);
	if (display->level > 1 && train->evaluated)
		print_eval(display, train);
}

void train_display_end(train_display_t *display)
{
	if (display->level && display->bar)
		fputc('\n', display->out);
}
