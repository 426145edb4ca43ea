/*
 * exit_code.h - exit statuses, the same in every program
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_EXIT_CODE_H
#define SCALE_EXIT_CODE_H

enum {
	SCALE_EXIT_OK = 0,
	SCALE_EXIT_FAILURE = 1,		/* something failed while running */
	SCALE_EXIT_USAGE = 2,		/* wrong options or arguments */
	SCALE_EXIT_INPUT = 3,		/* bad configuration, model or data */
	SCALE_EXIT_CHECK = 4,		/* a check that was asked for failed */
	SCALE_EXIT_SIGINT = 130,	/* stopped by SIGINT, state saved */
	SCALE_EXIT_SIGTERM = 143,	/* stopped by SIGTERM, state saved */
};

#endif
