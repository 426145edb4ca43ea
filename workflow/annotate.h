/*
 * annotate.h - reading back what wf_job_annotation() wrote
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_ANNOTATE_H
#define WF_ANNOTATE_H

#include "workflow.h"

/* Most bytes that one sibling adds to the annotation of its array. */
size_t wf_annotation_share(const wf_task_t *task);

/*
 * The workflow of a comment of ours.
 * RET false when it is someone else's
 */
bool wf_annotation_workflow(const char *comment, char name[WF_NAME_SIZE]);

/*
 * The task of a comment of ours that element i of the array is, or the one
 * task that all elements are; *siblings tells which.
 * RET false where element i is none
 */
bool wf_annotation_task(const char *comment, size_t i,
			char name[WF_NAME_SIZE], bool *siblings);

#endif
