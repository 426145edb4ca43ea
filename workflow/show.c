/*
 * show.c - the progress of a workflow, on a terminal or line by line
 *
 * The table has a head and one line for each job that failed, runs or waits,
 * in that order, as many as fit; drawing goes back up over the last one.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "show.h"

static const char *const colours[WF_STATES] = {
	[WF_STATE_WAITS] = "",
	[WF_STATE_RUNS] = "\033[34m",
	[WF_STATE_DONE] = "\033[32m",
	[WF_STATE_FAILED] = "\033[31m",
};

static void measure(wf_show_t *show)
{
	struct winsize size;

	show->rows = 24;
	show->columns = 80;
	if (!ioctl(fileno(show->out), TIOCGWINSZ, &size) && size.ws_row > 3 &&
	    size.ws_col > 20) {
		show->rows = size.ws_row;
		show->columns = size.ws_col;
	}
}

void wf_show_init(wf_show_t *show, FILE *out, bool quiet)
{
	const char *term = getenv("TERM"), *plain = getenv("NO_COLOR");

	*show = (wf_show_t){ .out = out, .started = time(NULL) };
	if (quiet)
		show->kind = WF_SHOW_NONE;
	else if (isatty(fileno(out)) && term && strcmp(term, "dumb"))
		show->kind = WF_SHOW_TABLE;
	else
		show->kind = WF_SHOW_LINES;
	show->colour = show->kind == WF_SHOW_TABLE && !(plain && *plain);
}

void wf_show_change(const wf_watch_t *watch, size_t job, size_t element,
		    void *arg)
{
	const wf_element_t *e = &watch->element[job][element];
	wf_show_t *show = arg;
	char name[WF_NAME_SIZE + 16];

	if (show->kind != WF_SHOW_LINES)
		return;
	wf_watch_name(watch, job, element, name);
	fprintf(show->out, "%s %s%s%s\n", name, e->shown,
		*e->node ? " " : "", e->node);
	fflush(show->out);
}

/* The state that a job's line tells: the worst of its elements. */
static wf_state_t job_state(const wf_watch_t *watch, size_t job,
			    size_t count[WF_STATES])
{
	memset(count, 0, WF_STATES * sizeof(*count));
	for (size_t e = 0; e < wf_watch_elements(watch, job); e++)
		count[watch->element[job][e].state]++;
	if (count[WF_STATE_FAILED])
		return WF_STATE_FAILED;
	if (count[WF_STATE_RUNS])
		return WF_STATE_RUNS;
	return count[WF_STATE_WAITS] ? WF_STATE_WAITS : WF_STATE_DONE;
}

static void put_line(wf_show_t *show, wf_state_t state, const char *text)
{
	fprintf(show->out, "\r%s%.*s%s\033[K\n",
		show->colour ? colours[state] : "", show->columns - 1, text,
		show->colour && *colours[state] ? "\033[0m" : "");
	show->drawn++;
}

static void put_head(wf_show_t *show, const wf_watch_t *watch)
{
	enum { BAR = 24 };
	long seconds = time(NULL) - show->started;
	size_t ended = watch->state[WF_STATE_DONE] +
		       watch->state[WF_STATE_FAILED];
	char bar[BAR + 1], text[200];

	for (size_t i = 0; i < BAR; i++)
		bar[i] = i * watch->total < ended * BAR ? '#' : '.';
	bar[BAR] = '\0';
	snprintf(text, sizeof(text),
		 "[%s] %zu of %zu done, %zu running, %zu waiting, %zu failed  %ld:%02ld:%02ld",
		 bar, watch->state[WF_STATE_DONE], watch->total,
		 watch->state[WF_STATE_RUNS], watch->state[WF_STATE_WAITS],
		 watch->state[WF_STATE_FAILED], seconds / 3600,
		 seconds / 60 % 60, seconds % 60);
	put_line(show,
		 watch->state[WF_STATE_FAILED] ? WF_STATE_FAILED :
		 wf_watch_over(watch)	       ? WF_STATE_DONE :
						 WF_STATE_WAITS,
		 text);
}

static void put_job(wf_show_t *show, const wf_watch_t *watch, size_t job)
{
	const wf_element_t *first = &watch->element[job][0];
	const char *name = watch->plan->job[job].name;
	size_t count[WF_STATES];
	wf_state_t state = job_state(watch, job, count);
	char text[200];

	if (watch->plan->job[job].width)
		snprintf(text, sizeof(text),
			 "  %-28s %zu of %zu done, %zu running, %zu failed",
			 name, count[WF_STATE_DONE],
			 wf_watch_elements(watch, job), count[WF_STATE_RUNS],
			 count[WF_STATE_FAILED]);
	else
		snprintf(text, sizeof(text), "  %-28s %-12s %s", name,
			 first->shown, first->node);
	put_line(show, state, text);
}

void wf_show_draw(wf_show_t *show, const wf_watch_t *watch)
{
	static const wf_state_t order[] = { WF_STATE_FAILED, WF_STATE_RUNS,
					    WF_STATE_WAITS };
	size_t count[WF_STATES];

	if (show->kind != WF_SHOW_TABLE)
		return;
	if (show->drawn)
		fprintf(show->out, "\033[%dA", show->drawn);
	show->drawn = 0;
	measure(show);
	put_head(show, watch);
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < watch->plan->count; i++)
			if (show->drawn < show->rows - 2 &&
			    job_state(watch, i, count) == order[k])
				put_job(show, watch, i);
	fputs("\033[J", show->out);
	fflush(show->out);
}
