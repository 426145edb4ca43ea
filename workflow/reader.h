/*
 * reader.h - workflow files of three kinds, recognised from their content
 *
 * Our own YAML (scale-workflow(5)), WfFormat 1.4 to 1.6 of WfCommons, and
 * what LangGraph's get_graph().to_json() prints.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_READER_H
#define WF_READER_H

#include "workflow.h"

enum { WF_FILE_MAX = 64 << 20 };	/* bytes of a JSON file */

/* What the formats leave open. */
typedef struct wf_read {
	const char *costs;	/* LangGraph: path of the costs, or NULL */
	const char *command;	/* for tasks that have none, and in place of
				   those that WfFormat recorded; or NULL */
	int max_visits;		/* LangGraph: of a task on a cycle, >= 1 */
	double ref_gflops;	/* WfFormat: speed of a machine whose clock
				   rate the file does not tell, GFLOPS */
	double flops_per_cycle;	/* WfFormat: of a core */
} wf_read_t;

#define WF_READ_DEFAULTS { .max_visits = 3, .ref_gflops = 10.0, \
			   .flops_per_cycle = 8.0 }

/*
 * Read path; needs are not resolved yet, see wf_check().
 * RET NULL with EINVAL, EFBIG, ENOTSUP (version), ENOMEM, or the errno of
 * open and read
 */
wf_t *wf_read_file(const char *path, const wf_read_t *how, scale_err_t *err);
/* The same from memory: size bytes and a final 0, as scale_file_read() leaves
 * it.  path stands for the file, too: scripts are looked for beside it. */
wf_t *wf_read_text(const char *text, size_t size, const char *path,
		   const wf_read_t *how, scale_err_t *err);

#endif
