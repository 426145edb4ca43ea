/*
 * cli.c - what our command-line programs share; no part of the plugin
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int scale_cli_fail(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", scale_cli_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

int scale_cli_flush(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return SCALE_EXIT_OK;
	/* an earlier failure left its mark, but not its reason */
	return scale_cli_fail(SCALE_EXIT_FAILURE,
			      "cannot write to standard output%s%s",
			      errno ? ": " : "", errno ? strerror(errno) : "");
}

int scale_cli_print_json(json_t *root, size_t flags)
{
	int rc;

	if (!root)
		return scale_cli_fail(SCALE_EXIT_FAILURE,
				      "no result: a number is not finite, or no memory");
	rc = json_dumpf(root, stdout, flags);
	json_decref(root);
	if (rc || putchar('\n') == EOF)
		return scale_cli_fail(SCALE_EXIT_FAILURE,
				      "cannot write to standard output: %s",
				      strerror(errno));
	return scale_cli_flush();
}

double scale_cli_number(struct argp_state *state, const char *what,
			const char *text, double min, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= min && value <= max))
		argp_error(state, "%s: '%s' is not a number from %g to %g",
			   what, text, min, max);
	return value;
}

uint64_t scale_cli_whole(struct argp_state *state, const char *what,
			 const char *text, uint64_t min, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || value < min ||
	    value > max)
		argp_error(state, "%s: '%s' is not a whole number from %llu to %llu",
			   what, text, (unsigned long long) min,
			   (unsigned long long) max);
	return value;
}

static const scale_cli_command_t *command_at(const scale_cli_commands_t *all,
					     size_t i)
{
	return (const void *) ((const char *) all->record + i * all->size);
}

const void *scale_cli_find(const scale_cli_commands_t *commands,
			   const char *name, struct argp_state *state)
{
	for (size_t i = 0; i < commands->count; i++)
		if (!strcmp(command_at(commands, i)->name, name))
			return command_at(commands, i);
	argp_error(state, "there is no command '%s'", name);
	return NULL;
}

static int widest(int width, const char *text)
{
	int length = text ? (int) strlen(text) : 0;

	return length > width ? length : width;
}

char *scale_cli_help(const scale_cli_commands_t *commands, const char *end)
{
	char *list = NULL;
	size_t size;
	FILE *out = open_memstream(&list, &size);
	int name = 0, arg = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < commands->count; i++) {
		const scale_cli_command_t *command = command_at(commands, i);

		name = widest(name, command->name);
		arg = widest(arg, command->arg);
	}
	fputs("Commands:\n", out);
	for (size_t i = 0; i < commands->count; i++) {
		const scale_cli_command_t *command = command_at(commands, i);

		fprintf(out, "  %-*s %-*s  %s\n", name, command->name, arg,
			command->arg ? command->arg : "", command->summary);
	}
	fputs(end, out);
	fclose(out);
	return list;
}
