/*
 * cli.h - what our command-line programs share; no part of the plugin
 *
 * A program defines scale_cli_name and links libscale_cli.la.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CLI_H
#define SCALE_CLI_H

#include <argp.h>
#include <jansson.h>
#include <stdint.h>

#include "exit_code.h"

/* "scale-sim"; begins each message */
extern const char scale_cli_name[];

/* Say "NAME: SENTENCE" on standard error.  RET status */
int scale_cli_fail(int status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Flush standard output.  RET SCALE_EXIT_OK, or SCALE_EXIT_FAILURE with a
 * message when something did not get out. */
int scale_cli_flush(void);

/* Print JSON and a line end; takes the reference, NULL is a failure.
 * IN  flags of jansson
 * RET the exit status */
int scale_cli_print_json(json_t *root, size_t flags);

/*
 * The number in text, which the option what ("--poll") got.  What is no
 * number from min to max is a usage error.
 */
double scale_cli_number(struct argp_state *state, const char *what,
			const char *text, double min, double max);
uint64_t scale_cli_whole(struct argp_state *state, const char *what,
			 const char *text, uint64_t min, uint64_t max);

/* A subcommand, first member of a program's own record about it. */
typedef struct scale_cli_command {
	const char *name;
	const char *arg;	/* what it takes; NULL: nothing */
	const char *summary;	/* for people */
} scale_cli_command_t;

/* A program's records [count], each of size bytes. */
typedef struct scale_cli_commands {
	const void *record;
	size_t size, count;
} scale_cli_commands_t;

#define SCALE_CLI_COMMANDS(table) \
	{ table, sizeof((table)[0]), sizeof(table) / sizeof((table)[0]) }

/* RET the record of that name; another name is a usage error */
const void *scale_cli_find(const scale_cli_commands_t *commands,
			   const char *name, struct argp_state *state);

/* For argp's help_filter: the list of commands, then end.
 * RET allocated text, or NULL */
char *scale_cli_help(const scale_cli_commands_t *commands, const char *end);

#endif
