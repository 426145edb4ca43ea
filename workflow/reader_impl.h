/*
 * reader_impl.h - what the readers share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_READER_IMPL_H
#define WF_READER_IMPL_H

#include <jansson.h>

#include "model/yaml_doc.h"
#include "reader.h"

/* reader.c: JSON that is being read */
typedef struct wf_json {
	wf_t *wf;
	const char *text;
	const wf_read_t *how;
	scale_err_t *err;
	/* cursor of wf_json_task() */
	const char *at;		/* in text; NULL: lost */
	const char *line_start;	/* of the line that at is in */
	size_t line;		/* its number, from 1 */
} wf_json_t;

/* Each fills r->wf.  RET 0, or -1 */
int wf_wfformat_read(wf_json_t *r, json_t *root);
int wf_langgraph_read(wf_json_t *r, json_t *root);
int wf_yaml_read(wf_t *wf, const char *text, size_t size, scale_err_t *err);

/* Where text first stands as a JSON string; unknown where it is written with
 * escapes.  Reads the whole file: for errors. */
wf_pos_t wf_json_find(const wf_json_t *r, const char *text);

/* "FILE: PATH: sentence"; path as in "workflow.tasks[3]".  RET -1 */
int wf_json_fail(wf_json_t *r, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Member key of object, NULL when it is missing.  RET 0, or -1 when it is
 * not of that type, or missing and required.
 */
int wf_json_get(wf_json_t *r, json_t *object, const char *path,
		const char *key, json_type type, bool required, json_t **out);
/* Any number >= 0 and at most max; dflt when missing. */
int wf_json_number(wf_json_t *r, json_t *object, const char *path,
		   const char *key, double max, double dflt, double *out);
/* The text of an element of a list. */
int wf_json_item(wf_json_t *r, json_t *list, const char *path, size_t i,
		 const char **out);

/*
 * Task called label in the file: id fitted to our names and made unique,
 * label kept where it differs; its position is that of "key": "label" behind
 * the previous task's.  used: ids so far, an object.
 */
wf_task_t *wf_json_task(wf_json_t *r, json_t *used, const char *key,
			const char *label);

/* workflow_yaml.c: costs of tasks, "NAME: {gflop: ...}" */
typedef struct wf_costs wf_costs_t;

wf_costs_t *wf_costs_read(const char *path, scale_err_t *err);
void wf_costs_destroy(wf_costs_t *costs);
/* Fill task from the entry called name, else from "*".  prob: of being run,
 * 1 when not given.  RET 0, or -1 */
int wf_costs_apply(wf_costs_t *costs, const char *name, wf_task_t *task,
		   double *prob, scale_err_t *err);
/* Refuse entries that no task used.  RET 0, or -1 */
int wf_costs_check_used(wf_costs_t *costs, scale_err_t *err);

#endif
